// event.bind, event.unbind, event.get. Source: bitrix24/events.md. Only ONEXTERNALCALLSTART is ever sent; the
// offline queue is not kept.
#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "sandbox/methods.hpp"

namespace b24gate::sandbox {
namespace {

constexpr std::size_t max_handlers = 100;

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string param(const Call& call, std::string_view name) {
  const auto& lower = call.param(name);
  return (lower.is_null() ? call.param(upper(std::string(name))) : lower).text();
}

bool known_event(std::string_view event) {
  constexpr std::array<std::string_view, 6> telephony{call_start_event,       "ONEXTERNALCALLBACKSTART",
                                                      "ONVOXIMPLANTCALLINIT", "ONVOXIMPLANTCALLSTART",
                                                      "ONVOXIMPLANTCALLEND",  "ONAPPINSTALL"};
  return event.starts_with("ONCRM") || event.starts_with("ONTASK") ||
         std::find(telephony.begin(), telephony.end(), event) != telephony.end();
}

tl::unexpected<Failure> no_parameter(std::string_view name) {
  return refuse("100", "Could not find value for parameter {" + std::string(name) + "}");
}

// What a second binding of the same address says is not in our sources: the words are ours.
Outcome bind(Call& call) {
  const std::string event = upper(param(call, "event"));
  const std::string url = param(call, "handler");
  if (event.empty()) return no_parameter("event");
  if (!known_event(event)) return refuse("ERROR_EVENT_NOT_FOUND", "Event not found");
  if (url.empty()) return no_parameter("handler");
  auto& application = call.store.application;
  const bool bound =
      std::any_of(application.handlers.begin(), application.handlers.end(),
                  [&](const EventHandler& one) { return one.event == event && one.url == url; });
  if (bound || application.handlers.size() >= max_handlers)
    return refuse("ERROR_CORE", "Unable to set event handler: Handler already binded");
  application.handlers.push_back({++application.last_handler, event, url});
  return Success{true, {}, {}};
}

Outcome unbind(Call& call) {
  const std::string event = upper(param(call, "event"));
  const std::string url = param(call, "handler");
  if (event.empty()) return no_parameter("event");
  const auto gone = std::erase_if(call.store.application.handlers, [&](const EventHandler& one) {
    return one.event == event && (url.empty() || one.url == url);
  });
  return Success{json::Value::object({{"count", gone}}), {}, {}};
}

Outcome get(Call& call) {
  json::Array out;
  for (const auto& one : call.store.application.handlers) {
    out.push_back(json::Value::object(
        {{"event", one.event}, {"handler", one.url}, {"auth_type", "0"}, {"offline", 0}}));
  }
  return Success{std::move(out), {}, {}};
}

// Told apart from an unknown method only so that a webhook is refused as on the portal.
Outcome offline(Call&) { return refuse("ACCESS_DENIED", "The sandbox keeps no offline events", 403); }

constexpr std::array<Method, 4> methods{{
    {"event.bind", "", 0.03, bind, Access::application},
    {"event.unbind", "", 0.03, unbind, Access::application},
    {"event.get", "", 0.02, get, Access::application},
    {"event.offline.get", "", 0.02, offline, Access::application},
}};

}  // namespace

std::span<const Method> event_methods() { return methods; }

}  // namespace b24gate::sandbox
