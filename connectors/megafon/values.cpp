#include "connectors/megafon/values.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/utf8.hpp"

namespace b24gate::megafon {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace

Party party_of(std::string_view phone) {
  if (std::none_of(phone.begin(), phone.end(), is_digit)) return Party::hidden;
  const bool is_inner = all_digits(phone) && phone.size() >= 2 && phone.size() <= 5;
  return is_inner ? Party::inner : Party::client;
}

std::string international(std::string_view phone) {
  std::string out(phone);
  if (!all_digits(phone) || phone.size() < 11 || phone.size() > 15 || phone.front() == '0') return out;
  if (phone.front() != '8') return "+" + out;
  if (phone.size() == 11) return "+7" + out.substr(1);
  return phone.substr(0, 3) == "810" ? out : "+" + out;  // 810: dialled abroad from Russia
}

std::string employee_of(std::string_view user) {
  const std::string_view login = utf8::trimmed(user.substr(0, user.find('@')));
  if (ascii::lower(login) == "pbx" || ascii::lower(login.substr(0, 2)) == "g_") return {};
  return std::string(login);
}

std::optional<TimePoint> time_of(std::string_view text) {
  std::string iso(text);
  if (text.size() == 16 && text[8] == 'T' && text[15] == 'Z' && all_digits(text.substr(0, 8)) &&
      all_digits(text.substr(9, 6))) {
    const auto part = [&](std::size_t at, std::size_t length) {
      return std::string(text.substr(at, length));
    };
    iso = part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" + part(9, 2) + ":" + part(11, 2) + ":" +
          part(13, 2) + "Z";
  }
  return parse_iso(iso, TimeZone::utc());
}

std::string outcome_of(std::string_view status, bool is_incoming) {
  const std::string came = ascii::lower(status);
  if (came == "success") return "answered";
  if (came == "missed" || came == "cancel") return is_incoming ? "missed" : "no_answer";
  if (came == "busy") return "busy";
  if (came == "notavailable" || came == "notfound") return "unavailable";
  if (came == "notallowed") return "blocked";
  return "unknown";
}

}  // namespace b24gate::megafon
