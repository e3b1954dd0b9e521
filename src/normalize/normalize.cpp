#include "normalize/normalize.hpp"

#include <algorithm>

#include "base/controls.hpp"
#include "base/utf8.hpp"
#include "event/texts.hpp"
#include "normalize/geography.hpp"

namespace b24gate::normalize {
namespace {

bool has_line(std::string_view text, std::string_view line) {
  for (std::size_t at = text.find(line); at != std::string_view::npos; at = text.find(line, at + 1)) {
    const std::size_t end = at + line.size();
    if ((at == 0 || text[at - 1] == '\n') && (end == text.size() || text[end] == '\n')) return true;
  }
  return false;
}

// What could not be read stays before the manager's eyes.
void keep_visible(std::string& text, std::string_view label, const std::string& value) {
  const std::string line = std::string(label) + ": " + value;
  if (has_line(text, line)) return;
  if (!text.empty()) text += '\n';
  text += line;
}

template <class T>
void add_once(std::vector<T>& list, T value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(std::move(value));
}

void normalize_phones(event::Event& event, const std::string& region) {
  std::vector<std::string> read;
  for (const auto& typed : event.contact.phones) {
    const PhoneReading reading = read_phone_text(typed, region);
    for (const auto& phone : reading.phones) {
      add_once(read, phone.e164);
      if (phone.extension.empty()) continue;
      const std::string with_extension = phone.e164 + " доб. " + phone.extension;
      add_once(event.contact.extensions, with_extension);
      keep_visible(event.text, "Телефон", with_extension);
    }
    for (const auto& unread : reading.unread) keep_visible(event.text, "Телефон", unread);
  }
  event.contact.phones = std::move(read);
}

// A line or a client of a call becomes comparable when it is a phone; "anonymous" and SIP addresses stay as
// they are.
void normalize_call_phone(std::string& phone, const std::string& region) {
  const bool may_be_phone = std::all_of(phone.begin(), phone.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == '+' || c == ' ' || c == '-' || c == '(' || c == ')';
  });
  if (phone.empty() || !may_be_phone) return;
  const auto phones = read_phones(phone, region);
  if (phones.size() == 1) phone = phones.front().e164;
}

void normalize_emails(event::Event& event) {
  std::vector<std::string> read;
  for (const auto& typed : event.contact.emails) {
    constexpr std::string_view separators = ",; \t\r\n";
    for (std::size_t at = typed.find_first_not_of(separators); at != std::string::npos;) {
      const std::size_t end = std::min(typed.find_first_of(separators, at), typed.size());
      const std::string piece = typed.substr(at, end - at);
      if (auto email = read_email(piece)) {
        add_once(read, std::move(*email));
      } else {
        keep_visible(event.text, "E-mail", piece);
      }
      at = typed.find_first_not_of(separators, end);
    }
  }
  event.contact.emails = std::move(read);
  if (event.email) {
    if (auto to = read_email(event.email->to)) event.email->to = std::move(*to);
  }
}

std::string one_line(std::string_view text) {
  std::string out;
  bool gap = false;
  for (const char c : utf8::trimmed(text)) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank) {
      if (gap) out += ' ';
      out += c;
    }
    gap = blank;
  }
  return out;
}

void normalize_name(event::Contact& contact) {
  contact.name = one_line(contact.name);
  const bool has_parts =
      !contact.first_name.empty() || !contact.last_name.empty() || !contact.second_name.empty();
  if (contact.name.empty()) {
    for (const auto* part : {&contact.last_name, &contact.first_name, &contact.second_name}) {
      if (part->empty()) continue;
      if (!contact.name.empty()) contact.name += ' ';
      contact.name += *part;
    }
    return;
  }
  if (has_parts) {
    // A field "Имя" beside a field "Фамилия": the first is the first name, and the whole has both.
    if (contact.first_name.empty() && contact.name.find(' ') == std::string::npos &&
        !contact.last_name.empty() && contact.name != contact.last_name) {
      contact.first_name = contact.name;
      contact.name = contact.last_name + " " + contact.first_name;
      if (!contact.second_name.empty()) contact.name += " " + contact.second_name;
    }
    return;
  }
  FullName parts = split_name(contact.name);
  contact.last_name = std::move(parts.last);
  contact.first_name = std::move(parts.first);
  contact.second_name = std::move(parts.second);
}

void fill(std::string& place, std::string value) {
  if (place.empty()) place = std::move(value);
}

void normalize_utm(event::Event& event) {
  if (event.page.url.find("utm_") == std::string::npos) return;
  event::Utm from_page = utm_of_query(event.page.url);
  fill(event.utm.source, std::move(from_page.source));
  fill(event.utm.medium, std::move(from_page.medium));
  fill(event.utm.campaign, std::move(from_page.campaign));
  fill(event.utm.content, std::move(from_page.content));
  fill(event.utm.term, std::move(from_page.term));
}

}  // namespace

void normalize(event::Event& event, const Options& options) {
  event::change_texts(event, controls::any, controls::remove);
  normalize_phones(event, options.phone_region);
  normalize_emails(event);
  if (event.call) {
    normalize_call_phone(event.call->client, options.phone_region);
    normalize_call_phone(event.call->line, options.phone_region);
  }
  normalize_name(event.contact);
  normalize_utm(event);
  fill_geo(event.geo, event.contact.phones, [&]() -> std::optional<event::Geo> {
    if (!options.geo) return std::nullopt;
    return options.geo->find(event.client_ip);
  });
}

}  // namespace b24gate::normalize
