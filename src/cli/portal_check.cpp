#include "cli/portal_check.hpp"

#include <fmt/format.h>

#include "base/time.hpp"
#include "delivery/drift.hpp"
#include "portal/client.hpp"
#include "portal/http_transport.hpp"
#include "portal/limiter.hpp"
#include "portal/schema.hpp"
#include "presence/reading.hpp"

namespace b24gate::cli {
namespace {

struct Asked {
  portal::PortalSchema schema;
  presence::Reading::Heard presence;
};

// Whether working days and calendars can be read: those of the first employee stand for all.
presence::Reading::Heard ask_presence(const config::Configuration& configuration, portal::Client& client,
                                      const Clock& clock) {
  presence::Questions questions;
  const people::Roster& roster = configuration.roster;
  for (const auto& source : roster.presence().from) {
    if (roster.employees().empty()) break;
    const std::int64_t user = roster.employees().front().user_id;
    if (source == "timeman") questions.days = {user};
    if (source == "absence") questions.absences = {user};
  }
  presence::Reading reading(questions, configuration.portal.time_zone, clock.now());
  for (auto next = reading.next(); !next.empty(); next = reading.next())
    reading.take(client.call(next), clock.now());
  return reading.heard();
}

Result<Asked> ask(const config::Configuration& configuration) {
  const SystemClock clock;
  portal::Limiter limiter({configuration.portal.plan.rate, configuration.portal.plan.burst}, clock,
                          [] { return 0.5; });
  portal::HttpOptions options;
  options.version = B24GATE_VERSION;
  portal::HttpTransport transport(options, clock);
  portal::Client client({configuration.portal.url.value, portal::kMaxCommands, {}}, transport, limiter,
                        clock);
  const portal::Outcome profile = client.call(portal::Command{"profile", json::Value(json::Object())});
  if (profile.cls != portal::Class::success) {
    const std::string what = profile.code.empty() ? "no answer" : profile.code;
    return fail(ErrorKind::refused, "portal.url",
                profile.advice.empty() ? what : what + "; " + profile.advice, Ran::no, Move::administrator);
  }
  portal::PortalSchema schema;
  for (auto next = schema.questions(); !next.empty();) next = schema.absorb(next, client.call(next));
  return Asked{std::move(schema), ask_presence(configuration, client, clock)};
}

// What is asked in vain all day.
void add_unreadable(const config::Configuration& configuration, std::string_view source,
                    const presence::Source& heard, std::vector<yaml::Problem>& problems) {
  if (heard.refused.empty()) return;
  yaml::Place place = configuration.roster.presence().place;
  place.file = configuration.path_of(place.file);
  problems.push_back({place, fmt::format("presence: {} cannot be read from the portal ({}): {}", source,
                                         heard.refused, presence::refusal_advice(source, heard.refused))});
}

}  // namespace

Result<std::vector<yaml::Problem>> check_against_portal(const config::Configuration& configuration) {
  const auto asked = ask(configuration);
  if (!asked) return tl::unexpected(asked.error());
  auto problems = delivery::drift(configuration, asked->schema);
  add_unreadable(configuration, "timeman", asked->presence.timeman, problems);
  add_unreadable(configuration, "absence", asked->presence.absence, problems);
  return problems;
}

}  // namespace b24gate::cli
