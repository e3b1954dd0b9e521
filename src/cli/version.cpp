#include <fmt/core.h>
#include <httplib.h>
#include <link.h>
#include <maxminddb.h>
#include <openssl/crypto.h>
#include <rapidjson/rapidjson.h>
#include <sqlite3.h>
#include <unicode/uversion.h>

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "journal/journal.hpp"

namespace b24gate::cli {
namespace {

// The version in the file name of a shared library that this process has loaded ("libre2" -> "9.0.0"), for
// those that do not tell it otherwise; empty when it is not among them.
std::string loaded_version(std::string_view library) {
  struct Search {
    std::string part;
    std::string found;
  } search{fmt::format("/{}.so.", library), {}};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto& wanted = *static_cast<Search*>(data);
        const std::string_view name = info->dlpi_name;
        if (name.find(wanted.part) == std::string_view::npos) return 0;
        std::error_code failed;
        const std::string file = std::filesystem::canonical(name, failed).filename().string();
        const std::size_t at = file.find(".so.");
        if (!failed && at != std::string::npos) wanted.found = file.substr(at + 4);
        return 1;
      },
      &search);
  return search.found;
}

json::Value versions() {
  json::Value out = json::Value::object({
      {"b24gate", B24GATE_VERSION},
      {"journal_schema", journal::schema_version()},
      {"sqlite", sqlite3_libversion()},
      {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
      {"cpp-httplib", CPPHTTPLIB_VERSION},
      {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"icu", U_ICU_VERSION},
      {"rapidjson", RAPIDJSON_VERSION_STRING},
      {"cli11", CLI11_VERSION},
      {"maxminddb", MMDB_lib_version()},
  });
  constexpr std::array<std::pair<const char*, const char*>, 9> others = {
      {{"re2", "libre2"},
       {"libphonenumber", "libphonenumber"},
       {"yaml-cpp", "libyaml-cpp"},
       {"pugixml", "libpugixml"},
       {"prometheus-cpp", "libprometheus-cpp-core"},
       {"libstemmer", "libstemmer"},
       {"date", "libdate-tz"},
       {"http-parser", "libhttp_parser"},
       {"libsystemd", "libsystemd"}}};
  for (const auto& [name, library] : others) {
    if (std::string version = loaded_version(library); !version.empty()) out[name] = std::move(version);
  }
  return out;
}

}  // namespace

void add_version(CLI::App& app, Common&, Run& run) {
  auto* command = app.add_subcommand("version", "Version of b24gate and of its libraries");
  auto json_wanted = std::make_shared<bool>(false);
  command->add_flag("--json", *json_wanted, "One JSON document");
  command->callback([&run, json_wanted] {
    run = [json_wanted] {
      const json::Value document = versions();
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
