// The list of requests: what came in, whatever became of it. Those without an event are found only here.
#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/event_choice.hpp"
#include "cli/output.hpp"

namespace b24gate::cli {
namespace {

struct RequestChoice {
  std::string outcome, source, since;  // as typed; empty: any
  std::size_t limit = 0;               // 0: all
};

json::Value summary_of(const journal::RequestRow& row, const TimeZone& zone) {
  return json::Value::object({{"id", "r" + std::to_string(row.id)},
                              {"received_at", to_iso(row.received_at, zone)},
                              {"source", row.source},
                              {"origin", row.origin},
                              {"method", row.method},
                              {"target", row.target},
                              {"status", row.status},
                              {"outcome", row.outcome},
                              {"reason", row.reason.empty() ? json::Value() : json::Value(row.reason)}});
}

int run_requests(const Common& common, const RequestChoice& choice, bool json_wanted) {
  const SystemClock clock;
  const auto opened = open_or_complain(common, clock, true);
  if (!opened) return wrong;
  const TimeZone& zone = opened->configuration->portal.time_zone;
  journal::RequestFilter filter;
  filter.outcome = choice.outcome;
  filter.source = choice.source;
  if (choice.limit > 0) filter.limit = choice.limit;
  if (!choice.since.empty()) {
    filter.since = since_or_complain(choice.since, zone, clock);
    if (!filter.since) return usage;
  }
  auto reader = opened->journal->reader();
  const auto rows = reader ? journal::find_requests(*reader, filter) : tl::unexpected(reader.error());
  if (!rows) {
    complain(rows.error().text());
    return wrong;
  }
  // Of one that is configured no more there are requests still.
  if (rows->empty() && !choice.source.empty() && !source_or_complain(*opened->configuration, choice.source))
    return usage;
  json::Array documents;
  std::vector<std::vector<std::string>> table;
  for (const auto& row : *rows) {
    json::Value document = summary_of(row, zone);
    table.push_back({document["id"].text(), document["received_at"].text(), row.source, row.outcome,
                     document["status"].text(), row.reason});
    documents.push_back(std::move(document));
  }
  if (json_wanted) {
    print_json(json::Value(std::move(documents)));
  } else {
    print_table({"ID", "RECEIVED", "SOURCE", "OUTCOME", "STATUS", "REASON"}, table);
  }
  return good;
}

}  // namespace

void add_requests(CLI::App& app, Common& common, Run& run) {
  auto* command = app.add_subcommand("requests", "List requests, also those that brought no event");
  auto choice = std::make_shared<RequestChoice>();
  auto json_wanted = std::make_shared<bool>(false);
  command
      ->add_option("--outcome", choice->outcome, "accepted, duplicate, probe, ignored, refused or unreadable")
      ->check(CLI::IsMember(request_outcomes()));
  command->add_option("--source", choice->source, "Requests of this source");
  command->add_option("--since", choice->since, "Received since: 7d, 12h or a time");
  command->add_option("--limit", choice->limit, "Only the newest so many")->check(CLI::PositiveNumber);
  command->add_flag("--json", *json_wanted, "One JSON document");
  command->callback([&run, &common, choice, json_wanted] {
    run = [&common, choice, json_wanted] { return run_requests(common, *choice, *json_wanted); };
  });
}

}  // namespace b24gate::cli
