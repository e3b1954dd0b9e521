#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/commands.hpp"
#include "cli/event_choice.hpp"
#include "cli/output.hpp"

namespace b24gate::cli {
namespace {

int run_backup(const Common& common, const std::string& file, bool json_wanted) {
  const SystemClock clock;
  const auto opened = open_or_complain(common, clock, true);
  if (!opened) return wrong;
  if (const Done copied = opened->journal->backup(file); !copied) {
    complain(copied.error().text());
    return wrong;
  }
  std::error_code unknown;
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(file, unknown));
  if (json_wanted) {
    print_json(json::Value::object({{"file", file}, {"bytes", bytes}}));
  } else {
    fmt::print("{}: {} bytes, checked\n", file, bytes);
  }
  return good;
}

}  // namespace

void add_backup(CLI::App& app, Common& common, Run& run) {
  auto* command = app.add_subcommand("backup", "Copy the journal, also while the service runs");
  auto file = std::make_shared<std::string>();
  auto json_wanted = std::make_shared<bool>(false);
  command->add_option("file", *file, "The copy; there must be no file of this name yet")->required();
  command->add_flag("--json", *json_wanted, "One JSON document");
  command->callback([&run, &common, file, json_wanted] {
    run = [&common, file, json_wanted] { return run_backup(common, *file, *json_wanted); };
  });
}

}  // namespace b24gate::cli
