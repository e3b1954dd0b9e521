#include "cli/portal_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "base/time.hpp"
#include "cli/configured.hpp"
#include "cli/event_binder.hpp"
#include "cli/local_application.hpp"
#include "delivery/drift.hpp"
#include "portal/client.hpp"
#include "portal/http_transport.hpp"
#include "portal/limiter.hpp"
#include "portal/schema.hpp"
#include "presence/reading.hpp"

namespace b24gate::cli {
namespace {

constexpr const char* open_method = "open";
constexpr const char* call_method = "telephony.externalCall.register";

struct Asked {
  portal::PortalSchema schema;
  presence::Reading::Heard presence;
  std::vector<std::string> ways;
  std::string application_trouble;  // empty: none is configured, or it answers
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

// Whether a method is there for whoever asks: `answer` to method.get.
std::string availability(const portal::Outcome& answer) {
  if (answer.cls != portal::Class::success) return "unknown (" + answer.code + ")";
  if (answer.result["isExisting"].boolean() != true) return "not in this portal";
  return answer.result["isAvailable"].boolean() == true ? open_method
                                                        : "closed: tick the permission telephony there";
}

portal::Command about_calls() { return {"method.get", json::Value::object({{"name", call_method}})}; }

void ask_webhook(portal::Client& client, Asked& asked) {
  asked.ways.push_back(
      fmt::format("webhook: works; permissions: {}", fmt::join(asked.schema.scopes(), ", ")));
  const std::string calls = availability(client.call(about_calls()));
  asked.ways.push_back(fmt::format("webhook: {} is {}{}", call_method, calls,
                                   calls == open_method
                                       ? "; a portal may refuse it to webhooks all the same "
                                         "(WRONG_AUTH_TYPE), then the application makes the calls"
                                       : ""));
}

// Whether the portal tells the application of what it needs.
std::string event_way(const config::Configuration& configuration, portal::Application& application) {
  const std::string handler = event_handler(configuration);
  if (handler.empty()) return "not ordered: set server.public_url";
  const portal::Outcome bound = application.call({"event.get", json::Value::object()});
  if (bound.cls != portal::Class::success) return "unknown (" + bound.code + ")";
  const auto* rows = bound.result.array_if();
  const bool there = rows && std::any_of(rows->begin(), rows->end(), [&](const json::Value& row) {
                       return row["handler"].text() == handler;
                     });
  return there ? "ordered to server.public_url" : "not ordered yet: the running service does that";
}

void ask_application(const config::Configuration& configuration, portal::Transport& transport,
                     portal::Limiter& limiter, const Clock& clock, Asked& asked) {
  if (!configuration.portal.application) {
    asked.ways.emplace_back(
        "application: not configured; needed only where the portal refuses calls to webhooks, see "
        "docs/application.md");
    return;
  }
  const auto trouble = [&](const std::string& what, const std::string& advice) {
    asked.application_trouble = what + (advice.empty() ? "" : "; " + advice);
    asked.ways.emplace_back("application: cannot be used");
  };
  const std::string file = journal_file(configuration);
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return trouble("not installed: there is no journal yet",
                   "start b24gate, then install the application in the portal");
  auto journal = journal::Journal::open({file, "", false, false}, clock);
  if (!journal)
    return trouble(
        "unknown: its tokens lie in the journal, which cannot be opened (" + journal.error().text() + ")",
        "run this as the user of the service");
  LocalApplication local(**journal, transport, limiter, clock);
  local.configure(configuration);
  const portal::Standing standing = local.get().standing();
  if (standing.state != portal::Standing::State::ready)
    return trouble((standing.state == portal::Standing::State::broken ? "broken: " : "not installed: ") +
                       standing.reason,
                   standing.advice);
  const portal::Outcome answer = local.get().call({"app.info", json::Value::object()});
  if (answer.cls != portal::Class::success)
    return trouble(fmt::format("installed, but it does not work: {}",
                               answer.code.empty() ? answer.description : answer.code),
                   answer.advice);
  asked.ways.emplace_back("application: installed, and answers");
  asked.ways.push_back(
      fmt::format("application: {} is {}", call_method, availability(local.get().call(about_calls()))));
  asked.ways.push_back("application: its events are " + event_way(configuration, local.get()));
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
    const std::string what = portal::reason(profile);
    return fail(ErrorKind::refused, "portal.url",
                profile.advice.empty() ? what : what + "; " + profile.advice, Ran::no, Move::administrator);
  }
  Asked asked;
  for (auto next = asked.schema.questions(); !next.empty();)
    next = asked.schema.absorb(next, client.call(next));
  asked.presence = ask_presence(configuration, client, clock);
  ask_webhook(client, asked);
  ask_application(configuration, transport, limiter, clock, asked);
  return asked;
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

Result<PortalFound> check_against_portal(const config::Configuration& configuration) {
  auto asked = ask(configuration);
  if (!asked) return tl::unexpected(asked.error());
  auto problems = delivery::drift(configuration, asked->schema);
  add_unreadable(configuration, "timeman", asked->presence.timeman, problems);
  add_unreadable(configuration, "absence", asked->presence.absence, problems);
  if (!asked->application_trouble.empty()) {
    yaml::Place place = configuration.portal.application->client_id.place;
    place.file = configuration.path_of(place.file);
    problems.push_back({place, "the application is " + asked->application_trouble});
  }
  return PortalFound{std::move(problems), std::move(asked->ways)};
}

}  // namespace b24gate::cli
