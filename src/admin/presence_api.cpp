#include "admin/presence_api.hpp"

#include <fmt/format.h>

#include "admin/answers.hpp"
#include "base/nearest.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::admin {
namespace {

constexpr std::string_view all = "/api/v1/presence";
constexpr std::size_t longest_why = 500;

http::Response not_allowed(const char* methods) {
  auto response = error(405, "method_not_allowed", fmt::format("send {}", methods));
  response.headers.emplace_back("Allow", methods);
  return response;
}

// One employee's signals and what they come to.
class Entry {
 public:
  Entry(const people::Roster& roster, const TimeZone& zone, TimePoint now, const presence::Known& known)
      : roster_(roster), zone_(zone), now_(now), known_(known) {}

  [[nodiscard]] json::Value of(const people::Employee& employee, const people::Presence& merged,
                               const std::optional<people::Away>& away,
                               const std::optional<people::Load>& load) const {
    auto out = json::Value::object({{"employee", employee.name},
                                    {"title", employee.title},
                                    {"user_id", employee.user_id},
                                    {"present", merged.present},
                                    {"why", merged.why}});
    const auto found = known_.by_user.find(employee.user_id);
    const people::Signals heard = found == known_.by_user.end() ? people::Signals() : found->second;
    auto signals = json::Value::object();
    if (away && now_ < away->until) {
      signals["away"] =
          json::Value::object({{"until", to_iso(away->until, zone_)}, {"since", to_iso(away->since, zone_)}});
      if (!away->why.empty()) signals["away"]["why"] = away->why;
    }
    if (heard.user)
      signals["user"] = aged(heard.user->heard_at, json::Value::object({{"active", heard.user->active}}));
    if (heard.day) signals["timeman"] = day(*heard.day);
    if (heard.absence) signals["absence"] = absence(*heard.absence);
    signals["schedule"] = schedule(employee);
    out["signals"] = std::move(signals);
    if (load) out["load"] = json::Value::object({{"leads", load->leads}, {"deals", load->deals}});
    return out;
  }

 private:
  [[nodiscard]] json::Value aged(TimePoint heard_at, json::Value out) const {
    out["heard_at"] = to_iso(std::chrono::floor<Seconds>(heard_at), zone_);
    out["age_s"] = std::chrono::duration_cast<Seconds>(now_ - heard_at).count();
    out["stale"] = now_ - heard_at > roster_.presence().stale_after;
    return out;
  }

  [[nodiscard]] json::Value day(const people::DaySignal& heard) const {
    if (!heard.tracked) return json::Value::object({{"tracked", false}});
    auto out = json::Value::object({{"state", people::name(heard.state)}});
    if (heard.since) out["since"] = to_iso(std::chrono::floor<Seconds>(*heard.since), zone_);
    return aged(heard.heard_at, std::move(out));
  }

  // What kind of absence it is stays in the calendar.
  [[nodiscard]] json::Value absence(const people::AbsenceSignal& heard) const {
    json::Array absences;
    for (const auto& one : heard.absences) {
      absences.push_back(json::Value::object({{"from", to_iso(one.from, zone_)},
                                              {"to", to_iso(one.to, zone_)},
                                              {"whole_days", one.first_day.has_value()}}));
    }
    return aged(heard.heard_at, json::Value::object({{"absences", std::move(absences)}}));
  }

  [[nodiscard]] json::Value schedule(const people::Employee& employee) const {
    const people::WorkingTime* hours = roster_.schedule(employee.schedule);
    if (!hours) return json::Value::object({{"open", true}});
    return json::Value::object(
        {{"name", employee.schedule}, {"hours", hours->text()}, {"open", hours->open_at(now_)}});
  }

  const people::Roster& roster_;
  const TimeZone& zone_;
  const TimePoint now_;
  const presence::Known& known_;
};

json::Value entry_of(const config::Configuration& configuration, presence::Staff& staff,
                     const people::Employee& employee, TimePoint now) {
  const TimeZone& zone = configuration.portal.time_zone;
  const auto known = staff.known();
  const auto away = staff.away();
  const auto by_hand = away.find(employee.name);
  return Entry(configuration.roster, zone, now, *known)
      .of(employee, staff.presence(configuration.roster, zone)(employee, now),
          by_hand == away.end() ? std::nullopt : std::optional(by_hand->second), staff.load()(employee));
}

http::Response unknown(const people::Roster& roster, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& employee : roster.employees()) names.push_back(employee.name);
  const auto meant = nearest(name, names);
  return error(404, "unknown_employee",
               meant ? fmt::format("employees.yaml has no such employee; did you mean {}?", *meant)
                     : "employees.yaml has no such employee");
}

// Null, with the answer in `refusal`, when the body says nothing that can be done.
std::optional<people::Away> away_of(const std::string& body, const TimeZone& zone, TimePoint now,
                                    http::Response& refusal) {
  const auto read = json::parse(body);
  const std::string until_text = read ? std::as_const(*read)["away_until"].text() : std::string();
  if (until_text.empty()) {
    refusal =
        error(400, "bad_request", R"(send a JSON object: {"away_until": "2026-12-01T09:00", "why": "..."})");
    return std::nullopt;
  }
  const auto until = people::parse_until(until_text, zone, now);
  if (!until) {
    refusal = error(400, "bad_request", "away_until: " + until.error().what);
    return std::nullopt;
  }
  const std::string why = std::as_const(*read)["why"].text();
  if (why.size() > longest_why) {
    refusal = error(400, "bad_request", fmt::format("why: at most {} bytes", longest_why));
    return std::nullopt;
  }
  return people::Away{std::chrono::floor<Seconds>(now), *until, why};
}

}  // namespace

bool PresenceApi::serves(std::string_view path) {
  return path == all || (path.substr(0, all.size()) == all && path[all.size()] == '/');
}

void PresenceApi::operator()(const http::Request& request, http::Responder respond) {
  const std::string name = request.path.substr(std::min(all.size() + 1, request.path.size()));
  const bool get = request.method == "GET" || request.method == "HEAD";
  if (name.empty()) {
    respond(get ? everybody() : not_allowed("GET"));
    return;
  }
  const auto configuration = current_.get();
  const people::Employee* employee = configuration->roster.employee(name);
  // Whoever was taken out of the roster meanwhile can still be set back.
  if (!employee && request.method != "DELETE") {
    respond(unknown(configuration->roster, name));
  } else if (get) {
    respond(json_response(200, entry_of(*configuration, staff_, *employee, clock_.now())));
  } else if (request.method == "PUT" || request.method == "DELETE") {
    change(request, std::move(respond), name);
  } else {
    respond(not_allowed("GET, PUT, DELETE"));
  }
}

http::Response PresenceApi::everybody() const {
  const auto configuration = current_.get();
  const TimePoint now = clock_.now();
  json::Array employees;
  for (const auto& employee : configuration->roster.employees())
    employees.push_back(entry_of(*configuration, staff_, employee, now));
  const auto known = staff_.known();
  auto out =
      json::Value::object({{"now", to_iso(std::chrono::floor<Seconds>(now), configuration->portal.time_zone)},
                           {"employees", std::move(employees)}});
  const auto refused = [&](const char* source, const std::string& code) {
    if (code.empty()) return;
    out["refused"][source] =
        json::Value::object({{"code", code}, {"advice", presence::refusal_advice(source, code)}});
  };
  refused("timeman", known->silence.timeman);
  refused("absence", known->silence.absence);
  return json_response(200, out);
}

void PresenceApi::change(const http::Request& request, http::Responder respond, const std::string& name) {
  const auto configuration = current_.get();
  const auto answer = std::make_shared<http::Responder>(std::move(respond));
  const auto finished = [this, answer, name](const log::Message& message) {
    return [this, answer, name, &message](const Done& done) {
      if (!done) {
        (*answer)(error(503, "journal_unavailable", "the journal cannot be written now; try again"));
        return;
      }
      log::write(message, {log::id("employee", name)});
      const auto now_configured = current_.get();
      const people::Employee* employee = now_configured->roster.employee(name);
      (*answer)(employee ? json_response(200, entry_of(*now_configured, staff_, *employee, clock_.now()))
                         : json_response(200, json::Value::object({{"employee", name}})));
    };
  };
  if (request.method == "DELETE") {
    if (!configuration->roster.employee(name) && !staff_.away().contains(name)) {
      (*answer)(unknown(configuration->roster, name));
      return;
    }
    staff_.set_back(name, finished(log::away_ended));
    return;
  }
  http::Response refusal;
  auto away = away_of(request.body, configuration->portal.time_zone, clock_.now(), refusal);
  if (!away) {
    (*answer)(std::move(refusal));
    return;
  }
  staff_.set_away(name, std::move(*away), finished(log::away_set));
}

}  // namespace b24gate::admin
