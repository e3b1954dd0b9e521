// Real processes for end-to-end tests: the daemon and the sandbox, started, killed and asked over HTTP.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "json/value.hpp"

namespace b24gate::e2e {

// Waits until `condition` holds; false after `limit_s` seconds of waiting in vain.
bool wait_until(const std::function<bool()>& condition, int limit_s = 30);

// A free TCP port of loopback, below those that the system gives to outgoing connections: none of them takes
// it while the process that listens there is down.
std::uint16_t free_port();

// The folder of a test: made empty, removed at the end. It stays when keep() was called, or when a REQUIRE
// that failed ended the test; then its name is printed.
class Folder {
 public:
  explicit Folder(const std::string& name);
  ~Folder();
  [[nodiscard]] const std::string& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const;
  void keep() { kept_ = true; }

 private:
  std::string path_;
  bool kept_ = false;
};

class Process {
 public:
  Process() = default;
  // Runs `arguments` with `environment` added to ours; both outputs go to the file `log`.
  Process(std::vector<std::string> arguments, std::map<std::string, std::string> environment,
          const std::string& log);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();  // kills

  void signal(int number) const;
  // The exit code; minus the signal's number when it was killed; nullopt when it does not end within
  // `limit_s`.
  std::optional<int> wait(int limit_s = 15);
  void kill();
  [[nodiscard]] bool running();
  // No file of it may grow beyond so many bytes from now on: what a full disk looks like to SQLite. Nothing:
  // as large as they like. False when the system refuses.
  [[nodiscard]] bool limit_files(std::optional<std::uint64_t> bytes) const;
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

struct Answer {
  int status = 0;  // 0: no answer
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  [[nodiscard]] json::Value json() const;
};
Answer request(const std::string& method, std::uint16_t port, const std::string& path,
               const std::string& body = "",
               const std::string& content_type = "application/x-www-form-urlencoded",
               const std::vector<std::pair<std::string, std::string>>& headers = {});

// What a command prints to standard output, and its exit code.
struct Output {
  int code = -1;
  std::string text;
  std::string errors;
};
Output command(const std::vector<std::string>& arguments,
               const std::map<std::string, std::string>& environment = {});

// The program under test: that of this build, or the one that the environment's B24GATE_PROGRAM names (an
// installed package, another build).
std::string program();
// A file of the source tree.
std::string source_file(const std::string& name);
std::string read_file(const std::string& path);

}  // namespace b24gate::e2e
