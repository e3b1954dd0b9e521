#include "journal/wal_gather.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "journal/connection.hpp"
#include "journal/testing/faulty_vfs.hpp"
#include "journal/testing/fixture.hpp"

using namespace b24gate;
using journal::Connection;
using journal::testing::Fixture;

namespace {

constexpr const char* many_rows =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) "
    "INSERT INTO turns(name, employee) SELECT printf('%d of %s', i, 'a group with a long name'), "
    "hex(zeroblob(500)) FROM n";

std::unique_ptr<Connection> connect(const Fixture& fixture) {
  auto opened = Connection::open(fixture.path(), journal::testing::faulty_vfs, Connection::Use::write);
  REQUIRE(opened);
  return std::move(*opened);
}

std::int64_t rows(Connection& connection) { return connection.number("SELECT count(*) FROM turns").value(); }

bool is_whole(Connection& connection) {
  auto check = connection.prepare("PRAGMA integrity_check");
  return check && check->step() && check->text(0) == "ok";
}

void write_many_rows(Connection& connection) {
  REQUIRE(connection.execute("BEGIN IMMEDIATE"));
  REQUIRE(connection.execute(many_rows));
}

Done commit_gathered(Connection& connection, std::string& buffer) {
  const journal::WalGather together(buffer);
  return connection.execute("COMMIT");
}

}  // namespace

TEST_CASE("the pages of a commit are written together, before the log is synced") {
  auto& faults = journal::testing::faults();
  Fixture fixture(journal::testing::faulty_vfs);
  const auto connection = connect(fixture);
  const auto other = connect(fixture);
  std::string buffer;
  const auto frames_before = connection->wal_frames();
  write_many_rows(*connection);
  const auto writes = faults.writes.load();
  const auto syncs = faults.syncs.load();
  REQUIRE(commit_gathered(*connection, buffer));
  CHECK(connection->wal_frames() - frames_before > 200);
  CHECK(faults.writes.load() - writes < 30);
  CHECK(faults.syncs.load() - syncs <= 2);
  CHECK(buffer.empty());
  CHECK(rows(*other) == 400);
  CHECK(is_whole(*other));
}

TEST_CASE("a commit whose pages cannot be written is none, and leaves nothing that is written later") {
  auto& faults = journal::testing::faults();
  Fixture fixture(journal::testing::faulty_vfs);
  const auto connection = connect(fixture);
  const auto other = connect(fixture);
  std::string buffer;
  for (auto* fault : {&faults.full, &faults.write_fails, &faults.sync_fails}) {
    write_many_rows(*connection);
    *fault = true;
    CHECK_FALSE(commit_gathered(*connection, buffer));
    *fault = false;
    CHECK(buffer.empty());
    if (!connection->idle()) REQUIRE(connection->execute("ROLLBACK"));
    // Another one writes where the failed commit would have stood; what follows must not fall upon it.
    REQUIRE(other->execute("INSERT INTO turns(name, employee) VALUES ('another', 'one')"));
    REQUIRE(connection->execute("BEGIN IMMEDIATE"));
    REQUIRE(connection->execute("UPDATE turns SET employee = 'two'"));
    REQUIRE(commit_gathered(*connection, buffer));
    CHECK(rows(*other) == 1);
    CHECK(is_whole(*other));
    REQUIRE(other->execute("DELETE FROM turns"));
  }
}

TEST_CASE("a VFS that is not there is told when the file is opened") {
  CHECK(journal::gathering_vfs("no such disk") == "no such disk");
  CHECK(journal::gathering_vfs("") == journal::gathering_vfs(""));
}
