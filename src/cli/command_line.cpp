#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "cli/commands.hpp"

namespace b24gate::cli {

namespace {

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
