#include "connector/labels.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <initializer_list>
#include <unordered_map>
#include <vector>

#include "base/utf8.hpp"

namespace b24gate::connector {
namespace {

constexpr std::size_t longest_label = 120;  // bytes; what is longer is a question, not the name of a field

// Cyrillic letters that look like Latin ones, in either case.
char look_alike(UChar32 letter) {
  switch (letter) {
    case U'а':
      return 'a';
    case U'в':
      return 'b';
    case U'с':
      return 'c';
    case U'е':
    case U'ё':
      return 'e';
    case U'н':
      return 'h';
    case U'і':
      return 'i';
    case U'к':
      return 'k';
    case U'м':
      return 'm';
    case U'о':
      return 'o';
    case U'р':
      return 'p';
    case U'т':
      return 't';
    case U'х':
      return 'x';
    case U'у':
      return 'y';
    default:
      return 0;
  }
}

struct Words {
  Role role;
  std::initializer_list<std::string_view> labels;
};

const Words vocabulary[] = {
    {Role::name,
     {"name", "fio", "фио", "имя", "имя и фамилия", "фамилия и имя", "фамилия имя", "имя фамилия",
      "фамилия имя отчество", "фио полностью", "full name", "как к вам обращаться", "как вас зовут",
      "контактное лицо", "лицо", "contact name", "contact", "контакт", "полное имя"}},
    {Role::first_name, {"first name", "fname", "given name"}},
    {Role::second_name, {"second name", "middle name", "patronymic", "отчество"}},
    {Role::last_name, {"last name", "lname", "surname", "family name", "фамилия"}},
    {Role::phone,
     {"phone", "phones", "tel", "телефон", "телефоны", "тел", "номер телефона", "phone number", "telephone",
      "mobile", "mobile phone", "моб", "мобильный", "мобильный телефон", "моб телефон", "сотовый", "msisdn",
      "номер для связи"}},
    {Role::email,
     {"email", "emails", "mail", "почта", "электронная почта", "эл почта", "email address",
      "адрес электронной почты", "емейл", "имейл", "мейл", "электронный адрес"}},
    {Role::company,
     {"company", "company name", "organization", "organisation", "компания", "название компании",
      "организация", "название организации", "наименование организации"}},
    {Role::position, {"position", "job title", "post", "должность"}},
    {Role::comment,
     {"comment", "comments", "message", "text", "question", "textarea", "note", "notes", "комментарий",
      "комментарии", "сообщение", "текст", "вопрос", "текст сообщения", "текст обращения", "описание",
      "description", "примечание", "пожелания"}},
    {Role::telegram, {"telegram", "tg", "телеграм", "телеграмм", "ник в телеграм"}},
    {Role::whatsapp, {"whatsapp", "ватсап", "вотсап", "whats app"}},
    {Role::viber, {"viber", "вайбер"}},
    {Role::max, {"max messenger", "мессенджер max"}},
    {Role::vk, {"vk", "vkontakte", "вконтакте", "вк"}},
    {Role::country, {"country code", "country iso"}},
    {Role::region, {"region", "регион", "область", "край", "субъект рф"}},
    {Role::city, {"city", "город", "населенный пункт"}},
    {Role::page_url,
     {"page", "page url", "url", "landing page", "landing", "страница", "адрес страницы", "page link",
      "location"}},
    {Role::page_title, {"page title", "заголовок страницы"}},
    {Role::referrer, {"referer", "referrer", "http referer", "источник перехода"}},
    {Role::form_id, {"form id"}},
    {Role::form_name, {"form name", "form title", "form", "форма", "название формы"}},
    {Role::subject, {"subject", "title", "topic", "тема", "тема сообщения", "тема обращения"}},
    {Role::utm_source, {"utm source"}},
    {Role::utm_medium, {"utm medium"}},
    {Role::utm_campaign, {"utm campaign"}},
    {Role::utm_content, {"utm content"}},
    {Role::utm_term, {"utm term"}},
    {Role::client_ip, {"ip", "client ip", "user ip", "visitor ip", "ip address", "ip адрес"}},
};

// Politeness around the telling word.
constexpr std::string_view prefixes[] = {"пожалуйста", "введите",    "укажите",    "напишите", "оставьте",
                                         "ваше",       "вашу",       "ваши",       "ваша",     "ваш",
                                         "контактный", "контактное", "контактная", "your",     "client",
                                         "customer",   "user",       "contact",    "visitor",  "lead"};
constexpr std::string_view suffixes[] = {"для связи", "клиента", "пользователя", "заказчика", "пожалуйста"};

std::vector<std::string> skeletons(const std::string_view* first, const std::string_view* last) {
  std::vector<std::string> out;
  std::transform(first, last, std::back_inserter(out), [](std::string_view text) { return skeleton(text); });
  return out;
}

const std::unordered_map<std::string, Role>& known_labels() {
  static const auto index = [] {
    std::unordered_map<std::string, Role> out;
    for (const auto& words : vocabulary) {
      for (const auto label : words.labels) out.emplace(skeleton(label), words.role);
    }
    return out;
  }();
  return index;
}

Role known(const std::string& label) {
  const auto it = known_labels().find(label);
  return it == known_labels().end() ? Role::other : it->second;
}

// The first byte says most often that it does not.
bool begins_with(std::string_view label, std::string_view word) {
  return label.size() > word.size() && label.front() == word.front() && label.substr(0, word.size()) == word;
}

bool ends_with(std::string_view label, std::string_view word) {
  return label.size() > word.size() && label.back() == word.back() &&
         label.substr(label.size() - word.size()) == word;
}

std::string_view without_politeness(std::string_view label) {
  static const auto before = skeletons(std::begin(prefixes), std::end(prefixes));
  static const auto after = skeletons(std::begin(suffixes), std::end(suffixes));
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& word : before) {
      if (!begins_with(label, word)) continue;
      label.remove_prefix(word.size());
      changed = true;
    }
    for (const auto& word : after) {
      if (!ends_with(label, word)) continue;
      label.remove_suffix(word.size());
      changed = true;
    }
  }
  return label;
}

Role role_of_skeleton(const std::string& label) {
  if (const Role role = known(label); role != Role::other) return role;
  const std::string_view rest = without_politeness(label);
  return rest.size() == label.size() ? Role::other : known(std::string(rest));
}

bool contains_any(const std::string& label, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const auto& word) { return label.find(word) != std::string::npos; });
}

bool looks_like_phone(std::string_view value) {
  const auto digits = std::count_if(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits >= 6 && value.size() < 200;
}

bool take_text(std::string& place, std::string_view value) {
  if (!place.empty()) return false;
  place = value;
  return true;
}

bool take_messenger(event::Event& event, const char* type, std::string_view value) {
  event.contact.messengers.push_back({type, std::string(value)});
  return true;
}

bool take_place(event::Event& event, std::string& place, std::string_view value) {
  if (!take_text(place, value)) return false;
  event.geo.from = "payload";
  return true;
}

}  // namespace

std::string skeleton(std::string_view label) {
  const std::string folded = utf8::folded(label.substr(0, 4 * longest_label));
  std::string out;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(folded.data());
  for (std::int32_t at = 0; at < static_cast<std::int32_t>(folded.size());) {
    const std::int32_t start = at;
    UChar32 point = 0;
    U8_NEXT(bytes, at, static_cast<std::int32_t>(folded.size()), point);
    if (point < 0 || !u_isalnum(point)) continue;
    if (const char latin = look_alike(point)) {
      out += latin;
    } else {
      out.append(folded, static_cast<std::size_t>(start), static_cast<std::size_t>(at - start));
    }
  }
  std::size_t end = out.size();
  while (end > 0 && out[end - 1] >= '0' && out[end - 1] <= '9') --end;
  if (end > 0) out.erase(end);  // Phone_2, Телефон1
  return out;
}

Role role_of(std::string_view label) {
  if (label.empty() || label.size() > longest_label) return Role::other;
  return role_of_skeleton(skeleton(label));
}

Role role_of(std::string_view label, std::string_view value) {
  if (label.empty() || label.size() > longest_label) return Role::other;
  const std::string reduced = skeleton(label);
  if (const Role role = role_of_skeleton(reduced); role != Role::other) return role;
  static const std::vector<std::string> email_words = {"email", "mail", skeleton("почт"), skeleton("емейл"),
                                                       skeleton("имейл")};
  static const std::vector<std::string> phone_words = {"phone", skeleton("телефон"), skeleton("мобильн")};
  if (value.find('@') != std::string_view::npos && contains_any(reduced, email_words)) return Role::email;
  if (looks_like_phone(value) && contains_any(reduced, phone_words)) return Role::phone;
  return Role::other;
}

bool is_contact(Role role) {
  switch (role) {
    case Role::name:
    case Role::first_name:
    case Role::second_name:
    case Role::last_name:
    case Role::phone:
    case Role::email:
      return true;
    default:
      return false;
  }
}

bool take(event::Event& event, Role role, std::string_view value) {
  value = utf8::trimmed(value);
  if (value.empty()) return false;
  switch (role) {
    case Role::other:
    case Role::comment:
      return false;
    case Role::name:
      return take_text(event.contact.name, value);
    case Role::first_name:
      return take_text(event.contact.first_name, value);
    case Role::second_name:
      return take_text(event.contact.second_name, value);
    case Role::last_name:
      return take_text(event.contact.last_name, value);
    case Role::phone:
      event.contact.phones.emplace_back(value);
      return true;
    case Role::email:
      event.contact.emails.emplace_back(value);
      return true;
    case Role::company:
      return take_text(event.contact.company, value);
    case Role::position:
      return take_text(event.contact.position, value);
    case Role::telegram:
      return take_messenger(event, "telegram", value);
    case Role::whatsapp:
      return take_messenger(event, "whatsapp", value);
    case Role::viber:
      return take_messenger(event, "viber", value);
    case Role::max:
      return take_messenger(event, "max", value);
    case Role::vk:
      return take_messenger(event, "vk", value);
    case Role::country:
      return value.size() == 2 && take_place(event, event.geo.country, value);
    case Role::region:
      return take_place(event, event.geo.region, value);
    case Role::city:
      return take_place(event, event.geo.city, value);
    case Role::page_url:
      return take_text(event.page.url, value);
    case Role::page_title:
      return take_text(event.page.title, value);
    case Role::referrer:
      return take_text(event.page.referrer, value);
    case Role::form_id:
      return take_text(event.form.id, value);
    case Role::form_name:
      return take_text(event.form.name, value);
    case Role::subject:
      return take_text(event.subject, value);
    case Role::utm_source:
      return take_text(event.utm.source, value);
    case Role::utm_medium:
      return take_text(event.utm.medium, value);
    case Role::utm_campaign:
      return take_text(event.utm.campaign, value);
    case Role::utm_content:
      return take_text(event.utm.content, value);
    case Role::utm_term:
      return take_text(event.utm.term, value);
    case Role::client_ip:
      return take_text(event.client_ip, value);
  }
  return false;
}

std::string shown(std::string_view label) {
  std::string out(label);
  std::replace(out.begin(), out.end(), '_', ' ');
  const std::string_view trimmed = utf8::trimmed(out);
  return trimmed.size() == out.size() ? out : std::string(trimmed);
}

void add_line(std::string& text, std::string_view label, std::string_view value) {
  value = utf8::trimmed(value);
  if (value.empty()) return;
  if (!text.empty()) text += '\n';
  if (!label.empty()) {
    text += label;
    text += ": ";
  }
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t end = std::min(value.find('\r', at), value.size());
    text += value.substr(at, end - at);
    at = end + 1;
    if (end < value.size() && (at == value.size() || value[at] != '\n')) text += '\n';
  }
}

}  // namespace b24gate::connector
