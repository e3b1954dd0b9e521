#include "bench/world.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace b24gate::bench {
namespace {

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

double status_mb(pid_t pid, const std::string& key) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind(key, 0) == 0) return std::stod(line.substr(key.size() + 1)) / 1024;
  }
  return 0;
}

// User's and system's, in seconds.
double processor_of(pid_t pid) {
  // Fields 14 and 15, counted from behind the name, which may hold spaces.
  const std::string text = e2e::read_file(fmt::format("/proc/{}/stat", pid));
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 2)));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

const char* const sales_people =
    "employees:\n  a: { user_id: 12 }\n  b: { user_id: 14 }\n  c: { user_id: 31 }\n  d: { user_id: 25 }\n"
    "  e: { user_id: 34 }\n  boss: { user_id: 7 }\n"
    "groups:\n  sales: { members: [a, b, c, d, e], choose: round_robin }\naccount_manager: boss\n";
const char* const sales_rules =
    "rules:\n  - name: all\n    assign: sales\n    notify: \"[url={{ lead.url }}]{{ lead.TITLE | escape "
    "}}[/url]\"\nfallback: { assign: account_manager }\n";

World::World(const Options& options, const std::string& name, WorldOptions world)
    : keep_(options.keep),
      folder_((std::filesystem::absolute(options.folder) / fmt::format("bench-{}-{}", name, ::getpid()))
                  .string()),
      port_(e2e::free_port()),
      admin_port_(e2e::free_port()) {
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
  std::filesystem::create_directory_symlink(e2e::source_file("connectors"), folder_ + "/connectors");
  std::filesystem::copy(e2e::source_file("mappings"), folder_ + "/mappings");
  if (!world.employees.empty()) write_file(folder_ + "/mappings/employees.yaml", world.employees);
  if (!world.distribution.empty()) write_file(folder_ + "/mappings/distribution.yaml", world.distribution);
  write_file(
      folder_ + "/config.yaml",
      fmt::format("server:\n  listen: 127.0.0.1:{}\nadmin:\n  listen: 127.0.0.1:{}\nstorage:\n  path: data\n"
                  "portal: {{ url: \"http://127.0.0.1:{}/rest/1/sandbox-secret/\", plan: {}{} }}\n"
                  "sources:\n  site-tilda: {{ title: Сайт, connector: tilda, secret: bench-secret, mapping: "
                  "mappings/tilda.yaml }}\n"
                  "employees: mappings/employees.yaml\ndistribution: mappings/distribution.yaml\n"
                  "dictionaries: mappings/dictionaries.yaml\n",
                  port_, admin_port_, world.portal_port > 0 ? world.portal_port : e2e::free_port(),
                  world.plan, world.portal));
}

World::~World() {
  daemon_.kill();
  if (keep_) return;
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void World::launch(const std::vector<std::string>& under) {
  std::vector<std::string> arguments = under;
  for (const auto& one :
       {e2e::program(), std::string("run"), std::string("--config"), folder_ + "/config.yaml"})
    arguments.push_back(one);
  daemon_ = e2e::Process(arguments, {}, folder_ + "/daemon.log");
}

void World::start(const std::vector<std::string>& under) {
  launch(under);
  const bool ready = e2e::wait_until(
      [&] { return !daemon_.running() || e2e::request("GET", admin_port_, "/healthz").status != 0; }, 120);
  if (!ready || !daemon_.running())
    give_up("the daemon does not start:\n" + e2e::read_file(folder_ + "/daemon.log"));
}

void World::stop() {
  daemon_.signal(SIGTERM);
  if (!daemon_.wait(60)) give_up("the daemon does not stop");
}

void World::forget_journal() { std::filesystem::remove_all(folder_ + "/data"); }

std::int64_t World::number(const std::string& sql) const {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  std::int64_t out = -1;
  if (sqlite3_open_v2(journal().c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK) {
    sqlite3_busy_timeout(db, 5'000);
    if (sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
      out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
  }
  sqlite3_close(db);
  return out;
}

double World::wait_until_none(const std::string& sql, double limit) const {
  const auto began = std::chrono::steady_clock::now();
  if (!e2e::wait_until([&] { return number(sql) == 0; }, static_cast<int>(limit)))
    give_up("still not none: " + sql);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

double World::memory() const { return status_mb(daemon_.pid(), "VmRSS:"); }

double World::peak_memory() const { return status_mb(daemon_.pid(), "VmHWM:"); }

double World::processor() const { return processor_of(daemon_.pid()); }

Sandbox::Sandbox(const std::string& folder, std::uint16_t port, double rate, int burst, bool operating)
    : port_(port),
      process_({e2e::program(), "sandbox", "--listen", fmt::format("127.0.0.1:{}", port), "--rate",
                fmt::format("{}", rate), "--burst", std::to_string(burst)},
               {}, folder + "/sandbox.log") {
  wait_for_listener(port);
  if (!operating) {
    e2e::request("POST", port, "/sandbox/limits",
                 fmt::format(R"({{"rate":{},"burst":{},"operating_limit":0}})", rate, burst),
                 "application/json");
  }
}

json::Value Sandbox::counters() const {
  return e2e::request("GET", port_, "/sandbox/state?limit=1").json()["counters"];
}

BareServer::BareServer(const std::string& folder, int threads)
    : port_(e2e::free_port()),
      process_({"/proc/self/exe", "serve-bare", std::to_string(port_), std::to_string(threads)}, {},
               folder + "/bare.log") {
  wait_for_listener(port_);
}

double BareServer::processor() const { return processor_of(process_.pid()); }

int serve_bare(std::uint16_t port, int threads) {
  httplib::Server server;
  server.new_task_queue = [threads] { return new httplib::ThreadPool(static_cast<std::size_t>(threads)); };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000'000'000);
  server.set_keep_alive_timeout(60);
  int listener = -1;
  server.set_socket_options([&](socket_t socket) {
    listener = socket;
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  server.Post(".*", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(R"({"status":"accepted","id":"r1"})", "application/json");
  });
  if (!server.bind_to_port("127.0.0.1", port)) return 1;
  // The library listens with a backlog of 5; a second call changes it.
  ::listen(listener, 4096);
  return server.listen_after_bind() ? 0 : 1;
}

void wait_for_listener(std::uint16_t port) {
  const bool there = e2e::wait_until(
      [&] {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool accepted = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        ::close(fd);
        return accepted;
      },
      20);
  if (!there) give_up(fmt::format("nobody listens on port {}", port));
}

}  // namespace b24gate::bench
