// Percent-encoding (RFC 3986) and its application/x-www-form-urlencoded variant.
#pragma once

#include <string>
#include <string_view>

namespace b24gate::text {

// Everything but unreserved characters (A-Z a-z 0-9 - . _ ~) becomes %XX.
[[nodiscard]] std::string percent_encoded(std::string_view text);
// As percent_encoded, but leaves [ and ] readable: for the names of parameters in batch commands.
[[nodiscard]] std::string percent_encoded_name(std::string_view text);

enum class Plus { literal, space };
// One layer of %XX; a % that is not followed by two hex digits stands for itself.
[[nodiscard]] std::string percent_decoded(std::string_view text, Plus plus);
// The same into memory of the caller's, and where it ends there: it is never longer than the text.
char* percent_decode(std::string_view text, Plus plus, char* out);

}  // namespace b24gate::text
