#include "sandbox/items.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

std::string stage_dictionary(std::int64_t type, const Item& item) {
  return type == lead ? "STATUS" : Store::deal_stages(php::to_int(item.value("categoryId")));
}

std::string semantics_of(const Store& store, std::int64_t type, const Item& item) {
  const Status* stage = store.status(stage_dictionary(type, item), item.value("stageId").text());
  return stage != nullptr && !stage->semantics.empty() ? stage->semantics : "P";
}

void set_or_clear(Item& item, const std::string& name, json::Value value) {
  if (value.says_nothing()) {
    item.values.erase(name);
  } else {
    item.values.set(name, std::move(value));
  }
}

// contactId is the first of contactIds; writing either moves the other.
void link_contacts(Item& item, const json::Value& fields) {
  if (!fields["contactIds"].is_null()) {
    const auto& all = item.value("contactIds");
    set_or_clear(item, "contactId", all.size() > 0 ? all.at(0) : json::Value());
  } else if (!fields["contactId"].is_null()) {
    const auto first = item.value("contactId");
    set_or_clear(item, "contactIds", first.is_null() ? json::Value() : json::Value::array({first}));
  }
}

void remember_stage(Call& call, std::int64_t type, const Item& item, int kind) {
  if (type != lead && type != deal) return;
  StageMove move;
  move.id = ++call.store.last.stage_move;
  move.entity_type = type;
  move.owner = item.id;
  move.category = php::to_int(item.value("categoryId"));
  move.semantics = item.value("stageSemanticId").text();
  move.stage = item.value("stageId").text();
  move.created = call.now;
  move.kind = kind == 2 && move.semantics != "P" ? 3 : kind;
  call.store.stage_moves.emplace(move.id, std::move(move));
}

bool same_multifields(const Item& a, const Item& b) {
  if (a.multifields.size() != b.multifields.size()) return false;
  for (std::size_t i = 0; i < a.multifields.size(); ++i) {
    const auto& left = a.multifields[i];
    const auto& right = b.multifields[i];
    if (left.id != right.id || left.type != right.type || left.value_type != right.value_type ||
        left.value != right.value) {
      return false;
    }
  }
  return true;
}

}  // namespace

tl::expected<void, Failure> write(const Call& call, std::int64_t type, Item& item, const json::Value& fields,
                                  bool original_names) {
  const auto was_category = item.value("categoryId");
  // The funnel first: it decides which stages are valid.
  for (const bool funnel : {true, false}) {
    for (const auto& [name, raw] : php::pairs(fields)) {
      const Field* field = call.store.schema(type).find(name, original_names);
      if (field == nullptr || field->read_only || (field->name == "categoryId") != funnel) continue;
      if (field->name == "fm") {
        merge_multifields(call.store, item, raw);
        continue;
      }
      auto value = accepted(call, type, item, *field, raw);
      if (!value) return tl::unexpected<Failure>(std::move(value).error());
      set_or_clear(item, field->name, *std::move(value));
    }
    if (funnel && php::to_int(was_category) != php::to_int(item.value("categoryId")) && type == deal) {
      item.values.set("stageId", call.store.first_status(stage_dictionary(type, item))->status_id);
    }
  }
  link_contacts(item, fields);
  return {};
}

void set_defaults(const Call& call, std::int64_t type, Item& item) {
  const auto fill = [&](const char* name, json::Value value) {
    if (item.value(name).says_nothing()) item.values.set(name, std::move(value));
  };
  fill("assignedById", webhook_owner);
  fill("opened", "Y");
  if (type == lead || type == deal) {
    fill("stageId", call.store.first_status(stage_dictionary(type, item))->status_id);
    fill("currencyId", "RUB");
  }
  if (type != company) fill("sourceId", call.store.first_status("SOURCE")->status_id);
  if (type == deal) {
    using namespace std::chrono_literals;
    const auto day = [&](TimePoint t) {
      const std::string iso = call.store.iso(t);
      return iso.substr(0, 10) + "T00:00:00" + iso.substr(19);
    };
    const TimePoint second = std::chrono::floor<Seconds>(call.now);
    fill("begindate", day(second));
    fill("closedate", day(second + 7 * 24h));
  }
}

Item& create(Call& call, std::int64_t type, Item item) {
  auto& store = call.store;
  item.id = ++store.last.item[static_cast<std::size_t>(type)];
  item.created = call.now;
  const std::string time = store.iso(std::chrono::floor<Seconds>(call.now));
  item.values.set("id", item.id);
  for (const char* name : {"createdTime", "updatedTime"}) item.values.set(name, time);
  for (const char* name : {"createdBy", "updatedBy"}) item.values.set(name, webhook_owner);
  if (type == lead || type == deal) {
    item.values.set("movedTime", time);
    item.values.set("movedBy", webhook_owner);
    item.values.set("stageSemanticId", semantics_of(store, type, item));
  }
  if (type != contact && item.value("title").says_nothing()) {
    const char* what = type == lead ? "Лид #" : type == deal ? "Сделка #" : "Компания #";
    item.values.set("title", what + std::to_string(item.id));
  }
  Item& kept = store.of(type).emplace(item.id, std::move(item)).first->second;
  remember_stage(call, type, kept, 1);
  return kept;
}

bool save(Call& call, std::int64_t type, Item& was, Item now) {
  if (was.values == now.values && same_multifields(was, now)) return false;
  const std::string time = call.store.iso(std::chrono::floor<Seconds>(call.now));
  now.values.set("updatedTime", time);
  now.values.set("updatedBy", webhook_owner);
  const bool another_funnel = php::to_int(was.value("categoryId")) != php::to_int(now.value("categoryId"));
  const bool moved = was.value("stageId") != now.value("stageId") || another_funnel;
  if (moved) {
    now.values.set("movedTime", time);
    now.values.set("movedBy", webhook_owner);
    now.values.set("stageSemanticId", semantics_of(call.store, type, now));
  }
  was = std::move(now);
  if (moved) remember_stage(call, type, was, another_funnel ? 5 : 2);
  return true;
}

std::optional<std::string> missing_required(const Call& call, std::int64_t type, const Item& item) {
  for (const auto& required : call.faults.required_fields(call.method)) {
    const Field* field = call.store.schema(type).find_upper(required);
    if (field == nullptr) field = call.store.schema(type).find(required, false);
    if (field == nullptr) continue;
    const bool empty =
        field->name == "fm" ? item.multifields.empty() : item.value(field->name).says_nothing();
    if (empty) return required;
  }
  return std::nullopt;
}

}  // namespace b24gate::sandbox
