#include "cli/event_binder.hpp"

#include "log/log.hpp"
#include "log/messages.hpp"
#include "portal/event_binding.hpp"
#include "text/percent.hpp"

namespace b24gate::cli {
namespace {

constexpr Milliseconds tick{500};
constexpr std::chrono::hours after_success{24};
constexpr std::chrono::hours after_refusal{1};
constexpr std::chrono::minutes after_failure{1};

}  // namespace

std::string event_handler(const config::Configuration& configuration) {
  const std::string& base = configuration.server.public_url.value;
  if (base.empty()) return {};
  return base + "/portal/" + text::percent_encoded(configuration.portal.secret.reveal());
}

EventBinder::EventBinder(const config::Current& current, portal::Application& application,
                         portal::Limiter& limiter, const Clock& clock, std::function<bool()> may_ask)
    : current_(current),
      application_(application),
      limiter_(limiter),
      clock_(clock),
      may_ask_(std::move(may_ask)),
      thread_([this] { return turn(); }) {}

portal::Outcome EventBinder::call(const portal::Command& command) {
  if (may_ask_() && limiter_.take({&command, 1}, portal::Priority::low).count() == 0)
    return application_.call(command);
  portal::Outcome later;
  later.cls = portal::Class::throttle;
  return later;
}

Milliseconds EventBinder::turn() {
  if (application_.standing().state != portal::Standing::State::ready || !may_ask_()) return tick;
  const bool poked = poked_.exchange(false);
  if (!poked && next_ && clock_.steady() < *next_) return tick;
  const std::string handler = event_handler(*current_.get());
  if (handler.empty()) {
    next_ = clock_.steady() + after_success;
    if (poked) log::write(log::events_not_bound, {log::id("reason", "server.public_url is not set")});
    return tick;
  }
  const portal::Outcome outcome =
      portal::EventBinding([this](const portal::Command& command) { return call(command); }, handler)
          .put_right();
  switch (outcome.cls) {
    case portal::Class::success:
      next_ = clock_.steady() + after_success;
      if (poked) log::write(log::events_bound);
      break;
    case portal::Class::throttle:
      if (poked) poked_ = true;
      break;
    case portal::Class::auth:
    case portal::Class::permanent:
      next_ = clock_.steady() + after_refusal;
      log::write(log::events_not_bound, {log::id("reason", outcome.code), log::id("advice", outcome.advice)});
      break;
    default:
      // Binding again what may have been bound does no harm.
      next_ = clock_.steady() + after_failure;
  }
  return tick;
}

}  // namespace b24gate::cli
