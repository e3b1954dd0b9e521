#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands.hpp"
#include "cli/configured.hpp"
#include "cli/output.hpp"
#include "cli/portal_check.hpp"
#include "cli/resources.hpp"

namespace b24gate::cli {

namespace {

void complain_of(const std::vector<yaml::Problem>& problems) {
  print_problems(problems, stderr);
  complain(fmt::format("{} mistakes in the configuration", problems.size()));
}

}  // namespace

std::string config_file(const Common& common) {
  return common.config.empty() ? config::default_file() : common.config;
}

std::shared_ptr<const config::Configuration> configuration_or_complain(const Common& common) {
  config::Loaded loaded = config::load(config_file(common), config::secrets_of(config_file(common)));
  if (!loaded.configuration) complain_of(loaded.problems);
  return std::move(loaded.configuration);
}

std::optional<Configured> load_or_complain(const Common& common) {
  auto configuration = configuration_or_complain(common);
  if (!configuration) return std::nullopt;
  std::vector<yaml::Problem> problems;
  auto geo = open_geo(*configuration, problems);
  if (!problems.empty()) {
    complain_of(problems);
    return std::nullopt;
  }
  return Configured{std::move(configuration), std::move(geo)};
}

namespace {

struct CheckArguments {
  bool portal = false;
  bool json = false;
};

json::Value to_json(const std::vector<yaml::Problem>& problems) {
  json::Array out;
  for (const auto& problem : problems) {
    out.push_back(json::Value::object({{"file", problem.place.file},
                                       {"line", problem.place.line},
                                       {"column", problem.place.column},
                                       {"what", problem.what}}));
  }
  return json::Value(std::move(out));
}

int run_check(const Common& common, const CheckArguments& arguments) {
  config::Loaded loaded = config::load(config_file(common), config::secrets_of(config_file(common)));
  if (loaded.configuration) open_resources(*loaded.configuration, loaded.problems);
  std::string portal_trouble;
  std::vector<std::string> ways;
  if (loaded.configuration && arguments.portal) {
    auto found = check_against_portal(*loaded.configuration);
    if (found) {
      loaded.problems.insert(loaded.problems.end(), std::make_move_iterator(found->problems.begin()),
                             std::make_move_iterator(found->problems.end()));
      ways = std::move(found->ways);
    } else {
      portal_trouble = found.error().text();
    }
  }
  const bool all_good = loaded.problems.empty() && portal_trouble.empty();
  if (arguments.json) {
    json::Value document = json::Value::object({{"good", all_good}, {"problems", to_json(loaded.problems)}});
    if (loaded.configuration) document["hash"] = loaded.configuration->hash;
    if (!portal_trouble.empty()) document["portal"] = portal_trouble;
    for (const auto& way : ways) document["ways"].push(way);
    print_json(document);
    return all_good ? good : wrong;
  }
  for (const auto& way : ways) fmt::print("{}\n", way);
  print_problems(loaded.problems, stdout);
  if (!portal_trouble.empty()) complain("the portal could not be asked: " + portal_trouble);
  if (!all_good) {
    if (!loaded.problems.empty()) complain(fmt::format("{} mistakes", loaded.problems.size()));
    return wrong;
  }
  const config::Configuration& configuration = *loaded.configuration;
  fmt::print("good: {} files, {} sources, {} employees, {} groups, configuration {}{}\n", loaded.files.size(),
             configuration.sources.size(), configuration.roster.employees().size(),
             configuration.roster.groups().size(), configuration.hash,
             arguments.portal ? ", and the portal has what it names" : "");
  return good;
}

}  // namespace

void add_check(CLI::App& app, Common& common, Run& run) {
  auto* command = app.add_subcommand("check", "Read every file and print every mistake");
  auto arguments = std::make_shared<CheckArguments>();
  command->add_flag("--portal", arguments->portal, "Also ask the portal whether what is named there exists");
  command->add_flag("--json", arguments->json, "One JSON document");
  command->callback(
      [&run, &common, arguments] { run = [&common, arguments] { return run_check(common, *arguments); }; });
}

}  // namespace b24gate::cli
