// Any text as a path, a template and an expression, over any JSON: the part before the first zero byte is the
// text, the rest the data (a small event when there is none).
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.hpp"
#include "json/value.hpp"
#include "mapping/path.hpp"
#include "mapping/template.hpp"
#include "mapping/tidy.hpp"

namespace {

constexpr std::string_view small_event =
    R"({"source":{"name":"site","title":"Сайт"},"kind":"form","text":"{{ a }}",
  "contact":{"name":"Пётр","phones":["+79030006108"]},"order":{"items":[{"name":"a"},{"name":"b"}]},
  "occurred_at":"2026-11-23T10:00:00+03:00","fields":{"Мощность":"2 МВт"}})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace b24gate;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = all.find('\0');
  const std::string_view text = all.substr(0, zero);
  auto scope = json::parse(zero == std::string_view::npos ? small_event : all.substr(zero + 1));
  if (!scope) scope = json::parse(small_event);
  const mapping::Dictionaries dictionaries;

  if (const auto path = mapping::Path::parse(text)) {
    const auto found = path->find_all(*scope);
    if ((path->find(*scope) == nullptr) != found.empty()) std::abort();
  }
  if (const auto made = mapping::Template::compile(text)) {
    const std::string rendered = made->render(*scope, dictionaries, TimeZone::utc());
    if (rendered.size() > mapping::max_rendered + text.size()) std::abort();
    if (utf8::valid(text) && !utf8::valid(rendered)) std::abort();
    static_cast<void>(made->value(*scope, dictionaries, TimeZone::utc()));
  }
  if (const auto made = mapping::Expression::compile(text)) static_cast<void>(made->evaluate(*scope));
  return 0;
}
