#include "connectors/bitrix-site/answers.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/utf8.hpp"
#include "connectors/bitrix-site/contacts.hpp"

namespace b24gate::bitrix_site {
namespace {

using connector::Role;

constexpr std::size_t longest_label = 200;  // bytes; what is longer is a question, not the name of a field

// "AUTHOR_EMAIL" -> author, email; "Контактный телефон" -> контактный, телефон. Without numbers at the end.
std::vector<std::string> words_of(std::string_view label) {
  std::vector<std::string> out;
  if (label.size() > longest_label) return out;
  const std::string folded = utf8::folded(label);
  std::string word;
  const auto finish = [&] {
    while (!word.empty() && word.back() >= '0' && word.back() <= '9') word.pop_back();
    if (!word.empty()) out.push_back(std::move(word));
    word.clear();
  };
  for (const char c : folded) {
    const bool is_of_word =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (is_of_word) {
      word += c;
    } else {
      finish();
    }
  }
  finish();
  return out;
}

bool begins_with(const std::string& word, std::string_view start) {
  return word.compare(0, start.size(), start) == 0;
}

bool has_word(const std::vector<std::string>& words, std::initializer_list<std::string_view> wanted) {
  return std::any_of(words.begin(), words.end(), [&](const auto& word) {
    return std::find(wanted.begin(), wanted.end(), word) != wanted.end();
  });
}

bool has_beginning(const std::vector<std::string>& words, std::initializer_list<std::string_view> wanted) {
  return std::any_of(words.begin(), words.end(), [&](const auto& word) {
    return std::any_of(wanted.begin(), wanted.end(), [&](auto start) { return begins_with(word, start); });
  });
}

bool has_digits(std::string_view value, std::ptrdiff_t least) {
  return std::count_if(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; }) >= least;
}

// "NAME" inside a label that is about something else than a person.
bool is_about_a_thing(const std::vector<std::string>& words) {
  return has_beginning(
      words, {"company", "org",    "firm",  "product", "item",   "form",   "file",   "site",    "domain",
              "project", "object", "login", "event",   "city",   "street", "компан", "организ", "фирм",
              "товар",   "файл",   "сайт",  "домен",   "проект", "объект", "город"});
}

Role role_of_label(std::string_view label, const std::string& value) {
  if (const Role role = connector::role_of(label); role != Role::other) return role;
  const auto words = words_of(label);
  const bool has_at = value.find('@') != std::string::npos;
  if (has_at && has_word(words, {"email", "mail", "почта", "почты", "почту", "имейл", "емейл"}))
    return Role::email;
  if (!has_at && value.size() < 200 && has_digits(value, 5) &&
      (has_word(words, {"phone", "tel", "mobile", "тел", "моб"}) ||
       has_beginning(words, {"телефон", "мобильн"}))) {
    return Role::phone;
  }
  if (!has_at && value.size() < 200 && !has_digits(value, 5) && !is_about_a_thing(words) &&
      has_word(words, {"name", "fio", "фио", "имя", "имени", "author"})) {
    return Role::name;
  }
  if (has_word(words, {"компании", "организации"}) && has_word(words, {"название", "наименование"}))
    return Role::company;
  return Role::other;
}

// Beside the text, because rules and fields of the CRM ask for these.
bool is_extra(Role role) {
  switch (role) {
    case Role::company:
    case Role::position:
    case Role::telegram:
    case Role::whatsapp:
    case Role::viber:
    case Role::max:
    case Role::vk:
    case Role::country:
    case Role::region:
    case Role::city:
    case Role::subject:
      return true;
    default:
      return false;
  }
}

bool is_utm(Role role) { return role >= Role::utm_source && role <= Role::utm_term; }

// Looks at the first few only: nobody has a hundred phones but a hostile body.
bool has(const std::vector<std::string>& list, const std::string& value) {
  const auto end = list.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(list.size(), 100));
  return std::find(list.begin(), end, value) != end;
}

// What the event has no need of: said by its own members before.
struct Known {
  bool name, phone, email;
  explicit Known(const event::Contact& contact)
      : name(!contact.name.empty() || !contact.first_name.empty() || !contact.last_name.empty()),
        phone(!contact.phones.empty()),
        email(!contact.emails.empty()) {}
};

// True when the answer is in the contact now, so that it need not be in the text.
bool take_contact(event::Event& event, Role role, const std::string& value, const Known& known) {
  if (role == Role::phone) {
    if (known.phone) return has(event.contact.phones, value);
  } else if (role == Role::email) {
    if (known.email) return has(event.contact.emails, value);
  } else if (known.name) {
    return event.contact.name == value;
  }
  return connector::take(event, role, value);
}

// Answers of one code become one, in the place of the first; empty ones say nothing.
std::vector<Answer> joined(std::vector<Answer> answers) {
  std::vector<Answer> out;
  std::unordered_map<std::string, std::size_t> places;
  for (auto& answer : answers) {
    answer.value = std::string(utf8::trimmed(answer.value));
    if (answer.value.empty()) continue;
    if (!answer.code.empty()) {
      const auto [place, is_new] = places.emplace(answer.code, out.size());
      if (!is_new) {
        out[place->second].value += ", " + answer.value;
        continue;
      }
    }
    out.push_back(std::move(answer));
  }
  return out;
}

// Labels are not unique: what has the same one is joined.
void add_to_fields(event::Event& event, const std::vector<const Answer*>& rest) {
  std::unordered_map<std::string, std::size_t> places;
  std::vector<std::pair<std::string, std::string>> fields;
  for (const auto* answer : rest) {
    const std::string label = answer->label().empty() ? "?" : answer->label();
    const auto [place, is_new] = places.emplace(label, fields.size());
    if (is_new) {
      fields.emplace_back(label, answer->value);
    } else {
      fields[place->second].second += ", " + answer->value;
    }
  }
  const bool was_empty = event.fields.empty();
  for (auto& [label, value] : fields) {
    if (was_empty) {
      event.fields.append(label, std::move(value));
    } else {
      event.fields.set(label, std::move(value));
    }
  }
}

void take_by_look(event::Event& event, std::vector<const Answer*>& rest) {
  const Known known(event.contact);
  const auto is_taken = [&](const Answer* answer) {
    if (answer->type == "file" || answer->type == "image") return false;
    if (!known.email && is_email(answer->value)) return connector::take(event, Role::email, answer->value);
    if (!known.phone && is_phone(answer->value)) return connector::take(event, Role::phone, answer->value);
    return false;
  };
  rest.erase(std::remove_if(rest.begin(), rest.end(), is_taken), rest.end());
}

}  // namespace

Role role_of(const Answer& answer) {
  if (answer.type == "email") return Role::email;
  if (answer.type == "file" || answer.type == "image") return Role::other;
  Role role = role_of_label(answer.code, answer.value);
  if (role == Role::other) role = role_of_label(answer.title, answer.value);
  if (role != Role::name) return role;
  // "Контакт", "Как с вами связаться": people answer with what they like.
  if (is_email(answer.value)) return Role::email;
  return is_phone(answer.value) ? Role::phone : Role::name;
}

bool is_called(const Answer& answer, std::string_view latin, std::string_view russian) {
  for (const auto& label : {answer.code, answer.title}) {
    if (has_word(words_of(label), {latin, russian})) return true;
  }
  return false;
}

void take_answers(event::Event& event, std::vector<Answer> given) {
  const std::vector<Answer> answers = joined(std::move(given));
  const Known known(event.contact);
  std::vector<const Answer*> rest;
  for (const auto& answer : answers) {
    const Role role = role_of(answer);
    if (connector::is_contact(role) && take_contact(event, role, answer.value, known)) continue;
    if (role == Role::company && event.contact.company == answer.value) continue;
    if (is_extra(role) || is_utm(role)) connector::take(event, role, answer.value);
    rest.push_back(&answer);
  }
  take_by_look(event, rest);
  for (const auto* answer : rest) {
    const Role role = role_of(*answer);
    if (is_utm(role)) continue;
    connector::add_line(event.text, role == Role::comment ? "" : connector::shown(answer->label()),
                        answer->value);
    if (answer->type != "file" && answer->type != "image") take_contacts_from(event, answer->value);
  }
  add_to_fields(event, rest);
}

void take_contacts_from(event::Event& event, std::string_view text) {
  if (event.contact.phones.empty()) event.contact.phones = phones_in(text);
  if (event.contact.emails.empty()) event.contact.emails = emails_in(text);
}

}  // namespace b24gate::bitrix_site
