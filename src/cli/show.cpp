#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/event_choice.hpp"
#include "cli/output.hpp"
#include "normalize/normalize.hpp"

namespace b24gate::cli {
namespace {

json::Value parsed(const std::string& text) {
  if (text.empty()) return {};
  auto value = json::parse(text);
  return value ? std::move(*value) : json::Value(text);
}

json::Value story_of(const journal::RequestRow& row, const TimeZone& zone) {
  return json::Value::object({{"id", "r" + std::to_string(row.id)},
                              {"received_at", to_iso(row.received_at, zone)},
                              {"source", row.source},
                              {"origin", row.origin},
                              {"connector", row.connector},
                              {"client", row.client_ip},
                              {"method", row.method},
                              {"target", row.target},
                              {"headers", parsed(row.headers)},
                              {"body", row.body},
                              {"status", row.status},
                              {"outcome", row.outcome},
                              {"reason", row.reason.empty() ? json::Value() : json::Value(row.reason)},
                              {"answer", parsed(row.answer)}});
}

Result<json::Value> story_of(const journal::DeliveryRow& row, journal::Reader& reader, const TimeZone& zone) {
  json::Value out =
      json::Value::object({{"seq", row.seq},
                           {"name", row.name},
                           {"method", row.method},
                           {"state", journal::name(row.state)},
                           {"reason", row.reason.empty() ? json::Value() : json::Value(row.reason)},
                           {"key", row.key.empty() ? json::Value() : json::Value(row.key)},
                           {"params", parsed(row.params)},
                           {"sent_at", row.sent_at ? json::Value(to_iso(*row.sent_at, zone)) : json::Value()},
                           {"result", parsed(row.result)}});
  const auto attempts = journal::attempts_of(reader, row.id);
  if (!attempts) return tl::unexpected(attempts.error());
  json::Array list;
  for (const auto& attempt : *attempts) {
    list.push_back(
        json::Value::object({{"at", to_iso(attempt.at, zone)},
                             {"took_ms", attempt.duration_ms},
                             {"outcome", attempt.outcome},
                             {"http_status", attempt.http_status},
                             {"code", attempt.code.empty() ? json::Value() : json::Value(attempt.code)},
                             {"answer", attempt.answer}}));
  }
  out["attempts"] = json::Value(std::move(list));
  return out;
}

// The whole story of one event: its request, what it means, who got it and why, and every attempt.
Result<json::Value> story_of(const journal::EventRow& row, journal::Reader& reader,
                             const config::Configuration& configuration) {
  const TimeZone& zone = configuration.portal.time_zone;
  json::Value out = summary_of(row, configuration);
  const auto request = journal::request(reader, row.request_id);
  if (!request) return tl::unexpected(request.error());
  out["request"] = *request ? story_of(**request, zone) : json::Value("no longer kept");
  out["event"] = parsed(row.data);
  out["assignment"] = parsed(row.decision);
  out["lead_fields"] = parsed(row.lead_fields);
  out["config"] = row.config_hash.empty() ? json::Value() : json::Value(row.config_hash);
  const auto deliveries = journal::deliveries_of(reader, row.id);
  if (!deliveries) return tl::unexpected(deliveries.error());
  json::Array list;
  for (const auto& delivery : *deliveries) {
    auto story = story_of(delivery, reader, zone);
    if (!story) return story;
    list.push_back(std::move(*story));
  }
  out["deliveries"] = json::Value(std::move(list));
  return out;
}

// Events that `what` names: e42, 42, r17, lead:123, or a phone. The exit code after a complaint.
tl::expected<std::vector<journal::EventRow>, int> named(const std::string& what, journal::Reader& reader,
                                                        const config::Configuration& configuration,
                                                        std::optional<journal::RequestRow>& alone) {
  Result<std::vector<journal::EventRow>> rows = std::vector<journal::EventRow>();
  constexpr std::string_view lead = "lead:";
  const bool is_lead = what.rfind(lead, 0) == 0;
  const auto lead_id = is_lead ? parse_number(std::string_view(what).substr(lead.size()), ' ') : std::nullopt;
  const bool is_request = what.rfind('r', 0) == 0;
  const auto request_id = parse_number(is_request ? std::string_view(what) : std::string_view(), 'r');
  if (lead_id) {
    journal::EventFilter filter;
    filter.lead_id = *lead_id;
    rows = journal::find_events(reader, filter);
  } else if (request_id) {
    rows = journal::events_of_request(reader, *request_id);
    const auto request = journal::request(reader, *request_id);
    if (request && *request && rows && rows->empty()) alone = **request;
  } else if (const auto id = parse_number(what, 'e'); id && what.size() < 10) {
    const auto row = journal::event(reader, *id);
    if (!row) {
      rows = tl::unexpected(row.error());
    } else if (*row) {
      rows->push_back(**row);
    }
  } else if (const auto phones = normalize::read_phones(what, configuration.phones.region); !phones.empty()) {
    journal::EventFilter filter;
    filter.identity = journal::Identity{"phone", phones.front().e164};
    rows = journal::find_events(reader, filter);
  } else {
    complain("name an event (e42), a request (r17), a lead (lead:123) or a phone");
    return tl::unexpected<int>(usage);
  }
  if (!rows) {
    complain(rows.error().text());
    return tl::unexpected<int>(wrong);
  }
  return std::move(*rows);
}

int run_show(const Common& common, const std::string& what, bool json_wanted) {
  const SystemClock clock;
  const auto opened = open_or_complain(common, clock, true);
  if (!opened) return wrong;
  auto reader = opened->journal->reader();
  if (!reader) {
    complain(reader.error().text());
    return wrong;
  }
  std::optional<journal::RequestRow> alone;
  const auto rows = named(what, *reader, *opened->configuration, alone);
  if (!rows) return rows.error();
  json::Array stories;
  if (alone) {
    stories.push_back(
        json::Value::object({{"request", story_of(*alone, opened->configuration->portal.time_zone)}}));
  }
  for (const auto& row : *rows) {
    auto story = story_of(row, *reader, *opened->configuration);
    if (!story) {
      complain(story.error().text());
      return wrong;
    }
    stories.push_back(std::move(*story));
  }
  if (stories.empty()) {
    complain("nothing is known of it");
    return wrong;
  }
  if (json_wanted) {
    print_json(stories.size() == 1 ? stories.front() : json::Value(std::move(stories)));
  } else {
    for (std::size_t i = 0; i < stories.size(); ++i)
      fmt::print("{}{}", i == 0 ? "" : "\n", readable(stories[i]));
  }
  return good;
}

}  // namespace

void add_show(CLI::App& app, Common& common, Run& run) {
  auto* command = app.add_subcommand("show", "The whole story of an event, a request, a lead or a phone");
  auto what = std::make_shared<std::string>();
  auto json_wanted = std::make_shared<bool>(false);
  command->add_option("what", *what, "e42, r17, lead:123 or a phone")->required();
  command->add_flag("--json", *json_wanted, "One JSON document");
  command->callback([&run, &common, what, json_wanted] {
    run = [&common, what, json_wanted] { return run_show(common, *what, *json_wanted); };
  });
}

}  // namespace b24gate::cli
