#include "delivery/recognise.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace b24gate::delivery {
namespace {

constexpr int lead_type = 1;
constexpr int deal_type = 2;
constexpr int contact_type = 3;
constexpr int company_type = 4;
constexpr std::size_t trap = 20;        // hits of one type that suppress the types after it
constexpr std::size_t max_values = 20;  // of one findbycomm
constexpr std::size_t page = 50;        // rows of one crm.item.list

portal::Command find(const std::string& type, const std::vector<std::string>& values,
                     const char* entity_type) {
  json::Value list;
  for (const auto& value : values) list.push(value);
  json::Value params = json::Value::object({{"type", type}, {"values", std::move(list)}});
  if (entity_type) params["entity_type"] = entity_type;
  return {"crm.duplicate.findbycomm", std::move(params)};
}

void add_ids(const json::Value& list, std::vector<std::int64_t>& out) {
  const auto add = [&](const json::Value& id) {
    if (const auto number = id.integer(); number && *number > 0) out.push_back(*number);
  };
  if (const auto* items = list.array_if()) {
    for (const auto& id : *items) add(id);
  } else if (const auto* members = list.object_if()) {  // a list with gaps comes as a map
    for (const auto& [key, id] : *members) add(id);
  }
}

// The newest `page` ids, once each.
void keep_newest(std::vector<std::int64_t>& ids) {
  std::sort(ids.begin(), ids.end(), std::greater<>());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (ids.size() > page) ids.resize(page);
}

portal::Command read_items(int entity_type, const std::vector<std::int64_t>& ids) {
  json::Value list;
  for (const auto id : ids) list.push(id);
  json::Value select = json::Value::array({"id", "assignedById"});
  if (entity_type == lead_type) select = json::Value::array({"*"});
  json::Value params = json::Value::object({{"entityTypeId", entity_type},
                                            {"filter", json::Value::object({{"@id", std::move(list)}})},
                                            {"select", std::move(select)},
                                            {"order", json::Value::object({{"id", "DESC"}})},
                                            {"start", -1}});
  if (entity_type == lead_type) params["useOriginalUfNames"] = "Y";
  return {"crm.item.list", std::move(params)};
}

portal::Command read_deals(const std::vector<std::int64_t>& contacts) {
  json::Value list;
  for (const auto id : contacts) list.push(id);
  return {"crm.item.list",
          json::Value::object({{"entityTypeId", deal_type},
                               {"filter", json::Value::object({{"@contactId", std::move(list)}})},
                               {"select", json::Value::array({"id", "assignedById", "contactId", "closed"})},
                               {"order", json::Value::object({{"id", "DESC"}})},
                               {"start", -1}})};
}

}  // namespace

Recognition::Recognition(const event::Contact& contact, std::int64_t journal_lead, std::int64_t not_lead)
    : not_lead_(not_lead) {
  const auto ask = [&](const char* type, std::vector<std::string> values) {
    if (values.empty()) return;
    if (values.size() > max_values) values.resize(max_values);
    asked_.push_back({type, std::move(values)});
  };
  ask("PHONE", contact.phones);
  ask("EMAIL", contact.emails);
  if (journal_lead > 0) leads_.push_back(journal_lead);
  if (asked_.empty()) {
    plan_reading();
    if (stage_ != Stage::read) conclude();
  }
}

Recognition Recognition::of_card(const Card& card) {
  Recognition out;
  out.card_type_ = portal::entity_type(card.type);
  out.reading_ = {out.card_type_};
  (out.card_type_ == lead_type      ? out.leads_
   : out.card_type_ == deal_type    ? out.deals_
   : out.card_type_ == contact_type ? out.contacts_
                                    : out.companies_) = {card.id};
  out.stage_ = out.card_type_ == 0 ? Stage::done : Stage::read;
  return out;
}

const std::vector<std::int64_t>& Recognition::asked_ids(int entity_type) const {
  switch (entity_type) {
    case lead_type:
      return leads_;
    case deal_type:
      return deals_;
    case contact_type:
      return contacts_;
    default:
      return companies_;
  }
}

std::vector<portal::Command> Recognition::next() const {
  std::vector<portal::Command> out;
  switch (stage_) {
    case Stage::find:
      for (const auto& asked : asked_) out.push_back(find(asked.type, asked.values, nullptr));
      break;
    case Stage::find_by_type:
      for (const auto& asked : full_) {
        for (const char* type : {"LEAD", "CONTACT", "COMPANY"})
          out.push_back(find(asked.type, asked.values, type));
      }
      break;
    case Stage::read:
      for (const int type : reading_) {
        out.push_back(type == deal_type && card_type_ == 0 ? read_deals(contacts_)
                                                           : read_items(type, asked_ids(type)));
      }
      break;
    case Stage::done:
      break;
  }
  return out;
}

bool Recognition::take(const std::vector<portal::Outcome>& outcomes) {
  if (stage_ == Stage::read) {
    for (std::size_t i = 0; i < reading_.size(); ++i) {
      if (i >= outcomes.size() || !take_rows(outcomes[i].result, reading_[i])) return false;
    }
    conclude();
    return true;
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const json::Value& result = outcomes[i].result;
    if (!result.is_object() && !result.is_array()) return false;  // [] means nothing found
    add_hits(result);
    if (stage_ != Stage::find || i >= asked_.size()) continue;
    for (const char* type : {"LEAD", "CONTACT", "COMPANY"}) {
      if (result[type].size() >= trap) {
        full_.push_back(asked_[i]);
        break;
      }
    }
  }
  if (stage_ == Stage::find && !full_.empty()) {
    stage_ = Stage::find_by_type;
    return true;
  }
  plan_reading();
  if (stage_ != Stage::read) conclude();
  return true;
}

void Recognition::add_hits(const json::Value& result) {
  add_ids(result["LEAD"], leads_);
  add_ids(result["CONTACT"], contacts_);
  add_ids(result["COMPANY"], companies_);
}

void Recognition::plan_reading() {
  leads_.erase(std::remove(leads_.begin(), leads_.end(), not_lead_), leads_.end());
  keep_newest(leads_);
  keep_newest(contacts_);
  keep_newest(companies_);
  if (!leads_.empty()) reading_.push_back(lead_type);
  if (!contacts_.empty()) reading_.push_back(contact_type);
  if (!companies_.empty()) reading_.push_back(company_type);
  if (!contacts_.empty()) reading_.push_back(deal_type);
  if (!reading_.empty()) stage_ = Stage::read;
}

bool Recognition::take_rows(const json::Value& result, int entity_type) {
  const auto* rows = result["items"].array_if();
  if (!rows) return false;
  if (entity_type == deal_type && card_type_ == 0) {
    take_deals(*rows);
    return true;
  }
  const auto& asked = asked_ids(entity_type);
  std::int64_t newest = 0;
  for (const auto& row : *rows) {
    const std::int64_t id = row["id"].integer().value_or(0);
    // A row that was not asked for means that the filter was lost; it says nothing about this client.
    if (std::find(asked.begin(), asked.end(), id) == asked.end()) continue;
    facts_.known = true;
    if (card_type_ != 0) facts_.card = OpenLead{id, row["assignedById"].integer().value_or(0), row};
    const std::int64_t manager = row["assignedById"].integer().value_or(0);
    if (entity_type == lead_type) {
      ++leads_found_;
      const bool open = row["stageSemanticId"].text() == "P";
      if (open && (!facts_.open_lead || facts_.open_lead->id < id))
        facts_.open_lead = OpenLead{id, manager, row};
    } else if (id > newest) {
      newest = id;
      (entity_type == contact_type ? facts_.contact_id : facts_.company_id) = id;
      (entity_type == contact_type ? contact_manager_ : company_manager_) = manager;
    }
  }
  return true;
}

// The newest open deal of the contacts that were asked about.
void Recognition::take_deals(const json::Array& rows) {
  for (const auto& row : rows) {
    const std::int64_t id = row["id"].integer().value_or(0);
    const std::int64_t contact = row["contactId"].integer().value_or(0);
    const bool asked = std::find(contacts_.begin(), contacts_.end(), contact) != contacts_.end();
    if (id <= 0 || !asked || row["closed"].text() != "N") continue;
    if (!facts_.open_deal || facts_.open_deal->id < id)
      facts_.open_deal = Card{"deal", id, row["assignedById"].integer().value_or(0)};
  }
}

void Recognition::conclude() {
  stage_ = Stage::done;
  if (facts_.open_deal) facts_.manager_user_id = facts_.open_deal->assigned_by;
  if (facts_.manager_user_id == 0 && facts_.open_lead) facts_.manager_user_id = facts_.open_lead->assigned_by;
  if (facts_.manager_user_id == 0) facts_.manager_user_id = contact_manager_;
  if (facts_.manager_user_id == 0) facts_.manager_user_id = company_manager_;
  std::string& text = facts_.summary;
  if (facts_.open_lead) {
    text = fmt::format("open lead {} of {}", facts_.open_lead->id, leads_found_);
  } else if (leads_found_ > 0) {
    text = fmt::format("{} closed leads", leads_found_);
  }
  if (facts_.open_deal) text += fmt::format("{}open deal {}", text.empty() ? "" : ", ", facts_.open_deal->id);
  if (facts_.contact_id > 0) text += fmt::format("{}contact {}", text.empty() ? "" : ", ", facts_.contact_id);
  if (facts_.company_id > 0) text += fmt::format("{}company {}", text.empty() ? "" : ", ", facts_.company_id);
  if (text.empty()) text = "unknown to the portal";
}

portal::Command find_by_key(int entity_type, const std::string& key) {
  return {"crm.item.list",
          json::Value::object(
              {{"entityTypeId", entity_type},
               {"filter", json::Value::object({{"=originatorId", "b24gate"}, {"=originId", key}})},
               {"select", json::Value::array({"id", "originatorId", "originId"})},
               {"start", -1}})};
}

std::optional<std::vector<std::int64_t>> ids_with_key(const json::Value& result, const std::string& key) {
  const auto* rows = result["items"].array_if();
  if (!rows) return std::nullopt;
  std::vector<std::int64_t> ids;
  for (const auto& row : *rows) {
    if (row["originatorId"].text() != "b24gate" || row["originId"].text() != key) continue;
    if (const auto id = row["id"].integer()) ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace b24gate::delivery
