// What a later event of a conversation adds to its card.
#include <fmt/format.h>

#include "delivery/addition.hpp"
#include "delivery/composer.hpp"
#include "delivery/operations.hpp"
#include "portal/lead_item.hpp"

namespace b24gate::delivery {
namespace {

// A recording is known by its address; where the service gives none (Mango), by its id.
bool is_news(const event::Recording& recording, const json::Value& known) {
  if (!recording.url.empty()) return known["url"].text() != recording.url;
  return !recording.id.empty() && known["id"].text() != recording.id;
}

class UpdateComposer final : Composer {
 public:
  using Composer::Composer;

  EnquiryPlan compose(json::Value scope, const json::Value& whole, const json::Value& before,
                      const Card& card) {
    scope_ = std::move(scope);
    out_.decision.user_id = card.assigned_by;
    if (const people::Employee* holder = configuration_.roster.by_user_id(card.assigned_by))
      out_.decision.employee = holder->name;
    out_.decision.reason = fmt::format("it belongs to the {} {}", card.type, card.id);
    if (card.type == "lead") {
      out_.attach_to = card.id;
    } else {
      out_.card = card;
    }
    if (card.type == "lead" || card.type == "deal") card_fields(whole, before, card);
    add_what_is_new(whole, before, card);
    // What the conversation said before need not be said again.
    const bool new_text = !own_.text.empty() && before["text"].text().find(own_.text) == std::string::npos;
    const bool new_recording =
        own_.call && own_.call->recording && is_news(*own_.call->recording, before["call"]["recording"]);
    if (new_text || new_recording || !notes_.empty() || !scope_["added"].is_null())
      comment(configuration_.texts.update_comment, card.type, json::Value(card.id));
    call(whole, card, 0);
    return std::move(out_);
  }

 private:
  // `card:` of the mapping, as far as this event changes it.
  void card_fields(const json::Value& whole, const json::Value& before, const Card& card) {
    const TimeZone& zone = configuration_.portal.time_zone;
    const mapping::Lead now = source_.mapping.card(whole, dictionaries_, zone);
    const mapping::Lead then =
        before.is_null() ? mapping::Lead() : source_.mapping.card(before, dictionaries_, zone);
    notes_ = now.notes;
    json::Object changed;
    for (const auto& [name, value] : now.fields) {
      const json::Value* known = then.fields.find(name);
      if (!known || !(*known == value)) changed.append(name, value);
    }
    if (changed.empty()) return;
    out_.lead = changed;
    portal::LeadItem item = portal::lead_item({changed, {}, "", "", std::nullopt, &zone});
    json::Value params = json::Value::object({{"entityTypeId", card.type == "lead" ? 1 : 2},
                                              {"id", card.id},
                                              {"fields", item.params["fields"]},
                                              {"useOriginalUfNames", "Y"}});
    out_.deliveries.push_back(operation("update", "crm.item.update", params));
  }

  // The lead as it was read; null when the card is none.
  const OpenLead* read_lead(const Card& card) const {
    if (card.type != "lead") return nullptr;
    if (client_.card && client_.card->id == card.id) return &*client_.card;
    return client_.open_lead && client_.open_lead->id == card.id ? &*client_.open_lead : nullptr;
  }

  // What a conversation tells only later: how to reach the client, their name, where they came from. Of a
  // card that is no lead the timeline alone says so.
  void add_what_is_new(const json::Value& whole, const json::Value& before, const Card& card) {
    const auto mapped = [&](const json::Value& scope) {
      return scope.is_null() ? mapping::Lead()
                             : source_.mapping.lead(scope, dictionaries_, configuration_.portal.time_zone);
    };
    const mapping::Lead now = mapped(whole);
    const mapping::Lead then = mapped(before);
    const OpenLead* lead = read_lead(card);
    json::Array contacts = new_contacts(now.fields, then.fields, lead ? lead->fields : json::Value());
    // A client without a lead was found by what the first event says.
    if (!contacts.empty() && (lead || !before.is_null())) {
      scope_["added"] = told(contacts);
      if (lead) out_.deliveries.push_back(add_contacts(card.id, std::move(contacts)));
    }
    if (!lead) return;
    const bool told_again = own_.call && own_.call->final;
    json::Object changed;
    for (const auto& [name, value] : now.fields) {
      const json::Value* known = then.fields.find(name);
      const bool news = !before.is_null() && !(known && *known == value) && name != "COMMENTS";
      // Another service may tell of a call that has its lead already: it knows of the advertising.
      const bool advertising = told_again && !own_.utm.empty() && name.rfind("UTM", 0) == 0;
      if (news || advertising) changed.append(name, value);
    }
    fill(empty_fields(changed, then.fields, lead->fields, configuration_.portal.time_zone));
  }
};

}  // namespace

EnquiryPlan plan_update(const config::Configuration& configuration, const config::Source& source,
                        const event::Event& event, const event::Event& own, const json::Value& scope,
                        const json::Value& whole, const json::Value& before, const Card& card,
                        const ClientFacts& client, const Surroundings& surroundings,
                        const std::string& number) {
  return UpdateComposer(configuration, source, event, own, client, surroundings, number)
      .compose(scope, whole, before, card);
}

}  // namespace b24gate::delivery
