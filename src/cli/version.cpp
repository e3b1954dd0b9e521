#include <fmt/core.h>
#include <httplib.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <unicode/uversion.h>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "journal/journal.hpp"

namespace b24gate::cli {

void add_version(CLI::App& app, Common&, Run& run) {
  auto* command = app.add_subcommand("version", "Version of b24gate and of its libraries");
  auto json_wanted = std::make_shared<bool>(false);
  command->add_flag("--json", *json_wanted, "One JSON document");
  command->callback([&run, json_wanted] {
    run = [json_wanted] {
      const json::Value document = json::Value::object({
          {"b24gate", B24GATE_VERSION},
          {"journal_schema", journal::schema_version()},
          {"sqlite", sqlite3_libversion()},
          {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
          {"cpp-httplib", CPPHTTPLIB_VERSION},
          {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
          {"icu", U_ICU_VERSION},
      });
      if (*json_wanted) {
        print_json(document);
      } else {
        for (const auto& [name, version] : *document.object_if()) fmt::print("{} {}\n", name, version.text());
      }
      return good;
    };
  });
}

}  // namespace b24gate::cli
