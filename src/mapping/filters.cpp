#include "mapping/filters.hpp"

#include <fmt/format.h>
#include <string.h>  // memmem
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/utf8.hpp"
#include "mapping/date_format.hpp"
#include "mapping/same.hpp"
#include "mapping/tidy.hpp"

namespace b24gate::mapping {
namespace {

// The text of an item, without a copy when it is one already. What view() shows of a list or a number lives
// in this object: a temporary one does not outlive the head of a for.
class Text {
 public:
  explicit Text(const Item& item) {
    if (const auto* text = item.get().string()) {
      view_ = *text;
    } else {
      made_ = item.get().text();
      view_ = made_;
    }
  }
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  [[nodiscard]] std::string_view view() const { return view_; }

 private:
  std::string made_;
  std::string_view view_;
};

Item made(std::string text) { return Item(json::Value(std::move(text))); }

// Applies `change` to each code point, at most `limit` of them; broken bytes become U+FFFD.
template <class Change>
std::string changed(std::string_view text, Change change, std::size_t limit = std::string_view::npos) {
  std::string out;
  out.reserve(text.size());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(text.size());
  std::int32_t at = 0;
  for (std::size_t count = 0; at < size && count < limit; ++count) {
    UChar32 point = 0;
    U8_NEXT(bytes, at, size, point);
    point = point < 0 ? 0xFFFD : change(point);
    std::uint8_t buffer[U8_MAX_LENGTH];
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(buffer, length, point);
    out.append(reinterpret_cast<const char*>(buffer), static_cast<std::size_t>(length));
  }
  out.append(text.substr(static_cast<std::size_t>(at)));
  return out;
}

Item apply_default(const Filter& filter, Item item, const Surroundings& around) {
  if (!item.get().says_nothing()) return item;
  return evaluate(filter.operand, around.scope);
}

Item apply_upper(const Filter&, Item item, const Surroundings&) {
  return made(changed(Text(item).view(), u_toupper));
}

Item apply_lower(const Filter&, Item item, const Surroundings&) {
  return made(changed(Text(item).view(), u_tolower));
}

Item apply_capitalize(const Filter&, Item item, const Surroundings&) {
  return made(changed(Text(item).view(), u_toupper, 1));
}

Item apply_trim(const Filter&, Item item, const Surroundings&) {
  return made(std::string(utf8::trimmed(Text(item).view())));
}

Item apply_truncate(const Filter& filter, Item item, const Surroundings&) {
  const Text text(item);
  const std::string_view kept = utf8::head(text.view(), filter.number);
  if (kept.size() == text.view().size()) return made(std::string(kept));
  std::string out(utf8::trimmed(utf8::head(kept, filter.number - 1)));
  return made(out + "…");
}

Item apply_first(const Filter&, Item item, const Surroundings&) {
  const auto* elements = item.get().array_if();
  if (!elements) return item;
  return elements->empty() ? Item() : Item(json::Value(elements->front()));
}

Item apply_last(const Filter&, Item item, const Surroundings&) {
  const auto* elements = item.get().array_if();
  if (!elements) return item;
  return elements->empty() ? Item() : Item(json::Value(elements->back()));
}

std::string joined(const json::Array& elements, std::string_view between) {
  std::string out;
  for (const auto& element : elements) {
    const std::string text = element.text();
    if (text.empty()) continue;
    if (!out.empty()) out += between;
    out += text;
    if (out.size() > max_rendered) break;
  }
  return out;
}

Item apply_join(const Filter& filter, Item item, const Surroundings&) {
  const auto* elements = item.get().array_if();
  return elements ? made(joined(*elements, filter.texts[0])) : item;
}

Item apply_lines(const Filter&, Item item, const Surroundings&) {
  if (const auto* elements = item.get().array_if()) return made(joined(*elements, "\n"));
  const auto* members = item.get().object_if();
  if (!members) return item;
  std::string out;
  for (const auto& [key, value] : *members) {
    if (value.says_nothing()) continue;
    if (!out.empty()) out += '\n';
    out += key + ": " + value.text();
    if (out.size() > max_rendered) break;
  }
  return made(std::move(out));
}

Item apply_replace(const Filter& filter, Item item, const Surroundings&) {
  const Text text(item);
  const std::string& from = filter.texts[0];
  std::string out;
  std::string_view left = text.view();
  while (!left.empty() && out.size() <= max_rendered) {
    const void* found = memmem(left.data(), left.size(), from.data(), from.size());
    if (!found) break;
    const auto before = static_cast<std::size_t>(static_cast<const char*>(found) - left.data());
    out += left.substr(0, before);
    out += filter.texts[1];
    left.remove_prefix(before + from.size());
  }
  out += left;
  return made(std::move(out));
}

Item apply_digits(const Filter&, Item item, const Surroundings&) {
  const Text text(item);
  std::string out;
  for (const char c : text.view()) {
    if (c >= '0' && c <= '9') out += c;
  }
  return made(std::move(out));
}

Item apply_date(const Filter& filter, Item item, const Surroundings& around) {
  const Text text(item);
  const auto time = parse_iso(utf8::trimmed(text.view()), around.zone);
  return time ? made(format_date(filter.texts[0], *time, around.zone)) : item;
}

Item apply_lookup(const Filter& filter, Item item, const Surroundings& around) {
  const auto find = [&](const json::Value& key) {
    return around.dictionaries.look_up(filter.dictionary, key.is_string() ? *key.string() : key.text());
  };
  if (const auto* elements = item.get().array_if()) {
    json::Array out;
    for (const auto& element : *elements) {
      if (const auto* found = find(element)) out.emplace_back(*found);
    }
    return Item(json::Value(std::move(out)));
  }
  const std::string* found = find(item.get());
  return found ? made(*found) : Item();
}

// BB codes begin with [; a word joiner behind it is invisible and keeps the portal from reading one.
Item apply_escape(const Filter&, Item item, const Surroundings&) {
  const Text text(item);
  std::string out;
  for (const char c : text.view()) {
    out += c;
    if (c == '[') out += "\u2060";
  }
  return made(std::move(out));
}

// What stands between a filter's parentheses.
enum class Takes { nothing, operand, number, text, two_texts, date_format, dictionary };

struct Known {
  std::string_view name;
  Takes takes;
  Filter::Apply apply;
  std::string_view example;
};

constexpr std::array<Known, 15> known = {{
    {"default", Takes::operand, apply_default, "default('x')"},
    {"upper", Takes::nothing, apply_upper, "upper"},
    {"lower", Takes::nothing, apply_lower, "lower"},
    {"capitalize", Takes::nothing, apply_capitalize, "capitalize"},
    {"trim", Takes::nothing, apply_trim, "trim"},
    {"truncate", Takes::number, apply_truncate, "truncate(100)"},
    {"first", Takes::nothing, apply_first, "first"},
    {"last", Takes::nothing, apply_last, "last"},
    {"join", Takes::text, apply_join, "join(', ')"},
    {"replace", Takes::two_texts, apply_replace, "replace('a', 'b')"},
    {"digits", Takes::nothing, apply_digits, "digits"},
    {"date", Takes::date_format, apply_date, "date('%d.%m.%Y %H:%M')"},
    {"lookup", Takes::dictionary, apply_lookup, "lookup(directions)"},
    {"escape", Takes::nothing, apply_escape, "escape"},
    {"lines", Takes::nothing, apply_lines, "lines"},
}};

const Known* find_known(std::string_view name) {
  for (const auto& filter : known) {
    if (filter.name == name) return &filter;
  }
  return nullptr;
}

Done read_text(Reader& reader, Filter& filter) {
  auto text = reader.take_text();
  if (!text) return fail(text.error());
  filter.texts.push_back(std::move(*text));
  return {};
}

// Reads the arguments; the opening parenthesis is taken already.
Done read_arguments(Reader& reader, Takes takes, Filter& filter, std::string_view example) {
  const std::size_t from = reader.position();
  switch (takes) {
    case Takes::nothing:
      return reader.mistake(fmt::format("write '{}', without parentheses", example));
    case Takes::operand: {
      auto operand = reader.take_operand();
      if (!operand) return fail(operand.error());
      filter.operand = std::move(*operand);
      return {};
    }
    case Takes::number: {
      const std::string digits = reader.take_name();
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), filter.number);
      if (error != std::errc() || end != digits.data() + digits.size() || filter.number == 0) {
        return reader.mistake_at(from,
                                 fmt::format("expected a number of characters above 0: write '{}'", example));
      }
      return {};
    }
    case Takes::two_texts: {
      if (auto first = read_text(reader, filter); !first) return first;
      if (filter.texts[0].empty()) return reader.mistake_at(from, "an empty text cannot be replaced");
      if (!reader.take(",")) return reader.mistake(fmt::format("expected ',': write '{}'", example));
      return read_text(reader, filter);
    }
    case Takes::text:
      return read_text(reader, filter);
    case Takes::date_format: {
      if (auto text = read_text(reader, filter); !text) return text;
      if (auto wrong = date_format_mistake(filter.texts[0]))
        return reader.mistake_at(from, std::move(*wrong));
      return {};
    }
    case Takes::dictionary: {
      if (reader.next_is('\'') || reader.next_is('"')) {
        auto text = reader.take_text();
        if (!text) return fail(text.error());
        filter.dictionary = std::move(*text);
      } else {
        filter.dictionary = reader.take_name();
      }
      if (filter.dictionary.empty())
        return reader.mistake(fmt::format("expected a name: write '{}'", example));
      return {};
    }
  }
  return {};
}

}  // namespace

Item evaluate(const Operand& operand, const json::Value& scope) {
  if (!operand.path) return Item(&operand.constant);
  const auto found = operand.path->find_all(scope);
  if (found.empty()) return Item();
  if (found.size() == 1) return Item(found.front());
  json::Array gathered;
  gathered.reserve(found.size());
  for (const auto* value : found) {
    if (const auto* elements = value->array_if()) {
      gathered.insert(gathered.end(), elements->begin(), elements->end());
    } else {
      gathered.push_back(*value);
    }
  }
  return Item(json::Value(std::move(gathered)));
}

Result<Filter> Filter::read(Reader& reader) {
  reader.skip_spaces();
  const std::size_t from = reader.position();
  const std::string name = reader.take_name();
  if (name.empty()) return reader.mistake("a filter is missing behind '|'");
  const Known* filter = find_known(name);
  if (!filter) return reader.mistake_at(from, unknown_name("filter", name, names()));
  Filter out;
  out.apply = filter->apply;
  if (!reader.take("(")) {
    if (filter->takes == Takes::nothing) return out;
    return reader.mistake(fmt::format("the filter takes something: write '{}'", filter->example));
  }
  if (auto read = read_arguments(reader, filter->takes, out, filter->example); !read)
    return fail(read.error());
  if (!reader.take(")")) return reader.mistake(fmt::format("expected ')': write '{}'", filter->example));
  return out;
}

const std::vector<std::string>& Filter::names() {
  static const auto all = [] {
    std::vector<std::string> out;
    for (const auto& filter : known) out.emplace_back(filter.name);
    return out;
  }();
  return all;
}

}  // namespace b24gate::mapping
