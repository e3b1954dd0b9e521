#include "connectors/mango/fields.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace b24gate::mango {
namespace {

constexpr std::size_t longest_text = 256;

bool is_phone(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  return text.size() >= 3 && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string plain(const json::Value& value) {
  if (!value.is_string() && !value.is_number()) return {};
  const std::string text = value.text();
  return std::string(utf8::head(utf8::trimmed(text), longest_text));
}

std::optional<std::int64_t> seconds_of(const json::Value& value) {
  constexpr std::int64_t year_2000 = 946'684'800;
  constexpr std::int64_t year_2100 = 4'102'444'800;
  const auto seconds = value.integer();
  return seconds && *seconds >= year_2000 && *seconds < year_2100 ? seconds : std::nullopt;
}

std::optional<TimePoint> instant(const json::Value& value, Seconds offset) {
  const auto seconds = seconds_of(value);
  if (!seconds) return std::nullopt;
  return from_unix_ms((*seconds - offset.count()) * 1000);
}

std::string user_of(std::string_view number) {
  const std::string folded = utf8::folded(number.substr(0, 5));
  if (folded.rfind("sips:", 0) == 0) {
    number.remove_prefix(5);
  } else if (folded.rfind("sip:", 0) == 0) {
    number.remove_prefix(4);
  } else {
    return std::string(number);
  }
  return std::string(number.substr(0, number.find_first_of("@;")));
}

void put_client(event::Event& event, const std::string& number) {
  if (number.empty() || !event.call) return;
  const std::string user = user_of(number);
  const bool phone = is_phone(user);
  event.call->client = phone ? user : number;
  if (phone) event.contact.phones.push_back(user);
}

std::string tracking_number(const json::Value& content) {
  const json::Value& tracking = content["dct"];
  const auto type = tracking["type"].integer();
  return type && *type == 0 ? std::string() : plain(tracking["number"]);
}

}  // namespace b24gate::mango
