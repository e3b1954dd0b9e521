// Makes what connectors read comparable: phones as E.164, e-mails in lower case, full names in parts, utm
// marks from the page's address, the region. Never throws away: what cannot be read stays visible in the
// text; only control characters, which nobody can read, go.
//
// Everything here is thread-safe. libphonenumber builds its tables once, at the first phone of the process:
// about 10 ms. After that a phone costs some 20 microseconds; texts without digits cost nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.hpp"
#include "normalize/geo_database.hpp"

namespace b24gate::normalize {

struct Options {
  std::string phone_region = "RU";   // ISO 3166-1 alpha-2: the country of numbers without a country code
  const GeoDatabase* geo = nullptr;  // null: no look-up by IP. Not owned; must outlive the call.
};

// Brings the event into its final form. Doing it twice changes nothing more.
void normalize(event::Event& event, const Options& options);

struct Phone {
  std::string e164;
  std::string extension;  // digits; empty when there is none
};

// Every phone in a text that a person typed: "8 (495) 790-75-91 доб. 12, +7 903 000-11-22 или
// 8-912-000-33-44". In their order, without duplicates. Empty when nothing can be read.
std::vector<Phone> read_phones(std::string_view text, std::string_view region);

struct PhoneReading {
  std::vector<Phone> phones;
  std::vector<std::string>
      unread;  // pieces with digits that are no phone, and a text without any phone as a whole
};
PhoneReading read_phone_text(std::string_view text, std::string_view region);

// "RU" of "+79030001122"; empty when the number belongs to no single country.
std::string country_of_phone(const std::string& e164);
// The federal subject of a Russian landline by its three-digit area code; empty for mobiles and other
// countries: the ranges of mobile numbers move between subjects, so that nothing is guessed from them.
std::string region_of_phone(std::string_view e164);

// The address in lower case when it is one: local@domain.tld, national domains included ("почта@пример.рф").
std::optional<std::string> read_email(std::string_view text);

struct FullName {
  std::string last;
  std::string first;
  std::string second;  // patronymic
  [[nodiscard]] bool empty() const { return last.empty() && first.empty() && second.empty(); }
};

// «Иванов Пётр», «Пётр Иванов», «Иванов Пётр Сергеевич», «Пётр Сергеевич», «Алиев Вагиф Рашид оглы», «Пётр».
// Empty when the text is no name of one person: a company, something with digits or quotes, too many words.
FullName split_name(std::string_view text);

// utm_* of a query or of a whole URL, decoded.
event::Utm utm_of_query(std::string_view url_or_query);

}  // namespace b24gate::normalize
