#include "delivery/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "delivery/addition.hpp"
#include "delivery/composer.hpp"
#include "delivery/operations.hpp"
#include "delivery/plan_call.hpp"
#include "delivery/robot.hpp"
#include "portal/lead_item.hpp"

namespace b24gate::delivery {
namespace {

// Of a value that a note tells whole, in bytes.
constexpr std::size_t longest_note = 4'000;

std::string key_in_crm(const event::Event& event) { return std::string(utf8::head(event.key, 255)); }

// A new lead, or a line on the open one.
class EnquiryComposer final : Composer {
 public:
  using Composer::Composer;

  EnquiryPlan compose(json::Value scope) {
    scope_ = std::move(scope);
    decide();
    out_.circumstances = circumstances_of(configuration_.roster, surroundings_, client_);
    const mapping::OnRepeat on_repeat = source_.mapping.on_repeat();
    const bool attach = client_.open_lead && on_repeat != mapping::OnRepeat::new_lead;
    make_fields();
    const std::int64_t chosen = out_.decision.user_id;
    if (attach) {
      out_.attach_to = client_.open_lead->id;
      assign_to_lead_holder();
    } else if (lead_.rejected) {
      out_.rejected = lead_.rejected;
      return std::move(out_);
    }
    scope_["lead"]["url"] = lead_url(configuration_, lead_id_mark);
    tell_decision();
    if (attach) {
      add_to_open_lead(*client_.open_lead);
      notify(out_.decision.user_id, configuration_.texts.repeat_notification, "repeat");
    } else {
      create();
      comment(configuration_.texts.new_lead_comment);
      task();
      tell_assigned();
      if (out_.decision.tell_manager != out_.decision.user_id)
        notify(out_.decision.tell_manager, configuration_.texts.manager_note, "manager");
      follow_up(lead_.fields.find("STATUS_ID") ? lead_.fields.find("STATUS_ID")->text() : "");
      robot();
    }
    call(scope_, std::nullopt, chosen);
    return std::move(out_);
  }

  EnquiryPlan compose_call_alone(const json::Value& scope) {
    out_.decision.reason = "a call of somebody who is not in the CRM";
    const Whose whose = whose_call(configuration_, *event_.call);
    if (whose.employee) {
      out_.decision.employee = whose.employee->name;
      out_.decision.user_id = whose.employee->user_id;
    }
    call(scope, std::nullopt, 0);
    return std::move(out_);
  }

 private:
  // The client's open lead keeps its person: nothing is given out, no turn is used up.
  void assign_to_lead_holder() {
    distribution::Decision decision;
    decision.user_id = client_.open_lead->assigned_by;
    const people::Employee* holder = configuration_.roster.by_user_id(decision.user_id);
    if (holder) decision.employee = holder->name;
    decision.set = out_.decision.set;
    decision.reason =
        fmt::format("the client has the open lead {}; whoever holds it keeps it", client_.open_lead->id);
    decision.sentence =
        fmt::format("Клиент обратился снова, у него есть открытый лид {}.", client_.open_lead->id);
    out_.decision = std::move(decision);
  }

  portal::LeadItem item_of(const json::Object& fields, std::string origin) {
    portal::LeadItem item = portal::lead_item(
        {fields, {}, "b24gate", std::move(origin), std::nullopt, &configuration_.portal.time_zone});
    for (const auto& cut : item.cut) {
      json::Value scope = scope_;
      scope["field"] = json::Value::object(
          {{"name", cut.field}, {"kept", static_cast<std::int64_t>(cut.kept)}, {"event", number_}});
      if (cut.whole.size() <= longest_note) scope["field"]["value"] = json::Value(cut.whole);
      notes_.push_back(
          configuration_.texts.field_cut.render(scope, dictionaries_, configuration_.portal.time_zone));
    }
    for (const auto& name : item.unknown)
      notes_.push_back(fmt::format("Поле {} у лида нельзя заполнить", name));
    return item;
  }

  void create() {
    portal::LeadItem item = item_of(lead_.fields, key_in_crm(event_));
    json::Value& fields = item.params["fields"];
    if (client_.contact_id > 0) fields["contactId"] = client_.contact_id;
    if (client_.company_id > 0) fields["companyId"] = client_.company_id;
    add_observers(fields);
    out_.deliveries.push_back(operation("lead", "crm.item.add", item.params, key_in_crm(event_)));
  }

  // The client's open lead gets a line, and what the enquiry tells of how to reach them.
  void add_to_open_lead(const OpenLead& lead) {
    if (source_.mapping.on_repeat() == mapping::OnRepeat::update)
      fill(empty_fields(lead_.fields, {}, lead.fields, configuration_.portal.time_zone));
    json::Array contacts = new_contacts(lead_.fields, {}, lead.fields);
    scope_["added"] = told(contacts);
    comment(configuration_.texts.repeat_comment);
    if (!contacts.empty()) out_.deliveries.push_back(add_contacts(lead.id, std::move(contacts)));
  }

  // Not for what the robot itself has brought: it would call the same client for ever.
  void robot() {
    if (!out_.decision.robot || out_.decision.robot->source == source_.name) return;
    const distribution::RobotPlan& plan = *out_.decision.robot;
    const auto& phones = event_.contact.phones;
    const auto phone = std::find_if(phones.begin(), phones.end(),
                                    [](const auto& one) { return one.size() > 1 && one.front() == '+'; });
    if (phone == phones.end()) return;
    json::Value columns;
    for (const auto& [name, text] : plan.data) columns[name] = render(text);
    out_.deliveries.push_back(robot_operation(plan, *phone, std::move(columns), number_));
  }
};

}  // namespace

EnquiryPlan plan_enquiry(const config::Configuration& configuration, const config::Source& source,
                         const event::Event& event, const event::Event& own, const json::Value& scope,
                         const ClientFacts& client, const Surroundings& surroundings,
                         const std::string& number) {
  return EnquiryComposer(configuration, source, event, own, client, surroundings, number).compose(scope);
}

EnquiryPlan plan_call_alone(const config::Configuration& configuration, const config::Source& source,
                            const event::Event& whole, const event::Event& own, const json::Value& scope,
                            const ClientFacts& client, const Surroundings& surroundings,
                            const std::string& number) {
  return EnquiryComposer(configuration, source, whole, own, client, surroundings, number)
      .compose_call_alone(scope);
}

journal::Plan to_store(EnquiryPlan made, const std::string& config_hash, const std::string& client) {
  journal::Plan stored;
  json::Value decision = distribution::to_json(made.decision);
  if (!client.empty()) decision["client"] = client;
  stored.decision = json::write(decision);
  stored.lead_fields = json::write(json::Value(made.lead));
  stored.config_hash = config_hash;
  stored.assigned = made.decision.employee;
  stored.reason = made.decision.reason;
  stored.lead_id = made.attach_to;
  if (made.card) stored.card = portal::card_text(*made.card);
  stored.deliveries = std::move(made.deliveries);
  stored.assignment = std::move(made.assignment);
  stored.follow_up = std::move(made.follow_up);
  for (const auto& [group, employee] : made.decision.turns) stored.turns.emplace_back(group, employee);
  return stored;
}

std::string lead_url(const config::Configuration& configuration, std::string_view lead_id) {
  return portal::card_url(configuration.portal.url.value.reveal(), "lead", lead_id);
}

std::string comment_marker(const std::string& number) { return "(b24gate " + number + ")"; }

}  // namespace b24gate::delivery
