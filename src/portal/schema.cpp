#include "portal/schema.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/nearest.hpp"
#include "portal/batch.hpp"
#include "portal/fields.hpp"

namespace b24gate::portal {
namespace {

const std::string kFields = "crm.item.fields 1";
const std::string kDealFields = "crm.item.fields 2";
const std::string kStages = "crm.status.list STATUS";
const std::string kSources = "crm.status.list SOURCE";
const std::string kUsers = "user.get";
const std::string kDepartments = "department.get";
const std::string kScope = "scope";
const std::string kMode = "crm.settings.mode.get";
const std::string kProfile = "profile";

// More pages than any real portal has: an end for a portal that always says there is a next one.
constexpr std::int64_t kLastRow = 100'000;

Command ask(std::string method, std::initializer_list<json::Member> params) {
  return {std::move(method), json::Value::object(params)};
}

// Yes in any of the portal's spellings.
bool yes(const json::Value& value) {
  if (const auto flag = value.boolean()) return *flag;
  const std::string text = value.text();
  return text == "Y" || text == "1" || text == "true";
}

// Elements of an array, or of an object that PHP made of an array with gaps (quirk 38).
std::vector<const json::Value*> rows(const json::Value& value) {
  std::vector<const json::Value*> out;
  if (const auto* elements = value.array_if()) {
    for (const auto& element : *elements) out.push_back(&element);
  } else if (const auto* members = value.object_if()) {
    for (const auto& member : *members) out.push_back(&member.second);
  }
  return out;
}

std::string part_of(const Command& command) {
  if (command.method == "crm.item.fields")
    return command.method + ' ' + command.params["entityTypeId"].text();
  if (command.method != "crm.status.list") return command.method;
  return command.method + ' ' + command.params["filter"]["ENTITY_ID"].text();
}

std::string hint(std::string_view written, const std::vector<std::string>& candidates) {
  const auto found = nearest(written, candidates);
  return found ? fmt::format("; did you mean {}?", *found) : std::string();
}

tl::unexpected<Error> wrong(std::string where, std::string what) {
  return fail(ErrorKind::config, std::move(where), std::move(what), Ran::no, Move::administrator);
}

PortalField field_of(const std::string& name, const json::Value& described, int entity_type) {
  PortalField field;
  field.name = name;
  field.upper_name = described["upperName"].text();
  if (field.upper_name.empty()) field.upper_name = old_name(name, entity_type).value_or(name);
  field.type = described["type"].text();
  field.title = described["title"].text();
  field.required = yes(described["isRequired"]);
  field.read_only = yes(described["isReadOnly"]);
  field.multiple = yes(described["isMultiple"]);
  for (const auto* item : rows(described["items"])) {
    field.items.emplace_back((*item)["ID"].text(), (*item)["VALUE"].text());
  }
  return field;
}

PortalStatus status_of(const json::Value& row) {
  std::string semantics = row["SEMANTICS"].text();
  return {row["STATUS_ID"].text(), row["NAME"].text(), semantics.empty() ? "P" : std::move(semantics)};
}

const PortalField* find_field(const std::vector<PortalField>& fields, std::string_view name,
                              int entity_type) {
  const auto item = item_name(name, entity_type);
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const PortalField& field) {
    return field.upper_name == name || field.name == name || (item && field.name == *item);
  });
  return it == fields.end() ? nullptr : &*it;
}

Done writable(const std::vector<PortalField>& fields, std::string_view name, int entity_type,
              std::string_view what) {
  const PortalField* field = find_field(fields, name, entity_type);
  if (!field) {
    std::vector<std::string> names{"PHONE", "EMAIL", "WEB", "IM", "LINK"};
    if (std::find(names.begin(), names.end(), name) != names.end()) return {};
    for (const auto& other : fields) {
      if (!other.read_only) names.push_back(other.upper_name);
    }
    return wrong(std::string(name),
                 fmt::format("the portal's {}s have no field {}{}", what, name, hint(name, names)));
  }
  if (field->read_only)
    return wrong(std::string(name), fmt::format("the field {} of a {} cannot be written", name, what));
  return {};
}

Done known(const std::vector<PortalStatus>& statuses, std::string_view id, std::string_view what) {
  std::vector<std::string> ids;
  for (const auto& status : statuses) {
    if (status.id == id) return {};
    ids.push_back(status.id);
  }
  return wrong(std::string(id), fmt::format("the portal has no lead {} {}{}", what, id, hint(id, ids)));
}

}  // namespace

// A task that cannot be: where REST 3.0 has tasks it says so in its own words, else the method is not found.
Command PortalSchema::v3_tasks_question() {
  Command command = ask("tasks.task.get", {{"id", 0}, {"select", json::Value::array({"id"})}});
  command.v3 = true;
  return command;
}

void PortalSchema::absorb_v3_tasks(const Outcome& outcome) {
  const std::string code = ascii::lower(outcome.code);
  const bool own_words = code.rfind("bitrix_rest_v3_exception_", 0) == 0;
  v3_tasks_ =
      outcome.cls == Class::success || (own_words && code.find("insufficientscope") == std::string::npos);
}

std::vector<Command> PortalSchema::questions() const {
  const auto statuses = [](const char* entity) {
    return ask("crm.status.list", {{"filter", json::Value::object({{"ENTITY_ID", entity}})},
                                   {"order", json::Value::object({{"SORT", "ASC"}})}});
  };
  return {ask("scope", {}),
          ask("profile", {}),
          ask("crm.settings.mode.get", {}),
          ask("crm.item.fields", {{"entityTypeId", kLead}, {"useOriginalUfNames", "Y"}}),
          ask("crm.item.fields", {{"entityTypeId", kDeal}, {"useOriginalUfNames", "Y"}}),
          statuses("STATUS"),
          statuses("SOURCE"),
          ask("user.get", {{"sort", "ID"}, {"order", "ASC"}, {"start", 0}}),
          ask("department.get", {{"START", 0}})};
}

std::vector<Command> PortalSchema::absorb(std::span<const Command> commands,
                                          std::span<const Outcome> outcomes) {
  std::vector<Command> more;
  for (std::size_t i = 0; i < std::min(commands.size(), outcomes.size()); ++i) {
    const Command& command = commands[i];
    const Outcome& outcome = outcomes[i];
    const std::string part = part_of(command);
    if (outcome.cls != Class::success) {
      const std::string code = outcome.code.empty() ? std::string(name(outcome.cls)) : outcome.code;
      const Move move = outcome.advice.empty() ? Move::ours : Move::administrator;
      std::string what = fmt::format("cannot be read from the portal ({})", code);
      if (!outcome.advice.empty()) what += ". " + outcome.advice;
      parts_[part] = Error{ErrorKind::refused, part, std::move(what), Ran::no, move, nullptr};
      continue;
    }
    parts_.try_emplace(part, std::nullopt);
    take(part, outcome);

    const std::string_view start = command.method == "department.get" ? "START" : "start";
    const std::int64_t present = command.params[start].integer().value_or(0);
    if (outcome.next && *outcome.next > present && *outcome.next < kLastRow && more.size() < kMaxCommands) {
      Command next = command;
      next.params[start] = json::Value(*outcome.next);
      more.push_back(std::move(next));
    }
  }
  return more;
}

void PortalSchema::take(const std::string& part, const Outcome& outcome) {
  const json::Value& result = outcome.result;
  if (part == kFields || part == kDealFields) {
    const auto* described = result["fields"].object_if();
    if (!described) return;
    auto& fields = part == kFields ? fields_ : deal_fields_;
    const int entity_type = part == kFields ? kLead : kDeal;
    fields.clear();
    for (const auto& [key, value] : *described) fields.push_back(field_of(key, value, entity_type));
  } else if (part == kStages || part == kSources) {
    auto& statuses = part == kStages ? stages_ : sources_;
    for (const auto* row : rows(result)) {
      PortalStatus status = status_of(*row);
      const auto same = [&](const PortalStatus& other) { return other.id == status.id; };
      if (!status.id.empty() && std::none_of(statuses.begin(), statuses.end(), same)) {
        statuses.push_back(std::move(status));
      }
    }
  } else if (part == kUsers) {
    for (const auto* row : rows(result)) {
      const auto id = (*row)["ID"].integer();
      if (!id) continue;
      PortalUser user{*id, yes((*row)["ACTIVE"]), (*row)["NAME"].text(), {}};
      if (const std::string last = (*row)["LAST_NAME"].text(); !last.empty()) user.name += ' ' + last;
      for (const auto* department : rows((*row)["UF_DEPARTMENT"])) {
        if (const auto number = department->integer()) user.departments.push_back(*number);
      }
      users_[*id] = std::move(user);
    }
  } else if (part == kDepartments) {
    for (const auto* row : rows(result)) {
      const auto id = (*row)["ID"].integer();
      if (!id) continue;
      PortalDepartment department{*id, (*row)["NAME"].text(), (*row)["PARENT"].integer(),
                                  (*row)["UF_HEAD"].integer()};
      // 0 is how an absent head or parent is written.
      if (department.head == 0) department.head.reset();
      if (department.parent == 0) department.parent.reset();
      departments_[*id] = std::move(department);
    }
  } else if (part == kScope) {
    for (const auto* row : rows(result)) scopes_.insert(row->text());
  } else if (part == kMode) {
    mode_ = result.integer().value_or(0);
  } else if (part == kProfile) {
    owner_ = result["ID"].integer().value_or(0);
  }
}

Done PortalSchema::readable(const std::string& part) const {
  const auto it = parts_.find(part);
  if (it == parts_.end())
    return fail(ErrorKind::internal, part, "the portal was not asked", Ran::no, Move::ours);
  if (it->second) return tl::unexpected<Error>(*it->second);
  return {};
}

const PortalField* PortalSchema::lead_field(std::string_view name) const {
  return find_field(fields_, name, kLead);
}

std::vector<const PortalField*> PortalSchema::required_lead_fields() const {
  std::vector<const PortalField*> out;
  for (const auto& field : fields_) {
    if (field.required && !field.read_only) out.push_back(&field);
  }
  return out;
}

Done PortalSchema::check_lead_field(std::string_view name) const {
  if (auto read = readable(kFields); !read) return read;
  return writable(fields_, name, kLead, "lead");
}

Done PortalSchema::check_deal_field(std::string_view name) const {
  if (auto read = readable(kDealFields); !read) return read;
  return writable(deal_fields_, name, kDeal, "deal");
}

Done PortalSchema::check_lead_value(std::string_view name, const std::string& value) const {
  if (auto read = readable(kFields); !read) return read;
  const PortalField* field = lead_field(name);
  if (!field || value.empty()) return {};
  if (field->name == "stageId") return check_stage(value);
  if (field->name == "sourceId") return check_source(value);
  if (field->type == "user" || field->type == "employee") {
    const auto id = json::Value(value).integer();
    return id ? check_user(*id)
              : wrong(value,
                      fmt::format("{} holds the number of a user, not '{}'", field->upper_name, value));
  }
  if (field->type != "enumeration" || field->items.empty()) return {};
  std::string known;
  for (const auto& [id, text] : field->items) {
    if (id == value) return {};
    if (known.size() < 300) known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", id, text);
  }
  return wrong(value, fmt::format("{} has no element {}; there are {}", field->upper_name, value, known));
}

Done PortalSchema::check_stage(std::string_view status_id) const {
  if (auto read = readable(kStages); !read) return read;
  return known(stages_, status_id, "stage");
}

Done PortalSchema::check_source(std::string_view source_id) const {
  if (auto read = readable(kSources); !read) return read;
  return known(sources_, source_id, "source");
}

Done PortalSchema::check_user(std::int64_t id) const {
  if (auto read = readable(kUsers); !read) return read;
  const auto it = users_.find(id);
  if (it == users_.end()) return wrong(std::to_string(id), fmt::format("the portal has no user {}", id));
  if (!it->second.active) return wrong(std::to_string(id), fmt::format("the user {} is dismissed", id));
  return {};
}

Done PortalSchema::check_scope(std::string_view scope) const {
  if (auto read = readable(kScope); !read) return read;
  if (scopes_.find(std::string(scope)) != scopes_.end()) return {};
  return wrong(std::string(scope),
               fmt::format("the webhook lacks the permission {}: edit it in the portal, tick {} "
                           "and save",
                           scope, scope));
}

Done PortalSchema::check_department(std::int64_t id) const {
  if (auto read = readable(kDepartments); !read) return read;
  if (departments_.find(id) != departments_.end()) return {};
  return wrong(std::to_string(id), fmt::format("the portal has no department {}", id));
}

Done PortalSchema::check_mode() const {
  if (auto read = readable(kMode); !read) return read;
  if (mode_ != 2) return {};
  return wrong(kMode,
               "the portal works without leads (simple CRM): switch leads on in CRM > Settings > CRM mode");
}

std::optional<std::int64_t> PortalSchema::head_of(std::int64_t department) const {
  // A loop of parents ends after as many steps as there are departments.
  for (std::size_t steps = 0; steps <= departments_.size(); ++steps) {
    const auto it = departments_.find(department);
    if (it == departments_.end()) return std::nullopt;
    if (it->second.head) return it->second.head;
    if (!it->second.parent) return std::nullopt;
    department = *it->second.parent;
  }
  return std::nullopt;
}

std::int64_t PortalSchema::head_of_user(std::int64_t user_id) const {
  const auto user = users_.find(user_id);
  if (user == users_.end()) return 0;
  for (const auto department : user->second.departments) {
    if (const auto head = head_of(department); head && *head != user_id) return *head;
  }
  return 0;
}

}  // namespace b24gate::portal
