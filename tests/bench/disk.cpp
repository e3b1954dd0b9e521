#include "bench/disk.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>

#include "base/time.hpp"
#include "bench/report.hpp"
#include "journal/journal.hpp"

namespace b24gate::bench {
namespace {

using Clock = std::chrono::steady_clock;

int frames_now = 0;

// One connection with its statements; whatever fails ends the bench.
class Raw {
 public:
  explicit Raw(const std::string& file) {
    must(sqlite3_open(file.c_str(), &db_));
    // Those of src/journal/connection.cpp.
    execute(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; "
        "PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=67108864;");
    sqlite3_wal_hook(
        db_,
        [](void*, sqlite3*, const char*, int frames) {
          frames_now = frames;
          return SQLITE_OK;
        },
        nullptr);
  }
  ~Raw() {
    for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(db_);
  }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  void execute(const char* sql) { must(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }

  // A number is bound as such, text as text.
  template <class... Values>
  std::int64_t run(const char* sql, const Values&... values) {
    sqlite3_stmt*& statement = statements_[sql];
    if (statement == nullptr)
      must(sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    int at = 0;
    (bind(statement, ++at, values), ...);
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) code = sqlite3_step(statement);
    if (code != SQLITE_DONE) must(code);
    sqlite3_reset(statement);
    return sqlite3_last_insert_rowid(db_);
  }

  void checkpoint() {
    if (frames_now >= 1'000)
      sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }

 private:
  void must(int code) {
    if (code != SQLITE_OK) give_up(fmt::format("sqlite: {}", sqlite3_errmsg(db_)));
  }
  void bind(sqlite3_stmt* statement, int at, std::int64_t value) {
    must(sqlite3_bind_int64(statement, at, value));
  }
  void bind(sqlite3_stmt* statement, int at, const std::string& text) {
    must(sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC));
  }

  sqlite3* db_ = nullptr;
  std::map<const char*, sqlite3_stmt*> statements_;
};

}  // namespace

std::vector<double> sync_millis(const std::string& folder, int count) {
  const std::string name = folder + "/sync";
  const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::string block(16 * 1024, 'x');
  std::vector<double> out;
  for (int i = 0; i < count; ++i) {
    const auto began = Clock::now();
    if (::write(file, block.data(), block.size()) < 0 || ::fdatasync(file) != 0)
      give_up("cannot write " + name);
    out.push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
  }
  ::close(file);
  ::unlink(name.c_str());
  return out;
}

double commits_of_rows(const std::string& folder, int together, double seconds) {
  const std::string file = folder + "/raw.db";
  const SystemClock clock;
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(file + suffix);
  if (const auto made = journal::Journal::open({file, "", true, false}, clock); !made)
    give_up(made.error().text());
  Raw raw(file);
  const std::string body(1'500, 'x');
  const std::string headers(450, 'h');
  const std::string data(1'900, 'y');
  const std::string answer(31, 'a');
  std::int64_t number = 0;
  const auto began = Clock::now();
  double took = 0;
  while (took < seconds) {
    raw.execute("BEGIN IMMEDIATE");
    for (int i = 0; i < together; ++i) {
      const std::int64_t now = 1'790'000'000'000 + ++number;
      const std::int64_t request = raw.run(
          "INSERT INTO requests(source, connector, received_at, client_ip, method, target, status, outcome, "
          "reason, "
          "origin, answer, headers, body) VALUES ('site-tilda', 'tilda', ?, '127.0.0.1', 'POST', "
          "'/hook/site-tilda/***', 200, 'accepted', '', 'webhook', ?, ?, ?)",
          now, answer, headers, body);
      const std::int64_t event = raw.run(
          "INSERT INTO events(request_id, source, key, kind, received_at, state, reason, data) VALUES (?, "
          "'site-tilda', ?, 'form', ?, 'received', '', ?)",
          request, fmt::format("tilda:1234567:{:010}", number), now, data);
      raw.run("INSERT INTO identities(kind, value, event_id, unfinished) VALUES ('phone', ?, ?, 1)",
              fmt::format("+790{:08}", number), event);
      raw.run("INSERT INTO identities(kind, value, event_id, unfinished) VALUES ('email', ?, ?, 1)",
              fmt::format("k{:010}@zavod-agregat.example", number), event);
      raw.run(
          "INSERT INTO deliveries(event_id, seq, name, method, key, state, params) VALUES (?, 0, 'enquiry', "
          "'', '', "
          "'planned', '')",
          event);
    }
    const std::int64_t mark = raw.run("INSERT INTO commits(writer, own) VALUES (1, ?)", number);
    raw.run("DELETE FROM commits WHERE number <= ? - 64", mark);
    raw.execute("COMMIT");
    raw.checkpoint();
    took = std::chrono::duration<double>(Clock::now() - began).count();
  }
  return static_cast<double>(number) / took;
}

}  // namespace b24gate::bench
