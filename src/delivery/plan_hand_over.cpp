// A lead goes to somebody else, or gets its first person.
#include "delivery/composer.hpp"
#include "portal/lead_item.hpp"

namespace b24gate::delivery {
namespace {

class HandOverComposer final : Composer {
 public:
  using Composer::Composer;

  EnquiryPlan compose(json::Value scope, const HandOver& hand_over) {
    scope_ = std::move(scope);
    created_by_ = hand_over.created_by;
    decide(hand_over.declined);
    out_.circumstances = circumstances_of(configuration_.roster, surroundings_, client_);
    if (hand_over.expired) return compose_expired(hand_over);
    if (hand_over.to_head) assign_head(hand_over);
    const std::int64_t user = out_.decision.user_id;
    const bool first = !hand_over.created_by.empty();
    const bool nobody = first ? out_.decision.keep || user <= 0 || user == hand_over.holder
                              : user <= 0 || user == hand_over.holder || !out_.decision.waits_for.empty() ||
                                    (out_.decision.fallback && hand_over.time.empty());
    if (nobody) return std::move(out_);
    make_fields();
    out_.attach_to = hand_over.lead_id;
    scope_["lead"]["url"] = lead_url(configuration_, lead_id_mark);
    tell_decision();
    tell_hand_over(hand_over);
    json::Value fields = first ? rule_fields() : json::Value(json::Object());
    const std::string stage = fields["stageId"].says_nothing() ? hand_over.stage : fields["stageId"].text();
    fields["assignedById"] = user;
    add_observers(fields);
    fill(std::move(fields));
    comment(first ? configuration_.texts.new_lead_comment : configuration_.texts.handed_over_comment);
    task();
    tell_assigned();
    if (first && out_.decision.tell_manager != user)
      notify(out_.decision.tell_manager, configuration_.texts.manager_note, "manager");
    if (!hand_over.time.empty())
      notify(hand_over.holder, configuration_.texts.taken_away_notification, "taken");
    follow_up(stage);
    if (out_.follow_up) out_.follow_up->declined = hand_over.declined;
    return std::move(out_);
  }

 private:
  EnquiryPlan compose_expired(const HandOver& hand_over) {
    make_fields();
    out_.attach_to = hand_over.lead_id;
    scope_["lead"]["url"] = lead_url(configuration_, lead_id_mark);
    out_.decision.reason = "nobody has come in time; whoever has it is told to assign somebody by hand";
    tell_decision();
    notify(hand_over.holder, configuration_.texts.still_waiting_notification, "waiting");
    return std::move(out_);
  }

  // `lead:` of the rule alone: what the operator wrote stays.
  json::Value rule_fields() {
    json::Object fields;
    for (const auto& [name, value] : out_.decision.lead) {
      if (const json::Value* made = lead_.fields.find(name)) fields.set(name, *made);
    }
    portal::LeadItem item =
        portal::lead_item({fields, {}, "", "", std::nullopt, &configuration_.portal.time_zone});
    json::Value out = item.params["fields"];
    return out.is_object() ? out : json::Value(json::Object());
  }

  // The rule passes what was not accepted to whoever heads the holder.
  void assign_head(const HandOver& hand_over) {
    distribution::Decision& decision = out_.decision;
    decision.user_id = surroundings_.head_of(hand_over.holder);
    const people::Employee* head = configuration_.roster.by_user_id(decision.user_id);
    decision.employee = head ? head->name : "";
    decision.group.clear();
    decision.fallback = false;
    decision.manager = false;
    decision.waits_for.clear();
    decision.acceptance.reset();
    decision.turns.clear();
    decision.considered.clear();
    decision.reason = decision.user_id > 0 ? "not accepted in time: goes to the head of the department"
                                           : "not accepted in time, and nobody heads the holder";
    decision.sentence = "Передан руководителю.";
  }

  void tell_hand_over(const HandOver& hand_over) {
    json::Value told = json::Value::object({{"waited", hand_over.time.empty()}});
    if (!hand_over.time.empty()) {
      const people::Employee* holder = configuration_.roster.by_user_id(hand_over.holder);
      told["time"] = json::Value(hand_over.time);
      told["from"] = json::Value(holder ? holder->title : std::to_string(hand_over.holder));
    }
    scope_["hand_over"] = std::move(told);
  }
};

}  // namespace

EnquiryPlan plan_hand_over(const config::Configuration& configuration, const config::Source& source,
                           const event::Event& event, const json::Value& scope, const ClientFacts& client,
                           const Surroundings& surroundings, const std::string& number,
                           const HandOver& hand_over) {
  return HandOverComposer(configuration, source, event, event, client, surroundings, number)
      .compose(scope, hand_over);
}

}  // namespace b24gate::delivery
