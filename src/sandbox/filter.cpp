#include "sandbox/filter.hpp"

#include <array>

#include "base/ascii.hpp"
#include "base/utf8.hpp"

namespace b24gate::sandbox {
namespace {

struct Prefix {
  std::string_view text;
  Operator op;
  bool mask = false;
};

// Longest first.
constexpr std::array<Prefix, 15> prefixes{{
    {"!=%", Operator::not_contains, true},
    {"!%=", Operator::not_contains, true},
    {"!%", Operator::not_contains},
    {"!@", Operator::not_equal},
    {"!=", Operator::not_equal},
    {"=%", Operator::contains, true},
    {"%=", Operator::contains, true},
    {">=", Operator::greater_equal},
    {"<=", Operator::less_equal},
    {"!", Operator::not_equal},
    {">", Operator::greater},
    {"<", Operator::less},
    {"@", Operator::equal},
    {"%", Operator::contains},
    {"=", Operator::equal},
}};

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

std::string folded(const json::Value& value) {
  std::string text = value.is_bool() ? std::string(*value.boolean() ? "1" : "0") : value.text();
  return is_ascii(text) ? ascii::lower(text) : utf8::folded(text);
}

std::optional<TimePoint> to_time(const json::Value& value, const TimeZone& zone) {
  std::string text = value.text();
  if (text.size() == 10) text += "T00:00:00";
  return parse_iso(text, zone);
}

bool contains(const Condition& condition, std::string_view text, std::string pattern) {
  if (condition.mask) {
    const bool open_start = pattern.starts_with('%');
    const bool open_end = pattern.size() > 1 && pattern.ends_with('%');
    if (open_start) pattern.erase(0, 1);
    if (open_end) pattern.pop_back();
    if (open_start && open_end) return text.find(pattern) != std::string_view::npos;
    if (open_start) return text.ends_with(pattern);
    if (open_end) return text.starts_with(pattern);
    return text == pattern;
  }
  return text.find(pattern) != std::string_view::npos;
}

bool equals(Kind kind, const json::Value& actual, const json::Value& expected, const TimeZone& zone) {
  // A multiple field matches when one of its values does.
  if (const auto* values = actual.array_if()) {
    for (const auto& value : *values) {
      if (equals(kind, value, expected, zone)) return true;
    }
    return values->empty() && expected.says_nothing();
  }
  const bool nothing = expected.says_nothing() || (expected.is_bool() && !*expected.boolean());
  if (nothing || actual.says_nothing()) return nothing && actual.says_nothing();
  return compared(kind, actual, expected, zone) == 0;
}

}  // namespace

Condition parse_condition(std::string_view key) {
  for (const auto& prefix : prefixes) {
    if (key.starts_with(prefix.text)) {
      return {prefix.op, std::string(key.substr(prefix.text.size())), prefix.mask};
    }
  }
  return {Operator::equal, std::string(key)};
}

int compared(Kind kind, const json::Value& a, const json::Value& b, const TimeZone& zone) {
  const auto order = [](const auto& left, const auto& right) {
    return left < right ? -1 : (right < left ? 1 : 0);
  };
  if (kind == Kind::number) return order(a.number().value_or(0), b.number().value_or(0));
  if (kind == Kind::time) {
    const auto left = to_time(a, zone);
    const auto right = to_time(b, zone);
    if (left && right) return order(*left, *right);
  }
  return order(folded(a), folded(b));
}

bool holds(const Condition& condition, Kind kind, const json::Value& actual, const json::Value& expected,
           const TimeZone& zone) {
  switch (condition.op) {
    case Operator::equal:
    case Operator::not_equal: {
      bool equal = false;
      if (php::is_iterable(expected) && expected.size() > 0) {
        for (const auto& [key, one] : php::pairs(expected)) equal = equal || equals(kind, actual, one, zone);
      } else {
        equal = equals(kind, actual, expected, zone);
      }
      return equal == (condition.op == Operator::equal);
    }
    case Operator::contains:
      return contains(condition, folded(actual), folded(expected));
    case Operator::not_contains:
      return !contains(condition, folded(actual), folded(expected));
    default:
      break;
  }
  if (actual.says_nothing()) return false;
  if (kind == Kind::time && !to_time(expected, zone)) return false;
  const int sign = compared(kind, actual, expected, zone);
  if (condition.op == Operator::greater) return sign > 0;
  if (condition.op == Operator::greater_equal) return sign >= 0;
  return condition.op == Operator::less ? sign < 0 : sign <= 0;
}

Page parse_page(const json::Value& start) {
  const std::int64_t from = php::to_int(start);
  if (from < 0) return {0, false};
  return {static_cast<std::size_t>(from), true};
}

}  // namespace b24gate::sandbox
