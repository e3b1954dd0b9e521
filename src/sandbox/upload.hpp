// Files as they come to the portal: base64 in a parameter, or a part of a multipart body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace b24gate::sandbox {

// Absent when it is no base64 of RFC 4648 (line breaks are passed over, padding is required).
std::optional<std::string> decoded_base64(std::string_view text);

struct FilePart {
  std::string name;
  std::string_view bytes;  // into the body
};

// The part called `field` that carries a file, of a multipart/form-data body (RFC 7578). Absent when there is
// none or the body is broken.
std::optional<FilePart> file_part(std::string_view body, std::string_view content_type,
                                  std::string_view field);

// Whether a record may have this name.
bool is_record_name(std::string_view name);

}  // namespace b24gate::sandbox
