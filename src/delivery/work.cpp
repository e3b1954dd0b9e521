#include "delivery/work.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "delivery/lane.hpp"
#include "delivery/look_up.hpp"
#include "delivery/schedule.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::delivery {
namespace {

using journal::DeliveryState;
using journal::EventState;
using portal::Class;

constexpr std::size_t kept_answer = 2000;  // characters of a portal's answer that stay in the journal

std::string number_of(std::int64_t event_id) { return "e" + std::to_string(event_id); }

std::string replaced(std::string text, std::string_view mark, const std::string& by) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + by.size())) {
    text.replace(at, mark.size(), by);
  }
  return text;
}

bool is(const journal::DeliveryRow& delivery, DeliveryState state) { return delivery.state == state; }

bool open(const journal::DeliveryRow& delivery) {
  return is(delivery, DeliveryState::planned) || is(delivery, DeliveryState::waiting) ||
         is(delivery, DeliveryState::unclear) || is(delivery, DeliveryState::sent);
}

}  // namespace

Work::Work(std::shared_ptr<const config::Configuration> configuration, journal::EventRow event,
           std::vector<journal::DeliveryRow> deliveries, std::vector<journal::Identity> identities,
           std::int64_t journal_lead, Planner& planner)
    : configuration_(std::move(configuration)),
      source_(configuration_->source(event.source)),
      row_(std::move(event)),
      deliveries_(std::move(deliveries)),
      identities_(std::move(identities)),
      planner_(planner) {
  const auto parsed = json::parse(row_.data);
  if (!parsed) {
    fail_event("the stored event cannot be read: " + parsed.error().text());
    return;
  }
  if (!source_) {
    set_state(
        EventState::waiting,
        fmt::format("source '{}' is not in the configuration; put it back, or discard", row_.source),
        planner_.now() + wait_before_retry(configuration_->portal.retry, row_.attempts, planner_.random()),
        row_.attempts + 1);
    return;
  }
  event_ = event::from_json(*parsed, configuration_->portal.time_zone);
  scope_ = mapping::scope_of(*parsed, source_->name, source_->title, source_->connector->name());
  const bool planned = std::any_of(deliveries_.begin(), deliveries_.end(), [](const auto& d) {
    return d.seq > 0 && d.state != DeliveryState::discarded;
  });
  if (!planned) {
    recognition_ = std::make_unique<Recognition>(event_.contact, journal_lead,
                                                 source_->mapping.on_repeat() == mapping::OnRepeat::update);
  }
}

void Work::advance() {
  if (finished_ || needs_reload_) return;
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
  const ClientFacts client = recognition_->facts();
  EnquiryPlan made = planner_.plan(*source_, event_, scope_, client, number_of(row_.id));
  recognition_.reset();
  step_ = Step::none;
  if (made.rejected) {
    fail_event(*made.rejected);
    return;
  }
  journal::Plan stored;
  json::Value decision = distribution::to_json(made.decision);
  decision["client"] = client.summary;
  stored.decision = json::write(decision);
  stored.lead_fields = json::write(json::Value(made.lead));
  stored.config_hash = configuration_->hash;
  stored.assigned = made.decision.employee;
  stored.reason = made.decision.reason;
  stored.lead_id = made.attach_to;
  stored.deliveries = std::move(made.deliveries);
  for (const auto& [group, employee] : made.decision.turns) stored.turns.emplace_back(group, employee);
  row_.lead_id = made.attach_to;
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

bool Work::ready(const journal::DeliveryRow& delivery) const {
  if (delivery.seq == 0) return false;
  if (delivery.name == "lead") return true;
  return row_.lead_id > 0;  // everything else hangs on the lead
}

void Work::choose_step() {
  step_ = Step::none;
  targets_.clear();
  not_before_.reset();
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
    if (!look_up(delivery, row_.lead_id)) {
      send.push_back(i);  // harmless to repeat
      continue;
    }
    const TimePoint settled = delivery.sent_at.value_or(TimePoint{}) + configuration_->portal.settle;
    // A wall clock that was set back must not make us wait for ever.
    const bool still = settled > planner_.now() && settled - planner_.now() <= configuration_->portal.settle;
    if (still) {
      if (!not_before_ || settled < *not_before_) not_before_ = settled;
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
  } else if (!any_open) {
    set_state(EventState::delivered, row_.reason, std::nullopt, 0);
  }
}

std::vector<Wish> Work::wishes() const {
  std::vector<Wish> out;
  if (finished_ || needs_reload_) return out;
  switch (step_) {
    case Step::recognise:
      for (auto& command : recognition_->next()) out.push_back({std::move(command), false, 0});
      break;
    case Step::look:
      for (const auto i : targets_)
        out.push_back({*look_up(deliveries_[i], row_.lead_id), false, deliveries_[i].id});
      break;
    case Step::send:
      for (const auto i : targets_) out.push_back({command_of(deliveries_[i]), true, deliveries_[i].id});
      break;
    case Step::none:
      break;
  }
  return out;
}

portal::Command Work::command_of(const journal::DeliveryRow& delivery) const {
  std::string params = replaced(delivery.params, lead_id_mark, std::to_string(row_.lead_id));
  auto parsed = json::parse(params);
  return {delivery.method, parsed ? std::move(*parsed) : json::Value(json::Object())};
}

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
  } else {
    delivery.state = result.state = DeliveryState::planned;
    result.reason = "not found in the portal: it will be sent again";
  }
  result.attempt.answer = result.reason;
  changes_.emplace_back([result](journal::Tx& tx) { return journal::record_attempt(tx, result); });
}

void Work::take_sent(journal::DeliveryRow& delivery, const portal::Outcome& outcome) {
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
      break;
  }
  delivery.state = DeliveryState::failed;
  delivery.reason = outcome.code + (outcome.advice.empty() ? "" : ": " + outcome.advice);
  attempt(delivery, outcome);
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
  if (is(delivery, DeliveryState::confirmed)) {
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
  const Milliseconds wait =
      throttled ? Milliseconds{1'000}
                : wait_before_retry(configuration_->portal.retry, row_.attempts, planner_.random());
  // A throttled method tells when it may be tried again; being told to wait is no failure of this event.
  TimePoint next = planner_.now() + wait;
  if (throttled && outcome.operating_reset_at && *outcome.operating_reset_at > next)
    next = *outcome.operating_reset_at;
  std::string reason = fmt::format("{}: {}", what, why);
  if (!outcome.advice.empty()) reason += "; " + outcome.advice;
  set_state(EventState::waiting, std::move(reason), next, throttled ? row_.attempts : row_.attempts + 1);
}

void Work::settle_later(const journal::DeliveryRow& delivery) {
  set_state(EventState::waiting,
            fmt::format("{}: the portal's answer was lost; it will be looked for", delivery.name),
            planner_.now() + configuration_->portal.settle, row_.attempts + 1);
}

void Work::postpone(const std::string& reason, TimePoint until) {
  if (!finished_) set_state(EventState::waiting, reason, until, row_.attempts);
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
  changes_.emplace_back([row = row_](journal::Tx& tx) {
    return journal::set_event_state(tx, row.id, row.state, row.reason, row.next_at, row.attempts);
  });
}

std::vector<journal::Journal::Job> Work::changes() {
  std::vector<journal::Journal::Job> out;
  out.swap(changes_);
  return out;
}

}  // namespace b24gate::delivery
