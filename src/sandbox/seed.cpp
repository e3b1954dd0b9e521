// The invented company that the stand-in portal starts with.
#include <algorithm>

#include "sandbox/store.hpp"

namespace b24gate::sandbox {
namespace {

std::vector<Department> seeded_departments() {
  return {{1, "ЭнергоСтрой", 0, 1},      {3, "Отдел продаж", 1, 6},      {5, "Маркетинг", 1, 13},
          {7, "Отдел персонала", 1, 21}, {9, "Сервисная служба", 1, 25}, {11, "Комплектующие", 3, 0}};
}

std::vector<User> seeded_users() {
  return {
      {1, "Шлюз", "Заявок", "Технический сотрудник", "gate@example.ru", "100", 1, "OPENED"},
      {6, "Анна", "Смирнова", "Руководитель отдела продаж", "smirnova@example.ru", "104", 3, "EXPIRED"},
      {7, "Ольга", "Сидорова", "Аккаунт-менеджер", "sidorova@example.ru", "107", 3, "OPENED"},
      {12, "Иван", "Иванов", "Менеджер по продажам", "ivanov@example.ru", "112", 3, "OPENED"},
      {13, "Олег", "Кузнецов", "Руководитель маркетинга", "kuznetsov@example.ru", "113", 5, "OPENED"},
      {14, "Мария", "Петрова", "Менеджер по комплектующим", "petrova@example.ru", "114", 11, "OPENED"},
      {21, "Елена", "Волкова", "Руководитель отдела персонала", "volkova@example.ru", "121", 7, "OPENED"},
      {25, "Павел", "Морозов", "Руководитель сервиса", "morozov@example.ru", "125", 9, "CLOSED"},
      {31, "Дмитрий", "Орлов", "Менеджер по персоналу", "orlov@example.ru", "131", 7, "OPENED"},
      {34, "Наталья", "Белова", "Оператор колл-центра", "belova@example.ru", "134", 5, "PAUSED"},
      {37, "Алексей", "Новиков", "Инженер сервиса", "novikov@example.ru", "137", 9, ""},
      {40, "Виктор", "Соколов", "Менеджер по продажам", "sokolov@example.ru", "140", 3, "", false},
      {41, "Андрей", "Лебедев", "Менеджер по продажам, Новосибирск", "lebedev@example.ru", "141", 3,
       "OPENED"},
      {42, "Юлия", "Фёдорова", "Менеджер по продажам, Новосибирск", "fedorova@example.ru", "142", 3,
       "OPENED"},
      {43, "Роман", "Громов", "Менеджер по продажам, Екатеринбург", "gromov@example.ru", "143", 3, "OPENED"},
      {44, "Вера", "Захарова", "Менеджер по комплектующим", "zaharova@example.ru", "144", 11, "OPENED"},
      {45, "Илья", "Козлов", "Главный инженер проекта", "kozlov@example.ru", "145", 1, "OPENED"},
      {46, "Нина", "Гусева", "Помощник руководителя", "guseva@example.ru", "146", 1, "OPENED"},
      {47, "Егор", "Макаров", "Менеджер по закупкам", "makarov@example.ru", "147", 1, "OPENED"},
  };
}

struct StatusRow {
  const char* entity;
  const char* id;
  const char* name;
  const char* semantics = "";
  bool system = true;
};

std::vector<Status> seeded_statuses() {
  const std::vector<StatusRow> rows{
      {"STATUS", "NEW", "Новый"},
      {"STATUS", "IN_PROCESS", "В работе"},
      {"STATUS", "PROCESSED", "Обработан"},
      {"STATUS", "HR", "Соискатель", "", false},
      {"STATUS", "QUESTION", "Вопрос руководству", "", false},
      {"STATUS", "SUPPLIER", "Предложение поставщика", "", false},
      {"STATUS", "CONVERTED", "Качественный лид", "S"},
      {"STATUS", "JUNK", "Некачественный лид", "F"},
      {"SOURCE", "CALL", "Звонок"},
      {"SOURCE", "EMAIL", "Электронная почта"},
      {"SOURCE", "WEB", "Веб-сайт"},
      {"SOURCE", "ADVERTISING", "Реклама"},
      {"SOURCE", "PARTNER", "Существующий клиент"},
      {"SOURCE", "RECOMMENDATION", "По рекомендации"},
      {"SOURCE", "TRADE_SHOW", "Выставка"},
      {"SOURCE", "WEBFORM", "CRM-форма"},
      {"SOURCE", "CALLBACK", "Обратный звонок"},
      {"SOURCE", "RC_GENERATOR", "Генератор продаж"},
      {"SOURCE", "STORE", "Интернет-магазин"},
      {"SOURCE", "OTHER", "Другое"},
      {"DEAL_STAGE", "NEW", "Новая"},
      {"DEAL_STAGE", "PREPARATION", "Подготовка документов"},
      {"DEAL_STAGE", "PREPAYMENT_INVOICE", "Счёт на предоплату"},
      {"DEAL_STAGE", "EXECUTING", "В работе"},
      {"DEAL_STAGE", "FINAL_INVOICE", "Финальный счёт"},
      {"DEAL_STAGE", "WON", "Сделка успешна", "S"},
      {"DEAL_STAGE", "LOSE", "Сделка провалена", "F"},
      {"DEAL_STAGE", "APOLOGY", "Анализ причины провала", "F"},
      {"DEAL_STAGE_5", "C5:NEW", "Новая заявка"},
      {"DEAL_STAGE_5", "C5:EXECUTING", "Выезд инженера"},
      {"DEAL_STAGE_5", "C5:WON", "Выполнено", "S"},
      {"DEAL_STAGE_5", "C5:LOSE", "Отказ", "F"},
      {"DEAL_TYPE", "SALE", "Продажа"},
      {"DEAL_TYPE", "SERVICES", "Услуги"},
      {"CONTACT_TYPE", "CLIENT", "Клиенты"},
      {"CONTACT_TYPE", "PARTNER", "Партнёры"},
      {"COMPANY_TYPE", "CUSTOMER", "Клиент"},
      {"COMPANY_TYPE", "SUPPLIER", "Поставщик"},
      {"HONORIFIC", "HNR_RU_1", "г-н"},
      {"HONORIFIC", "HNR_RU_2", "г-жа"},
  };
  std::vector<Status> out;
  std::int64_t sort = 0;
  for (const auto& row : rows) {
    sort = !out.empty() && out.back().entity == row.entity ? sort + 10 : 10;
    const std::int64_t category = std::string_view(row.entity) == "DEAL_STAGE_5" ? 5 : 0;
    out.push_back({static_cast<std::int64_t>(91 + out.size() * 2), row.entity, row.id, row.name, sort,
                   row.semantics, category, row.system});
  }
  return out;
}

void seed_lists(Store& store) {
  store.lists = {
      {41, "directions", "Направления", {{"PROPERTY_951", "Ответственные"}, {"PROPERTY_953", "Код"}}}};
  const auto add = [&](std::string name, std::string code, std::initializer_list<const char*> responsible) {
    ListElement element{++store.last.list_element, 41, std::move(name), code, {}};
    json::Object people;
    for (const char* user : responsible) people.set(std::to_string(++store.last.property_value), user);
    element.properties.set("PROPERTY_951", std::move(people));
    element.properties.set(
        "PROPERTY_953",
        json::Value::object({{std::to_string(++store.last.property_value), std::move(code)}}));
    store.list_elements.emplace(element.id, std::move(element));
  };
  add("Газопоршневые станции", "gpu", {"7", "12"});
  add("Дизельные станции", "dgu", {"12", "31"});
  add("Комплектующие", "parts", {"14"});
}

// Number 1 exists so that the trap of batch references without halt is visible: comments land here.
void seed_first_lead(Store& store, TimePoint now) {
  Item item;
  item.id = 1;
  item.created = now;
  const std::string time = store.iso(now);
  for (const auto& [name, value] : std::initializer_list<json::Member>{{"id", 1},
                                                                       {"createdTime", time},
                                                                       {"updatedTime", time},
                                                                       {"movedTime", time},
                                                                       {"createdBy", 1},
                                                                       {"updatedBy", 1},
                                                                       {"movedBy", 1},
                                                                       {"assignedById", 6},
                                                                       {"opened", "Y"},
                                                                       {"title", "Самый первый лид портала"},
                                                                       {"stageId", "IN_PROCESS"},
                                                                       {"stageSemanticId", "P"},
                                                                       {"sourceId", "CALL"},
                                                                       {"currencyId", "RUB"}}) {
    item.values.append(name, value);
  }
  store.of(lead).emplace(1, std::move(item));
}

TimeZone portal_zone() {
  auto zone = TimeZone::find("Europe/Moscow");
  return zone ? *zone : TimeZone::utc();
}

}  // namespace

Store::Store(TimePoint now)
    : schemas{Schema(), Schema::of(lead), Schema::of(deal), Schema::of(contact), Schema::of(company)},
      departments(seeded_departments()),
      users(seeded_users()),
      statuses(seeded_statuses()),
      categories{{0, "Общая", 100}, {5, "Сервис", 200}},
      zone(portal_zone()) {
  using namespace std::chrono_literals;
  absences.push_back({++last.absence, 37, "Отпуск", now - 48h, now + 14 * 24h});
  seed_lists(*this);
  seed_first_lead(*this, now);
}

}  // namespace b24gate::sandbox
