// Single values of free bodies: phones, times, durations, flags.
#include <algorithm>
#include <cmath>

#include "base/utf8.hpp"
#include "connector/free_body.hpp"

namespace b24gate::connector {
namespace {

constexpr std::size_t longest_phone = 200;  // bytes of a text that may be a phone

std::string digits_of(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return c >= '0' && c <= '9'; });
  return out;
}

// "14.10.2025 10:22" -> "2025-10-14 10:22"; other texts as they are.
std::string iso_order(std::string_view text) {
  const bool is_russian = text.size() >= 10 && text[2] == '.' && text[5] == '.';
  if (!is_russian) return std::string(text);
  std::string out(text.substr(6, 4));
  out += '-';
  out += text.substr(3, 2);
  out += '-';
  out += text.substr(0, 2);
  out += text.substr(10);
  return out;
}

std::optional<double> number_of(const json::Value& value) {
  const auto* text = value.string();
  return text ? json::Value(utf8::trimmed(*text)).number() : value.number();
}

}  // namespace

std::string FreePhone::text() const { return extension.empty() ? number : number + " доб. " + extension; }

std::optional<FreePhone> free_phone(std::string_view text) {
  text = utf8::trimmed(text);
  if (text.empty() || text.size() > longest_phone) return std::nullopt;
  const std::string folded = utf8::folded(text);
  std::size_t end = folded.size();
  for (const std::string_view mark : {"доб", "вн", "ext", "#", ","}) end = std::min(end, folded.find(mark));
  std::string digits = digits_of(std::string_view(folded).substr(0, end));
  if (digits.size() == 11 && digits.front() == '8') digits.front() = '7';
  if (digits.size() == 10) digits.insert(digits.begin(), '7');
  constexpr std::size_t shortest = 11;
  constexpr std::size_t longest = 15;
  if (digits.size() < shortest) return std::nullopt;
  if (digits.size() > longest) return FreePhone{std::string(text), {}};
  FreePhone out{"+" + digits, digits_of(std::string_view(folded).substr(end))};
  if (out.extension.size() >= shortest - 1)
    return FreePhone{std::string(text), {}};  // another phone, no extension
  return out;
}

std::vector<FreePhone> free_phones(const FreeBody& body, Candidates candidates) {
  std::vector<FreePhone> out;
  for (const auto candidate : candidates) {
    const auto* value = body.find_scalar(candidate);
    auto phone = value ? free_phone(value->text()) : std::nullopt;
    if (!phone) continue;
    const bool is_known = std::any_of(out.begin(), out.end(),
                                      [&](const FreePhone& one) { return one.number == phone->number; });
    if (!is_known) out.push_back(std::move(*phone));
  }
  return out;
}

std::optional<TimePoint> free_time(const json::Value& value, const TimeZone& zone) {
  constexpr double first_in_ms = 1e11;  // as seconds this would be the year 5138
  if (const auto number = number_of(value)) {
    if (!(*number > 0) || *number > 100 * first_in_ms) return std::nullopt;
    return from_unix_ms(std::llround(*number < first_in_ms ? *number * 1000 : *number));
  }
  const auto* text = value.string();
  return text ? parse_iso(iso_order(utf8::trimmed(*text)), zone) : std::nullopt;
}

std::optional<int> free_seconds(const json::Value& value) {
  constexpr double longest = 10'000'000;
  const auto number = value.is_bool() ? std::nullopt : number_of(value);
  if (!number || !(*number >= 0) || *number > longest) return std::nullopt;
  return static_cast<int>(std::lround(*number));
}

std::optional<bool> free_flag(const json::Value& value) {
  static const ValueTable<bool> words = {{"true", true},   {"1", true},  {"yes", true}, {"да", true},
                                         {"false", false}, {"0", false}, {"no", false}, {"нет", false}};
  return words.find(value.text());
}

}  // namespace b24gate::connector
