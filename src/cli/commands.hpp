// The commands of the command line: each takes what was written behind its name and gives an exit code.
//
// Exit codes: 0 good, 1 found something wrong, 2 usage. With --json standard output holds one JSON document
// and nothing else; messages for people go to standard error.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace b24gate::cli {

inline constexpr int good = 0;
inline constexpr int wrong = 1;
inline constexpr int usage = 2;

// What every command shares.
struct Common {
  std::string config;  // --config; empty: the default file
};

// Each adds its subcommand to `app` and stores into `run` what is to be done when it was chosen.
using Run = std::function<int()>;
void add_run(CLI::App& app, Common& common, Run& run);
void add_check(CLI::App& app, Common& common, Run& run);
void add_try(CLI::App& app, Common& common, Run& run);
void add_test(CLI::App& app, Common& common, Run& run);
void add_diff(CLI::App& app, Common& common, Run& run);
void add_events(CLI::App& app, Common& common, Run& run);
void add_requests(CLI::App& app, Common& common, Run& run);
void add_show(CLI::App& app, Common& common, Run& run);
void add_retry(CLI::App& app, Common& common, Run& run);
void add_discard(CLI::App& app, Common& common, Run& run);
void add_away(CLI::App& app, Common& common, Run& run);
void add_erase(CLI::App& app, Common& common, Run& run);
void add_backup(CLI::App& app, Common& common, Run& run);
void add_recording(CLI::App& app, Common& common, Run& run);
void add_sandbox(CLI::App& app, Common& common, Run& run);
void add_schema(CLI::App& app, Common& common, Run& run);
void add_version(CLI::App& app, Common& common, Run& run);

// The whole command line.
int main(int argc, char** argv) noexcept;

}  // namespace b24gate::cli
