// Bodies, charsets, entities and percent-encoding: whatever the bytes are, the answer is a value or an error,
// and every text of a value is UTF-8 after the decoding.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.hpp"
#include "text/form.hpp"

namespace {

constexpr std::string_view types[] = {"", "application/json",
                                      "application/x-www-form-urlencoded; charset=windows-1251",
                                      "multipart/form-data; boundary=b"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view type = types[data[0] % std::size(types)];
  const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto value = b24gate::text::parse_body(body, type);
  if (value && !b24gate::utf8::valid(b24gate::json::write(*value))) std::abort();
  const std::string text = b24gate::text::to_utf8(body, b24gate::text::charset_of(body.substr(0, 64)));
  if (!b24gate::utf8::valid(text)) std::abort();
  if (!b24gate::utf8::valid(b24gate::text::decode_entities(text))) std::abort();
  return 0;
}
