#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <set>

#include "cli/commands.hpp"
#include "cli/compare.hpp"
#include "cli/configured.hpp"
#include "cli/dry_run.hpp"
#include "cli/output.hpp"
#include "cli/rule_tests.hpp"
#include "mapping/lead_fields.hpp"
#include "mapping/path.hpp"

namespace b24gate::cli {
namespace {

// One written test and what differed; no differences: it passed.
struct Tested {
  std::string file;
  std::string name;
  std::vector<yaml::Problem> differences;
};

std::string folder_of(const std::string& file) { return std::filesystem::path(file).parent_path().string(); }

class Tester {
 public:
  Tester(const Configured& configured) : configured_(configured), configuration_(*configured.configuration) {}

  std::vector<Tested> run() {
    std::set<std::string> files;
    for (const auto& source : configuration_.sources) {
      // Two sources may share a mapping file; its tests are of the first.
      if (!source.mapping_file.empty() && !files.insert(source.mapping_file).second) continue;
      for (const auto& test : source.mapping.tests()) results_.push_back(run_mapping(source, test));
    }
    for (const auto& test : configuration_.rules.tests()) {
      RuleTestRun run = run_rule_test(configuration_, test, SystemClock().now());
      touched_.merge(run.rules);
      results_.push_back({test.place.file, test.name, std::move(run.differences)});
    }
    return std::move(results_);
  }

  // Rules that may give an answer and did in no test, after run().
  [[nodiscard]] std::vector<std::pair<std::string, yaml::Place>> untested() const {
    auto rules = configuration_.rules.answering();
    std::erase_if(rules, [&](const auto& rule) { return touched_.count(rule.first) > 0; });
    return rules;
  }

 private:
  void differ(Tested& result, const yaml::Place& place, std::string what) {
    yaml::Place opened = place;
    opened.file = configuration_.path_of(place.file);
    result.differences.push_back({std::move(opened), std::move(what)});
  }

  Tested run_mapping(const config::Source& source, const mapping::MappingTest& test) {
    Tested result{test.place.file, test.name, {}};
    const bool own = !source.mapping_file.empty() && test.place.file == source.mapping_file;
    if (!own) return result;  // the default mapping's tests are the program's
    const std::string file =
        (std::filesystem::path(configuration_.path_of(folder_of(source.mapping_file))) / test.request.value)
            .string();
    const auto bytes = read_bytes(file);
    if (!bytes) {
      differ(result, test.request.place,
             fmt::format("the file '{}' cannot be read: {}", test.request.value, bytes.error().what));
      return result;
    }
    RequestFile defaults;
    defaults.path = test.path;
    defaults.query = test.query;
    for (const auto& line : test.headers) {
      const std::size_t colon = std::min(line.find(':'), line.size());
      std::string value = colon < line.size() ? line.substr(colon + 1) : "";
      value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
      defaults.headers.emplace_back(line.substr(0, colon), value);
    }
    auto request = read_request(file, *bytes, defaults);
    if (!request) {
      differ(result, test.request.place, request.error().text());
      return result;
    }
    Suppositions suppositions;
    suppositions.at = SystemClock().now();
    suppositions.present = "all";
    DryRunner runner(configuration_, configured_.geo.get());
    const DryRun run = runner.run(source, std::move(*request), suppositions);
    for (const auto& plan : run.plans) touched_.insert(plan.decision.rule);
    json::Value document = document_of(configuration_, source, run);
    document["event"] = document["events"].at(0);
    for (const auto& [path, expected] : test.expect) {
      compare(result, path, expected, document);
    }
    return result;
  }

  void compare(Tested& result, const yaml::Placed<std::string>& path, const json::Value& expected,
               const json::Value& document) {
    std::string asked = path.value;
    if (asked.rfind("lead.", 0) == 0)
      asked = "lead." + mapping::lead_field_to_read(asked.substr(5)).value_or(asked.substr(5));
    const auto parsed = mapping::Path::parse(asked);
    if (!parsed) {
      differ(result, path.place, parsed.error().what);
      return;
    }
    const json::Value* found = parsed->find(document);
    if (same(expected, found ? *found : json::Value())) return;
    differ(result, path.place,
           fmt::format("{}: expected {}, found {}", path.value, shown(expected),
                       shown(found ? *found : json::Value())));
  }

  const Configured& configured_;
  const config::Configuration& configuration_;
  std::vector<Tested> results_;
  std::set<std::string> touched_;  // paths of rules that gave an answer
};

int run_test(const Common& common, bool json_wanted) {
  const auto configured = load_or_complain(common);
  if (!configured) return wrong;
  Tester tester(*configured);
  const auto results = tester.run();
  const auto untested = tester.untested();
  std::size_t failed = 0;
  json::Array documents;
  for (const auto& result : results) {
    if (!result.differences.empty()) ++failed;
    json::Value document = json::Value::object(
        {{"file", result.file}, {"name", result.name}, {"passed", result.differences.empty()}});
    for (const auto& difference : result.differences) {
      if (!json_wanted) fmt::print("{}: {}: {}\n", difference.place.text(), result.name, difference.what);
      document["differences"].push(difference.place.text() + ": " + difference.what);
    }
    documents.push_back(std::move(document));
  }
  if (json_wanted) {
    json::Array rules;
    for (const auto& [path, place] : untested) {
      rules.push_back(
          json::Value::object({{"rule", path}, {"at", fmt::format("{}:{}", place.file, place.line)}}));
    }
    print_json(json::Value::object({{"passed", results.size() - failed},
                                    {"failed", failed},
                                    {"tests", std::move(documents)},
                                    {"untested_rules", std::move(rules)}}));
  } else {
    fmt::print("{} passed, {} failed\n", results.size() - failed, failed);
    // Worth knowing, and no mistake.
    for (const auto& [path, place] : untested)
      fmt::print("{}:{}: no test touches rule '{}'\n", place.file, place.line, path);
  }
  return failed == 0 ? good : wrong;
}

}  // namespace

void add_test(CLI::App& app, Common& common, Run& run) {
  auto* command = app.add_subcommand("test", "Run the tests written in mapping and distribution files");
  auto json_wanted = std::make_shared<bool>(false);
  command->add_flag("--json", *json_wanted, "One JSON document");
  command->callback([&run, &common, json_wanted] {
    run = [&common, json_wanted] { return run_test(common, *json_wanted); };
  });
}

}  // namespace b24gate::cli
