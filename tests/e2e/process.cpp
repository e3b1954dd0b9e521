#include "e2e/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <httplib.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <set>

namespace b24gate::e2e {
namespace {

using Clock = std::chrono::steady_clock;

// Lets other processes run: what is waited for happens in them.
void yield_briefly() { ::poll(nullptr, 0, 10); }

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

pid_t spawn(std::vector<std::string> arguments, const std::map<std::string, std::string>& environment,
            int out, int err) {
  auto argv = pointers(arguments);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  unsetenv("JOURNAL_STREAM");
  execv(argv[0], argv.data());
  _exit(127);
}

}  // namespace

bool wait_until(const std::function<bool()>& condition, int limit_s) {
#ifdef B24GATE_SANITIZED
  limit_s *= 4;
#endif
  const auto end = Clock::now() + std::chrono::seconds{limit_s};
  while (!condition()) {
    if (Clock::now() > end) return false;
    yield_briefly();
  }
  return true;
}

std::uint16_t free_port() {
  static std::mt19937 random{std::random_device{}()};
  static std::set<std::uint16_t> given;  // a port is free until its process has started
  for (int tries = 0; tries < 1'000; ++tries) {
    const auto port = static_cast<std::uint16_t>(10'000 + random() % 22'000);
    if (given.count(port)) continue;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    if (!free) continue;
    given.insert(port);
    return port;
  }
  return 0;
}

Folder::Folder(const std::string& name)
    : path_((std::filesystem::temp_directory_path() / ("b24gate-" + name + "-" + std::to_string(getpid())))
                .string()) {
  std::filesystem::remove_all(path_);
  std::filesystem::create_directories(path_);
}

Folder::~Folder() {
  if (kept_ || std::uncaught_exceptions() > 0) {
    std::cerr << "kept: " << path_ << '\n';
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Folder::write(const std::string& name, const std::string& text) const {
  const std::filesystem::path file = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

Process::Process(std::vector<std::string> arguments, std::map<std::string, std::string> environment,
                 const std::string& log) {
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = spawn(std::move(arguments), environment, out, out);
  close(out);
}

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    kill();
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

Process::~Process() { kill(); }

void Process::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

std::optional<int> Process::wait(int limit_s) {
  if (pid_ <= 0) return std::nullopt;
  int status = 0;
  const bool ended = wait_until([&] { return waitpid(pid_, &status, WNOHANG) == pid_; }, limit_s);
  if (!ended) return std::nullopt;
  pid_ = -1;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void Process::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
}

bool Process::running() {
  if (pid_ <= 0) return false;
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

bool Process::limit_files(std::optional<std::uint64_t> bytes) const {
  const rlimit limit{bytes ? static_cast<rlim_t>(*bytes) : RLIM_INFINITY, RLIM_INFINITY};
  return pid_ > 0 && prlimit(pid_, RLIMIT_FSIZE, &limit, nullptr) == 0;
}

json::Value Answer::json() const {
  auto value = json::parse(body, {64, 10'000'000});  // the sandbox's state grows with the test
  return value ? std::move(*value) : json::Value();
}

Answer request(const std::string& method, std::uint16_t port, const std::string& path,
               const std::string& body, const std::string& content_type,
               const std::vector<std::pair<std::string, std::string>>& headers) {
  httplib::Client client("127.0.0.1", port);
  client.set_connection_timeout(5);
  client.set_read_timeout(30);
  httplib::Request outgoing;
  outgoing.method = method;
  outgoing.path = path;
  outgoing.body = body;
  if (!body.empty()) outgoing.set_header("Content-Type", content_type);
  for (const auto& [name, value] : headers) outgoing.set_header(name.c_str(), value);
  Answer out;
  if (const auto result = client.send(outgoing)) {
    out.status = result->status;
    out.body = result->body;
    for (const auto& header : result->headers) out.headers.push_back(header);
  }
  return out;
}

Output command(const std::vector<std::string>& arguments,
               const std::map<std::string, std::string>& environment) {
  const Folder folder("command");
  const std::string out_name = folder.path() + "/out";
  const std::string err_name = folder.path() + "/err";
  const int out = open(out_name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const int err = open(err_name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const pid_t pid = spawn(arguments, environment, out, err);
  close(out);
  close(err);
  int status = 0;
  waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), read_file(out_name),
          read_file(err_name)};
}

std::string program() {
  const char* another = std::getenv("B24GATE_PROGRAM");
  return another ? another : B24GATE_PROGRAM;
}
std::string source_file(const std::string& name) { return std::string(B24GATE_SOURCE_DIR) + "/" + name; }

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace b24gate::e2e
