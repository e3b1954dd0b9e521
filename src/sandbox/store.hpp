// Everything the stand-in portal remembers, in memory only: a restart forgets it.
//
// Not thread-safe: Portal holds one lock around every use. Objects are bounded by max_objects, all kinds
// together.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "json/value.hpp"
#include "sandbox/application.hpp"
#include "sandbox/calls.hpp"
#include "sandbox/schema.hpp"

namespace b24gate::sandbox {

constexpr std::size_t max_objects = 100'000;
constexpr std::int64_t webhook_owner = 1;

struct Department {
  std::int64_t id = 0;
  std::string name;
  std::int64_t parent = 0;  // 0: the root
  std::int64_t head = 0;    // 0: none
};

struct User {
  std::int64_t id = 0;
  std::string name;
  std::string last_name;
  std::string position;
  std::string email;
  std::string inner_phone;
  std::int64_t department = 0;
  std::string working_day = "OPENED";  // OPENED, PAUSED, CLOSED, EXPIRED; empty: never opened a day
  bool active = true;
  bool timeman = true;                        // false: their working day is not kept
  std::optional<TimePoint> day_changed = {};  // when the control API set working_day

  [[nodiscard]] std::string full_name() const { return name + " " + last_name; }
};

struct Absence {
  std::int64_t id = 0;
  std::int64_t user = 0;
  std::string name;
  TimePoint from;
  TimePoint to;
  std::string accessibility = "absent";  // absent, busy, quest, free
  bool whole_days = false;               // from and to are the midnights of the first and the last day
};

struct Status {
  std::int64_t id = 0;
  std::string entity;     // STATUS, SOURCE, DEAL_STAGE, DEAL_STAGE_5 …
  std::string status_id;  // NEW, WEB …
  std::string name;
  std::int64_t sort = 0;
  std::string semantics;  // empty, S or F
  std::int64_t category = 0;
  bool system = true;
};

struct Category {
  std::int64_t id = 0;
  std::string name;
  std::int64_t sort = 0;
};

struct Multifield {
  std::int64_t id = 0;
  std::string type;        // PHONE, EMAIL … stored as it came
  std::string value_type;  // WORK, MOBILE … stored as it came
  std::string value;
  std::string normal;  // for the search of duplicates
};

struct Item {
  std::int64_t id = 0;
  json::Object values;  // by camelCase name; only what is not empty
  std::vector<Multifield> multifields;
  TimePoint created;

  [[nodiscard]] const json::Value& value(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view multifield_type) const;
};

struct Comment {
  std::int64_t id = 0;
  std::int64_t owner_type = 0;
  std::int64_t owner = 0;
  std::int64_t author = 0;
  std::string text;
  TimePoint created;
};

enum class ActivityKind { todo, call };

struct Activity {
  std::int64_t id = 0;
  ActivityKind kind = ActivityKind::todo;
  std::int64_t owner_type = 0;
  std::int64_t owner = 0;
  std::vector<Client> bindings;  // the owner first; deals too
  std::int64_t responsible = 0;
  std::string subject;
  std::string description;
  TimePoint deadline;  // of a call: its end
  TimePoint created;
  TimePoint start;  // of a call
  bool incoming = false;
  bool completed = false;
  std::string origin;  // of a call: VI_<CALL_ID>
};

struct Task {
  std::int64_t id = 0;
  json::Object values;  // by UPPER_CASE name
};

struct Notification {
  std::int64_t id = 0;
  std::int64_t user = 0;
  std::string type;  // system or personal
  std::string message;
  std::string tag;
  std::string client;
  TimePoint created;
};

struct ChatMessage {
  std::int64_t id = 0;
  std::string dialog;
  std::string text;
  TimePoint created;
};

struct StageMove {
  std::int64_t id = 0;
  int kind = 1;  // 1 created, 2 intermediate, 3 final, 5 another funnel
  std::int64_t entity_type = 0;
  std::int64_t owner = 0;
  std::int64_t category = 0;
  std::string semantics;
  std::string stage;
  TimePoint created;
};

struct List {
  std::int64_t id = 0;
  std::string code;
  std::string name;
  std::vector<std::pair<std::string, std::string>> properties;  // PROPERTY_951 -> title
};

struct ListElement {
  std::int64_t id = 0;
  std::int64_t list = 0;
  std::string name;
  std::string code;
  json::Object properties;  // PROPERTY_951 -> {"3743": "1269"}
};

struct Store {
  // People, dictionaries and lists are seeded relative to `now`; there is one old lead, number 1.
  explicit Store(TimePoint now);

  std::array<Schema, 5> schemas;  // by entity type
  std::vector<Department> departments;
  std::vector<User> users;
  std::vector<Absence> absences;
  std::vector<Status> statuses;
  std::vector<Category> categories;
  std::array<std::map<std::int64_t, Item>, 5> items;  // by entity type
  std::map<std::int64_t, Comment> comments;
  std::map<std::int64_t, Activity> activities;
  std::map<std::int64_t, Task> tasks;
  std::map<std::int64_t, Notification> notifications;
  std::map<std::int64_t, ChatMessage> messages;
  std::map<std::int64_t, StageMove> stage_moves;
  std::vector<List> lists;
  std::map<std::int64_t, ListElement> list_elements;
  std::map<std::int64_t, PhoneCall> open_calls;  // in the order of their registration
  std::map<std::int64_t, FinishedCall> finished_calls;
  std::map<std::string, Line, std::less<>> lines;      // by number
  std::map<std::string, Upload, std::less<>> uploads;  // by token
  Application application;
  TimeZone zone;  // the portal's: Europe/Moscow

  // The last numbers given out. Leads, comments, tasks start high, as on a portal that has been used.
  struct Last {
    std::array<std::int64_t, 5> item{0, 3464, 1200, 2650, 800};
    std::int64_t multifield = 8551;
    std::int64_t timeline = 998;  // comments and activities share it
    std::int64_t task = 3710;
    std::int64_t notification = 12344;
    std::int64_t message = 34238;
    std::int64_t stage_move = 35;
    std::int64_t list_element = 6998;
    std::int64_t property_value = 3800;
    std::int64_t absence = 1212;
    std::int64_t call = 0;
    std::int64_t finished_call = 6;
    std::int64_t line = 0;
    std::int64_t file = 9078;
    std::int64_t transcript = 0;
    std::int64_t upload = 0;
  } last;

  [[nodiscard]] bool full() const;
  [[nodiscard]] std::map<std::int64_t, Item>& of(std::int64_t type) {
    return items[static_cast<std::size_t>(type)];
  }
  [[nodiscard]] const std::map<std::int64_t, Item>& of(std::int64_t type) const {
    return items[static_cast<std::size_t>(type)];
  }
  [[nodiscard]] Schema& schema(std::int64_t type) { return schemas[static_cast<std::size_t>(type)]; }
  [[nodiscard]] const Schema& schema(std::int64_t type) const {
    return schemas[static_cast<std::size_t>(type)];
  }
  // Null when there is none; also when the type is unknown.
  [[nodiscard]] Item* item(std::int64_t type, std::int64_t id);
  [[nodiscard]] const Item* item(std::int64_t type, std::int64_t id) const;
  [[nodiscard]] User* user(std::int64_t id);
  [[nodiscard]] const User* user(std::int64_t id) const;
  [[nodiscard]] const Status* status(std::string_view entity, std::string_view status_id) const;
  [[nodiscard]] const Status* first_status(std::string_view entity) const;
  // The dictionary of the stages of a deal's funnel: DEAL_STAGE, DEAL_STAGE_5.
  [[nodiscard]] static std::string deal_stages(std::int64_t category);
  [[nodiscard]] std::string iso(TimePoint t) const { return to_iso(t, zone); }
};

// "8 (916) 000-00-01 доб. 5" -> 79160000001; an e-mail trimmed and in lower case; other types as they are.
std::string normal_communication(std::string_view type, std::string_view value);

}  // namespace b24gate::sandbox
