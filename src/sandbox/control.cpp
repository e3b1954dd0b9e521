// The control API. See docs/sandbox.md.
#include <algorithm>

#include "sandbox/items.hpp"
#include "sandbox/php.hpp"
#include "sandbox/web.hpp"

namespace b24gate::sandbox {
namespace {

Reply refused(int status, std::string why) {
  return json_reply(status, json::Value::object({{"error", std::move(why)}}));
}

Reply done() { return json_reply(200, json::Value::object({{"ok", true}})); }

// A page of another site may post here through the browser; its Origin gives it away.
bool foreign(const http::Request& request) {
  const auto origin = request.header("Origin");
  return !origin.empty() && origin != "http://" + std::string(request.header("Host"));
}

Reply state(Portal& portal, const http::Request& request) {
  const auto query = php::parse_str(request.query);
  const std::uint64_t revision = portal.revision();
  if (!query["since"].is_null() && query["since"].text() == std::to_string(revision)) {
    return json_reply(200, json::Value::object({{"revision", revision}, {"unchanged", true}}));
  }
  const auto limit = query["limit"].integer().value_or(static_cast<std::int64_t>(max_objects));
  return json_reply(200, portal.state(static_cast<std::size_t>(std::max<std::int64_t>(limit, 0)),
                                      php::truthy(query["readable"])));
}

Reply faults(Portal& portal, const http::Request& request, const json::Value& body) {
  if (request.method == "POST") {
    const auto id = portal.add_fault(body);
    return id ? json_reply(201, json::Value::object({{"id", *id}})) : refused(400, id.error());
  }
  if (request.method == "GET") return json_reply(200, portal.state(0, false)["faults"]);
  if (request.method != "DELETE") return refused(405, "use GET, POST or DELETE");
  const std::string_view tail =
      std::string_view(request.path).substr(std::string_view("/sandbox/faults").size());
  bool found = true;
  portal.with_store([&](Store&, Faults& all) {
    if (tail.empty() || tail == "/") {
      all.clear();
    } else {
      found = all.erase(json::Value(tail.substr(1)).integer().value_or(0));
    }
  });
  return found ? done() : refused(404, "there is no such fault");
}

std::string seed_users(Store& store, const json::Value& users, TimePoint now) {
  for (const auto& [key, wanted] : php::pairs(users)) {
    const std::int64_t id = php::to_int(wanted["ID"]);
    if (id <= 0) return "a user needs an ID";
    if (store.user(id) == nullptr) {
      if (store.users.size() >= 10'000) return "too many users";
      User fresh;
      fresh.id = id;
      fresh.department = 3;
      store.users.push_back(std::move(fresh));
    }
    User& user = *store.user(id);
    const auto take = [&row = wanted](const char* name, std::string& place) {
      if (!row[name].is_null()) place = row[name].text();
    };
    take("NAME", user.name);
    take("LAST_NAME", user.last_name);
    take("EMAIL", user.email);
    take("WORK_POSITION", user.position);
    take("UF_PHONE_INNER", user.inner_phone);
    if (!wanted["TIMEMAN"].is_null()) {
      user.working_day = wanted["TIMEMAN"].text();
      user.day_changed = now;
    }
    if (!wanted["UF_TIMEMAN"].is_null()) user.timeman = php::is_yes(wanted["UF_TIMEMAN"]);
    if (!wanted["ACTIVE"].is_null()) user.active = php::is_yes(wanted["ACTIVE"]);
    if (!wanted["UF_DEPARTMENT"].is_null()) {
      const auto& department = wanted["UF_DEPARTMENT"];
      user.department = php::to_int(department.is_array() ? department.at(0) : department);
    }
  }
  return {};
}

std::string seed_absences(Store& store, const json::Value& absences) {
  for (const auto& [key, wanted] : php::pairs(absences)) {
    const auto from = parse_iso(wanted["FROM"].text(), store.zone);
    const auto to = parse_iso(wanted["TO"].text(), store.zone);
    if (!from || !to || store.user(php::to_int(wanted["USER_ID"])) == nullptr) {
      return "an absence needs USER_ID, FROM and TO";
    }
    if (store.absences.size() >= 10'000) return "too many absences";
    Absence absence{++store.last.absence, php::to_int(wanted["USER_ID"]), wanted["NAME"].text(), *from, *to};
    absence.whole_days = php::is_yes(wanted["WHOLE_DAYS"]);
    if (!wanted["ACCESSIBILITY"].is_null()) absence.accessibility = wanted["ACCESSIBILITY"].text();
    store.absences.push_back(std::move(absence));
  }
  return {};
}

std::string seed_fields(Store& store, const json::Value& fields) {
  for (const auto& [key, wanted] : php::pairs(fields)) {
    const std::int64_t type = wanted["entityTypeId"].integer().value_or(lead);
    Field field;
    field.upper = wanted["FIELD_NAME"].text();
    if (!known_entity(type) || !field.upper.starts_with("UF_CRM_") || field.upper.size() > 50) {
      return "a field needs a FIELD_NAME that begins with UF_CRM_ and has at most 50 characters";
    }
    if (store.schema(type).fields().size() >= 1000) return "too many fields";
    field.name = user_field_name(field.upper);
    field.type = wanted["USER_TYPE_ID"].is_null() ? "string" : wanted["USER_TYPE_ID"].text();
    field.title = wanted["LABEL"].is_null() ? field.upper : wanted["LABEL"].text();
    field.multiple = php::is_yes(wanted["MULTIPLE"]);
    field.user_field = true;
    field.id = static_cast<std::int64_t>(501 + store.schema(type).fields().size());
    std::int64_t item = 101;
    for (const auto& [index, value] : php::pairs(wanted["LIST"])) {
      const bool numbered = !value["ID"].is_null();
      field.items.push_back(
          {numbered ? php::to_int(value["ID"]) : item++, numbered ? value["VALUE"].text() : value.text()});
    }
    store.schema(type).add(std::move(field));
  }
  return {};
}

std::string seed_statuses(Store& store, const json::Value& statuses) {
  for (const auto& [key, wanted] : php::pairs(statuses)) {
    Status status;
    status.entity = wanted["ENTITY_ID"].text();
    status.status_id = wanted["STATUS_ID"].text();
    if (status.entity.empty() || status.status_id.empty()) return "a status needs ENTITY_ID and STATUS_ID";
    if (store.statuses.size() >= 10'000) return "too many statuses";
    if (store.status(status.entity, status.status_id) != nullptr) continue;
    status.name = wanted["NAME"].is_null() ? status.status_id : wanted["NAME"].text();
    status.semantics = wanted["SEMANTICS"].text();
    status.sort = 900;
    status.system = false;
    status.id = static_cast<std::int64_t>(501 + store.statuses.size());
    store.statuses.push_back(std::move(status));
  }
  return {};
}

// {"entityTypeId": 3, "fields": {…as crm.item.add takes them, original names of user fields…}}
std::string seed_item(Store& store, Faults& faults, TimePoint now, const json::Value& wanted,
                      std::int64_t& id) {
  const std::int64_t type = wanted["entityTypeId"].integer().value_or(0);
  if (!known_entity(type)) return "entityTypeId must be 1 (lead), 2 (deal), 3 (contact) or 4 (company)";
  if (store.full()) return "the portal is full";
  const Caller nobody;
  Call call{store, faults, now, "", wanted, nobody};
  Item item;
  if (auto written = write(call, type, item, wanted["fields"], true); !written)
    return written.error().description;
  set_defaults(call, type, item);
  // Made by hand by one of the users, rather than through the webhook.
  const auto maker = wanted["createdBy"].integer();
  id = create(call, type, std::move(item)).id;
  if (maker) {
    Item& made = store.of(type).at(id);
    for (const char* name : {"createdBy", "assignedById"}) made.values.set(name, *maker);
  }
  return {};
}

Reply seed(Portal& portal, const http::Request& request, const json::Value& body) {
  std::string why;
  json::Array ids;
  portal.with_store([&](Store& store, Faults& faults) {
    why = seed_users(store, body["users"], request.received_at);
    if (why.empty()) why = seed_absences(store, body["absences"]);
    if (why.empty()) why = seed_fields(store, body["user_fields"]);
    if (why.empty()) why = seed_statuses(store, body["statuses"]);
    auto items = php::pairs(body["items"]);
    if (!body["entityTypeId"].is_null()) items.emplace_back("", body);
    for (const auto& [key, wanted] : items) {
      if (!why.empty()) break;
      std::int64_t id = 0;
      why = seed_item(store, faults, request.received_at, wanted, id);
      if (why.empty()) ids.emplace_back(id);
    }
  });
  if (!why.empty()) return refused(400, std::move(why));
  return json_reply(201, json::Value::object({{"ids", std::move(ids)}}));
}

// {"open_to": "any"} or {"open_to": "application"}
Reply telephony(Portal& portal, const json::Value& body) {
  const std::string open_to = body["open_to"].text();
  if (open_to != "any" && open_to != "application") return refused(400, "open_to must be any or application");
  portal.set_telephony(open_to == "application");
  return done();
}

// install {"url"}: ONAPPINSTALL goes there; expire: access tokens end now; revoke: the refresh token does.
Reply application(Portal& portal, const http::Request& request, const json::Value& body) {
  const std::string_view action =
      std::string_view(request.path).substr(std::string_view("/sandbox/application/").size());
  if (action == "install") return portal.install(body["url"].text(), origin(request));
  if (action != "expire" && action != "revoke") return refused(404, "use install, expire or revoke");
  portal.with_store([&](Store& store, Faults&) {
    if (action == "expire") expire_access(store.application, request.received_at);
    if (action == "revoke") revoke_refresh(store.application);
  });
  return done();
}

}  // namespace

Reply control(Portal& portal, const http::Request& request) {
  if (foreign(request)) return refused(403, "this request comes from a page of another site");
  const std::string_view path = request.path;
  if (path == "/sandbox/state") {
    return request.method == "GET" ? state(portal, request) : refused(405, "use GET");
  }
  json::Value body = json::Value::object();
  if (request.method == "POST" && !request.body.empty()) {
    auto parsed = json::parse(request.body);
    if (!parsed) return refused(400, parsed.error().text());
    body = *std::move(parsed);
  }
  if (path == "/sandbox/faults" || path.starts_with("/sandbox/faults/")) return faults(portal, request, body);
  const bool known = path == "/sandbox/reset" || path == "/sandbox/seed" || path == "/sandbox/limits" ||
                     path == "/sandbox/telephony" || path == "/sandbox/click" ||
                     path.starts_with("/sandbox/application/");
  if (!known) return refused(404, "there is nothing at this address");
  if (request.method != "POST") return refused(405, "use POST");
  if (path == "/sandbox/seed") return seed(portal, request, body);
  if (path.starts_with("/sandbox/application/")) return application(portal, request, body);
  if (path == "/sandbox/click") return portal.click(body, origin(request));
  if (path == "/sandbox/telephony") return telephony(portal, body);
  if (path == "/sandbox/reset") portal.reset();
  if (path == "/sandbox/limits") portal.set_limits(body);
  return done();
}

}  // namespace b24gate::sandbox
