// telephony.externalCall.register, finish, show, hide, searchCrmEntities. Source: bitrix24/telephony.md 5.2
// to 5.5.
#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "sandbox/items.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

using namespace std::chrono_literals;
constexpr auto duplicate_window = 30min;

tl::unexpected<Failure> core(std::string text) { return refuse("ERROR_CORE", std::move(text)); }

// A colleague rather than a client: the extension of an employee.
bool is_internal(const Store& store, std::string_view digits) {
  return std::any_of(store.users.begin(), store.users.end(), [&](const User& user) {
    return !user.inner_phone.empty() && user.inner_phone == digits;
  });
}

tl::expected<std::int64_t, Failure> named_user(const Call& call) {
  const auto& id = call.param("USER_ID");
  const auto& extension = call.param("USER_PHONE_INNER");
  if (id.says_nothing() && extension.says_nothing()) return core("USER_ID or USER_PHONE_INNER should be set");
  std::int64_t user = php::to_int(id);
  if (id.says_nothing()) {
    for (const auto& one : call.store.users) {
      if (one.inner_phone == extension.text()) user = one.id;
    }
  }
  if (!works_here(call, user)) return core("User is not found or is not active.");
  return user;
}

// The key of the rule that gives the existing call back (5.4). CRM fields and the date are no part of it.
const PhoneCall* same_call(const Call& call, const PhoneCall& fresh) {
  for (const auto& [number, open] : call.store.open_calls) {
    if (open.phone == fresh.phone && open.type == fresh.type && open.user == fresh.user &&
        open.application == fresh.application && (fresh.line.empty() || open.line == fresh.line) &&
        (fresh.external_id.empty() || open.external_id == fresh.external_id) &&
        open.start + duplicate_window >= call.now) {
      return &open;
    }
  }
  return nullptr;
}

// What is no lead, contact or company that exists is taken for nothing: the portal then looks by the number.
// This is our assumption.
Client named_client(const Call& call) {
  const std::int64_t type = entity_by_name(call.param("CRM_ENTITY_TYPE").text());
  const std::int64_t id = php::to_int(call.param("CRM_ENTITY_ID"));
  if (type == 0 || type == deal || call.store.item(type, id) == nullptr) return {};
  return {type, id};
}

std::string direction_title(std::int64_t type) {
  if (type == outgoing) return "Исходящий звонок";
  if (type == callback) return "Обратный звонок";
  return type == informational ? "Информационный звонок" : "Входящий звонок";
}

// CRM_CREATE, which for outgoing calls the line may forbid; nobody is made of a colleague.
bool wants_lead(const Call& call, const PhoneCall& fresh) {
  const auto line = call.store.lines.find(fresh.line);
  const bool forbidden =
      fresh.type == outgoing && line != call.store.lines.end() && !line->second.auto_create;
  return php::is_yes(call.param("CRM_CREATE")) && !forbidden && !is_internal(call.store, fresh.phone);
}

tl::expected<Client, std::string> create_lead(Call& call, const PhoneCall& fresh) {
  if (call.store.full()) return tl::unexpected<std::string>("Disk resource exhausted");
  Item item;
  item.values.set("title", "+" + fresh.phone + " - " + direction_title(fresh.type));
  item.values.set("assignedById", fresh.user);
  const std::string source = call.param("CRM_SOURCE").text();
  if (call.store.status("SOURCE", source) != nullptr) item.values.set("sourceId", source);
  add_multifield(call.store, item, "PHONE", "WORK", "+" + fresh.phone);
  set_defaults(call, lead, item);
  if (const auto empty = missing_required(call, lead, item)) {
    call.faults.count_required(*empty);
    return tl::unexpected<std::string>("Не заполнено обязательное поле \"" + *empty + "\"");
  }
  return Client{lead, create(call, lead, std::move(item)).id};
}

void tell_in_chat(Call& call, const PhoneCall& about, std::string text) {
  if (call.store.full()) return;
  const std::int64_t id = ++call.store.last.message;
  call.store.messages.emplace(
      id, ChatMessage{id, std::to_string(about.user), text + " +" + about.phone, call.now});
}

json::Value registered(const PhoneCall& open, const Client& created) {
  json::Array entities;
  if (created.known()) {
    entities.push_back(
        json::Value::object({{"ENTITY_TYPE", entity_name(created.type)}, {"ENTITY_ID", created.id}}));
  }
  const bool known = open.client.known();
  return json::Value::object(
      {{"CALL_ID", open.id},
       {"CRM_CREATED_LEAD", created.type == lead ? json::Value(created.id) : json::Value()},
       {"CRM_CREATED_ENTITIES", std::move(entities)},
       {"CRM_ENTITY_TYPE", known ? json::Value(entity_name(open.client.type)) : json::Value()},
       {"CRM_ENTITY_ID", known ? json::Value(open.client.id) : json::Value()}});
}

tl::expected<PhoneCall, Failure> described(const Call& call) {
  PhoneCall out;
  const auto user = named_user(call);
  if (!user) return tl::unexpected<Failure>(user.error());
  out.user = *user;
  out.type = php::to_int(call.param("TYPE"));
  if (out.type < outgoing || out.type > informational) return core("Unknown TYPE");
  out.start = call.now;
  if (const auto& date = call.param("CALL_START_DATE"); !date.says_nothing()) {
    const auto start = parse_iso(date.text(), call.store.zone);
    if (!start) return core("CALL_START_DATE should be in the ISO-8601 format");
    out.start = *start;
  }
  out.phone = phone_digits(call.param("PHONE_NUMBER").text());
  if (out.phone.empty()) return core("Unsupported phone number format");
  out.external_id = call.param("EXTERNAL_CALL_ID").text();
  out.application = call.caller.application;
  out.line = std::string(utf8::head(call.param("LINE_NUMBER").text(), max_line));
  out.call_list = call.param("CALL_LIST_ID").text();
  return out;
}

bool said_or_by_default(const json::Value& value) { return value.is_null() || php::is_yes(value); }

Outcome register_call(Call& call) {
  auto fresh = described(call);
  if (!fresh) return tl::unexpected<Failure>(fresh.error());
  if (const PhoneCall* known = same_call(call, *fresh)) return Success{registered(*known, {}), {}, {}};
  if (call.store.full()) return core("Unexpected database error");
  fresh->client = named_client(call);
  if (!fresh->client.known()) {
    if (const auto found = clients_of(call, fresh->phone); !found.empty()) fresh->client = found.front();
  }
  Client created;
  std::string problem;
  if (!fresh->client.known() && wants_lead(call, *fresh)) {
    if (auto made = create_lead(call, *fresh)) {
      created = *made;
      fresh->client = created;
      fresh->client_created = true;
    } else {
      problem = std::move(made).error();
    }
  }
  if (said_or_by_default(call.param("SHOW"))) fresh->screens.insert(fresh->user);
  const PhoneCall& open = open_call(call, *std::move(fresh));
  if (said_or_by_default(call.param("ADD_TO_CHAT"))) tell_in_chat(call, open, direction_title(open.type));
  auto result = registered(open, created);
  if (!problem.empty()) result["LEAD_CREATION_ERROR"] = std::move(problem);
  return Success{std::move(result), {}, {}};
}

// Of nobody there is no activity. Nor, we assume, is anything created here: the portal only looks by the
// number once more, for somebody may have entered the client while the call lasted.
std::int64_t add_activity(Call& call, FinishedCall& finished) {
  PhoneCall& about = finished.call;
  if (call.store.item(about.client.type, about.client.id) == nullptr) {
    const auto found = clients_of(call, about.phone);
    about.client = found.empty() ? Client() : found.front();
    about.client_created = false;
  }
  if (!about.client.known()) return 0;
  Activity activity;
  activity.id = ++call.store.last.timeline;
  activity.kind = ActivityKind::call;
  activity.owner_type = about.client.type;
  activity.owner = about.client.id;
  activity.bindings = {about.client};
  activity.responsible = about.user;
  activity.subject = direction_title(about.type) + (about.type == outgoing ? " на +" : " от +") + about.phone;
  activity.start = std::chrono::floor<Seconds>(about.start);
  activity.deadline = activity.start + Seconds{finished.duration};
  activity.created = call.now;
  activity.incoming = about.type != outgoing && about.type != informational;
  // A missed call waits for somebody to ring back.
  activity.completed = finished.answered() || !activity.incoming;
  activity.origin = "VI_" + about.id;
  const std::int64_t id = activity.id;
  call.store.activities.emplace(id, std::move(activity));
  return id;
}

void reassign_created(Call& call, const PhoneCall& about) {
  Item* item = about.client_created ? call.store.item(about.client.type, about.client.id) : nullptr;
  if (item == nullptr) return;
  Item now = *item;
  now.values.set("assignedById", about.user);
  save(call, about.client.type, *item, std::move(now));
}

// CALL_START_DATE is the empty object that the documentation's own sample has.
json::Value finish_result(const FinishedCall& row) {
  const PhoneCall& about = row.call;
  const bool known = about.client.known();
  const bool by_application = about.application != 0;
  return json::Value::object(
      {{"CALL_ID", about.id},
       {"EXTERNAL_CALL_ID", about.external_id},
       {"PORTAL_USER_ID", about.user},
       {"PHONE_NUMBER", about.phone},
       {"PORTAL_NUMBER", about.line},
       {"INCOMING", std::to_string(about.type)},
       {"CALL_DURATION", row.duration},
       {"CALL_START_DATE", json::Value::object()},
       {"CALL_STATUS", row.answered() ? 1 : 0},
       {"CALL_VOTE", row.vote ? json::Value(*row.vote) : json::Value()},
       {"COST", row.cost},
       {"COST_CURRENCY", row.currency},
       {"CALL_FAILED_CODE", row.code},
       {"CALL_FAILED_REASON", row.reason},
       {"REST_APP_ID", by_application ? json::Value(std::to_string(about.application)) : json::Value()},
       {"REST_APP_NAME", by_application ? json::Value(application_name) : json::Value()},
       {"CRM_ACTIVITY_ID", row.activity},
       {"COMMENT", json::Value()},
       {"CRM_ENTITY_TYPE", known ? json::Value(entity_name(about.client.type)) : json::Value()},
       {"CRM_ENTITY_ID", known ? json::Value(about.client.id) : json::Value()},
       {"ID", row.id}});
}

auto open_by_id(Store& store, std::string_view id) {
  return std::find_if(store.open_calls.begin(), store.open_calls.end(),
                      [&](const auto& one) { return one.second.id == id; });
}

// First the activity, then the row, then the open call goes: the portal's own order.
Outcome finish_call(Call& call) {
  const std::string* id = call.param("CALL_ID").string();
  if (id == nullptr) return refuse("INVALID_ARGUMENT", "CALL_ID must be a string");
  if (call.param("USER_ID").says_nothing() && call.param("USER_PHONE_INNER").says_nothing())
    return core("USER_ID or USER_PHONE_INNER should be set");
  const auto open = open_by_id(call.store, *id);
  if (open == call.store.open_calls.end())
    return core("Call is not found (call should be registered prior to finishing)");
  const auto user = named_user(call);
  if (!user) return tl::unexpected<Failure>(user.error());
  if (call.store.full()) return core("Unexpected database error");
  FinishedCall row;
  row.call = open->second;
  row.call.user = *user;
  row.call.screens.clear();
  row.duration = std::max<std::int64_t>(php::to_int(call.param("DURATION")), 0);
  row.code = call.param("STATUS_CODE").text();
  if (row.code.empty()) row.code = row.answered() ? "200" : "304";
  row.reason = call.param("FAILED_REASON").text();
  if (!call.param("VOTE").says_nothing()) row.vote = php::to_int(call.param("VOTE"));
  row.cost = call.param("COST").number().value_or(0);
  row.currency = call.param("COST_CURRENCY").text();
  row.record_url = call.param("RECORD_URL").text();
  row.activity = add_activity(call, row);
  reassign_created(call, row.call);
  row.id = ++call.store.last.finished_call;
  if (php::is_yes(call.param("ADD_TO_CHAT")))
    tell_in_chat(call, row.call, row.answered() ? "Звонок завершён:" : "Пропущенный звонок:");
  const FinishedCall& kept = call.store.finished_calls.emplace(row.id, std::move(row)).first->second;
  call.store.open_calls.erase(open);
  return Success{finish_result(kept), {}, {}};
}

// USER_ID is one number or many. False: no such call, or nobody of these works here.
Outcome on_screens(Call& call, bool show) {
  const auto open = open_by_id(call.store, call.param("CALL_ID").text());
  if (open == call.store.open_calls.end()) return Success{false, {}, {}};
  const auto& users = call.param("USER_ID");
  bool any = false;
  for (const auto& [key, user] : php::pairs(php::is_iterable(users) ? users : json::Value::array({users}))) {
    const std::int64_t id = php::to_int(user);
    if (show && !works_here(call, id)) continue;
    any = true;
    if (show) {
      open->second.screens.insert(id);
    } else {
      open->second.screens.erase(id);
    }
  }
  return Success{any, {}, {}};
}

Outcome show_card(Call& call) { return on_screens(call, true); }
Outcome hide_card(Call& call) { return on_screens(call, false); }

json::Value owner_row(const Call& call, std::int64_t id) {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? json::Value() : json::Value(text);
  };
  const User* user = call.store.user(id);
  const User nobody;
  const User& shown = user != nullptr ? *user : nobody;
  const std::string day = shown.working_day.empty() ? "CLOSED" : shown.working_day;
  return json::Value::object({{"ID", std::to_string(id)},
                              {"TIMEMAN_STATUS", shown.timeman ? day : "UNAVAILABLE"},
                              {"USER_PHONE_INNER", or_null(shown.inner_phone)},
                              {"WORK_PHONE", json::Value()},
                              {"PERSONAL_PHONE", json::Value()},
                              {"PERSONAL_MOBILE", json::Value()}});
}

Outcome search_clients(Call& call) {
  const std::string phone = call.param("PHONE_NUMBER").text();
  if (phone.empty()) return core("PHONE_NUMBER is empty");
  json::Array out;
  for (const auto& client : clients_of(call, phone_digits(phone))) {
    const auto owner = call.store.item(client.type, client.id)->value("assignedById").integer().value_or(0);
    out.push_back(json::Value::object({{"CRM_ENTITY_TYPE", entity_name(client.type)},
                                       {"CRM_ENTITY_ID", client.id},
                                       {"ASSIGNED_BY_ID", owner},
                                       {"NAME", client_name(call.store, client)},
                                       {"ASSIGNED_BY", owner_row(call, owner)}}));
  }
  return Success{std::move(out), {}, {}};
}

constexpr std::array<Method, 5> methods{{
    {"telephony.externalcall.register", "telephony", 0.25, register_call, Access::application_by_docs},
    {"telephony.externalcall.finish", "telephony", 0.6, finish_call, Access::application_by_docs},
    {"telephony.externalcall.show", "telephony", 0.03, show_card},
    {"telephony.externalcall.hide", "telephony", 0.03, hide_card},
    {"telephony.externalcall.searchcrmentities", "telephony", 0.05, search_clients},
}};

}  // namespace

tl::expected<PhoneCall, Failure> click_to_call(Call& call) {
  auto fresh = described(call);
  if (!fresh) return fresh;
  if (call.store.full()) return core("Unexpected database error");
  if (const auto found = clients_of(call, fresh->phone); !found.empty()) fresh->client = found.front();
  fresh->screens.insert(fresh->user);
  return open_call(call, *std::move(fresh));
}

json::Value call_start_data(const Store& store, const PhoneCall& open, const std::string& dialled) {
  const bool known = open.client.known();
  const User* user = store.user(open.user);
  return json::Value::object(
      {{"PHONE_NUMBER", dialled},
       {"PHONE_NUMBER_INTERNATIONAL", "+" + normal_communication("PHONE", open.phone)},
       {"EXTENSION", user != nullptr ? user->inner_phone : std::string()},
       {"USER_ID", open.user},
       {"CALL_LIST_ID", open.call_list.empty() ? json::Value(0) : json::Value(open.call_list)},
       {"LINE_NUMBER", open.line},
       {"IS_MOBILE", 0},
       {"CALL_ID", open.id},
       {"CRM_ENTITY_TYPE", known ? json::Value(entity_name(open.client.type)) : json::Value()},
       {"CRM_ENTITY_ID", known ? json::Value(open.client.id) : json::Value()}});
}

std::span<const Method> call_methods() { return methods; }

}  // namespace b24gate::sandbox
