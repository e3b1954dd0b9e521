#include "portal/event_binding.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace b24gate::portal {
namespace {

Outcome good() {
  Outcome out;
  out.cls = Class::success;
  return out;
}

}  // namespace

const std::vector<EventBinding::Event>& EventBinding::events() {
  static const std::vector<Event> all{{"ONEXTERNALCALLSTART", true}, {"ONAPPUNINSTALL", false}};
  return all;
}

Outcome EventBinding::bind(const std::string& event) {
  Outcome outcome = call_({"event.bind", json::Value::object({{"event", event}, {"handler", handler_}})});
  // ERROR_CORE, told apart by its words only: "Unable to set event handler: Handler already binded".
  if (outcome.cls != Class::success && outcome.description.find("already bind") != std::string::npos)
    return good();
  return outcome;
}

Outcome EventBinding::put_right() {
  Outcome bound = call_({"event.get", json::Value::object()});
  // An old box may not tell; what is bound twice says so.
  if (bound.cls != Class::success && bound.cls != Class::permanent) return bound;
  struct Row {
    std::string event;
    std::string handler;
  };
  std::vector<Row> rows;
  if (const auto* list = bound.result.array_if()) {
    for (const auto& row : *list) rows.push_back({row["event"].text(), row["handler"].text()});
  }
  for (const auto& event : events()) {
    const bool there = std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
      return ascii::same(row.event, event.name) && row.handler == handler_;
    });
    if (there) continue;
    Outcome outcome = bind(event.name);
    const bool done_without = !event.needed && outcome.cls == Class::permanent;
    if (outcome.cls != Class::success && !done_without) return outcome;
  }
  for (const auto& row : rows) {
    const bool ours = std::any_of(events().begin(), events().end(),
                                  [&](const Event& event) { return ascii::same(event.name, row.event); });
    if (!ours || row.handler.empty() || row.handler == handler_) continue;
    Outcome outcome =
        call_({"event.unbind", json::Value::object({{"event", row.event}, {"handler", row.handler}})});
    if (outcome.cls != Class::success && outcome.cls != Class::gone) return outcome;
  }
  return good();
}

}  // namespace b24gate::portal
