#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/commands.hpp"
#include "cli/configured.hpp"
#include "cli/dry_run.hpp"
#include "cli/output.hpp"
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

// Numbers and texts of the same look are equal: YAML does not ask people for quotes.
bool same(const json::Value& expected, const json::Value& found) {
  if (expected.is_array() && found.is_array()) {
    if (expected.size() != found.size()) return false;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (!same(expected.at(i), found.at(i))) return false;
    }
    return true;
  }
  if (expected.is_object() && found.is_object()) {
    for (const auto& [key, value] : *expected.object_if()) {
      if (!same(value, found[key])) return false;
    }
    return true;
  }
  if (expected.is_null()) return found.says_nothing();
  // A list of one is what a single value means, and the other way round.
  if (found.is_array() && found.size() == 1) return same(expected, found.at(0));
  return !found.is_array() && !found.is_object() && expected.text() == found.text();
}

std::string shown(const json::Value& value) { return value.is_null() ? "nothing" : json::write(value); }

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
    for (const auto& test : configuration_.rules.tests()) results_.push_back(run_distribution(test));
    return std::move(results_);
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

  Tested run_distribution(const distribution::DistributionTest& test) {
    Tested result{test.place.file, test.name, {}};
    event::Event event = event::from_json(test.event, configuration_.portal.time_zone);
    const json::Value event_json = event::to_json(event, configuration_.portal.time_zone);
    const std::string source = test.event["source"].text();
    const config::Source* known = configuration_.source(source);
    distribution::Facts facts;
    facts.scope =
        mapping::scope_of(event_json, source, known ? known->title : source,
                          known ? std::string(known->connector->name()) : test.event["connector"].text());
    facts.at = test.at.value_or(SystemClock().now());
    facts.client.known = test.known == "client" || test.known == "open-lead";
    facts.client.open_lead = test.known == "open-lead" ? 1 : 0;
    facts.dictionaries = &configuration_.dictionaries;
    facts.created_by = test.event["created_by"].text();
    const auto load = [&](const people::Employee& employee) -> std::optional<people::Load> {
      const auto it = test.load.find(employee.name);
      return it == test.load.end() ? 0 : it->second;
    };
    const distribution::Decision decision = configuration_.rules.decide(
        facts, configuration_.roster, supposed_presence(configuration_.roster, test.present), load, {});
    json::Value found = distribution::to_json(decision);
    found["assign"] = decision.keep ? json::Value("keep") : json::Value(decision.employee);
    for (const auto& [name, value] : decision.set) found["set"][name] = value;
    for (const auto& [name, value] : decision.lead) {
      found["lead"][name] =
          value.evaluate(facts.scope, configuration_.dictionaries, configuration_.portal.time_zone).value;
    }
    const auto* expected = test.expect.object_if();
    for (const auto& [key, value] : expected ? *expected : json::Object()) {
      if (matches(key, value, found)) continue;
      const auto path = mapping::Path::parse(key);
      const json::Value* at = path ? path->find(found) : nullptr;
      differ(result, test.place,
             fmt::format("{}: expected {}, found {} ({})", key, shown(value), shown(at ? *at : json::Value()),
                         decision.reason));
    }
    return result;
  }

  // `assign` may name the group as well; `rule` its last name or the whole path.
  static bool matches(const std::string& key, const json::Value& expected, const json::Value& found) {
    const auto path = mapping::Path::parse(key);
    const json::Value* at = path ? path->find(found) : nullptr;
    if (same(expected, at ? *at : json::Value())) return true;
    if (key == "assign") return same(expected, found["group"]);
    if (key == "rule") {
      const std::string whole = found["rule"].text();
      const std::string tail = " / " + expected.text();
      return whole.size() > tail.size() && whole.compare(whole.size() - tail.size(), tail.size(), tail) == 0;
    }
    return false;
  }

  const Configured& configured_;
  const config::Configuration& configuration_;
  std::vector<Tested> results_;
};

int run_test(const Common& common, bool json_wanted) {
  const auto configured = load_or_complain(common);
  if (!configured) return wrong;
  const auto results = Tester(*configured).run();
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
    print_json(json::Value::object(
        {{"passed", results.size() - failed}, {"failed", failed}, {"tests", std::move(documents)}}));
  } else {
    fmt::print("{} passed, {} failed\n", results.size() - failed, failed);
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
