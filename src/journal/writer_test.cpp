// The writer: groups, isolation, broken disks, crashes.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "journal/testing/faulty_vfs.hpp"
#include "journal/testing/fixture.hpp"

using namespace b24gate;
using journal::Tx;
using journal::testing::Fixture;

namespace {

std::int64_t count(journal::Journal& journal, std::string_view sql) {
  auto reader = journal.reader();
  auto statement = reader->prepare(sql);
  REQUIRE(statement);
  REQUIRE(statement->step().value());
  return statement->integer(0);
}

// What a group needs to gather: the writer held back until the test lets it go.
class Gate {
 public:
  Done wait(Tx&) {
    std::unique_lock lock(mutex_);
    entered_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    return {};
  }
  void wait_until_entered() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return entered_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool entered_ = false;
  bool open_ = false;
};

}  // namespace

TEST_CASE("jobs that wait together share one commit and one fsync, and are told after it") {
  auto& faults = journal::testing::faults();
  Fixture fixture(journal::testing::faulty_vfs);
  Gate gate;
  std::promise<void> first;
  fixture.journal->write([&](Tx& tx) { return gate.wait(tx); }, [&](const Done&) { first.set_value(); });
  gate.wait_until_entered();
  constexpr int jobs = 100;
  std::atomic<int> told{0};
  std::atomic<std::uint64_t> syncs_when_told{~0ULL};
  std::promise<void> all;
  for (int i = 0; i < jobs; ++i) {
    fixture.journal->write(
        [i](Tx& tx) -> Done {
          auto recorded = journal::record(tx, Fixture::request("k" + std::to_string(i)));
          return recorded ? Done() : Done(tl::unexpected(recorded.error()));
        },
        [&](const Done& done) {
          CHECK(done);
          syncs_when_told = std::min(syncs_when_told.load(), faults.syncs.load());
          if (++told == jobs) all.set_value();
        });
  }
  const auto before = fixture.journal->stats().commits;
  const auto syncs_before = faults.syncs.load();
  gate.open();
  first.get_future().wait();
  all.get_future().wait();
  CHECK(fixture.journal->stats().commits - before == 2);  // the gate's group, and one for the hundred
  CHECK(syncs_when_told.load() >= syncs_before + 2);
  CHECK(count(*fixture.journal, "SELECT count(*) FROM requests") == jobs);
}

TEST_CASE("a job that fails is rolled back alone") {
  Fixture fixture;
  Gate gate;
  fixture.journal->write([&](Tx& tx) { return gate.wait(tx); }, [](const Done&) {});
  gate.wait_until_entered();
  std::promise<Done> bad;
  std::promise<Done> thrown;
  std::promise<Done> good;
  fixture.journal->write(
      [](Tx& tx) -> Done {
        if (!journal::record(tx, Fixture::request("bad"))) return fail(ErrorKind::internal, "", "");
        return fail(ErrorKind::refused, "test", "no");
      },
      [&](Done done) { bad.set_value(std::move(done)); });
  fixture.journal->write([](Tx&) -> Done { throw std::runtime_error("x"); },
                         [&](Done done) { thrown.set_value(std::move(done)); });
  fixture.journal->write(
      [](Tx& tx) -> Done {
        auto recorded = journal::record(tx, Fixture::request("good"));
        return recorded ? Done() : Done(tl::unexpected(recorded.error()));
      },
      [&](Done done) { good.set_value(std::move(done)); });
  gate.open();
  CHECK(bad.get_future().get().error().what == "no");
  CHECK(thrown.get_future().get().error().kind == ErrorKind::internal);
  CHECK(good.get_future().get());
  CHECK(count(*fixture.journal, "SELECT count(*) FROM events") == 1);
  CHECK(count(*fixture.journal, "SELECT count(*) FROM events WHERE key = 'good'") == 1);
}

TEST_CASE(
    "a full disk fails the group, is noticed, and is recovered from without being reopened by anybody") {
  auto& faults = journal::testing::faults();
  Fixture fixture(journal::testing::faulty_vfs);
  REQUIRE(fixture.record(Fixture::request("before")));
  for (auto* fault : {&faults.full, &faults.sync_fails, &faults.write_fails}) {
    *fault = true;
    const auto failed = fixture.record(Fixture::request("during"));
    REQUIRE_FALSE(failed);
    CHECK(failed.error().kind == ErrorKind::disk);
    CHECK(failed.error().ran == Ran::no);
    CHECK(failed.error().move == Move::ours);
    CHECK_FALSE(fixture.journal->health().healthy);
    CHECK_FALSE(fixture.journal->health().reason.empty());
    *fault = false;
    REQUIRE(fixture.record(Fixture::request("after" + std::to_string(faults.writes))));
    CHECK(fixture.journal->health().healthy);
  }
  CHECK(count(*fixture.journal, "SELECT count(*) FROM events WHERE key = 'during'") == 0);
  CHECK(count(*fixture.journal, "SELECT count(*) FROM events") == 4);
}

TEST_CASE("while nobody writes, an unhealthy journal finds out by itself that the disk is well again") {
  auto& faults = journal::testing::faults();
  Fixture fixture(journal::testing::faulty_vfs);
  faults.full = true;
  CHECK_FALSE(fixture.record(Fixture::request("during")));
  faults.full = false;
  const auto failed = fixture.journal->stats().failed_commits;
  while (!fixture.journal->health().healthy) std::this_thread::yield();
  CHECK(fixture.journal->stats().failed_commits >= failed);
  CHECK(count(*fixture.journal, "SELECT count(*) FROM requests") == 0);
}

TEST_CASE("what was told as done is there after SIGKILL") {
  for (int round = 0; round < 5; ++round) {
    Fixture fixture;
    fixture.journal.reset();
    int pipes[2];
    REQUIRE(pipe(pipes) == 0);
    const pid_t child = fork();
    if (child == 0) {
      close(pipes[0]);
      fixture.open();
      for (int i = 0; fixture.journal; ++i) {
        if (!fixture.record(Fixture::request("k" + std::to_string(i)))) _exit(1);
        if (write(pipes[1], &i, sizeof i) != sizeof i) _exit(1);
      }
      _exit(1);
    }
    close(pipes[1]);
    int last = -1;
    for (int i = 0; i < 20 + 13 * round; ++i) REQUIRE(read(pipes[0], &last, sizeof last) == sizeof last);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    int more = 0;
    while (read(pipes[0], &more, sizeof more) == sizeof more) last = more;
    close(pipes[0]);
    fixture.open();
    REQUIRE(fixture.journal);
    CHECK(count(*fixture.journal, "SELECT count(*) FROM events") >= last + 1);
  }
}

TEST_CASE("one process at a time; the file is its owner's alone; a copy can be made while writing") {
  Fixture fixture;
  CHECK(fixture.journal->lock().value());
  auto second = journal::Journal::open({fixture.path(), "", true, false}, fixture.clock);
  REQUIRE(second);
  CHECK_FALSE((*second)->lock().value());
  struct stat info {};
  REQUIRE(stat(fixture.path().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  fixture.add("k1");
  CHECK(fixture.journal->backup(fixture.path() + ".copy"));
  auto copy = journal::Journal::open({fixture.path() + ".copy", "", false, false}, fixture.clock);
  REQUIRE(copy);
  CHECK(count(**copy, "SELECT count(*) FROM events") == 1);
}

TEST_CASE("files that are not ours, or newer than we are, are refused with a reason") {
  Fixture fixture;
  REQUIRE(fixture.journal->write_now([](Tx& tx) -> Done {
    auto statement = tx.prepare("PRAGMA user_version = 999");
    return statement ? statement->run() : Done(tl::unexpected(statement.error()));
  }));
  auto newer = journal::Journal::open({fixture.path(), "", true, false}, fixture.clock);
  REQUIRE_FALSE(newer);
  CHECK(newer.error().what.find("newer b24gate") != std::string::npos);
  CHECK(newer.error().move == Move::administrator);
  auto absent = journal::Journal::open({fixture.path() + ".none", "", false, false}, fixture.clock);
  REQUIRE_FALSE(absent);
  CHECK(absent.error().what.find("there is no journal yet") != std::string::npos);
}
