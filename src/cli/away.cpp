// Who is not to be chosen for a while, set by hand.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/nearest.hpp"
#include "cli/commands.hpp"
#include "cli/event_choice.hpp"
#include "cli/output.hpp"
#include "journal/staff.hpp"
#include "people/presence.hpp"

namespace b24gate::cli {
namespace {

struct AwayArguments {
  std::string employee, until, why;
  bool back = false;
  bool json = false;
};

json::Value entry(const std::string& employee, const journal::AwayRow& row, const TimeZone& zone) {
  auto out = json::Value::object(
      {{"employee", employee}, {"since", to_iso(row.since, zone)}, {"until", to_iso(row.until, zone)}});
  if (!row.why.empty()) out["why"] = row.why;
  return out;
}

int list(const Opened& opened, bool json_wanted, TimePoint now) {
  auto reader = opened.journal->reader();
  const auto away = reader ? journal::away(*reader) : tl::unexpected(reader.error());
  if (!away) {
    complain(away.error().text());
    return wrong;
  }
  const TimeZone& zone = opened.configuration->portal.time_zone;
  json::Array document;
  std::vector<std::vector<std::string>> table;
  for (const auto& [employee, row] : *away) {
    if (row.until <= now) continue;
    const bool known = opened.configuration->roster.employee(employee) != nullptr;
    document.push_back(entry(employee, row, zone));
    table.push_back({known ? employee : employee + " (not in employees.yaml)", to_iso(row.until, zone),
                     to_iso(row.since, zone), row.why.empty() ? "-" : row.why});
  }
  if (json_wanted) {
    print_json(json::Value(std::move(document)));
  } else if (table.empty()) {
    fmt::print("nobody is set absent\n");
  } else {
    print_table({"EMPLOYEE", "UNTIL", "SINCE", "WHY"}, table);
  }
  return good;
}

int set_back(const Opened& opened, const std::string& employee, bool json_wanted) {
  bool was_away = false;
  const Done done = opened.journal->write_now([&](journal::Tx& tx) -> Done {
    auto was = journal::set_back(tx, employee);
    if (!was) return fail(std::move(was.error()));
    was_away = *was;
    return {};
  });
  if (!done) {
    complain(done.error().text());
    return wrong;
  }
  if (json_wanted) {
    print_json(json::Value::object({{"employee", employee}, {"was_away", was_away}}));
  } else {
    fmt::print("{}: {}\n", employee, was_away ? "back" : "was not set absent");
  }
  return good;
}

int set_away(const Opened& opened, const AwayArguments& arguments, TimePoint now) {
  const TimeZone& zone = opened.configuration->portal.time_zone;
  const auto until = people::parse_until(arguments.until, zone, now);
  if (!until) {
    complain("--until " + until.error().what);
    return usage;
  }
  const journal::AwayRow row{std::chrono::floor<Seconds>(now), *until, arguments.why};
  const Done done = opened.journal->write_now(
      [&](journal::Tx& tx) { return journal::set_away(tx, arguments.employee, row); });
  if (!done) {
    complain(done.error().text());
    return wrong;
  }
  if (arguments.json) {
    print_json(entry(arguments.employee, row, zone));
  } else {
    fmt::print("{}: away until {}\n", arguments.employee, to_iso(row.until, zone));
  }
  return good;
}

int run_away(const Common& common, const AwayArguments& arguments) {
  const SystemClock clock;
  const bool listing = arguments.employee.empty();
  if (listing && (arguments.back || !arguments.until.empty() || !arguments.why.empty())) {
    complain("name an employee: b24gate away ivanov --until 2026-12-01T09:00");
    return usage;
  }
  if (!listing && arguments.back == !arguments.until.empty()) {
    complain("say until when (--until 2026-12-01T09:00, tomorrow, 2h), or --back");
    return usage;
  }
  const auto opened = open_or_complain(common, clock, listing);
  if (!opened) return wrong;
  if (listing) return list(*opened, arguments.json, clock.now());
  // Whoever was taken out of the roster meanwhile can still be set back.
  if (arguments.back) return set_back(*opened, arguments.employee, arguments.json);
  const people::Roster& roster = opened->configuration->roster;
  if (!roster.employee(arguments.employee)) {
    std::vector<std::string> names;
    for (const auto& employee : roster.employees()) names.push_back(employee.name);
    const auto meant = nearest(arguments.employee, names);
    complain(fmt::format("unknown employee '{}'{}", arguments.employee,
                         meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
    return usage;
  }
  return set_away(*opened, arguments, clock.now());
}

}  // namespace

void add_away(CLI::App& app, Common& common, Run& run) {
  auto* command = app.add_subcommand(
      "away", "Set an employee absent for a while, or back; without a name: who is set absent");
  auto arguments = std::make_shared<AwayArguments>();
  command->add_option("employee", arguments->employee, "A name of employees.yaml");
  command->add_option(
      "--until", arguments->until,
      "2026-12-01T09:00 (the portal's zone, or with an offset), 2026-12-01, 14:30, tomorrow, 2h");
  command->add_option("--why", arguments->why,
                      "A remark, shown by `away` and over HTTP, never in the portal");
  command->add_flag("--back", arguments->back, "Present again");
  command->add_flag("--json", arguments->json, "One JSON document");
  command->callback(
      [&run, &common, arguments] { run = [&common, arguments] { return run_away(common, *arguments); }; });
}

}  // namespace b24gate::cli
