#include "connectors/bitrix-site/lead_answer.hpp"

namespace b24gate::bitrix_site {
namespace {

// Single quotes have no escape in this format: what the parsers of the sites would stumble over is left out.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (std::string_view("'\"\\[]{}\r\n").find(c) == std::string_view::npos) out += c;
  }
  return out + "'";
}

std::string pair(std::string_view name, std::string_view value) { return quoted(name) + ":" + quoted(value); }

std::string code(std::string_view number, std::string_view message) {
  return "{" + pair("error", number) + "," + pair("error_message", message) + "}";
}

std::string lead(std::int64_t id) {
  return pair("error", "201") + "," + pair("ID", std::to_string(id)) + "," +
         pair("error_message", "Лид добавлен");
}

std::string with_auth(std::string_view auth) { return auth.empty() ? "" : "," + pair("AUTH", auth); }

struct Field {
  std::string_view id;
  std::string_view name;
  std::string_view type = "string";
};

constexpr Field fields[] = {
    {"TITLE", "Заголовок"},
    {"NAME", "Имя"},
    {"LAST_NAME", "Фамилия"},
    {"SECOND_NAME", "Отчество"},
    {"PHONE_WORK", "Рабочий телефон"},
    {"PHONE_MOBILE", "Мобильный телефон"},
    {"PHONE_HOME", "Домашний телефон"},
    {"PHONE_OTHER", "Другой телефон"},
    {"EMAIL_WORK", "Рабочий e-mail"},
    {"EMAIL_HOME", "Личный e-mail"},
    {"EMAIL_OTHER", "Другой e-mail"},
    {"WEB_WORK", "Сайт"},
    {"IM_TELEGRAM", "Telegram"},
    {"IM_SKYPE", "Skype"},
    {"COMPANY_TITLE", "Название компании"},
    {"POST", "Должность"},
    {"ADDRESS", "Адрес"},
    {"COMMENTS", "Комментарий"},
    {"SOURCE_ID", "Источник", "enum"},
    {"SOURCE_DESCRIPTION", "Описание источника"},
    {"OPPORTUNITY", "Возможная сумма сделки", "double"},
    {"CURRENCY_ID", "Валюта"},
    {"UTM_SOURCE", "UTM источник"},
    {"UTM_MEDIUM", "UTM канал"},
    {"UTM_CAMPAIGN", "UTM кампания"},
    {"UTM_CONTENT", "UTM содержание"},
    {"UTM_TERM", "UTM ключ"},
    {"PAGE_URL", "Страница"},
    {"FORM_NAME", "Название веб-формы"},
    {"FORM_CODE", "Код веб-формы"},
    {"FORM_RESULT_ID", "Номер результата веб-формы"},
    {"DIRECTION", "Направление"},
    {"COUNTRY", "Страна"},
    {"REGION", "Регион"},
    {"CITY", "Город"},
    {"YM_CLIENT_ID", "Яндекс Метрика ClientID"},
};

std::string value(std::string_view id, std::string_view name) {
  return "{" + pair("ID", id) + "," + pair("NAME", name) + "}";
}

}  // namespace

std::string taken_text(std::int64_t id, std::string_view auth) {
  return "{" + lead(id) + with_auth(auth) + "}";
}

std::string bundle_text(const std::vector<LeadAnswer>& leads, std::string_view auth) {
  std::string out = "{'RESULTS':[";
  for (std::size_t i = 0; i < leads.size(); ++i) {
    if (i > 0) out += ',';
    out += leads[i].id > 0 ? "{" + lead(leads[i].id) + "}" : bad_request_text();
  }
  return out + "]" + with_auth(auth) + "}";
}

std::string fields_text(std::string_view auth) {
  std::string out = "{" + pair("error", "201") + ",'FIELDS':[";
  for (const auto& field : fields) {
    if (&field != fields) out += ',';
    out += "{" + pair("ID", field.id) + "," + pair("NAME", field.name) + "," + pair("TYPE", field.type);
    if (field.id == "SOURCE_ID")
      out += ",'VALUES':[" + value("WEB", "Веб-сайт") + "," + value("CALLBACK", "Обратный звонок") + "]";
    out += field.id == "TITLE" ? ",'REQUIRED':true}" : ",'REQUIRED':false}";
  }
  return out + "]" + with_auth(auth) + "}";
}

std::string denied_text() { return code("403", "Ошибка авторизации"); }
std::string bad_request_text() { return code("400", "Ошибка запроса"); }
std::string unavailable_text() { return code("500", "Сервис временно недоступен"); }

connector::Answer lead_php(std::string text, const std::string& auth) {
  connector::Answer out;
  out.text = std::move(text);
  out.content_type = "application/json; charset=utf-8";
  out.headers = {{"X-CRM-Version", "11.5.0"}};  // in exactly this case
  if (!auth.empty()) out.secrets.emplace_back(auth);
  return out;
}

}  // namespace b24gate::bitrix_site
