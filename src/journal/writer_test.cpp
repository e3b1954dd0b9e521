// The writer: groups, isolation, broken disks, crashes.
#include <doctest/doctest.h>
#include <signal.h>
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
  CHECK(fixture.number("SELECT count(*) FROM requests") == jobs);
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
  CHECK(fixture.number("SELECT count(*) FROM events") == 1);
  CHECK(fixture.number("SELECT count(*) FROM events WHERE key = 'good'") == 1);
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
  CHECK(fixture.number("SELECT count(*) FROM events WHERE key = 'during'") == 0);
  CHECK(fixture.number("SELECT count(*) FROM events") == 4);
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
  CHECK(fixture.number("SELECT count(*) FROM requests") == 0);
}

TEST_CASE("a disk failure inside a job is the whole group's, even when the job hides it") {
  auto& faults = journal::testing::faults();
  Fixture fixture(journal::testing::faulty_vfs);
  Gate gate;
  std::promise<Done> neighbour;
  std::promise<Done> broken;
  fixture.journal->write([&](Tx& tx) { return gate.wait(tx); }, [](const Done&) {});
  gate.wait_until_entered();
  fixture.journal->write(
      [](Tx& tx) -> Done {
        auto recorded = journal::record(tx, Fixture::request("neighbour"));
        return recorded ? Done() : Done(tl::unexpected(recorded.error()));
      },
      [&](Done done) { neighbour.set_value(std::move(done)); });
  fixture.journal->write(
      [&faults](Tx& tx) -> Done {
        faults.full = true;
        // More than the page cache holds: SQLite writes before the commit.
        auto big = Fixture::request("big");
        big.body.assign(16 << 20, 'x');
        const auto recorded = journal::record(tx, big);
        faults.full = false;
        if (recorded) return {};
        return fail(ErrorKind::refused, "test", "hidden");
      },
      [&](Done done) { broken.set_value(std::move(done)); });
  gate.open();
  for (auto* promise : {&neighbour, &broken}) {
    const Done done = promise->get_future().get();
    REQUIRE_FALSE(done);
    CHECK(done.error().kind == ErrorKind::disk);
    CHECK(done.error().ran == Ran::no);
  }
  CHECK(fixture.record(Fixture::request("neighbour"))->outcome == "accepted");
  CHECK(fixture.journal->health().healthy);
}

TEST_CASE("a connection that cannot be opened again is tried again with the next group") {
  auto& faults = journal::testing::faults();
  Fixture fixture(journal::testing::faulty_vfs);
  faults.cannot_open = true;
  faults.sync_fails = true;
  CHECK(fixture.record(Fixture::request("k1")).error().ran == Ran::no);
  faults.sync_fails = false;
  const auto failed = fixture.record(Fixture::request("k1"));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == ErrorKind::disk);
  CHECK_FALSE(fixture.journal->health().healthy);
  faults.cannot_open = false;
  CHECK(fixture.record(Fixture::request("k1"))->outcome == "accepted");
  CHECK(fixture.journal->health().healthy);
  CHECK(fixture.journal->stats().failed_commits >= 2);
}

TEST_CASE("a group in which every job fails leaves the disk alone") {
  auto& faults = journal::testing::faults();
  Fixture fixture(journal::testing::faulty_vfs);
  const auto syncs = faults.syncs.load();
  CHECK_FALSE(fixture.journal->write_now([](Tx&) -> Done { return fail(ErrorKind::refused, "test", "no"); }));
  CHECK(faults.syncs.load() == syncs);
  CHECK(fixture.journal->stats().commits == 0);
  CHECK(fixture.journal->health().healthy);
}

TEST_CASE("groups are bounded, and one key in one group is one event") {
  Fixture fixture;
  Gate gate;
  fixture.journal->write([&](Tx& tx) { return gate.wait(tx); }, [](const Done&) {});
  gate.wait_until_entered();
  constexpr int jobs = 1'200;
  std::atomic<int> fresh{0};
  std::atomic<int> told{0};
  std::promise<void> all;
  for (int i = 0; i < jobs; ++i) {
    fixture.journal->write(
        [&](Tx& tx) -> Done {
          auto recorded = journal::record(tx, Fixture::request("the same", "+7901"));
          if (!recorded) return tl::unexpected(recorded.error());
          fresh += static_cast<int>(recorded->event_ids.size());
          return {};
        },
        [&](const Done&) {
          if (++told == jobs) all.set_value();
        });
  }
  CHECK(fixture.journal->stats().queued == jobs);
  gate.open();
  all.get_future().wait();
  CHECK(fresh == 1);
  CHECK(fixture.journal->stats().commits == 1 + 3);  // 512 jobs in a group
  CHECK(fixture.number("SELECT count(*) FROM events") == 1);
  CHECK(fixture.number("SELECT count(*) FROM requests WHERE outcome = 'duplicate'") == jobs - 1);
  CHECK(fixture.number("SELECT count(*) FROM repeats") == jobs - 1);
}

TEST_CASE("many threads share commits, and the queue is finished before the journal closes") {
  Fixture fixture;
  constexpr int threads = 8;
  constexpr int each = 25;
  std::vector<std::thread> writing;
  for (int t = 0; t < threads; ++t) {
    writing.emplace_back([&fixture, t] {
      for (int i = 0; i < each; ++i) fixture.add("k" + std::to_string(t) + "-" + std::to_string(i));
    });
  }
  for (auto& thread : writing) thread.join();
  CHECK(fixture.journal->stats().jobs == threads * each);
  CHECK(fixture.journal->stats().commits < threads * each);
  std::atomic<int> told{0};
  for (int i = 0; i < 10; ++i) {
    fixture.journal->write(
        [i](Tx& tx) -> Done {
          auto recorded = journal::record(tx, Fixture::request("last" + std::to_string(i)));
          return recorded ? Done() : Done(tl::unexpected(recorded.error()));
        },
        [&](const Done& done) { told += done ? 1 : 0; });
  }
  fixture.open();
  CHECK(told == 10);
  CHECK(fixture.number("SELECT count(*) FROM events") == threads * each + 10);
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
    CHECK(fixture.number("SELECT count(*) FROM events") >= last + 1);
  }
}
