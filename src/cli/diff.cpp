// `diff`: what another configuration would have made of the requests that came.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "cli/commands.hpp"
#include "cli/configured.hpp"
#include "cli/dry_run.hpp"
#include "cli/enquiries.hpp"
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

// What became, or would become, of an enquiry, or of one of its events.
struct Fate {
  bool planned = false;  // a lead, or a line on one
  json::Object lead;
  std::string assigned;
  std::string rule;

  // A later event: what it says wins, what it does not speak of stays.
  void go_on(const Fate& later) {
    if (!later.planned) return;
    planned = true;
    if (!later.rule.empty() || assigned.empty()) assigned = later.assigned;
    if (!later.rule.empty()) rule = later.rule;
    for (const auto& [name, value] : later.lead) lead.set(name, value);
  }
};

// States of a call and lines on a card that is there give nothing out and fill nothing: they are no enquiry.
Fate fate(json::Object lead, std::string assigned, std::string rule) {
  const bool planned = !lead.empty() || !rule.empty();
  return {planned, std::move(lead), std::move(assigned), std::move(rule)};
}

Fate fate_of(const delivery::EnquiryPlan& plan) {
  return fate(plan.lead, plan.decision.employee, plan.decision.rule);
}

Fate stored_fate(const journal::EventRow& row) {
  const auto lead = json::parse(row.lead_fields);
  const auto decision = json::parse(row.decision);
  return fate(lead && lead->object_if() ? *lead->object_if() : json::Object(), row.assigned,
              decision ? (*decision)["rule"].text() : "");
}

// Stored requests through one configuration, in the order in which they came: turns go round as they would
// have gone.
class Replay {
 public:
  explicit Replay(const Configured& configured)
      : configuration_(*configured.configuration), runner_(configuration_, configured.geo.get()) {}

  // By the events' keys. Empty when the source is not in this configuration.
  std::map<std::string, Fate> run(const journal::RequestRow& row, connector::Request request,
                                  const std::optional<delivery::Recalled>& recalled,
                                  std::vector<event::Event> also_known = {}) {
    std::map<std::string, Fate> out;
    const config::Source* source = configuration_.source(row.source);
    if (!source) return out;
    Suppositions suppositions;
    suppositions.at = row.received_at;
    suppositions.recalled = recalled;
    suppositions.also_known = std::move(also_known);
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
    for (const auto& [name, value] : *lead) names.insert(name);
  }
  const auto value_of = [](const json::Object& lead, const std::string& name) {
    const json::Value* value = lead.find(name);
    return value ? or_null(*value) : json::Value();
  };
  for (const auto& name : names) {
    if (name != "ASSIGNED_BY_ID") differ("lead." + name, value_of(was.lead, name), value_of(now.lead, name));
  }
  return out;
}

// Enquiry by enquiry: what several events together gave, and would give.
class Comparison {
 public:
  Comparison(const Configured& fresh, const std::optional<Configured>& running)
      : hash_(fresh.configuration->hash),
        zone_(fresh.configuration->portal.time_zone),
        fresh_(fresh),
        fresh_all_known_(fresh) {
    if (running) running_.emplace(*running);
  }

  Done run(journal::Reader& reader, const std::vector<journal::EventRow>& rows) {
    const auto enquiries = enquiries_of(rows, zone_);
    std::map<std::int64_t, std::vector<const journal::EventRow*>> by_request;
    std::map<std::int64_t, const Enquiry*> enquiry_of;  // by event
    for (const auto& enquiry : enquiries) {
      for (const auto* row : enquiry.rows) {
        by_request[row->request_id].push_back(row);
        enquiry_of[row->id] = &enquiry;
      }
    }
    for (const auto& [id, events] : by_request) {
      const auto request = journal::request(reader, id);
      if (!request) return fail(request.error());
      if (!*request) continue;
      if (Done one = replay(reader, **request, events, enquiry_of); !one) return one;
    }
    for (const auto& enquiry : enquiries) compare(enquiry);
    return {};
  }

  [[nodiscard]] json::Value document() const {
    json::Value out = json::Value::object({{"compared", compared_},
                                           {"differ", events_.size()},
                                           {"unread", unread_},
                                           {"undecided", undecided_}});
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
    fmt::print("{} of {} enquiries differ\n", events_.size(), compared_);
    if (unread_ > 0)
      fmt::print("{} enquiries were left out: their raw requests are kept no longer\n", unread_);
    if (undecided_ > 0) fmt::print("{} enquiries were left out: they are not decided yet\n", undecided_);
  }

 private:
  using Tally = std::map<std::string, std::pair<int, int>>;  // was, now

  // What would become of an event, by its id.
  struct Replayed {
    Fate now;
    Fate now_all_known;  // had the whole conversation been there when it was planned
    Fate was;            // by the running configuration
  };

  Done replay(journal::Reader& reader, const journal::RequestRow& row,
              const std::vector<const journal::EventRow*>& events,
              const std::map<std::int64_t, const Enquiry*>& enquiry_of) {
    auto request = intake::request_of(row);
    if (!request) return {};
    std::optional<delivery::Recalled> recalled;
    std::vector<event::Event> conversations;
    for (const auto* event : events) {
      const auto stored = journal::circumstances_of(reader, event->id);
      if (!stored) return fail(stored.error());
      const auto circumstances = json::parse(*stored);
      if (circumstances && !recalled) recalled = delivery::recall(*circumstances);
      const auto& others = enquiry_of.at(event->id)->events;
      conversations.insert(conversations.end(), others.begin(), others.end());
    }
    const auto now = fresh_.run(row, *request, recalled);
    std::map<std::string, Fate> now_all_known;
    std::map<std::string, Fate> was;
    if (running_) {
      was = running_->run(row, *request, recalled);
    } else {
      now_all_known = fresh_all_known_.run(row, *request, recalled, std::move(conversations));
    }
    for (const auto* event : events)
      replayed_[event->id] = {found(now, event->key), found(now_all_known, event->key),
                              found(was, event->key)};
    return {};
  }

  void compare(const Enquiry& enquiry) {
    Replayed whole;
    Fate done;
    bool same_configuration = true;
    for (const auto* row : enquiry.rows) {
      const auto it = replayed_.find(row->id);
      if (it == replayed_.end()) {
        ++unread_;
        return;
      }
      if (!running_ && row->decision.empty() && is_open(row->state)) {
        ++undecided_;
        return;
      }
      same_configuration = same_configuration && (row->decision.empty() || row->config_hash == hash_);
      done.go_on(stored_fate(*row));
      whole.now.go_on(it->second.now);
      whole.now_all_known.go_on(it->second.now_all_known);
      whole.was.go_on(it->second.was);
    }
    const Fate& before = running_ ? whole.was : done;
    // What this very configuration did is what it would do. How much of a conversation another one would have
    // known when it planned nobody can tell: the nearer of none and all of it.
    Fate after = !running_ && same_configuration ? done : whole.now;
    json::Array different = differences(before, after);
    if (!running_ && !different.empty() && whole.now_all_known.planned == before.planned) {
      json::Array all_known = differences(before, whole.now_all_known);
      if (all_known.size() < different.size()) {
        different = std::move(all_known);
        after = whole.now_all_known;
      }
    }
    ++compared_;
    count(before, &std::pair<int, int>::first);
    count(after, &std::pair<int, int>::second);
    if (different.empty()) return;
    const journal::EventRow& first = *enquiry.rows.front();
    events_.push_back(json::Value::object({{"id", "e" + std::to_string(first.id)},
                                           {"key", first.key},
                                           {"source", first.source},
                                           {"events", enquiry.rows.size()},
                                           {"differences", json::Value(std::move(different))}}));
  }

  static bool is_open(journal::EventState state) {
    using journal::EventState;
    return state == EventState::received || state == EventState::delivering || state == EventState::waiting;
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

  const std::string hash_;
  const TimeZone zone_;
  Replay fresh_;
  Replay fresh_all_known_;
  std::optional<Replay> running_;
  std::map<std::int64_t, Replayed> replayed_;
  int compared_ = 0;
  int unread_ = 0;
  int undecided_ = 0;
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
  auto reader = journal->reader();
  if (!reader) {
    complain(reader.error().text());
    return wrong;
  }
  const auto filter = filter_or_complain(arguments.choice, *owner.configuration, *reader, clock);
  if (!filter) return usage;
  Comparison comparison(*fresh, running);
  const auto rows = journal::find_events(*reader, *filter);
  const Done done = rows ? comparison.run(*reader, *rows) : Done(fail(rows.error()));
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
