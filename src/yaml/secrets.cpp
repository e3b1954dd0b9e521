#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

#include "base/os_error.hpp"
#include "yaml/types.hpp"

namespace b24gate::yaml {
namespace {

tl::unexpected<Error> mistake(std::string what) {
  return fail(ErrorKind::config, "", std::move(what), Ran::no, Move::administrator);
}

Result<std::string> file_contents(const std::string& path) {
  constexpr std::size_t bound = 64 * 1024;
  std::ifstream file(path, std::ios::binary);
  if (!file) return mistake(fmt::format("the file '{}' cannot be read: {}", path, os_error(errno)));
  // read() keeps to the bound and does not throw, also where the path is a folder or a device.
  std::string text(bound + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return mistake(fmt::format("the file '{}' cannot be read", path));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > bound) return mistake(fmt::format("the file '{}' is too large for a secret", path));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

// The last NAME=VALUE of that name; quotes around the value are taken off.
std::optional<std::string> in_environment_file(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  std::optional<std::string> found;
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, name.size(), name) != 0 || line.size() <= name.size() || line[name.size()] != '=')
      continue;
    std::string value = line.substr(name.size() + 1);
    if (!value.empty() && value.back() == '\r') value.pop_back();
    const bool quoted =
        value.size() > 1 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
    found = quoted ? value.substr(1, value.size() - 2) : value;
  }
  return found;
}

}  // namespace

Result<std::string> SystemSecrets::find(std::string_view kind, std::string_view name) const {
  const std::string key(name);
  if (kind == "env") {
    const char* value =
        std::getenv(key.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets the environment
    if (value) return std::string(value);
    if (auto written = in_environment_file(environment_file_, key)) return std::move(*written);
    return mistake(fmt::format("the environment variable {} is not set", name));
  }
  if (kind == "file") return file_contents(key);
  if (kind == "credential") {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");  // NOLINT(concurrency-mt-unsafe): as above
    if (!folder) {
      return mistake(
          fmt::format("no credentials are handed to this process: run it under systemd with "
                      "LoadCredential={}:…, or write ${{file:PATH}}",
                      name));
    }
    if (key.empty() || key.find('/') != std::string::npos) {
      return mistake(fmt::format("'{}' is no name of a credential", name));
    }
    return file_contents(std::string(folder) + "/" + key);
  }
  return mistake(fmt::format(
      "unknown kind of secret '{}': write ${{env:NAME}}, ${{file:PATH}} or ${{credential:NAME}}", kind));
}

}  // namespace b24gate::yaml
