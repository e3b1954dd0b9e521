#include "sandbox/upload.hpp"

#include "base/ascii.hpp"

namespace b24gate::sandbox {
namespace {

int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// The value of `; name="…"` or `; name=…` in a header.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
  const std::string lower = ascii::lower(header);
  const std::string mark = std::string(name) + "=";
  for (std::size_t at = lower.find(mark); at != std::string::npos; at = lower.find(mark, at + 1)) {
    if (at == 0 || (lower[at - 1] != ' ' && lower[at - 1] != ';')) continue;
    std::string_view value = header.substr(at + mark.size());
    if (!value.starts_with('"')) return std::string(value.substr(0, value.find_first_of("; ")));
    value.remove_prefix(1);
    const auto end = value.find('"');
    if (end == std::string_view::npos) return std::nullopt;
    return std::string(value.substr(0, end));
  }
  return std::nullopt;
}

// The Content-Disposition among the headers of a part.
std::string_view disposition(std::string_view headers) {
  while (!headers.empty()) {
    const auto end = headers.find("\r\n");
    const std::string_view line = headers.substr(0, end);
    if (ascii::lower(line).starts_with("content-disposition:")) return line;
    headers.remove_prefix(end == std::string_view::npos ? headers.size() : end + 2);
  }
  return {};
}

}  // namespace

std::optional<std::string> decoded_base64(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  std::size_t letters = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == '\r' || c == '\n') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = sextet(c);
    if (value < 0 || padding > 0) return std::nullopt;
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xffffffU;
    if (++letters % 4 == 0) {
      for (const int shift : {16, 8, 0}) out += static_cast<char>(bits >> shift & 0xffU);
    }
  }
  const std::size_t rest = letters % 4;
  if (rest == 1 || padding > 2 || (letters + padding) % 4 != 0) return std::nullopt;
  if (rest == 2) out += static_cast<char>(bits >> 4 & 0xffU);
  if (rest == 3) {
    out += static_cast<char>(bits >> 10 & 0xffU);
    out += static_cast<char>(bits >> 2 & 0xffU);
  }
  return out;
}

std::optional<FilePart> file_part(std::string_view body, std::string_view content_type,
                                  std::string_view field) {
  const auto boundary = parameter(content_type, "boundary");
  if (!ascii::lower(content_type).starts_with("multipart/form-data") || !boundary || boundary->empty())
    return std::nullopt;
  const std::string first = "--" + *boundary;
  const std::string next = "\r\n--" + *boundary;
  auto at = body.find(first);
  if (at == std::string_view::npos) return std::nullopt;
  body.remove_prefix(at + first.size());
  while (body.starts_with("\r\n")) {
    body.remove_prefix(2);
    const auto end = body.find(next);
    const auto blank = body.find("\r\n\r\n");
    if (end == std::string_view::npos || blank == std::string_view::npos || blank > end) return std::nullopt;
    const auto header = disposition(body.substr(0, blank));
    const auto file = parameter(header, "filename");
    if (file && parameter(header, "name") == std::string(field))
      return FilePart{*file, body.substr(blank + 4, end - blank - 4)};
    body.remove_prefix(end + next.size());
  }
  return std::nullopt;
}

bool is_record_name(std::string_view name) {
  const std::string lower = ascii::lower(name);
  return lower.ends_with(".mp3") || lower.ends_with(".wav");
}

}  // namespace b24gate::sandbox
