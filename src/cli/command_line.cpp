#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <optional>

#include "base/nearest.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"

namespace b24gate::cli {

namespace {

// The first word that is no command; CLI11 itself says only that one is missing.
std::optional<std::string> unknown_command(const CLI::App& app) {
  if (!app.get_subcommands().empty()) return std::nullopt;
  for (const auto& word : app.remaining()) {
    if (!word.empty() && word.front() != '-') return word;
  }
  return std::nullopt;
}

void complain_of_command(const std::string& word, const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands({})) names.push_back(command->get_name());
  const auto near = nearest(word, names);
  complain(fmt::format(
      "unknown command '{}'; {}", word,
      near ? "did you mean '" + *near + "'?" : "there are " + fmt::format("{}", fmt::join(names, ", "))));
}

int run_command(int argc, char** argv) {
  CLI::App app("b24gate: every enquiry becomes one lead in Bitrix24, with the right person responsible",
               "b24gate");
  Common common;
  Run run;
  app.add_option("--config", common.config,
                 "Configuration file (config.yaml here, else /etc/b24gate/config.yaml)");
  app.require_subcommand(1);
  app.fallthrough();  // --config may stand behind the command as well
  add_run(app, common, run);
  add_check(app, common, run);
  add_try(app, common, run);
  add_test(app, common, run);
  add_events(app, common, run);
  add_requests(app, common, run);
  add_show(app, common, run);
  add_retry(app, common, run);
  add_diff(app, common, run);
  add_discard(app, common, run);
  add_away(app, common, run);
  add_erase(app, common, run);
  add_backup(app, common, run);
  add_recording(app, common, run);
  add_sandbox(app, common, run);
  add_schema(app, common, run);
  add_version(app, common, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const auto word = unknown_command(app); word && error.get_exit_code() != 0) {
      complain_of_command(*word, app);
      return usage;
    }
    return app.exit(error) == 0 ? good : usage;
  }
  return run ? run() : usage;
}

}  // namespace

int main(int argc, char** argv) noexcept {
  try {
    return run_command(argc, argv);
  } catch (const std::exception& failure) {
    // Nothing in the program throws across its modules: this is memory, or a mistake of ours.
    std::fputs("b24gate: ", stderr);
    std::fputs(failure.what(), stderr);
    std::fputs("\n", stderr);
    return wrong;
  }
}

}  // namespace b24gate::cli
