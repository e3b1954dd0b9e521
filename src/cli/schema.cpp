#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "config/configuration.hpp"

namespace b24gate::cli {

void add_schema(CLI::App& app, Common&, Run& run) {
  auto* command = app.add_subcommand(
      "schema", "JSON Schema of a configuration file, from the declarations that check uses");
  auto name = std::make_shared<std::string>();
  command->add_option("name", *name, "config, mapping, employees, distribution or dictionaries")->required();
  command->callback([&run, name] {
    run = [name] {
      const auto document = config::schema_document(*name);
      if (!document) {
        complain(fmt::format(
            "no schema '{}'; there are config, mapping, employees, distribution, dictionaries, texts",
            *name));
        return usage;
      }
      print_json(*document);
      return good;
    };
  });
}

}  // namespace b24gate::cli
