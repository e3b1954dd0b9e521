#include "delivery/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "delivery/addition.hpp"
#include "delivery/operations.hpp"
#include "delivery/plan_call.hpp"
#include "delivery/robot.hpp"
#include "mapping/lead_fields.hpp"
#include "portal/lead_item.hpp"

namespace b24gate::delivery {
namespace {

std::string key_in_crm(const event::Event& event) { return std::string(utf8::head(event.key, 255)); }

// Of a comment, in bytes: it is a text of 64 KB, to which our marker is added.
constexpr std::size_t longest_comment = 60'000;
// Of a value that a note tells whole.
constexpr std::size_t longest_note = 4'000;

json::Value mark() { return json::Value(std::string(lead_id_mark)); }

// A recording is known by its address; where the service gives none (Mango), by its id.
bool is_news(const event::Recording& recording, const json::Value& known) {
  if (!recording.url.empty()) return known["url"].text() != recording.url;
  return !recording.id.empty() && known["id"].text() != recording.id;
}

// Composes one enquiry's plan; the members are what its parts share.
class Composer {
 public:
  Composer(const config::Configuration& configuration, const config::Source& source,
           const event::Event& event, const event::Event& own, const ClientFacts& client,
           const Surroundings& surroundings, const std::string& number)
      : configuration_(configuration),
        source_(source),
        event_(event),
        own_(own),
        client_(client),
        surroundings_(surroundings),
        dictionaries_(surroundings.dictionaries ? *surroundings.dictionaries : configuration.dictionaries),
        number_(number) {}

  EnquiryPlan compose_update(json::Value scope, const json::Value& whole, const json::Value& before,
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

  EnquiryPlan compose_hand_over(json::Value scope, const HandOver& hand_over) {
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
    json::Value params = json::Value::object(
        {{"entityTypeId", 1}, {"id", mark()}, {"fields", std::move(fields)}, {"useOriginalUfNames", "Y"}});
    out_.deliveries.push_back(operation("update", "crm.item.update", params));
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

  EnquiryPlan compose_expired(const HandOver& hand_over) {
    make_fields();
    out_.attach_to = hand_over.lead_id;
    scope_["lead"]["url"] = lead_url(configuration_, lead_id_mark);
    out_.decision.reason = "nobody has come in time; whoever has it is told to assign somebody by hand";
    tell_decision();
    notify(hand_over.holder, configuration_.texts.still_waiting_notification, "waiting");
    return std::move(out_);
  }

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
      comment(configuration_.texts.repeat_comment);
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

 private:
  void decide(const std::vector<std::string>& declined = {}) {
    distribution::Facts facts;
    facts.scope = scope_;
    facts.declined = declined;
    facts.created_by = created_by_;
    facts.client = {client_.known, client_.manager_user_id, client_.open_lead ? client_.open_lead->id : 0};
    facts.at = surroundings_.now;
    facts.dictionaries = &dictionaries_;
    out_.decision = configuration_.rules.decide(facts, configuration_.roster, surroundings_);
    for (const auto& [name, value] : out_.decision.set) set_in_scope(name, value);
  }

  // `set:` of a rule speaks of event members by dotted names; templates see them from here on.
  void set_in_scope(const std::string& name, const json::Value& value) {
    json::Value* at = &scope_;
    std::size_t from = 0;
    for (std::size_t dot = name.find('.'); dot != std::string::npos;
         from = dot + 1, dot = name.find('.', from)) {
      json::Value& next = (*at)[std::string_view(name).substr(from, dot - from)];
      if (!next.is_null() && !next.is_object()) return;
      at = &next;
    }
    (*at)[std::string_view(name).substr(from)] = value;
  }

  void make_fields() {
    lead_ = source_.mapping.lead(scope_, dictionaries_, configuration_.portal.time_zone);
    for (const auto& [name, value] : out_.decision.lead) {
      auto evaluated = value.evaluate(scope_, dictionaries_, configuration_.portal.time_zone);
      if (evaluated.rejected && !lead_.rejected) lead_.rejected = evaluated.note;
      if (!evaluated.note.empty()) lead_.notes.push_back(evaluated.note);
      if (!evaluated.value.says_nothing()) lead_.fields.set(name, mapping::crm_value(name, evaluated.value));
    }
    if (out_.decision.user_id > 0) lead_.fields.set("ASSIGNED_BY_ID", out_.decision.user_id);
    out_.lead = lead_.fields;
    scope_["lead"] = json::Value(lead_.fields);
    notes_ = lead_.notes;
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

  void tell_decision() {
    scope_["decision"] = distribution::to_json(out_.decision);
    scope_["decision"]["sentence"] = out_.decision.sentence;
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

  void add_observers(json::Value& fields) {
    json::Array users;
    for (const auto& name : out_.decision.observers) {
      const people::Employee* employee = configuration_.roster.employee(name);
      const std::int64_t user = name == "head" ? surroundings_.head_of(out_.decision.user_id)
                                : employee     ? employee->user_id
                                               : 0;
      if (user > 0 && user != out_.decision.user_id) users.emplace_back(user);
    }
    if (!users.empty()) fields["observers"] = json::Value(std::move(users));
  }

  void follow_up(const std::string& stage) {
    const distribution::Decision& decision = out_.decision;
    journal::FollowUp out;
    out.stage = stage;
    out.holder = decision.user_id;
    if (!decision.waits_for.empty()) {
      out.kind = journal::FollowUp::Kind::wait;
      out.due_at = decision.waits_until;
    } else if (decision.acceptance) {
      out.kind = journal::FollowUp::Kind::accept;
      out.due_at = distribution::deadline_of(*decision.acceptance, configuration_.roster, decision.employee,
                                             surroundings_.now);
    } else {
      return;
    }
    out_.follow_up = std::move(out);
  }

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

  void fill(json::Value fields) {
    if (fields.is_null()) return;
    const json::Value params = json::Value::object(
        {{"entityTypeId", 1}, {"id", mark()}, {"fields", std::move(fields)}, {"useOriginalUfNames", "Y"}});
    out_.deliveries.push_back(operation("update", "crm.item.update", params));
  }

  // The client's open lead gets what the enquiry tells of how to reach them.
  void add_to_open_lead(const OpenLead& lead) {
    json::Array contacts = new_contacts(lead_.fields, {}, lead.fields);
    if (!contacts.empty()) {
      scope_["added"] = told(contacts);
      out_.deliveries.push_back(add_contacts(lead.id, std::move(contacts)));
    }
    if (source_.mapping.on_repeat() == mapping::OnRepeat::update)
      fill(empty_fields(lead_.fields, {}, lead.fields, configuration_.portal.time_zone));
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

  void comment(const mapping::Template& text) { comment(text, "lead", mark()); }

  void comment(const mapping::Template& text, const std::string& type, json::Value id) {
    json::Value notes = json::Value(json::Array());
    for (const auto& note : notes_) notes.push(portal::escape_bb(note));
    scope_["notes"] = std::move(notes);
    std::string body = render(text);
    while (!body.empty() && body.back() == '\n') body.pop_back();
    if (body.size() > longest_comment) body = std::string(portal::head_of_bytes(body, longest_comment)) + "…";
    const std::string marker = comment_marker(number_);
    const json::Value params =
        json::Value::object({{"fields", json::Value::object({{"ENTITY_ID", std::move(id)},
                                                             {"ENTITY_TYPE", type},
                                                             {"COMMENT", body + "\n" + marker}})}});
    out_.deliveries.push_back(operation("comment", "crm.timeline.comment.add", params, marker));
  }

  void task() {
    if (!out_.decision.task || out_.decision.user_id <= 0) return;
    const distribution::TaskPlan& plan = *out_.decision.task;
    NewTask task;
    task.name = "task";
    task.title = render(plan.title);
    if (task.title.empty()) task.title = "Обработать лид";
    task.description = render(plan.description);
    task.responsible = out_.decision.user_id;
    task.auditor = auditor_of(plan);
    task.deadline = deadline_of(plan);
    task.card = binding_of("lead", lead_id_mark);
    task.key = "b24gate:" + number_;
    out_.deliveries.push_back(task_operation(task, surroundings_, configuration_.portal.time_zone));
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

  // `card`: that it belongs to; without one the event's own lead, if the plan has come to one.
  void call(const json::Value& scope, std::optional<Card> card, std::int64_t chosen) {
    if (!event_.call) return;
    const bool makes_lead = std::any_of(out_.deliveries.begin(), out_.deliveries.end(),
                                        [](const auto& one) { return one.name == "lead"; });
    const bool lead = makes_lead || out_.attach_to > 0;
    for (auto& one : plan_call({configuration_, source_, event_, own_, scope, client_, surroundings_, number_,
                                std::move(card), lead, chosen}))
      out_.deliveries.push_back(std::move(one));
  }

  std::optional<TimePoint> deadline_of(const distribution::TaskPlan& plan) const {
    if (plan.amount.count() <= 0) return std::nullopt;
    return distribution::deadline_of(plan, configuration_.roster, out_.decision.employee, surroundings_.now);
  }

  std::int64_t auditor_of(const distribution::TaskPlan& plan) const {
    if (plan.auditor == "head") return surroundings_.head_of(out_.decision.user_id);
    const people::Employee* employee = configuration_.roster.employee(plan.auditor);
    return employee ? employee->user_id : 0;
  }

  // The rule's own words when it has some, else the usual ones.
  void tell_assigned() {
    const bool own = out_.decision.notify.has_value();
    notify(out_.decision.user_id, own ? *out_.decision.notify : configuration_.texts.new_lead_notification,
           "new");
  }

  void notify(std::int64_t user_id, const mapping::Template& text, std::string_view occasion) {
    if (user_id <= 0) return;
    const std::string message = render(text);
    if (message.empty()) return;
    // A second notification with the same tag replaces the first: repeating it is harmless.
    const std::string tag = fmt::format("B24GATE|{}|{}", number_, occasion);
    out_.deliveries.push_back(operation("notify", "im.notify.system.add",
                                        json::Value::object({{"USER_ID", user_id},
                                                             {"MESSAGE", message},
                                                             {"TAG", tag},
                                                             {"SUB_TAG", "B24GATE"},
                                                             {"CLIENT_ID", "b24gate"}}),
                                        tag));
  }

  std::string render(const mapping::Template& text) const {
    return text.render(scope_, dictionaries_, configuration_.portal.time_zone);
  }

  const config::Configuration& configuration_;
  const config::Source& source_;
  const event::Event& event_;  // the whole conversation
  const event::Event& own_;    // the event that it is planned for
  const ClientFacts& client_;
  const Surroundings& surroundings_;
  const mapping::Dictionaries& dictionaries_;
  const std::string& number_;
  json::Value scope_;
  mapping::Lead lead_;
  std::vector<std::string> notes_;
  std::string created_by_;
  EnquiryPlan out_;
};

}  // namespace

EnquiryPlan plan_enquiry(const config::Configuration& configuration, const config::Source& source,
                         const event::Event& event, const event::Event& own, const json::Value& scope,
                         const ClientFacts& client, const Surroundings& surroundings,
                         const std::string& number) {
  return Composer(configuration, source, event, own, client, surroundings, number).compose(scope);
}

EnquiryPlan plan_hand_over(const config::Configuration& configuration, const config::Source& source,
                           const event::Event& event, const json::Value& scope, const ClientFacts& client,
                           const Surroundings& surroundings, const std::string& number,
                           const HandOver& hand_over) {
  return Composer(configuration, source, event, event, client, surroundings, number)
      .compose_hand_over(scope, hand_over);
}

EnquiryPlan plan_update(const config::Configuration& configuration, const config::Source& source,
                        const event::Event& event, const event::Event& own, const json::Value& scope,
                        const json::Value& whole, const json::Value& before, const Card& card,
                        const ClientFacts& client, const Surroundings& surroundings,
                        const std::string& number) {
  return Composer(configuration, source, event, own, client, surroundings, number)
      .compose_update(scope, whole, before, card);
}

EnquiryPlan plan_call_alone(const config::Configuration& configuration, const config::Source& source,
                            const event::Event& whole, const event::Event& own, const json::Value& scope,
                            const ClientFacts& client, const Surroundings& surroundings,
                            const std::string& number) {
  return Composer(configuration, source, whole, own, client, surroundings, number).compose_call_alone(scope);
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
