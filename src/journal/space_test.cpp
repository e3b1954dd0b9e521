// The file gives back what was removed from it.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include "journal/testing/fixture.hpp"

using namespace b24gate;
using journal::Tx;
using journal::testing::Fixture;
using journal::testing::noon;

namespace {

constexpr Milliseconds day{86'400'000};

void fill(Fixture& fixture, int requests = 400) {
  for (int i = 0; i < requests; ++i) {
    auto request = Fixture::request("k" + std::to_string(i), "", false);
    request.body = std::string(40'000, 'b');
    REQUIRE(fixture.record(request));
  }
}

// The steps that a loop of the daemon makes, until nothing is left to do. Returns how many gave pages back.
int sweep(Fixture& fixture) {
  int steps = 0;
  for (std::int64_t done = 1; done > 0;) {
    REQUIRE(fixture.journal->write_now([&](Tx& tx) -> Done {
      done = journal::prune(tx, noon + day, noon + day, 500).value();
      if (done > 0) return {};
      done = journal::give_back(tx).value();
      if (done > 0) ++steps;
      return {};
    }));
  }
  return steps;
}

}  // namespace

TEST_CASE("after a prune the file becomes smaller, in small steps") {
  Fixture fixture;
  CHECK(fixture.number("PRAGMA auto_vacuum") == 2);
  fill(fixture);
  REQUIRE(fixture.journal->empty_wal());
  const auto before = fixture.journal->size_on_disk();
  CHECK(sweep(fixture) > 5);
  REQUIRE(fixture.journal->empty_wal());
  const auto after = fixture.journal->size_on_disk();
  CHECK(before > 16'000'000);
  CHECK(after < 5'000'000);
  CHECK(fixture.number("PRAGMA freelist_count") <= 1'000);
  CHECK(fixture.number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1);
  fixture.add("later");
}

TEST_CASE("the log is copied into the database while the writer has nothing more to do") {
  Fixture fixture;
  fill(fixture, 150);  // some 3,000 pages, fewer than make the writer copy by itself
  while (std::filesystem::file_size(fixture.path()) < 4'000'000) std::this_thread::yield();
  CHECK(fixture.number("SELECT count(*) FROM requests") == 150);
  // The next one begins the log anew, or goes on at its end: the same either way.
  fixture.add("later");
  CHECK(fixture.number("SELECT count(*) FROM requests") == 151);
  CHECK(fixture.number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1);
}

TEST_CASE("the log begins anew while requests come without a pause") {
  Fixture fixture;
  const auto size = [&] { return std::filesystem::file_size(fixture.path() + "-wal"); };
  // 100 MB, which is more than three times what the log may grow to; nobody waits for the one before.
  constexpr int requests = 1'600;
  std::atomic<int> told{0};
  std::atomic<std::uintmax_t> largest{0};
  std::promise<void> all;
  for (int i = 0; i < requests; ++i) {
    auto request = Fixture::request("k" + std::to_string(i));
    request.body.assign(64'000, 'x');
    fixture.journal->write(
        [request = std::move(request)](Tx& tx) -> Done {
          auto recorded = journal::record(tx, request);
          return recorded ? Done() : tl::unexpected(recorded.error());
        },
        [&](const Done& done) {
          CHECK(done);
          largest = std::max(largest.load(), size());
          if (++told == requests) all.set_value();
        });
    if (i % 16 == 15) REQUIRE(fixture.record(Fixture::request("w" + std::to_string(i))));
  }
  all.get_future().wait();
  // One group more than the bound.
  CAPTURE(largest.load());
  CHECK(largest > 1U << 20U);
  CHECK(largest < 34U << 20U);
}

TEST_CASE("a file of an older program stays as it is, until it is written anew") {
  Fixture fixture;
  fixture.journal.reset();
  std::filesystem::remove(fixture.path());
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(fixture.path().c_str(), &db) == SQLITE_OK);
  // As those files were begun: a WAL before anything else.
  REQUIRE(sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA application_id=1110586471", nullptr, nullptr,
                       nullptr) == SQLITE_OK);
  sqlite3_close(db);
  fixture.open();
  REQUIRE(fixture.journal);
  CHECK(fixture.number("PRAGMA auto_vacuum") == 0);
  fill(fixture);
  const auto before = fixture.journal->size_on_disk();
  CHECK(sweep(fixture) == 0);
  CHECK(fixture.journal->size_on_disk() >= before / 2);
  REQUIRE(fixture.journal->compact());
  CHECK(fixture.journal->size_on_disk() < 1'000'000);
  fixture.open();
  CHECK(fixture.number("PRAGMA auto_vacuum") == 2);
  fixture.add("later");
}
