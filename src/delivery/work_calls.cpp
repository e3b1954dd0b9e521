// What a telephone call is to the portal: registered once, finished when the last word on it is spoken, its
// card at the right screens. One event of a call has `register` and `finish` (journal::plan sees to that);
// they are composed when they leave, of everything that is known by then. See docs/calls.md.
#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "delivery/look_up.hpp"
#include "delivery/operations.hpp"
#include "delivery/order.hpp"
#include "delivery/plan_call.hpp"
#include "delivery/work.hpp"

namespace b24gate::delivery {
namespace {

using journal::DeliveryState;
using journal::EventState;
using portal::Class;

// A final record that is still to come is waited for so long after the last word; then what is known decides.
constexpr Milliseconds legs_patience = std::chrono::minutes{1};
// The same when no record has come at all: after the last telephone was hung up, and while somebody may talk.
constexpr Milliseconds ended_patience = std::chrono::minutes{10};
constexpr Milliseconds silent_patience = std::chrono::hours{12};
// How long an event of the call that is on its way to a card is waited for.
constexpr Milliseconds card_patience = std::chrono::minutes{1};
constexpr Milliseconds look_again = std::chrono::seconds{5};
// How long Robots may be silent before the event is looked at again.
constexpr Milliseconds robot_patience = std::chrono::minutes{10};
// A card that pops up later than this only disturbs.
constexpr Milliseconds fresh = std::chrono::minutes{1};
// The first word on a call may come before the one that names the line, which a registered call keeps.
constexpr Milliseconds line_patience = std::chrono::milliseconds{700};

constexpr std::string_view lost_call = "the portal does not know the call";

bool is_open(const journal::DeliveryRow& delivery) {
  return delivery.state != DeliveryState::confirmed && delivery.state != DeliveryState::discarded &&
         delivery.state != DeliveryState::failed;
}

}  // namespace

bool is_in_other_hands(const journal::DeliveryRow& delivery) {
  return delivery.name == journal::record_name || delivery.name == journal::order_name ||
         delivery.name == journal::robot_name;
}

bool is_of_call(const journal::DeliveryRow& delivery) {
  return delivery.name == journal::register_name || delivery.name == journal::finish_name ||
         delivery.name == "show" || delivery.name == "hide" || delivery.name == "bind" ||
         is_in_other_hands(delivery);
}

void Work::follow_call(const std::vector<event::Event>& events) {
  std::vector<std::string> final;
  for (const auto& one : events) {
    if (!one.call) continue;
    if (one.call->final) {
      final.push_back(one.call->id);
      if (!one.call->extension.empty() || !one.call->employee.empty()) final_names_person_ = true;
    }
    if (one.call->state == "talking" && (!talking_at_ || one.occurred_at < talking_at_))
      talking_at_ = one.occurred_at;
    if (one.call->state == "ended" && (!ended_at_ || one.occurred_at > ended_at_))
      ended_at_ = one.occurred_at;
  }
  for (const auto& one : events) {
    if (!one.call || one.call->state.empty()) continue;
    const bool closed = std::find(final.begin(), final.end(), one.call->id) != final.end();
    if (!closed && std::find(open_legs_.begin(), open_legs_.end(), one.call->id) == open_legs_.end())
      open_legs_.push_back(one.call->id);
  }
}

const journal::DeliveryRow* Work::own(std::string_view name) const {
  const auto it = std::find_if(deliveries_.begin(), deliveries_.end(), [&](const auto& one) {
    return one.name == name && one.state != DeliveryState::discarded;
  });
  return it == deliveries_.end() ? nullptr : &*it;
}

std::string Work::call_id() const {
  const std::string mine = registered_call(deliveries_);
  return mine.empty() ? registered_call(conversation_.telephony) : mine;
}

// The event's own, else that of its conversation.
std::optional<Card> Work::card_of_call() const {
  if (row_.lead_id > 0) return Card{"lead", row_.lead_id, 0};
  if (const auto own_card = portal::parse_card(row_.card)) return own_card;
  if (conversation_.lead_id > 0) return Card{"lead", conversation_.lead_id, 0};
  return portal::parse_card(conversation_.card);
}

TimePoint Work::call_settles() const {
  TimePoint last = std::max(row_.received_at, conversation_.newest.value_or(row_.received_at));
  if (!whole_.call) return last;
  const TimePoint now = planner_.now();
  // A wall clock that was set back must not make us wait for its old time: of a call that is over nothing
  // more is waited for, of one that goes on from now.
  if (last > now) last = whole_.call->final ? now - legs_patience : now;
  if (!whole_.call->final && failed_order()) return last;
  if (!whole_.call->final && !whole_.call->ordered_by.empty() && conversation_.data.empty())
    return last + taken_order_patience;
  if (!whole_.call->final) return last + (ended_at_ ? ended_patience : silent_patience);
  TimePoint at = last + configuration_->calls.quiet;
  if (!open_legs_.empty()) at = std::max(at, last + legs_patience);
  // What makes its card wakes this one; the time is for what fails to.
  if (conversation_.unsettled && now < last + card_patience) at = std::max(at, now + look_again);
  return at;
}

const journal::DeliveryRow* Work::failed_order() const {
  const auto it = std::find_if(deliveries_.begin(), deliveries_.end(), [](const auto& one) {
    return one.name == journal::order_name && one.state == DeliveryState::discarded;
  });
  return it == deliveries_.end() ? nullptr : &*it;
}

TimePoint Work::order_looked_at(journal::DeliveryRow& order) {
  const TimePoint now = planner_.now();
  // The Dialer makes the event due when it is done with it; this is for a moment that was missed.
  if (order.state != DeliveryState::unclear) return now + order_life;
  const bool told = !conversation_.data.empty();
  const TimePoint patience = row_.received_at + unclear_order_patience;
  // The Dialer says so itself, unless it was stopped meanwhile.
  if (!told && !own("notify")) {
    const auto say =
        order_notification(*configuration_, event_, order_failure(why_not_called::silent, ""), row_.id);
    changes_.emplace_back(
        [id = row_.id, say](journal::Tx& tx) { return journal::add_delivery(tx, id, say); });
    return now;
  }
  if (!told && now < patience) return std::min(patience, now + unclear_order_patience);
  journal::AttemptResult result;
  result.delivery_id = order.id;
  result.state = order.state = told ? DeliveryState::confirmed : DeliveryState::discarded;
  result.reason = told ? "the PBX has told of the call" : "the PBX has told nothing of the call";
  if (!told) result.result = order.result = order_failure(why_not_called::silent, "");
  result.attempt.at = now;
  result.attempt.outcome = "looked_up";
  changes_.emplace_back([result](journal::Tx& tx) { return journal::record_attempt(tx, result); });
  return now;
}

bool Work::call_ready(journal::DeliveryRow& delivery) {
  const auto later = [&](TimePoint at) {
    if (!call_next_ || at < *call_next_) call_next_ = at;
    return false;
  };
  const TimePoint now = planner_.now();
  // Robots makes the event due when it is done with it; this is for a moment that was missed.
  if (delivery.name == journal::robot_name) return later(now + robot_patience);
  if (!whole_.call) return later(now + silent_patience);  // erased: nothing more can be told
  // Recordings makes the event due when it is done with it.
  if (delivery.name == journal::record_name) return later(now + silent_patience);
  if (delivery.name == journal::order_name) return later(order_looked_at(delivery));
  if (delivery.name == "show" || delivery.name == "hide") return !call_id().empty();
  const journal::DeliveryRow* registered = own(journal::register_name);
  const bool is_registered = registered && registered->state == DeliveryState::confirmed;
  if (delivery.name == "bind") return true;
  if (delivery.name == journal::finish_name) {
    if (!is_registered) return false;
    if (yield_call(*registered)) return false;
  } else if (row_.urgent && !whole_.call->final) {
    return true;
  }
  // The card first: what the call belongs to is told with it.
  const bool has_lead = std::any_of(deliveries_.begin(), deliveries_.end(), [](const auto& one) {
    return one.name == "lead" && one.state != DeliveryState::discarded;
  });
  if (has_lead && row_.lead_id == 0) return false;
  if (const TimePoint at = call_settles(); at > now) return later(at);
  compose_late(delivery);
  return true;
}

// Two legs were told as two calls before it was said that they are one. The portal writes only what is
// finished: the later registration is taken off the screens and left.
bool Work::yield_call(const journal::DeliveryRow& registered) {
  const bool other =
      std::any_of(conversation_.telephony.begin(), conversation_.telephony.end(), [&](const auto& one) {
        return one.name == journal::register_name && one.id < registered.id &&
               one.state != DeliveryState::failed;
      });
  if (!other) return false;
  constexpr std::string_view why = "it turned out to be a part of another call";
  for (auto& one : deliveries_) {
    if (one.name != journal::finish_name || !is_open(one)) continue;
    one.state = DeliveryState::discarded;
    one.reason = why;
    changes_.emplace_back([id = one.id, why](journal::Tx& tx) { return journal::give_up(tx, id, why); });
  }
  const auto params = json::parse(registered.params);
  const auto hide =
      operation("hide", "telephony.externalCall.hide",
                json::Value::object(
                    {{"CALL_ID", call_id()}, {"USER_ID", params ? (*params)["USER_ID"] : json::Value()}}));
  changes_.emplace_back(
      [id = row_.id, hide](journal::Tx& tx) { return journal::add_delivery(tx, id, hide); });
  needs_reload_ = true;
  return true;
}

// Everything that is known by now, however it came.
void Work::compose_late(journal::DeliveryRow& delivery) {
  if (delivery.state != DeliveryState::planned && delivery.state != DeliveryState::waiting) return;
  if (delivery.reason == "another person") return;
  event::Event event = whole_;
  const journal::DeliveryRow* not_made = event.call->final ? nullptr : failed_order();
  if (not_made) {
    event.call->outcome = "unavailable";
  } else if (!event.call->final) {
    // Nobody has told how it ended: somebody talked, or nobody did.
    const bool talked = event.call->outcome == "answered" || talking_at_.has_value();
    event.call->outcome = talked ? "answered" : event.call->direction == "in" ? "missed" : "no_answer";
    if (talked && talking_at_ && ended_at_ && *ended_at_ > *talking_at_)
      event.call->talk_s =
          static_cast<int>(std::chrono::duration_cast<Seconds>(*ended_at_ - *talking_at_).count());
  }
  const Whose whose = whose_call(*configuration_, *event.call);
  json::Value params;
  if (delivery.name == journal::finish_name) {
    params = finish_params(event, whose);
    if (!whose.named && !event.call->ordered_by.empty())
      params["USER_ID"] = json::Value(event.call->ordered_by).integer().value_or(0);
    if (not_made) {
      params["STATUS_CODE"] = "503";
      params["FAILED_REASON"] = order_text(*configuration_, event, not_made->result);
    }
  } else {
    params = register_params(*configuration_, *source_, event, whose, false, card_of_call(), row_.round);
    // By this it is looked for after an unclear answer.
    if (params["EXTERNAL_CALL_ID"].text() != delivery.key) params["EXTERNAL_CALL_ID"] = delivery.key;
  }
  std::string text = json::write(params);
  if (text == delivery.params) return;
  delivery.params = std::move(text);
  changes_.emplace_back([id = delivery.id, params = delivery.params](journal::Tx& tx) {
    return journal::amend(tx, id, params);
  });
}

void Work::plan_live() {
  if (!event_.call->ordered_by.empty()) return plan_ordered();
  const TimePoint now = planner_.now();
  if (now - row_.received_at > fresh) {
    set_state(EventState::ignored, "too late for a card: the call's final record decides", std::nullopt, 0);
    return;
  }
  const Whose whose = whose_call(*configuration_, *event_.call);
  planner_.whose_call(*source_, whose, *event_.call);
  if (whole_.call->line.empty() && conversation_.telephony.empty() && now >= row_.received_at &&
      now - row_.received_at < line_patience) {
    waits_for_call_ = true;
    set_state(EventState::waiting, "the line is still to be told", row_.received_at + line_patience, 0);
    return;
  }
  LiveCall made =
      plan_live_call(*configuration_, *source_, whole_, event_, conversation_.telephony, row_.round);
  if (made.deliveries.empty()) {
    set_state(EventState::ignored, made.why_nothing, std::nullopt, 0);
    return;
  }
  journal::Plan plan;
  plan.config_hash = configuration_->hash;
  plan.assigned = whose.named ? whose.employee->name : "";
  plan.reason = "a state of a live call";
  plan.deliveries = std::move(made.deliveries);
  row_.reason = plan.reason;
  row_.assigned = plan.assigned;
  changes_.emplace_back([id = row_.id, plan](journal::Tx& tx) { return journal::plan(tx, id, plan); });
  needs_reload_ = true;
}

void Work::plan_ordered() {
  if (row_.round > 1) {
    set_state(EventState::ignored, "a call is ordered once: whoever wants it again clicks again",
              std::nullopt, 0);
    return;
  }
  const Whose whose = whose_call(*configuration_, *event_.call);
  journal::Plan plan;
  plan.config_hash = configuration_->hash;
  plan.assigned = whose.named ? whose.employee->name : "";
  plan.reason = "a call that was ordered in the portal";
  plan.deliveries = plan_order(*configuration_, *source_, event_, whose, row_.round);
  row_.reason = plan.reason;
  row_.assigned = plan.assigned;
  changes_.emplace_back([id = row_.id, plan](journal::Tx& tx) { return journal::plan(tx, id, plan); });
  needs_reload_ = true;
}

void Work::wait_for_call() {
  const bool record = own(journal::record_name) && is_open(*own(journal::record_name));
  const journal::DeliveryRow* finish = own(journal::finish_name);
  const bool under_way = finish && is_open(*finish);
  const bool robot = own(journal::robot_name) && is_open(*own(journal::robot_name));
  std::string reason =
      robot && !record ? "the robot is being told to call" : "the call's record is being fetched";
  if (under_way) {
    reason = whole_.call->final ? "the call is finished in the portal as soon as nothing more is said of it"
                                : "the call is going on";
  } else if (!record && !robot) {
    reason = "its call is still to be finished in the portal";
  }
  waits_for_call_ = true;
  set_state(EventState::waiting, std::move(reason), *call_next_, row_.attempts);
}

journal::Parking Work::parking() const {
  const TimePoint now = planner_.now();
  journal::Parking out{row_.reason, now, row_.next_at.value_or(now), conversation_.data.size(), {}};
  for (const auto& one : deliveries_)
    if (is_in_other_hands(one) && is_open(one)) out.awaited.push_back(one.id);
  return out;
}

bool Work::is_call_alone() const {
  bool any = false;
  for (const auto& one : deliveries_) {
    if (one.seq == 0 || !is_open(one)) continue;
    if (!is_of_call(one)) return false;
    any = true;
  }
  return any;
}

void Work::give_up(journal::DeliveryRow& delivery, const portal::Outcome& outcome, std::string reason) {
  delivery.state = DeliveryState::discarded;
  delivery.reason = std::move(reason);
  attempt(delivery, outcome);
}

// The portal does not take that person: the call goes to whoever stands for the line.
bool Work::change_person(journal::DeliveryRow& delivery, const portal::Outcome& outcome) {
  auto params = json::parse(delivery.params);
  if (!params || delivery.reason == "another person") return false;
  const people::Roster& roster = configuration_->roster;
  const people::Employee* other = roster.employee(configuration_->calls.employee_of(whole_.call->line));
  const std::int64_t refused = (*params)["USER_ID"].integer().value_or(0);
  if (!other || other->user_id == refused) other = roster.account_manager();
  if (!other || other->user_id == refused) return false;
  (*params)["USER_ID"] = other->user_id;
  if (delivery.name == journal::register_name) (*params)["SHOW"] = 0;
  delivery.params = json::write(*params);
  delivery.state = DeliveryState::waiting;
  delivery.reason = "another person";
  attempt(delivery, outcome);
  changes_.emplace_back([id = delivery.id, params = delivery.params](journal::Tx& tx) {
    return journal::amend(tx, id, params);
  });
  set_state(EventState::waiting, "the portal does not take that person for the call; another one is named",
            planner_.now(), row_.attempts);
  return true;
}

bool Work::take_call_answer(journal::DeliveryRow& delivery, const portal::Outcome& outcome) {
  const bool optional = delivery.name == "show" || delivery.name == "hide" || delivery.name == "bind" ||
                        delivery.name == "close";
  const bool refused = outcome.cls == Class::permanent || outcome.cls == Class::gone ||
                       (outcome.cls == Class::auth && outcome.scope == portal::Scope::object);
  if (optional && refused) {
    give_up(delivery, outcome, "the portal refused it: " + outcome.code);
    return true;
  }
  if (delivery.name != journal::register_name && delivery.name != journal::finish_name) return false;
  if (refused && is_user_unknown(outcome.description)) return change_person(delivery, outcome);
  // No such method, or a success that names no call: there is nothing behind it that could be finished.
  const bool nameless = delivery.name == journal::register_name && outcome.cls == Class::success &&
                        call_id_in(outcome.result).empty();
  if (nameless || (outcome.cls == Class::permanent && outcome.scope == portal::Scope::method)) {
    for (auto& one : deliveries_) {
      if (&one == &delivery || !is_of_call(one) || one.name == journal::robot_name ||
          one.state != DeliveryState::planned)
        continue;
      one.state = DeliveryState::discarded;
      changes_.emplace_back(
          [id = one.id](journal::Tx& tx) { return journal::give_up(tx, id, "the portal has no telephony"); });
    }
    give_up(delivery, outcome, "the portal has no telephony");
    return true;
  }
  if (delivery.name == journal::finish_name && outcome.cls == Class::ambiguous &&
      is_call_unknown(outcome.description)) {
    delivery.state = DeliveryState::unclear;
    delivery.reason = lost_call;
    delivery.sent_at = planner_.now();
    attempt(delivery, outcome);
    settle_later(delivery);
    return true;
  }
  return false;
}

// The portal does not know the call, and after the settle time its statistics neither: it was never finished,
// and is told anew, once. A second time a person must look.
bool Work::register_again(journal::DeliveryRow& finish) {
  if (finish.reason != lost_call) return false;
  const auto registrations = std::count_if(deliveries_.begin(), deliveries_.end(), [](const auto& one) {
    return one.name == journal::register_name;
  });
  const journal::DeliveryRow* before = own(journal::register_name);
  if (registrations > 1) {
    finish.state = DeliveryState::failed;
    finish.reason = "the portal has lost the call twice: it is in no statistics";
    journal::AttemptResult result;
    result.delivery_id = finish.id;
    result.state = finish.state;
    result.reason = result.attempt.answer = finish.reason;
    result.attempt.at = planner_.now();
    result.attempt.outcome = "looked_up";
    changes_.emplace_back([result](journal::Tx& tx) { return journal::record_attempt(tx, result); });
    return true;
  }
  if (!before) return false;
  auto params = json::parse(before->params);
  if (!params) return false;
  (*params)["SHOW"] = 0;
  const journal::NewDelivery again =
      operation(std::string(journal::register_name), before->method, *params, before->key);
  const journal::NewDelivery end = {std::string(journal::finish_name), finish.method, finish.params, ""};
  changes_.emplace_back([id = row_.id, old = before->id, last = finish.id, again,
                         end](journal::Tx& tx) -> Done {
    for (const auto one : {old, last}) {
      if (Done done = journal::give_up(tx, one, "the portal has lost the call; it is registered anew"); !done)
        return done;
    }
    if (Done done = journal::add_delivery(tx, id, again); !done) return done;
    return journal::add_delivery(tx, id, end);
  });
  set_state(EventState::waiting, "the portal has lost the call; it is registered anew", planner_.now(),
            row_.attempts);
  return true;
}

// The portal binds a call to the card that it finds by the number; ours may be another one.
void Work::bind_call(const json::Value& result) {
  const std::int64_t activity = result["CRM_ACTIVITY_ID"].integer().value_or(0);
  const std::optional<Card> card = card_of_call();
  if (!card || activity <= 0) return;
  const std::string type = ascii::lower(result["CRM_ENTITY_TYPE"].text());
  if (type == card->type && result["CRM_ENTITY_ID"].integer() == card->id) return;
  const auto made = operation("bind", "crm.activity.binding.add",
                              json::Value::object({{"activityId", activity},
                                                   {"entityTypeId", portal::entity_type(card->type)},
                                                   {"entityId", card->id}}));
  changes_.emplace_back(
      [id = row_.id, made](journal::Tx& tx) { return journal::add_delivery(tx, id, made); });
  needs_reload_ = true;
}

}  // namespace b24gate::delivery
