#include "sandbox/schema.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

constexpr std::array<std::string_view, 5> names{"", "LEAD", "DEAL", "CONTACT", "COMPANY"};

struct Row {
  const char* name;
  const char* upper;
  const char* type;
  const char* title;
  const char* dictionary = "";
  bool read_only = false;
  bool multiple = false;
  std::size_t max_points = 0;
};
constexpr bool read_only = true;

void add_rows(Schema& schema, std::initializer_list<Row> rows) {
  for (const auto& row : rows) {
    Field field;
    field.name = row.name;
    field.upper = row.upper;
    field.type = row.type;
    field.title = row.title;
    field.dictionary = row.dictionary;
    field.read_only = row.read_only;
    field.multiple = row.multiple;
    field.max_points = row.max_points;
    schema.add(std::move(field));
  }
}

void add_common(Schema& schema) {
  add_rows(
      schema,
      {
          {"id", "ID", "integer", "ID", "", read_only},
          {"createdTime", "DATE_CREATE", "datetime", "Дата создания", "", read_only},
          {"updatedTime", "DATE_MODIFY", "datetime", "Дата изменения", "", read_only},
          {"createdBy", "CREATED_BY_ID", "user", "Кем создан", "", read_only},
          {"updatedBy", "MODIFY_BY_ID", "user", "Кем изменён", "", read_only},
          {"assignedById", "ASSIGNED_BY_ID", "user", "Ответственный"},
          {"opened", "OPENED", "boolean", "Доступен для всех"},
          {"comments", "COMMENTS", "text", "Комментарий"},
          {"originatorId", "ORIGINATOR_ID", "string", "Внешний источник", "", false, false, 255},
          {"originId", "ORIGIN_ID", "string", "Идентификатор во внешнем источнике", "", false, false, 255},
          {"utmSource", "UTM_SOURCE", "string", "UTM Source"},
          {"utmMedium", "UTM_MEDIUM", "string", "UTM Medium"},
          {"utmCampaign", "UTM_CAMPAIGN", "string", "UTM Campaign"},
          {"utmContent", "UTM_CONTENT", "string", "UTM Content"},
          {"utmTerm", "UTM_TERM", "string", "UTM Term"},
          {"observers", "OBSERVERS", "user", "Наблюдатели", "", false, true},
          {"webformId", "WEBFORM_ID", "integer", "CRM-форма"},
          {"lastActivityTime", "LAST_ACTIVITY_TIME", "datetime", "Последняя активность", "", read_only},
      });
}

void add_person(Schema& schema) {
  add_rows(schema, {
                       {"honorific", "HONORIFIC", "crm_status", "Обращение", "HONORIFIC"},
                       {"name", "NAME", "string", "Имя", "", false, false, 50},
                       {"secondName", "SECOND_NAME", "string", "Отчество", "", false, false, 50},
                       {"lastName", "LAST_NAME", "string", "Фамилия", "", false, false, 50},
                       {"birthdate", "BIRTHDATE", "date", "Дата рождения"},
                       {"post", "POST", "string", "Должность", "", false, false, 255},
                   });
}

void add_source(Schema& schema) {
  add_rows(schema, {
                       {"sourceId", "SOURCE_ID", "crm_status", "Источник", "SOURCE"},
                       {"sourceDescription", "SOURCE_DESCRIPTION", "text", "Дополнительно об источнике"},
                   });
}

void add_money(Schema& schema) {
  add_rows(schema, {
                       {"opportunity", "OPPORTUNITY", "double", "Сумма"},
                       {"isManualOpportunity", "IS_MANUAL_OPPORTUNITY", "boolean", "Сумма задана вручную"},
                       {"currencyId", "CURRENCY_ID", "crm_currency", "Валюта"},
                       {"movedTime", "MOVED_TIME", "datetime", "Дата смены стадии", "", read_only},
                       {"movedBy", "MOVED_BY_ID", "user", "Кем изменена стадия", "", read_only},
                       {"isReturnCustomer", "IS_RETURN_CUSTOMER", "boolean", "Повторный", "", read_only},
                       {"companyId", "COMPANY_ID", "crm_company", "Компания"},
                       {"contactId", "CONTACT_ID", "crm_contact", "Контакт"},
                       {"contactIds", "CONTACT_IDS", "crm_contact", "Контакты", "", false, true},
                   });
}

void add_multifields(Schema& schema) {
  add_rows(schema, {
                       {"hasPhone", "HAS_PHONE", "boolean", "Есть телефон", "", read_only},
                       {"hasEmail", "HAS_EMAIL", "boolean", "Есть e-mail", "", read_only},
                       {"fm", "FM", "crm_multifield", "Телефоны, почта, сайты", "", false, true},
                   });
}

void add_user_field(Schema& schema, std::int64_t id, std::string upper, std::string type, std::string title,
                    bool multiple = false, std::vector<EnumItem> items = {}) {
  Field field;
  field.name = user_field_name(upper);
  field.upper = std::move(upper);
  field.type = std::move(type);
  field.title = std::move(title);
  field.multiple = multiple;
  field.user_field = true;
  field.id = id;
  field.items = std::move(items);
  schema.add(std::move(field));
}

void add_lead(Schema& schema) {
  add_rows(schema,
           {
               {"title", "TITLE", "string", "Название", "", false, false, 255},
               {"companyTitle", "COMPANY_TITLE", "string", "Название компании", "", false, false, 255},
               {"stageId", "STATUS_ID", "crm_status", "Стадия", "STATUS"},
               {"stageSemanticId", "STATUS_SEMANTIC_ID", "string", "Группа стадии", "", read_only},
               {"statusDescription", "STATUS_DESCRIPTION", "text", "Дополнительно о стадии"},
           });
  add_person(schema);
  add_source(schema);
  add_money(schema);
  add_multifields(schema);
  add_user_field(schema, 201, "UF_CRM_DIRECTION", "enumeration", "Направление", false,
                 {{41, "Газопоршневые станции"},
                  {43, "Дизельные станции"},
                  {45, "Комплектующие"},
                  {47, "Сервис"},
                  {49, "Подбор персонала"},
                  {51, "Проектирование"}});
  add_user_field(schema, 203, "UF_CRM_POWER", "string", "Мощность");
  add_user_field(schema, 205, "UF_CRM_FORM", "string", "Форма на сайте");
  add_user_field(schema, 207, "UF_CRM_CITY", "string", "Город");
  add_user_field(schema, 209, "UF_CRM_TAGS", "string", "Метки", true);
  add_user_field(schema, 211, "UF_CRM_CALL_BACK_AT", "datetime", "Когда перезвонить");
  add_user_field(schema, 213, "UF_CRM_CONSENT", "boolean", "Согласие на обработку данных");
  add_user_field(schema, 215, "UF_CRM_BUDGET", "money", "Бюджет");
  add_user_field(schema, 217, "UF_CRM_1747309879", "string", "Номер карты");
}

void add_deal(Schema& schema) {
  add_rows(schema, {
                       {"title", "TITLE", "string", "Название", "", false, false, 255},
                       {"categoryId", "CATEGORY_ID", "crm_category", "Воронка"},
                       {"stageId", "STAGE_ID", "crm_status", "Стадия", "DEAL_STAGE"},
                       {"stageSemanticId", "STAGE_SEMANTIC_ID", "string", "Группа стадии", "", read_only},
                       {"typeId", "TYPE_ID", "crm_status", "Тип", "DEAL_TYPE"},
                       {"begindate", "BEGINDATE", "date", "Дата начала"},
                       {"closedate", "CLOSEDATE", "date", "Дата завершения"},
                       {"leadId", "LEAD_ID", "crm_lead", "Лид"},
                   });
  add_source(schema);
  add_money(schema);
  add_user_field(schema, 301, "UF_CRM_POWER", "string", "Мощность");
}

void add_client_links(Schema& schema) {
  add_rows(schema, {
                       {"leadId", "LEAD_ID", "crm_lead", "Лид"},
                       {"originVersion", "ORIGIN_VERSION", "string", "Версия", "", false, false, 255},
                   });
}

}  // namespace

std::string_view entity_name(std::int64_t type) {
  return known_entity(type) ? names[static_cast<std::size_t>(type)] : std::string_view();
}

std::int64_t entity_by_name(std::string_view name) {
  for (std::size_t i = 1; i < names.size(); ++i) {
    const bool same = std::equal(name.begin(), name.end(), names[i].begin(), names[i].end(),
                                 [](char a, char b) { return ascii::lower(a) == ascii::lower(b); });
    if (same) return static_cast<std::int64_t>(i);
  }
  return 0;
}

Schema Schema::of(std::int64_t type) {
  Schema schema;
  add_common(schema);
  if (type == lead) add_lead(schema);
  if (type == deal) add_deal(schema);
  if (type == contact) {
    add_person(schema);
    add_source(schema);
    add_rows(schema, {{"typeId", "TYPE_ID", "crm_status", "Тип", "CONTACT_TYPE"},
                      {"companyId", "COMPANY_ID", "crm_company", "Компания"},
                      {"companyIds", "COMPANY_IDS", "crm_company", "Компании", "", false, true}});
    add_client_links(schema);
    add_multifields(schema);
  }
  if (type == company) {
    add_rows(schema, {{"title", "TITLE", "string", "Название", "", false, false, 255},
                      {"typeId", "COMPANY_TYPE", "crm_status", "Тип", "COMPANY_TYPE"},
                      {"industry", "INDUSTRY", "string", "Сфера"},
                      {"contactIds", "CONTACT_IDS", "crm_contact", "Контакты", "", false, true}});
    add_client_links(schema);
    add_multifields(schema);
  }
  return schema;
}

const Field* Schema::find(std::string_view name, bool original_names) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) {
    return shown_name(field, original_names) == name;
  });
  return found == fields_.end() ? nullptr : &*found;
}

const Field* Schema::find_upper(std::string_view upper) const {
  const auto found =
      std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) { return field.upper == upper; });
  return found == fields_.end() ? nullptr : &*found;
}

void Schema::add(Field field) {
  const auto same = std::find_if(fields_.begin(), fields_.end(),
                                 [&](const Field& known) { return known.upper == field.upper; });
  if (same != fields_.end()) {
    *same = std::move(field);
  } else {
    fields_.push_back(std::move(field));
  }
}

std::string camel_name(std::string_view upper) {
  std::string out;
  bool capital = false;
  for (const char c : upper) {
    if (c == '_') {
      capital = true;
    } else {
      out += capital ? c : ascii::lower(c);
      capital = false;
    }
  }
  return out;
}

std::string user_field_name(std::string_view upper) {
  std::string out;
  while (!upper.empty()) {
    const auto end = upper.find('_');
    const std::string_view piece = upper.substr(0, end);
    const bool last = end == std::string_view::npos;
    upper.remove_prefix(last ? upper.size() : end + 1);
    if (piece.empty()) continue;
    const bool digit = piece.front() >= '0' && piece.front() <= '9';
    if (digit && last && !out.empty()) out += '_';
    out += out.empty() ? ascii::lower(piece.front()) : piece.front();
    for (const char c : piece.substr(1)) out += ascii::lower(c);
  }
  return out;
}

}  // namespace b24gate::sandbox
