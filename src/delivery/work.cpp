#include "delivery/work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "delivery/look_up.hpp"
#include "delivery/schedule.hpp"
#include "event/merge.hpp"
#include "journal/erase.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::delivery {
namespace {

using journal::DeliveryState;
using journal::EventState;
// How long what came before its call waits for it.
constexpr Milliseconds patience = std::chrono::hours{24};
// The portal keeps a key for 24 h from the success, which cannot be before the event; less an hour for
// clocks.
constexpr Milliseconds v3_key_life = std::chrono::hours{23};

// What is made again has marks of its own: e42, then e42-2.
std::string mark_of(const journal::EventRow& row) {
  return "e" + std::to_string(row.id) + (row.round > 1 ? "-" + std::to_string(row.round) : "");
}

std::string replaced(std::string text, std::string_view mark, const std::string& by) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + by.size())) {
    text.replace(at, mark.size(), by);
  }
  return text;
}

bool is(const journal::DeliveryRow& delivery, DeliveryState state) { return delivery.state == state; }

bool is_v3(const journal::DeliveryRow& delivery) { return delivery.method.rfind(v3_prefix, 0) == 0; }

bool open(const journal::DeliveryRow& delivery) {
  return is(delivery, DeliveryState::planned) || is(delivery, DeliveryState::waiting) ||
         is(delivery, DeliveryState::unclear) || is(delivery, DeliveryState::sent);
}

}  // namespace

Work::Work(std::shared_ptr<const config::Configuration> configuration, Claim claim, Planner& planner)
    : configuration_(std::move(configuration)),
      source_(configuration_->source(claim.event.source)),
      row_(std::move(claim.event)),
      deliveries_(std::move(claim.deliveries)),
      planner_(planner) {
  if (!source_) {
    set_state(
        EventState::waiting,
        fmt::format("source '{}' is not in the configuration; put it back, or discard", row_.source),
        planner_.now() + wait_before_retry(configuration_->portal.retry, row_.attempts, planner_.random()),
        row_.attempts + 1);
    return;
  }
  write_down_lost_attempts();
  calls_ = std::move(claim.calls);
  conversation_ = std::move(claim.conversation);
  understand(conversation_);
  const bool planned = std::any_of(deliveries_.begin(), deliveries_.end(), [](const auto& d) {
    return d.seq > 0 && d.state != DeliveryState::discarded;
  });
  if (!finished_ && !planned) aim(conversation_, claim.known_lead);
}

// What left in an earlier round of this process, whose end the journal could not take: nobody waits for that
// answer any more.
void Work::write_down_lost_attempts() {
  for (auto& delivery : deliveries_) {
    if (!is(delivery, DeliveryState::sent) || is_in_other_hands(delivery)) continue;
    delivery.state = DeliveryState::unclear;
    delivery.reason = "the answer could not be written down";
    journal::AttemptResult result;
    result.delivery_id = delivery.id;
    result.state = delivery.state;
    result.reason = delivery.reason;
    result.attempt.at = delivery.sent_at.value_or(planner_.now());
    result.attempt.outcome = portal::name(portal::Class::ambiguous);
    result.attempt.answer = delivery.reason;
    changes_.emplace_back([result](journal::Tx& tx) { return journal::record_attempt(tx, result); });
  }
}

void Work::understand(const journal::Conversation& conversation) {
  const TimeZone& zone = configuration_->portal.time_zone;
  const auto parsed = json::parse(row_.data);
  if (!parsed) {
    fail_event("the stored event cannot be read: " + parsed.error().text());
    return;
  }
  const auto scope_of = [&](const json::Value& event) {
    return mapping::scope_of(event, source_->name, source_->title, source_->connector->name());
  };
  event_ = event::from_json(*parsed, zone);
  scope_ = scope_of(*parsed);
  std::vector<event::Event> events;
  for (const auto& data : conversation.data) {
    if (const auto other = json::parse(data)) events.push_back(event::from_json(*other, zone));
  }
  if (!events.empty()) before_ = scope_of(event::to_json(event::merged(events), zone));
  events.push_back(event_);
  follow_call(events);
  whole_ = event::merged(std::move(events));
  whole_.key = event_.key;
  if (whole_.call && whole_.call->final && !final_names_person_ && whole_.call->outcome != "answered") {
    // Several telephones rang, and nobody took it: it is nobody's in particular.
    whole_.call->extension.clear();
    whole_.call->employee.clear();
  }
  if (row_.round > 1) whole_.key += "#" + std::to_string(row_.round);
}

void Work::aim(const journal::Conversation& conversation, std::int64_t known_lead) {
  known_lead_ = known_lead;
  if (row_.urgent) {
    aim_ = Aim::live;
    to_plan_ = true;
    return;
  }
  if (const auto made = portal::parse_card(event_.reference); made && !event_.created_by.empty()) {
    aim_ = Aim::give;
    card_ = *made;
    recognition_ = std::make_unique<Recognition>(whole_.contact, 0, card_.id);
    return;
  }
  const auto named = portal::parse_card(whole_.reference);
  const auto own = conversation.lead_id > 0 ? std::optional(Card{"lead", conversation.lead_id, 0})
                                            : portal::parse_card(conversation.card);
  if (named || own) {
    aim_ = Aim::update;
    card_ = named ? *named : *own;
    if (named && own && portal::card_text(*own) != portal::card_text(card_)) own_card_ = own;
    recognition_ = std::make_unique<Recognition>(Recognition::of_card(card_));
  } else if (event_.action == event::Action::update && event_.call && !event_.creates_lead &&
             planner_.now() < row_.received_at + patience) {
    wait_for_conversation();
  } else {
    aim_without_card(known_lead);
  }
}

void Work::aim_without_card(std::int64_t known_lead) {
  const bool reachable = !whole_.contact.phones.empty() || !whole_.contact.emails.empty();
  if (event_.creates_lead) {
    aim_ = Aim::enquiry;
    recognition_ = std::make_unique<Recognition>(whole_.contact, known_lead);
  } else if ((event_.action == event::Action::create || event_.action == event::Action::ignore) &&
             event_.call && event_.call->final && configuration_->calls.is_told(whole_)) {
    aim_ = Aim::call;
    to_plan_ = true;
  } else if (event_.action == event::Action::create) {
    set_state(EventState::ignored, "create_lead_when is not met: " + source_->mapping.create_lead_when(),
              std::nullopt, 0);
  } else if (reachable) {
    aim_ = Aim::attach;
    recognition_ = std::make_unique<Recognition>(whole_.contact, known_lead);
  } else {
    set_state(EventState::ignored, "no card of the portal is known that it belongs to", std::nullopt, 0);
  }
}

void Work::wait_for_conversation() {
  row_.state = EventState::waiting;
  row_.reason = "it came before the call that it belongs to";
  row_.next_at = row_.received_at + patience;
  finished_ = true;
  changes_.emplace_back([row = row_, now = planner_.now()](journal::Tx& tx) {
    return journal::park(tx, row.id, row.reason, now, *row.next_at);
  });
}

void Work::advance() {
  if (finished_ || needs_reload_) return;
  if (recognition_ && recognition_->done() && aim_ == Aim::update && !recognition_->facts().card) {
    log::write(log::card_gone, {{"event", row_.id}, log::id("card", portal::card_text(card_))});
    if (own_card_) {
      card_ = *std::exchange(own_card_, std::nullopt);
      recognition_ = std::make_unique<Recognition>(Recognition::of_card(card_));
    } else {
      recognition_.reset();
      aim_without_card(card_.type == "lead" && known_lead_ == card_.id ? 0 : known_lead_);
      if (finished_) return;
    }
  }
  if (to_plan_) {
    to_plan_ = false;
    aim_ == Aim::live ? plan_live() : plan();
    return;
  }
  if (recognition_) {
    if (!recognition_->done()) {
      step_ = Step::recognise;
      return;
    }
    plan();
    return;
  }
  choose_step();
}

void Work::plan() {
  const std::string client = recognition_ ? recognition_->facts().summary : std::string();
  auto made = make_plan();
  recognition_.reset();
  step_ = Step::none;
  if (!made) {
    set_state(EventState::ignored, "the client has nothing in the portal that it could be written to",
              std::nullopt, 0);
  } else if (made->rejected) {
    fail_event(*made->rejected);
  } else {
    store_plan(std::move(*made), client);
  }
}

// Nothing when the event attaches to what the client has, and there is nothing.
std::optional<EnquiryPlan> Work::make_plan() {
  ClientFacts client = recognition_ ? recognition_->facts() : ClientFacts();
  client.calls = calls_;
  const std::string number = mark_of(row_);
  const json::Value whole = mapping::scope_of(event::to_json(whole_, configuration_->portal.time_zone),
                                              source_->name, source_->title, source_->connector->name());
  if (whole_.call && whole_.call->final)
    planner_.whose_call(*source_, whose_call(*configuration_, *whole_.call), *whole_.call);
  if (aim_ == Aim::enquiry) return planner_.plan(*source_, whole_, event_, whole, client, number);
  if (aim_ == Aim::call) return planner_.plan_call_alone(*source_, whole_, event_, whole, client, number);
  if (aim_ == Aim::give) {
    HandOver lead;
    lead.lead_id = card_.id;
    lead.holder = json::Value(event_.created_by).integer().value_or(0);
    const auto* creator = configuration_->roster.by_user_id(lead.holder);
    lead.created_by = creator ? creator->name : event_.created_by;
    return planner_.plan_given(*source_, whole_, whole, client, number, lead);
  }
  if (aim_ == Aim::update) {
    card_.assigned_by = client.card->assigned_by;
  } else if (client.open_deal) {
    card_ = *client.open_deal;
  } else if (client.open_lead) {
    card_ = {"lead", client.open_lead->id, client.open_lead->assigned_by};
  } else if (client.contact_id > 0) {
    card_ = {"contact", client.contact_id, client.manager_user_id};
  } else if (client.company_id > 0) {
    card_ = {"company", client.company_id, client.manager_user_id};
  } else if (event_.call && event_.call->final && configuration_->calls.is_told(whole_)) {
    return planner_.plan_call_alone(*source_, whole_, event_, whole, client, number);
  } else {
    return std::nullopt;
  }
  return planner_.plan_update(*source_, whole_, event_, scope_, whole, before_, card_, client, number);
}

void Work::store_plan(EnquiryPlan made, const std::string& client) {
  const journal::Plan stored = to_store(std::move(made), configuration_->hash, client);
  row_.lead_id = stored.lead_id;
  row_.card = stored.card;
  row_.assigned = stored.assigned;
  row_.reason = stored.reason;
  row_.decision = stored.decision;
  changes_.emplace_back([id = row_.id, stored](journal::Tx& tx) { return journal::plan(tx, id, stored); });
  needs_reload_ = true;
}

void Work::reload(std::vector<journal::DeliveryRow> deliveries) {
  deliveries_ = std::move(deliveries);
  needs_reload_ = false;
}

bool Work::ready(journal::DeliveryRow& delivery) {
  if (delivery.seq == 0) return false;
  if (delivery.name == "lead") return true;
  if (is_of_call(delivery)) return call_ready(delivery);
  // What hangs on the event's own lead waits for its id.
  return row_.lead_id > 0 || delivery.params.find(lead_id_mark) == std::string::npos;
}

void Work::choose_step() {
  step_ = Step::none;
  targets_.clear();
  not_before_.reset();
  call_next_.reset();
  bool any_open = false;
  bool any_failed = false;
  std::vector<std::size_t> look;
  std::vector<std::size_t> send;
  for (std::size_t i = 0; i < deliveries_.size(); ++i) {
    auto& delivery = deliveries_[i];
    if (is(delivery, DeliveryState::failed)) any_failed = true;
    if (!open(delivery) || delivery.seq == 0) continue;
    any_open = true;
    if (!ready(delivery)) continue;
    const bool unclear = is(delivery, DeliveryState::unclear) || is(delivery, DeliveryState::sent);
    if (!unclear) {
      send.push_back(i);
      continue;
    }
    if (!look_up_of(delivery)) {
      send.push_back(i);  // harmless to repeat
      continue;
    }
    const TimePoint settled = delivery.sent_at.value_or(TimePoint{}) + configuration_->portal.settle;
    // A wall clock that was set back must not make us wait for ever.
    const bool still = settled > planner_.now() && settled - planner_.now() <= configuration_->portal.settle;
    if (still) {
      if (!not_before_ || settled < *not_before_) not_before_ = settled;
    } else if (is_v3(delivery) && planner_.now() >= row_.received_at &&
               planner_.now() - row_.received_at < v3_key_life) {
      send.push_back(i);  // the portal knows the key and carries it out once
    } else {
      look.push_back(i);
    }
  }
  if (!look.empty()) {
    step_ = Step::look;
    targets_ = std::move(look);
  } else if (!send.empty()) {
    step_ = Step::send;
    targets_ = std::move(send);
  } else if (not_before_) {
    set_state(EventState::waiting,
              "the portal's answer was lost; looking for what was written after it has settled", *not_before_,
              row_.attempts);
  } else if (any_failed) {
    const auto failed = std::find_if(deliveries_.begin(), deliveries_.end(),
                                     [](const auto& d) { return is(d, DeliveryState::failed); });
    fail_event(failed->name + ": " + failed->reason);
  } else if (needs_reload_) {
    // A delivery was added: what there is to do is chosen anew.
  } else if (call_next_) {
    wait_for_call();
  } else if (!any_open) {
    remember_client();
    // Not what it waited for last, but why it became what it is.
    const auto decision = json::parse(row_.decision);
    const std::string why = decision ? (*decision)["reason"].text() : std::string();
    set_state(EventState::delivered, why.empty() && !row_.urgent ? row_.reason : why, std::nullopt, 0);
  }
}

std::vector<Wish> Work::wishes() const {
  std::vector<Wish> out;
  if (finished_ || needs_reload_) return out;
  switch (step_) {
    case Step::recognise:
      for (auto& command : recognition_->next())
        out.push_back({std::move(command), false, 0, row_.urgent, false, false});
      break;
    case Step::look:
      for (const auto i : targets_)
        out.push_back({*look_up_of(deliveries_[i]), false, deliveries_[i].id, row_.urgent, false, false});
      break;
    case Step::send:
      for (const auto i : targets_) {
        Wish wish{command_of(deliveries_[i]), true, deliveries_[i].id, row_.urgent, false, false};
        wish.of_call = is_of_call(deliveries_[i]) && deliveries_[i].name != "bind";
        // A batch would hold a ringing telephone up.
        wish.alone = wish.command.v3 || wish.of_call;
        out.push_back(std::move(wish));
      }
      break;
    case Step::none:
      break;
  }
  return out;
}

portal::Command Work::command_of(const journal::DeliveryRow& delivery) const {
  std::string params = replaced(delivery.params, lead_id_mark, std::to_string(row_.lead_id));
  if (params.find(call_id_mark) != std::string::npos)
    params = replaced(std::move(params), call_id_mark, call_id());
  auto parsed = json::parse(params);
  portal::Command command{delivery.method, parsed ? std::move(*parsed) : json::Value(json::Object())};
  if (is_v3(delivery)) {
    command.method.erase(0, v3_prefix.size());
    command.v3 = true;
    // A new journal counts events anew, the portal never counts leads anew.
    command.idempotency_key =
        delivery.key + (row_.lead_id > 0 || row_.card.empty()
                            ? ":L" + std::to_string(row_.lead_id)
                            : ":" + row_.card + ":" + std::to_string(to_unix_ms(row_.received_at)));
  }
  return command;
}

std::optional<portal::Command> Work::look_up_of(const journal::DeliveryRow& delivery) const {
  return look_up(delivery, delivery.name == journal::finish_name ? call_id() : std::string(), row_.lead_id);
}

void Work::postpone(const std::string& reason, TimePoint until) {
  if (!finished_) set_state(EventState::waiting, reason, until, row_.attempts);
}

// For questions that cannot wait for the portal: who is this, and whose.
void Work::remember_client() {
  if (whole_.contact.phones.empty() || (row_.lead_id == 0 && row_.card.empty())) return;
  journal::ClientRow client;
  client.name = whole_.contact.name;
  client.company = whole_.contact.company;
  client.card = row_.lead_id > 0 ? portal::card_text({"lead", row_.lead_id, 0}) : row_.card;
  if (const auto* employee = configuration_->roster.employee(row_.assigned))
    client.user_id = employee->user_id;
  client.seen_at = planner_.now();
  changes_.emplace_back([id = row_.id, phones = whole_.contact.phones, client](journal::Tx& tx) -> Done {
    // An administrator may have erased the client while this was under way.
    const auto erased = journal::is_erased(tx, id);
    if (!erased) return fail(erased.error());
    if (*erased) return {};
    for (const auto& phone : phones) {
      if (Done done = journal::remember_client(tx, phone, client); !done) return done;
    }
    return {};
  });
}

void Work::set_lead(std::int64_t lead_id) {
  row_.lead_id = lead_id;
  changes_.emplace_back(
      [id = row_.id, lead_id](journal::Tx& tx) { return journal::set_lead(tx, id, lead_id); });
}

void Work::fail_event(std::string reason) {
  set_state(EventState::failed, std::move(reason), std::nullopt, row_.attempts + 1);
}

void Work::set_state(EventState state, std::string reason, std::optional<TimePoint> next_at, int attempts) {
  row_.state = state;
  row_.reason = std::move(reason);
  row_.next_at = next_at;
  row_.attempts = attempts;
  finished_ = true;
  // Nobody waits for what only tells the portal of a call.
  const bool parked = state == EventState::waiting && is_call_alone();
  changes_.emplace_back([row = row_, parked, parking = parking()](journal::Tx& tx) {
    Done done = journal::set_event_state(tx, row.id, row.state, row.reason, row.next_at, row.attempts);
    return done && parked ? journal::park_call(tx, row.id, parking) : done;
  });
}

std::vector<journal::Journal::Job> Work::changes() {
  std::vector<journal::Journal::Job> out;
  out.swap(changes_);
  return out;
}

}  // namespace b24gate::delivery
