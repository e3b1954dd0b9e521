// The files: creation, migration, modes, lock, copies, other processes.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>

#include "journal/sql.hpp"
#include "journal/testing/fixture.hpp"

using namespace b24gate;
using journal::Journal;
using journal::Tx;
using journal::testing::Fixture;
using journal::testing::noon;

namespace {

int mode_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? static_cast<int>(status.st_mode & 0777) : -1;
}

void run_sql(const std::string& path, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

Error failure_of(const std::string& path, const Clock& clock, bool read_only = false) {
  auto opened = Journal::open({path, "", true, read_only}, clock);
  return opened ? Error{} : opened.error();
}

// Another process with the fixture's journal, which does something and stays until it is told to die.
class Elsewhere {
 public:
  Elsewhere(Fixture& fixture, const std::function<bool(Journal&)>& act) {
    fixture.journal.reset();  // no thread goes along
    REQUIRE(pipe(told_) == 0);
    REQUIRE(pipe(leave_) == 0);
    child_ = fork();
    if (child_ == 0) {
      fixture.open();
      const char answer = act(*fixture.journal) ? 'y' : 'n';
      if (write(told_[1], &answer, 1) != 1) _exit(1);
      char ignored = 0;
      _exit(read(leave_[0], &ignored, 1) == 1 ? 0 : 1);
    }
    char answer = 'n';
    did = read(told_[0], &answer, 1) == 1 && answer == 'y';
    fixture.open();
  }
  ~Elsewhere() {
    if (child_ > 0) die();
    for (const int fd : {told_[0], told_[1], leave_[0], leave_[1]}) close(fd);
  }
  void die() {
    CHECK(write(leave_[1], "x", 1) == 1);
    waitpid(child_, nullptr, 0);
    child_ = 0;
  }

  bool did = false;

 private:
  int told_[2] = {-1, -1};
  int leave_[2] = {-1, -1};
  pid_t child_ = 0;
};

}  // namespace

TEST_CASE("an empty file becomes a journal of this version, and is opened again as one") {
  Fixture fixture;
  CHECK(fixture.number("PRAGMA user_version") == journal::schema_version());
  CHECK(fixture.number("SELECT value = '1790000000000' FROM meta WHERE name = 'created_at'") == 1);
  fixture.add("k1");
  fixture.open();
  REQUIRE(fixture.journal);
  CHECK(fixture.number("SELECT count(*) FROM events") == 1);
  const std::string empty = fixture.path() + ".empty";
  std::ofstream{empty};
  CHECK(Journal::open({empty, "", false, false}, fixture.clock));
}

TEST_CASE("no list of values is built for each row that is written, and the checks still hold") {
  Fixture fixture;
  CHECK(fixture.number(
            "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'follow_ups' AND sql LIKE '% IN (%'") == 0);
  const auto event = fixture.add("k1");
  for (const std::string_view sql :
       {"UPDATE events SET state = ? WHERE id = ?", "UPDATE deliveries SET state = ? WHERE event_id = ?"}) {
    INFO(sql);
    const auto update = [&](const std::string& state) {
      return fixture.journal->write_now([&](journal::Tx& tx) { return journal::run(tx, sql, state, event); });
    };
    CHECK_FALSE(update("odd"));
    CHECK(update("waiting"));
  }
  CHECK(fixture.number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1);
}

TEST_CASE("a newer journal is refused with what to do, and left as it is") {
  Fixture fixture;
  fixture.add("k1");
  fixture.journal.reset();
  run_sql(fixture.path(), "PRAGMA user_version = 999");
  for (const bool read_only : {false, true}) {
    const Error error = failure_of(fixture.path(), fixture.clock, read_only);
    CHECK(error.kind == ErrorKind::config);
    CHECK(error.move == Move::administrator);
    CHECK(error.what.find("version 999") != std::string::npos);
  }
  run_sql(fixture.path(), ("PRAGMA user_version = " + std::to_string(journal::schema_version())).c_str());
  fixture.open();
  CHECK(fixture.number("SELECT count(*) FROM events") == 1);
}

TEST_CASE("other databases and other files are no journals") {
  Fixture fixture;
  const std::string foreign = fixture.path() + ".foreign";
  run_sql(foreign, "CREATE TABLE theirs(x)");
  CHECK(failure_of(foreign, fixture.clock).what.find("another program") != std::string::npos);
  std::ifstream header(foreign, std::ios::binary);
  header.seekg(18);
  CHECK(header.get() == 1);  // still no WAL
  const std::string text = fixture.path() + ".text";
  std::ofstream{text} << std::string(8'192, 'x');
  const Error error = failure_of(text, fixture.clock);
  CHECK(error.kind == ErrorKind::config);
  CHECK(error.what.find("no journal") != std::string::npos);
  const Error folder = failure_of(fixture.path() + ".none/b24gate.db", fixture.clock);
  CHECK(folder.kind == ErrorKind::disk);
  CHECK(folder.move == Move::administrator);
}

TEST_CASE("every file is its owner's alone, whatever the umask") {
  const mode_t before = umask(0);
  Fixture fixture;
  fixture.add("k1");
  CHECK(fixture.journal->lock().value());
  CHECK(fixture.journal->backup(fixture.path() + ".copy"));
  for (const char* suffix : {"", "-wal", "-shm", ".lock", ".copy"}) {
    INFO(suffix);
    CHECK(mode_of(fixture.path() + suffix) == 0600);
  }
  umask(before);
}

TEST_CASE("a second process does not get the lock, until the first one dies") {
  Fixture fixture;
  Elsewhere first(fixture, [](Journal& journal) { return journal.lock().value_or(false); });
  CHECK(first.did);
  CHECK_FALSE(fixture.journal->lock().value());
  CHECK(fixture.record(Fixture::request("beside")));  // the command line works beside the daemon
  first.die();
  CHECK(fixture.journal->lock().value());
  CHECK(fixture.journal->lock().value());
}

TEST_CASE("a turn is waited for, and given back by a process that dies") {
  Fixture fixture;
  std::shared_ptr<void> turn;
  Elsewhere first(fixture, [&](Journal& journal) {
    turn = journal.turn("renewal").value_or(nullptr);
    return turn != nullptr;
  });
  CHECK(first.did);
  CHECK(fixture.journal->turn("other"));  // of another kind: free
  const int file = open((fixture.path() + ".renewal.lock").c_str(), O_RDWR | O_CLOEXEC);
  CHECK(flock(file, LOCK_EX | LOCK_NB) != 0);
  std::thread waiting([&] { CHECK(fixture.journal->turn("renewal")); });
  first.die();
  waiting.join();
  // Given back, and again at once each time.
  CHECK(flock(file, LOCK_EX | LOCK_NB) == 0);
  close(file);
  CHECK(fixture.journal->turn("renewal"));
  CHECK(fixture.journal->turn("renewal"));
}

TEST_CASE("what others commit is seen, what we commit is not taken for theirs") {
  Fixture fixture;
  const auto before = fixture.journal->changes_by_others();
  fixture.add("ours");
  CHECK(fixture.journal->changes_by_others() == before);
  auto other = Journal::open({fixture.path(), "", false, false}, fixture.clock);
  REQUIRE(other);
  REQUIRE((*other)->write_now([](Tx& tx) { return journal::wake(tx, noon); }));
  const auto after = fixture.journal->changes_by_others();
  CHECK(after != before);
  for (int i = 0; i < 100; ++i) fixture.add("k" + std::to_string(i));
  CHECK(fixture.journal->changes_by_others() == after);
  CHECK(fixture.number("SELECT count(*) FROM commits") <= 64);
}

TEST_CASE("a journal that is open for reading only cannot be written") {
  Fixture fixture;
  fixture.add("k1");
  auto looker = Journal::open({fixture.path(), "", false, true}, fixture.clock);
  REQUIRE(looker);
  auto reader = (*looker)->reader();
  CHECK(journal::find_events(*reader, {}).value().size() == 1);
  const Done done = (*looker)->write_now([](Tx& tx) { return journal::wake(tx, noon); });
  REQUIRE_FALSE(done);
  CHECK(done.error().kind == ErrorKind::refused);
}

TEST_CASE("a reader cannot write, and a snapshot sees one moment") {
  Fixture fixture;
  fixture.add("k1");
  auto reader = fixture.journal->reader();
  {
    auto statement = reader->prepare("DELETE FROM turns");
    CHECK_FALSE((statement && statement->run()));
  }
  constexpr std::string_view count = "SELECT count(*) FROM events";
  const auto seen = [&](journal::Reader& snapshot) {
    auto statement = snapshot.prepare(count);
    REQUIRE(statement->step().value());
    return statement->integer(0);
  };
  CHECK(reader->snapshot([&](journal::Reader& snapshot) -> Done {
    CHECK(seen(snapshot) == 1);
    fixture.add("k2");
    CHECK(seen(snapshot) == 1);
    return {};
  }));
  CHECK(seen(*reader) == 2);
}

TEST_CASE("a copy that is made while others write is whole, and replaces nothing") {
  Fixture fixture;
  const std::string copy = fixture.path() + ".copy";
  for (int i = 0; i < 50; ++i) fixture.add("before" + std::to_string(i));
  std::atomic<bool> stop{false};
  std::atomic<int> written{0};
  std::thread writing([&] {
    while (!stop) {
      if (fixture.record(Fixture::request("k" + std::to_string(written)))) ++written;
    }
  });
  Done copied;
  for (int round = 0; round < 3 && copied; ++round) {
    std::filesystem::remove(copy);
    copied = fixture.journal->backup(copy);
  }
  stop = true;
  writing.join();
  CHECK(copied);
  const auto size = std::filesystem::file_size(copy);
  const Done again = fixture.journal->backup(copy);
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == ErrorKind::refused);
  CHECK(again.error().what.find("already") != std::string::npos);
  CHECK(std::filesystem::file_size(copy) == size);
  CHECK_FALSE(std::filesystem::exists(copy + ".part"));
  CHECK_FALSE(std::filesystem::exists(copy + "-wal"));
  Journal& journal = *fixture.journal;
  CHECK(journal.backup(fixture.path()).error().kind == ErrorKind::refused);
  CHECK(journal.backup(fixture.path() + "-wal").error().kind == ErrorKind::refused);
  CHECK_FALSE(journal.backup(fixture.path() + ".none/copy"));
  auto opened = Journal::open({copy, "", false, false}, fixture.clock);
  REQUIRE(opened);
  auto reader = (*opened)->reader();
  CHECK(journal::find_events(*reader, {}).value().size() >= 50);
  auto check = reader->prepare("PRAGMA integrity_check");
  REQUIRE(check->step().value());
  CHECK(check->text(0) == "ok");
}
