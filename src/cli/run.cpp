#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/configured.hpp"
#include "cli/daemon.hpp"

namespace b24gate::cli {

void add_run(CLI::App& app, Common& common, Run& run) {
  app.add_subcommand("run", "The daemon")->callback([&run, &common] {
    run = [&common] { return run_daemon(config_file(common)); };
  });
}

}  // namespace b24gate::cli
