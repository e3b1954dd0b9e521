// Character sets, by ICU.
#include <unicode/ucnv.h>

#include <algorithm>
#include <memory>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "text/form.hpp"

namespace b24gate::text {
namespace {

// ICU looks unknown names up among its data files: nothing but plain names may get there.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

struct Close {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, Close>;

Converter open(const char* name) {
  UErrorCode status = U_ZERO_ERROR;
  Converter converter(ucnv_open(name, &status));
  return U_SUCCESS(status) ? std::move(converter) : nullptr;
}

std::string converted(std::string_view bytes, UConverter& from) {
  const Converter to = open("UTF-8");
  UErrorCode status = U_ZERO_ERROR;
  // No character of any supported set needs more than 3 bytes of UTF-8 per byte (a broken one: U+FFFD, 3
  // bytes).
  std::string out(bytes.size() * 3 + 4, '\0');
  char* target = out.data();
  const char* source = bytes.data();
  ucnv_convertEx(to.get(), &from, &target, out.data() + out.size(), &source, bytes.data() + bytes.size(),
                 nullptr, nullptr, nullptr, nullptr, /*reset=*/true, /*flush=*/true, &status);
  out.resize(static_cast<std::size_t>(target - out.data()));
  return U_SUCCESS(status) ? out : utf8::repaired(bytes);
}

}  // namespace

std::string charset_of(std::string_view content_type) {
  const std::string text = ascii::lower(content_type);
  constexpr std::string_view key = "charset=";
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return {};
  std::string_view value = std::string_view(text).substr(at + key.size());
  value = value.substr(0, value.find(';'));
  value = utf8::trimmed(value);
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  return std::string(value);
}

std::string to_utf8(std::string_view bytes, std::string_view charset) {
  std::string name = ascii::lower(charset);
  if (name == "utf-8" || name == "utf8") return utf8::repaired(bytes);
  Converter from = is_plain_name(name) ? open(name.c_str()) : nullptr;
  if (!from) {
    if (utf8::valid(bytes)) return std::string(bytes);
    from = open("windows-1251");
    if (!from) return utf8::repaired(bytes);
  }
  return converted(bytes, *from);
}

}  // namespace b24gate::text
