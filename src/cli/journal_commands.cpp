#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "base/nearest.hpp"
#include "cli/commands.hpp"
#include "cli/configured.hpp"
#include "cli/event_choice.hpp"
#include "cli/output.hpp"
#include "cli/reread.hpp"
#include "delivery/plan.hpp"
#include "journal/records.hpp"

namespace b24gate::cli {

std::string journal_file(const config::Configuration& configuration) {
  return configuration.path_of(configuration.storage.path) + "/b24gate.db";
}

std::unique_ptr<journal::Journal> open_journal_or_complain(const config::Configuration& configuration,
                                                           const Clock& clock, bool read_only) {
  journal::Options options;
  options.path = journal_file(configuration);
  options.create = false;
  options.read_only = read_only;
  auto journal = journal::Journal::open(options, clock);
  if (!journal) {
    complain(journal.error().text());
    return nullptr;
  }
  return std::move(*journal);
}

std::optional<Opened> open_or_complain(const Common& common, const Clock& clock, bool read_only) {
  auto configured = load_or_complain(common);
  if (!configured) return std::nullopt;
  auto journal = open_journal_or_complain(*configured->configuration, clock, read_only);
  if (!journal) return std::nullopt;
  return Opened{std::move(configured->configuration), std::move(journal), std::move(configured->geo)};
}

std::optional<std::int64_t> parse_number(std::string_view text, char prefix) {
  if (!text.empty() && text.front() == prefix) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

std::optional<TimePoint> since_or_complain(const std::string& typed, const TimeZone& zone,
                                           const Clock& clock) {
  if (const auto ago = yaml::parse_duration(typed)) return clock.now() - *ago;
  auto at = parse_iso(typed, zone);
  if (!at)
    complain(fmt::format("--since '{}' is no time; write 7d, 12h or 2026-11-23T10:00:00+03:00", typed));
  return at;
}

const std::vector<std::string>& request_outcomes() {
  using connector::name;
  using connector::Outcome;
  static const std::vector<std::string> names = {
      std::string(name(Outcome::accepted)), "duplicate",
      std::string(name(Outcome::probe)),    std::string(name(Outcome::ignored)),
      std::string(name(Outcome::refused)),  std::string(name(Outcome::unreadable))};
  return names;
}

namespace {

// Somebody who looks for a request among the events is told where it is.
void complain_of_state(const std::string& state) {
  std::string known;
  for (const auto& name : journal::event_state_names()) known += (known.empty() ? "" : ", ") + name;
  const auto& outcomes = request_outcomes();
  const bool is_outcome = std::find(outcomes.begin(), outcomes.end(), state) != outcomes.end();
  complain(is_outcome
               ? fmt::format("'{0}' is what became of a request: b24gate requests --outcome {0}; events "
                             "are {1}",
                             state, known)
               : fmt::format("unknown state '{}'; there are {}", state, known));
}

}  // namespace

const config::Source* source_or_complain(const config::Configuration& configuration, std::string_view name) {
  if (const config::Source* source = configuration.source(name)) return source;
  std::vector<std::string> names;
  for (const auto& known : configuration.sources) names.push_back(known.name);
  const auto near = nearest(name, names);
  complain(fmt::format("unknown source '{}'{}", name, near ? "; did you mean '" + *near + "'?" : ""));
  return nullptr;
}

std::optional<journal::EventFilter> filter_or_complain(const EventChoice& choice,
                                                       const config::Configuration& configuration,
                                                       journal::Reader& reader, const Clock& clock) {
  journal::EventFilter filter;
  if (!choice.state.empty()) {
    filter.state = journal::parse_event_state(choice.state);
    if (!filter.state) {
      complain_of_state(choice.state);
      return std::nullopt;
    }
  }
  if (!choice.source.empty() && !configuration.source(choice.source)) {
    const auto known = journal::knows_source(reader, choice.source);
    if (!known) complain(known.error().text());
    if (!known || (!*known && !source_or_complain(configuration, choice.source))) return std::nullopt;
  }
  filter.source = choice.source;
  filter.origin = choice.origin;
  if (!choice.since.empty()) {
    filter.since = since_or_complain(choice.since, configuration.portal.time_zone, clock);
    if (!filter.since) return std::nullopt;
  }
  if (!choice.phone.empty()) {
    const auto phones = normalize::read_phones(choice.phone, configuration.phones.region);
    if (phones.empty()) {
      complain("--phone is no phone number");
      return std::nullopt;
    }
    filter.identity = journal::Identity{"phone", phones.front().e164};
  }
  return filter;
}

json::Value summary_of(const journal::EventRow& row, const config::Configuration& configuration) {
  const TimeZone& zone = configuration.portal.time_zone;
  json::Value out = json::Value::object(
      {{"id", "e" + std::to_string(row.id)},
       {"received_at", to_iso(row.received_at, zone)},
       {"source", row.source},
       {"origin", row.origin},
       {"kind", row.kind},
       {"key", row.key},
       {"state", journal::name(row.state)},
       {"reason", row.reason.empty() ? json::Value() : json::Value(row.reason)},
       {"next_at", row.next_at ? json::Value(to_iso(*row.next_at, zone)) : json::Value()}});
  out["lead"] =
      row.lead_id > 0
          ? json::Value::object({{"id", row.lead_id},
                                 {"url", delivery::lead_url(configuration, std::to_string(row.lead_id))}})
          : json::Value();
  if (!row.card.empty()) out["card"] = row.card;
  out["assigned"] = row.assigned.empty() ? json::Value() : json::Value(row.assigned);
  return out;
}

namespace {

int run_events(const Common& common, const EventChoice& choice, bool json_wanted) {
  const SystemClock clock;
  const auto opened = open_or_complain(common, clock, true);
  if (!opened) return wrong;
  auto reader = opened->journal->reader();
  if (!reader) {
    complain(reader.error().text());
    return wrong;
  }
  const auto filter = filter_or_complain(choice, *opened->configuration, *reader, clock);
  if (!filter) return usage;
  auto rows = journal::find_events(*reader, *filter);
  if (!rows) {
    complain(rows.error().text());
    return wrong;
  }
  json::Array documents;
  std::vector<std::vector<std::string>> table;
  for (const auto& row : *rows) {
    json::Value document = summary_of(row, *opened->configuration);
    table.push_back({document["id"].text(), document["received_at"].text(), row.source, row.kind,
                     document["state"].text(), row.lead_id > 0 ? "lead:" + std::to_string(row.lead_id) : "-",
                     row.assigned.empty() ? "-" : row.assigned, row.reason});
    documents.push_back(std::move(document));
  }
  if (json_wanted) {
    print_json(json::Value(std::move(documents)));
  } else {
    print_table({"ID", "RECEIVED", "SOURCE", "KIND", "STATE", "LEAD", "ASSIGNED", "REASON"}, table);
  }
  return good;
}

struct ChangeArguments {
  EventChoice choice;
  std::string id;
  std::string why;
  bool count = false;
  bool json = false;
  bool again = false;
};

// The events that a retry or discard is about; the exit code after a complaint.
tl::expected<std::vector<std::int64_t>, int> chosen(const ChangeArguments& arguments, const Opened& opened,
                                                    const Clock& clock) {
  const auto refused = [](int code, std::string_view what) {
    complain(what);
    return tl::unexpected<int>(code);
  };
  auto reader = opened.journal->reader();
  if (!reader) return refused(wrong, reader.error().text());
  if (!arguments.id.empty()) {
    const auto id = parse_number(arguments.id, 'e');
    if (!id) return refused(usage, fmt::format("'{}' names no event; write e42", arguments.id));
    const auto row = journal::event(*reader, *id);
    if (!row) return refused(wrong, row.error().text());
    if (!*row) return refused(wrong, fmt::format("there is no event '{}'", arguments.id));
    return std::vector<std::int64_t>{*id};
  }
  const auto filter = filter_or_complain(arguments.choice, *opened.configuration, *reader, clock);
  if (!filter) return tl::unexpected<int>(usage);
  const auto rows = journal::find_events(*reader, *filter);
  if (!rows) return refused(wrong, rows.error().text());
  std::vector<std::int64_t> ids;
  for (const auto& row : *rows) ids.push_back(row.id);
  return ids;
}

using Change = std::function<Done(const Opened& opened, std::int64_t id, TimePoint now)>;

int run_change(const Common& common, const ChangeArguments& arguments, std::string_view done_word,
               const Change& change) {
  const SystemClock clock;
  const bool chosen_by = !arguments.choice.state.empty() || !arguments.choice.origin.empty();
  if (arguments.id.empty() != chosen_by) {
    complain("name one event (e42), or which: --state failed, --origin capture");
    return usage;
  }
  const auto opened = open_or_complain(common, clock, arguments.count);
  if (!opened) return wrong;
  const auto ids = chosen(arguments, *opened, clock);
  if (!ids) return ids.error();
  std::size_t changed = 0;
  json::Value refused = json::Value(json::Array());
  if (!arguments.count) {
    for (const auto id : *ids) {
      const Done done = change(*opened, id, clock.now());
      if (done) {
        ++changed;
      } else {
        refused.push(json::Value::object({{"id", "e" + std::to_string(id)}, {"why", done.error().what}}));
        if (!arguments.json) complain(fmt::format("e{}: {}", id, done.error().what));
      }
    }
  }
  if (arguments.json) {
    print_json(json::Value::object(
        {{"events", ids->size()}, {std::string(done_word), changed}, {"refused", refused}}));
  } else if (arguments.count) {
    fmt::print("{} events\n", ids->size());
  } else {
    fmt::print("{} of {} events {}\n", changed, ids->size(), done_word);
  }
  return refused.size() == 0 ? good : wrong;
}

// What an event has in the portal: "lead 123, comment 45, notify".
std::string made_by(const std::vector<journal::DeliveryRow>& deliveries) {
  std::string out;
  for (const auto& delivery : deliveries) {
    if (delivery.seq == 0 || delivery.state != journal::DeliveryState::confirmed) continue;
    const bool number =
        !delivery.result.empty() && delivery.result.find_first_not_of("0123456789") == std::string::npos;
    out += (out.empty() ? "" : ", ") + delivery.name + (number ? " " + delivery.result : "");
  }
  return out;
}

// A delivered event is made a second time only when that is really wanted; what would be doubled is told.
Done retry_again(const Opened& opened, const ChangeArguments& arguments, const journal::EventRow& row,
                 const std::string& made, TimePoint now) {
  const std::string what = made.empty() ? "nothing of it is in the portal" : "it made " + made;
  if (!arguments.again) {
    return fail(ErrorKind::refused, "events",
                fmt::format("the event is {} already: {}; --again makes all of it a second time",
                            journal::name(row.state), what));
  }
  const Done done =
      opened.journal->write_now([&](journal::Tx& tx) { return journal::make_again(tx, row.id, now); });
  if (done && !arguments.json)
    fmt::print("e{}: {}; that stays, and it is made a second time\n", row.id, what);
  return done;
}

// A captured request is read now; any other event is tried again.
Done retry_one(const Opened& opened, const ChangeArguments& arguments, std::int64_t id, TimePoint now) {
  auto reader = opened.journal->reader();
  if (!reader) return fail(reader.error());
  const auto row = journal::event(*reader, id);
  if (!row) return fail(row.error());
  if (*row && is_captured(**row)) return reread(opened, opened.geo.get(), (*row)->request_id);
  const bool finished = *row && ((*row)->state == journal::EventState::delivered ||
                                 (*row)->state == journal::EventState::discarded);
  if (finished) {
    const auto deliveries = journal::deliveries_of(*reader, id);
    if (!deliveries) return fail(deliveries.error());
    return retry_again(opened, arguments, **row, made_by(*deliveries), now);
  }
  return opened.journal->write_now([&](journal::Tx& tx) { return journal::retry(tx, id, now); });
}

int run_reread(const Common& common, std::int64_t request) {
  const SystemClock clock;
  const auto opened = open_or_complain(common, clock, false);
  if (!opened) return wrong;
  const Done done = reread(*opened, opened->geo.get(), request);
  if (!done) {
    complain(done.error().text());
    return wrong;
  }
  fmt::print("r{} was read again\n", request);
  return good;
}

void add_choice(CLI::App& command, EventChoice& choice) {
  command.add_option("--state", choice.state, "Events in this state");
  command.add_option("--source", choice.source, "Events of this source");
  command.add_option("--since", choice.since, "Received since: 7d, 12h or a time");
  command.add_option("--phone", choice.phone, "Events of this client");
  command.add_option("--origin", choice.origin, "webhook, pull (found by asking the service) or capture")
      ->check(CLI::IsMember({"webhook", "pull", "capture"}));
}

}  // namespace

void add_events(CLI::App& app, Common& common, Run& run) {
  auto* command = app.add_subcommand("events", "List events");
  auto choice = std::make_shared<EventChoice>();
  auto json_wanted = std::make_shared<bool>(false);
  add_choice(*command, *choice);
  command->add_flag("--json", *json_wanted, "One JSON document");
  command->callback([&run, &common, choice, json_wanted] {
    run = [&common, choice, json_wanted] { return run_events(common, *choice, *json_wanted); };
  });
}

void add_retry(CLI::App& app, Common& common, Run& run) {
  auto* command = app.add_subcommand("retry", "Try failed or waiting events again, now");
  auto arguments = std::make_shared<ChangeArguments>();
  command->add_option("id", arguments->id, "An event: e42; or a request that is to be read again: r17");
  add_choice(*command, arguments->choice);
  command->add_flag("--again", arguments->again,
                    "Also what is delivered or discarded: it is made a second time, the first stays");
  command->add_flag("--count", arguments->count, "Only say how many");
  command->add_flag("--json", arguments->json, "One JSON document");
  command->callback([&run, &common, arguments] {
    run = [&common, arguments] {
      if (const auto request = parse_number(arguments->id, 'r'); request && arguments->id.front() == 'r')
        return run_reread(common, *request);
      return run_change(common, *arguments, "retried",
                        [arguments](const Opened& opened, std::int64_t id, TimePoint now) {
                          return retry_one(opened, *arguments, id, now);
                        });
    };
  });
}

void add_discard(CLI::App& app, Common& common, Run& run) {
  auto* command = app.add_subcommand("discard", "Give events up: nothing more is sent for them");
  auto arguments = std::make_shared<ChangeArguments>();
  command->add_option("id", arguments->id, "An event: e42");
  add_choice(*command, arguments->choice);
  command->add_option("--why", arguments->why, "The reason, kept with the event")->required();
  command->add_flag("--count", arguments->count, "Only say how many");
  command->add_flag("--json", arguments->json, "One JSON document");
  command->callback([&run, &common, arguments] {
    run = [&common, arguments] {
      return run_change(common, *arguments, "discarded",
                        [arguments](const Opened& opened, std::int64_t id, TimePoint now) {
                          return opened.journal->write_now(
                              [&](journal::Tx& tx) { return journal::discard(tx, id, arguments->why, now); });
                        });
    };
  });
}

}  // namespace b24gate::cli
