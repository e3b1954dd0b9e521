// `diff`: what another configuration would have made of the requests that came.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "cli/commands.hpp"
#include "cli/configured.hpp"
#include "cli/dry_run.hpp"
#include "cli/event_choice.hpp"
#include "cli/output.hpp"
#include "intake/stored.hpp"
#include "journal/records.hpp"

namespace b24gate::cli {
namespace {

struct DiffArguments {
  std::string running;
  EventChoice choice;
  bool count = false;
  bool json = false;
};

// What became, or would become, of one event.
struct Fate {
  bool planned = false;  // a lead, or a line on one
  json::Value lead;
  std::string assigned;
  std::string rule;
};

Fate fate_of(const delivery::EnquiryPlan& plan) {
  return {true, json::Value(plan.lead), plan.decision.employee, plan.decision.rule};
}

Fate stored_fate(const journal::EventRow& row) {
  Fate out;
  if (row.decision.empty()) return out;
  out.planned = true;
  out.assigned = row.assigned;
  if (const auto lead = json::parse(row.lead_fields)) out.lead = *lead;
  if (const auto decision = json::parse(row.decision)) out.rule = (*decision)["rule"].text();
  return out;
}

// Stored requests through one configuration, in the order in which they came: turns go round as they would
// have gone.
class Replay {
 public:
  explicit Replay(const Configured& configured)
      : configuration_(*configured.configuration), runner_(configuration_, configured.geo.get()) {}

  // By the events' keys. Empty when the source is not in this configuration.
  std::map<std::string, Fate> run(const journal::RequestRow& row, connector::Request request,
                                  const std::optional<delivery::Recalled>& recalled) {
    std::map<std::string, Fate> out;
    const config::Source* source = configuration_.source(row.source);
    if (!source) return out;
    Suppositions suppositions;
    suppositions.at = row.received_at;
    suppositions.recalled = recalled;
    suppositions.proved = true;
    const DryRun run = runner_.run(*source, std::move(request), suppositions);
    for (const auto& one : run.understood.events) out[one.event.key];
    for (std::size_t i = 0; i < run.plans.size(); ++i) out[run.planned[i]] = fate_of(run.plans[i]);
    return out;
  }

 private:
  const config::Configuration& configuration_;
  DryRunner runner_;
};

json::Value or_null(const json::Value& value) { return value.says_nothing() ? json::Value() : value; }

json::Array differences(const Fate& was, const Fate& now) {
  json::Array out;
  const auto differ = [&](const std::string& path, json::Value before, json::Value after) {
    if (before == after) return;
    out.push_back(
        json::Value::object({{"path", path}, {"was", std::move(before)}, {"now", std::move(after)}}));
  };
  differ("planned", was.planned, now.planned);
  if (!was.planned || !now.planned) return out;
  differ("assigned", or_null(was.assigned), or_null(now.assigned));
  differ("rule", or_null(was.rule), or_null(now.rule));
  std::set<std::string> names;
  for (const auto* lead : {&was.lead, &now.lead}) {
    if (const auto* fields = lead->object_if()) {
      for (const auto& [name, value] : *fields) names.insert(name);
    }
  }
  for (const auto& name : names) {
    if (name != "ASSIGNED_BY_ID") differ("lead." + name, or_null(was.lead[name]), or_null(now.lead[name]));
  }
  return out;
}

class Comparison {
 public:
  Comparison(const Configured& fresh, const std::optional<Configured>& running) : fresh_(fresh) {
    if (running) running_.emplace(*running);
  }

  Done run(journal::Reader& reader, const std::vector<journal::EventRow>& rows) {
    std::map<std::int64_t, std::vector<const journal::EventRow*>> by_request;
    for (const auto& row : rows) by_request[row.request_id].push_back(&row);
    for (const auto& [id, events] : by_request) {
      const auto request = journal::request(reader, id);
      if (!request) return fail(request.error());
      if (!*request) continue;
      if (Done one = compare(reader, **request, events); !one) return one;
    }
    return {};
  }

  [[nodiscard]] json::Value document() const {
    json::Value out =
        json::Value::object({{"compared", compared_}, {"differ", events_.size()}, {"unread", unread_}});
    out["events"] = json::Value(events_);
    out["by_person"] = tally(people_);
    out["by_rule"] = tally(rules_);
    return out;
  }

  void print() const {
    for (const auto& event : events_) {
      fmt::print("{}  {}\n", event["id"].text(), event["key"].text());
      for (const auto& one : *event["differences"].array_if())
        fmt::print("  {}: {} -> {}\n", one["path"].text(), said(one["was"]), said(one["now"]));
    }
    table("PERSON", people_);
    table("RULE", rules_);
    summary();
  }

  void summary() const {
    fmt::print("{} of {} events differ\n", events_.size(), compared_);
    if (unread_ > 0) fmt::print("{} events were left out: their raw requests are kept no longer\n", unread_);
  }

 private:
  using Tally = std::map<std::string, std::pair<int, int>>;  // was, now

  Done compare(journal::Reader& reader, const journal::RequestRow& row,
               const std::vector<const journal::EventRow*>& events) {
    auto request = intake::request_of(row);
    if (!request) {
      unread_ += static_cast<int>(events.size());
      return {};
    }
    std::optional<delivery::Recalled> recalled;
    for (const auto* event : events) {
      const auto stored = journal::circumstances_of(reader, event->id);
      if (!stored) return fail(stored.error());
      const auto circumstances = json::parse(*stored);
      if (circumstances && !recalled) recalled = delivery::recall(*circumstances);
    }
    const auto now = fresh_.run(row, *request, recalled);
    const auto was = running_ ? running_->run(row, *request, recalled) : std::map<std::string, Fate>();
    for (const auto* event : events) {
      const Fate before = running_ ? found(was, event->key) : stored_fate(*event);
      const Fate after = found(now, event->key);
      ++compared_;
      count(before, &std::pair<int, int>::first);
      count(after, &std::pair<int, int>::second);
      json::Array different = differences(before, after);
      if (different.empty()) continue;
      events_.push_back(json::Value::object({{"id", "e" + std::to_string(event->id)},
                                             {"key", event->key},
                                             {"source", event->source},
                                             {"differences", json::Value(std::move(different))}}));
    }
    return {};
  }

  static Fate found(const std::map<std::string, Fate>& fates, const std::string& key) {
    const auto it = fates.find(key);
    return it == fates.end() ? Fate() : it->second;
  }

  void count(const Fate& fate, int std::pair<int, int>::*side) {
    if (!fate.planned) return;
    ++(people_[fate.assigned.empty() ? "-" : fate.assigned].*side);
    ++(rules_[fate.rule.empty() ? "-" : fate.rule].*side);
  }

  static json::Value tally(const Tally& counted) {
    json::Object out;
    for (const auto& [name, sides] : counted)
      out.append(name, json::Value::object({{"was", sides.first}, {"now", sides.second}}));
    return out;
  }

  static void table(const std::string& head, const Tally& counted) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, sides] : counted)
      rows.push_back({name, std::to_string(sides.first), std::to_string(sides.second)});
    if (!rows.empty()) print_table({head, "WAS", "NOW"}, rows);
  }

  static std::string said(const json::Value& value) {
    if (value.is_null()) return "nothing";
    return value.is_object() || value.is_array() ? json::write(value) : value.text();
  }

  Replay fresh_;
  std::optional<Replay> running_;
  int compared_ = 0;
  int unread_ = 0;
  json::Array events_;
  Tally people_;
  Tally rules_;
};

bool same_file(const std::string& a, const std::string& b) {
  std::error_code failed;
  return std::filesystem::equivalent(a, b, failed) && !failed;
}

// The configuration that runs now: the file that is named, else the default one when it has the same journal.
// Nothing: what was really done is compared with. False in `good` after a complaint.
std::optional<Configured> running_configuration(const Common& common, const DiffArguments& arguments,
                                                const Configured& fresh, bool& good_so_far) {
  good_so_far = true;
  const std::string file = arguments.running.empty() ? config::default_file() : arguments.running;
  if (same_file(file, config_file(common))) return std::nullopt;
  if (arguments.running.empty()) {
    const auto loaded = config::load(file, config::secrets_of(file));
    if (!loaded.configuration ||
        !same_file(journal_file(*loaded.configuration), journal_file(*fresh.configuration)))
      return std::nullopt;
  }
  auto configured = load_or_complain({file});
  good_so_far = configured.has_value();
  return configured;
}

int run_diff(const Common& common, const DiffArguments& arguments) {
  const SystemClock clock;
  const auto fresh = load_or_complain(common);
  if (!fresh) return wrong;
  bool good_so_far = false;
  const auto running = running_configuration(common, arguments, *fresh, good_so_far);
  if (!good_so_far) return wrong;
  const Configured& owner = running ? *running : *fresh;
  auto journal = open_journal_or_complain(*owner.configuration, clock, true);
  if (!journal) return wrong;
  const auto filter = filter_or_complain(arguments.choice, *owner.configuration, clock);
  if (!filter) return usage;
  Comparison comparison(*fresh, running);
  auto reader = journal->reader();
  const Done done = [&]() -> Done {
    if (!reader) return fail(reader.error());
    const auto rows = journal::find_events(*reader, *filter);
    return rows ? comparison.run(*reader, *rows) : fail(rows.error());
  }();
  if (!done) {
    complain(done.error().text());
    return wrong;
  }
  if (arguments.json) {
    print_json(comparison.document());
  } else if (arguments.count) {
    comparison.summary();
  } else {
    comparison.print();
  }
  return good;
}

}  // namespace

void add_diff(CLI::App& app, Common& common, Run& run) {
  auto* command = app.add_subcommand(
      "diff", "What the configuration named by --config would have made of the requests that came");
  auto arguments = std::make_shared<DiffArguments>();
  arguments->choice.since = "7d";
  command->add_option(
      "--running", arguments->running,
      "The configuration to compare with. Default: the usual file, or, where that is the same or "
      "has another journal, what was really done");
  command->add_option("--since", arguments->choice.since, "Received since: 7d, 12h or a time. Default 7d");
  command->add_option("--source", arguments->choice.source, "Events of this source");
  command->add_flag("--count", arguments->count, "Only say how many differ");
  command->add_flag("--json", arguments->json, "One JSON document");
  command->callback(
      [&run, &common, arguments] { run = [&common, arguments] { return run_diff(common, *arguments); }; });
}

}  // namespace b24gate::cli
