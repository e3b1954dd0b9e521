#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/nearest.hpp"
#include "cli/commands.hpp"
#include "cli/configured.hpp"
#include "cli/dry_run.hpp"
#include "cli/event_choice.hpp"
#include "cli/output.hpp"

namespace b24gate::cli {
namespace {

struct TryArguments {
  std::string source;
  std::vector<std::string> files;
  std::vector<std::string> headers;
  std::string path;
  std::string query;
  std::string at;
  std::string present;
  std::vector<std::string> load;
  std::string known;
  bool json = false;
};

// "Name: value" lines and "name=3" pairs as they were typed; false after a complaint.
bool read_arguments(const TryArguments& arguments, const config::Configuration& configuration,
                    RequestFile& defaults, Suppositions& suppositions) {
  for (const auto& line : arguments.headers) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || colon == 0) {
      complain(fmt::format("--header '{}' is no header; write 'Name: value'", line));
      return false;
    }
    std::string value = line.substr(colon + 1);
    value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
    defaults.headers.emplace_back(line.substr(0, colon), value);
  }
  defaults.path = arguments.path;
  if (!defaults.path.empty() && defaults.path.front() != '/') defaults.path.insert(0, "/");
  defaults.query = arguments.query;
  suppositions.at = SystemClock().now();
  if (!arguments.at.empty()) {
    const auto at = parse_iso(arguments.at, configuration.portal.time_zone);
    if (!at) {
      complain(fmt::format("--at '{}' is no time; write 2026-03-02T23:10:00+03:00", arguments.at));
      return false;
    }
    suppositions.at = *at;
  }
  suppositions.present = arguments.present;
  std::vector<std::string> unknown = unknown_names(configuration.roster, arguments.present);
  for (const auto& pair : arguments.load) {
    const std::size_t equals = pair.find('=');
    const std::string name = pair.substr(0, equals);
    const auto count =
        equals == std::string::npos ? std::nullopt : json::Value(pair.substr(equals + 1)).integer();
    if (!count || *count < 0) {
      complain(fmt::format("--load '{}' is no load; write ivanov=3", pair));
      return false;
    }
    if (!configuration.roster.employee(name)) unknown.push_back(name);
    suppositions.load[name] = static_cast<int>(*count);
  }
  for (const auto& name : unknown) {
    std::vector<std::string> names;
    for (const auto& employee : configuration.roster.employees()) names.push_back(employee.name);
    const auto near = nearest(name, names);
    complain(fmt::format("unknown employee '{}'{}", name, near ? "; did you mean '" + *near + "'?" : ""));
  }
  suppositions.known = arguments.known;
  return unknown.empty();
}

void print_for_people(const json::Value& document) { fmt::print("{}", readable(document)); }

int run_try(const Common& common, const TryArguments& arguments) {
  const auto configured = load_or_complain(common);
  if (!configured) return wrong;
  const config::Configuration& configuration = *configured->configuration;
  const config::Source* source = source_or_complain(configuration, arguments.source);
  if (!source) return usage;
  RequestFile defaults;
  Suppositions suppositions;
  if (!read_arguments(arguments, configuration, defaults, suppositions)) return usage;

  DryRunner runner(configuration, configured->geo.get());
  json::Array documents;
  bool refused = false;
  for (const auto& file : arguments.files) {
    const auto bytes = read_bytes(file);
    if (!bytes) {
      complain(bytes.error().text());
      return usage;
    }
    auto request = read_request(file, *bytes, defaults);
    if (!request) {
      complain(file + ": " + request.error().text());
      return usage;
    }
    suppositions.whole = is_whole_request(file) && defaults.path.empty();
    const DryRun run = runner.run(*source, std::move(*request), suppositions);
    refused = refused || run.status < 200 || run.status > 299 || run.outcome == "refused";
    documents.push_back(document_of(configuration, *source, run));
  }
  if (arguments.json) {
    print_json(documents.size() == 1 ? documents.front() : json::Value(std::move(documents)));
  } else {
    for (std::size_t i = 0; i < documents.size(); ++i) {
      if (documents.size() > 1) fmt::print("{}# {}\n", i == 0 ? "" : "\n", arguments.files[i]);
      print_for_people(documents[i]);
    }
  }
  return refused ? wrong : good;
}

}  // namespace

void add_try(CLI::App& app, Common& common, Run& run) {
  auto* command = app.add_subcommand("try", "What would become of a request: nothing is stored or sent");
  auto arguments = std::make_shared<TryArguments>();
  command->add_option("source", arguments->source, "A source of the configuration")->required();
  command
      ->add_option(
          "files", arguments->files,
          "Bodies, whole requests (.http), or - for standard input. Source and secret in the address "
          "of a whole request need not be right; signatures, tokens and keys are checked")
      ->required();
  command->add_option("--header", arguments->headers, "'Name: value', may be repeated")
      ->allow_extra_args(false);
  command->add_option("--path", arguments->path,
                      "What the service appends to the address, like /events/call");
  command->add_option("--query", arguments->query, "The query string, without ?");
  command->add_option("--at", arguments->at, "The time it is supposed to be");
  command->add_option("--present", arguments->present, "all, none, or names: ivanov,petrova");
  command->add_option("--load", arguments->load, "Open leads of an employee: ivanov=3, may be repeated")
      ->allow_extra_args(false);
  command->add_option("--known", arguments->known, "What the portal knows of the client")
      ->check(CLI::IsMember({"open-lead", "client", "nobody"}));
  command->add_flag("--json", arguments->json, "One JSON document");
  command->callback(
      [&run, &common, arguments] { run = [&common, arguments] { return run_try(common, *arguments); }; });
}

}  // namespace b24gate::cli
