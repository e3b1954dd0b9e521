// What the portal's answers make of an event: the transitions of docs/delivery.md.
#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "delivery/lane.hpp"
#include "delivery/leave_out.hpp"
#include "delivery/look_up.hpp"
#include "delivery/schedule.hpp"
#include "delivery/work.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::delivery {
namespace {

using journal::DeliveryState;
using journal::EventState;
using portal::Class;

constexpr Milliseconds operating_window = std::chrono::minutes{10};
constexpr std::size_t kept_answer = 2000;  // characters of a portal's answer that stay in the journal

}  // namespace

void Work::take(const std::vector<portal::Outcome>& outcomes) {
  trouble_.reset();
  for (const auto& outcome : outcomes) {
    if (Lane::trouble_of(outcome)) trouble_ = outcome;
  }
  switch (step_) {
    case Step::recognise:
      take_recognition(outcomes);
      break;
    case Step::look:
      for (std::size_t k = 0; k < targets_.size() && !finished_; ++k)
        take_look_up(deliveries_[targets_[k]], outcomes[k]);
      break;
    case Step::send:
      for (std::size_t k = 0; k < targets_.size(); ++k) take_sent(deliveries_[targets_[k]], outcomes[k]);
      if (lead_gone_) begin_again();
      break;
    case Step::none:
      break;
  }
}

void Work::take_recognition(const std::vector<portal::Outcome>& outcomes) {
  const auto bad =
      std::find_if(outcomes.begin(), outcomes.end(), [](const auto& o) { return o.cls != Class::success; });
  const auto enquiry =
      std::find_if(deliveries_.begin(), deliveries_.end(), [](const auto& d) { return d.seq == 0; });
  if (enquiry != deliveries_.end()) attempt(*enquiry, bad == outcomes.end() ? outcomes.front() : *bad);
  if (bad != outcomes.end()) {
    // Reading may always be repeated: whatever it was, it ran for nothing.
    if (bad->cls == Class::permanent || bad->cls == Class::gone ||
        (bad->cls == Class::auth && bad->scope == portal::Scope::object)) {
      fail_event(fmt::format("the client cannot be looked up: {}{}{}", bad->code,
                             bad->advice.empty() ? "" : "; ", bad->advice));
    } else {
      wait_after(*bad, "looking the client up");
    }
    return;
  }
  if (!recognition_->take(outcomes)) {
    portal::Outcome strange = outcomes.front();
    strange.cls = Class::ambiguous;
    strange.code = "unexpected answer";
    wait_after(strange, "looking the client up");
  }
}

void Work::take_look_up(journal::DeliveryRow& delivery, const portal::Outcome& outcome) {
  const bool call = delivery.name == journal::register_name || delivery.name == journal::finish_name;
  if (call && outcome.cls == Class::auth && outcome.scope == portal::Scope::object) {
    // Who may not see the statistics repeats: the portal knows the call again by its number for half an hour.
    delivery.state = DeliveryState::planned;
    delivery.reason = "the webhook's owner may not see the call statistics; sent again";
    attempt(delivery, outcome);
    return;
  }
  if (outcome.cls != Class::success) {
    attempt(delivery, outcome);
    wait_after(outcome, "looking for what was written");
    return;
  }
  const Found what = found(delivery, outcome.result);
  if (!what.readable) {
    portal::Outcome strange = outcome;
    strange.cls = Class::ambiguous;
    strange.code = "unexpected answer";
    attempt(delivery, strange);
    wait_after(strange, "looking for what was written");
    return;
  }
  journal::AttemptResult result;
  result.delivery_id = delivery.id;
  result.attempt.at = planner_.now();
  result.attempt.duration_ms = outcome.took.count();
  result.attempt.http_status = outcome.http_status;
  result.attempt.outcome = "looked_up";
  if (what.id > 0) {
    delivery.state = result.state = DeliveryState::confirmed;
    result.reason = fmt::format("found in the portal: {}", what.id);
    result.result = std::to_string(what.id);
    if (what.copies > 1) {
      log::write(log::several_leads, {{"event", row_.id}, {"lead", what.id}, {"copies", what.copies}});
      result.reason += fmt::format(" (the oldest of {}; merge the others by hand)", what.copies);
    }
    if (delivery.name == "lead") set_lead(what.id);
    if (call) delivery.result = result.result = what.result;
    if (delivery.name == journal::finish_name) {
      if (const auto row = json::parse(what.result)) bind_call(*row);
    }
  } else if (delivery.name == journal::finish_name && register_again(delivery)) {
    return;
  } else {
    delivery.state = result.state = DeliveryState::planned;
    result.reason = "not found in the portal: it will be sent again";
  }
  result.attempt.answer = result.reason;
  changes_.emplace_back([result](journal::Tx& tx) { return journal::record_attempt(tx, result); });
}

void Work::take_sent(journal::DeliveryRow& delivery, const portal::Outcome& outcome) {
  if (take_call_answer(delivery, outcome)) return;
  switch (outcome.cls) {
    case Class::success:
      confirm(delivery, outcome);
      return;
    case Class::throttle:
    case Class::retry_safe:
    case Class::not_executed:
      delivery.state = DeliveryState::waiting;
      attempt(delivery, outcome);
      wait_after(outcome, delivery.name);
      return;
    case Class::ambiguous:
      delivery.state = DeliveryState::unclear;
      delivery.sent_at = planner_.now();
      attempt(delivery, outcome);
      settle_later(delivery);
      return;
    case Class::auth:
      if (outcome.scope != portal::Scope::object) {
        delivery.state = DeliveryState::waiting;
        attempt(delivery, outcome);
        wait_after(outcome, delivery.name);
        return;
      }
      break;
    case Class::gone:
      if (std::none_of(deliveries_.begin(), deliveries_.end(),
                       [](const auto& d) { return d.name == "lead"; })) {
        // The open lead that should have taken this enquiry was deleted meanwhile: begin again, it gets its
        // own.
        delivery.state = DeliveryState::discarded;
        attempt(delivery, outcome);
        lead_gone_ = true;
        return;
      }
      break;
    case Class::permanent:
      if (leave_out(delivery, outcome)) return;
      break;
  }
  delivery.state = DeliveryState::failed;
  delivery.reason = outcome.code + (outcome.advice.empty() ? "" : ": " + outcome.advice);
  attempt(delivery, outcome);
}

// The lead matters more than one of its fields: it goes out at once without it, and its timeline says so.
bool Work::leave_out(journal::DeliveryRow& delivery, const portal::Outcome& outcome) {
  if (delivery.method != "crm.item.add" && delivery.method != "crm.item.update") return false;
  const auto schema = planner_.portal();
  auto without = without_refused(delivery.params, outcome, *configuration_, schema.get());
  if (!without) return false;
  log::write(log::field_left_out, {{"event", row_.id}, log::id("fields", without->names)});
  delivery.params = without->params;
  delivery.state = DeliveryState::waiting;
  delivery.reason = "refused for " + without->names + "; it goes out without";
  attempt(delivery, outcome);
  changes_.emplace_back([id = delivery.id, params = delivery.params](journal::Tx& tx) {
    return journal::amend(tx, id, params);
  });
  for (auto& other : deliveries_) {
    const bool to_come = other.state == DeliveryState::planned || other.state == DeliveryState::waiting;
    if (!to_come || other.id == delivery.id) continue;
    auto changed = told_of(other, *without);
    if (!changed) continue;
    other.params = *changed;
    changes_.emplace_back(
        [id = other.id, params = other.params](journal::Tx& tx) { return journal::amend(tx, id, params); });
  }
  set_state(EventState::waiting, delivery.reason, planner_.now(), row_.attempts);
  return true;
}

// After everything else of this step is written down: what was confirmed beside it belongs to the lead that
// is gone.
void Work::begin_again() {
  lead_gone_ = false;
  changes_.emplace_back([id = row_.id](journal::Tx& tx) { return journal::replan(tx, id); });
  set_state(EventState::waiting, "the lead it belonged to is gone; planned anew", planner_.now(),
            row_.attempts);
}

void Work::confirm(journal::DeliveryRow& delivery, const portal::Outcome& outcome) {
  const std::int64_t id = id_in(delivery, outcome.result);
  if (delivery.name == "lead" && id <= 0) {
    // A success without an id: the look-up will tell.
    portal::Outcome strange = outcome;
    strange.cls = Class::ambiguous;
    delivery.state = DeliveryState::unclear;
    delivery.sent_at = planner_.now();
    attempt(delivery, strange);
    settle_later(delivery);
    return;
  }
  delivery.state = DeliveryState::confirmed;
  if (delivery.name == journal::register_name || delivery.name == journal::finish_name)
    delivery.result = json::write(outcome.result);
  if (delivery.name == journal::finish_name) bind_call(outcome.result);
  if (delivery.name == "notify" && outcome.result.boolean() == false) {
    delivery.reason = "not shown: the user has switched this kind of notification off";
  }
  if (delivery.name == "lead") {
    set_lead(id);
    const json::Value& item = outcome.result["item"];
    const auto sent = command_of(delivery).params["fields"];
    for (const char* field : {"assignedById", "stageId"}) {
      if (!sent[field].is_null() && !item[field].is_null() && sent[field].text() != item[field].text()) {
        delivery.reason =
            fmt::format("the portal set {} to {} instead of {}; check the rights of the webhook's owner",
                        field, item[field].text(), sent[field].text());
        log::write(log::portal_differs, {{"event", row_.id}, {"lead", id}, log::id("field", field)});
      }
    }
  }
  attempt(delivery, outcome);
}

void Work::attempt(const journal::DeliveryRow& delivery, const portal::Outcome& outcome) {
  journal::AttemptResult result;
  result.delivery_id = delivery.id;
  result.state = delivery.state;
  result.reason = delivery.reason;
  if (delivery.state == DeliveryState::confirmed) {
    const std::int64_t id = id_in(delivery, outcome.result);
    result.result =
        id > 0 ? std::to_string(id) : std::string(utf8::head(json::write(outcome.result), kept_answer));
  }
  result.attempt.at = planner_.now();
  result.attempt.duration_ms = outcome.took.count();
  result.attempt.outcome = portal::name(outcome.cls);
  result.attempt.http_status = outcome.http_status;
  result.attempt.code = outcome.code;
  result.attempt.answer = outcome.cls == Class::success
                              ? std::string(utf8::head(json::write(outcome.result), kept_answer))
                              : std::string(utf8::head(outcome.description, kept_answer));
  changes_.emplace_back([result](journal::Tx& tx) { return journal::record_attempt(tx, result); });
}

void Work::wait_after(const portal::Outcome& outcome, std::string_view what) {
  const bool throttled = outcome.cls == Class::throttle || outcome.cls == Class::not_executed;
  const std::string why = outcome.code.empty() ? "no answer from the portal" : outcome.code;
  Milliseconds wait = throttled
                          ? Milliseconds{1'000}
                          : wait_before_retry(configuration_->portal.retry, row_.attempts, planner_.random());
  // A method that a person must allow is tried again at a civil pace, and not only after an hour.
  const bool method_refused = outcome.cls == Class::auth && outcome.scope == portal::Scope::method;
  if (method_refused) wait = std::min<Milliseconds>(wait, std::chrono::minutes{10});
  // A throttled method tells when it may be tried again; being told to wait is no failure of this event. That
  // moment is of the portal's clock, and no further away than the window of `operating` is long.
  TimePoint next = planner_.now() + wait;
  if (throttled && outcome.operating_reset_at)
    next = std::max(next, std::min(*outcome.operating_reset_at, planner_.now() + operating_window));
  std::string reason = fmt::format("{}: {}", what, why);
  if (!outcome.advice.empty()) reason += "; " + outcome.advice;
  set_state(EventState::waiting, std::move(reason), next, throttled ? row_.attempts : row_.attempts + 1);
}

void Work::settle_later(const journal::DeliveryRow& delivery) {
  set_state(EventState::waiting,
            fmt::format("{}: the portal's answer was lost; it will be looked for", delivery.name),
            planner_.now() + configuration_->portal.settle, row_.attempts + 1);
}

}  // namespace b24gate::delivery
