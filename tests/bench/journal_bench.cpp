// What the journal costs as it grows: storing a request durably, and claiming the next delivery, with a
// thousand, a hundred thousand and a million delivered events in it, and with a backlog of a hundred
// thousand.
//
//   bench_journal [FOLDER] [MOST]     a folder on the disk that is meant; MOST: the largest journal, 1000000
//
// Prints a table: minimum, median and p99 of each figure, and the ratios of minimum and median to the
// smallest journal of the same run. Nothing is asserted here: machines are noisy, ratios count.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "journal/journal.hpp"
#include "journal/records.hpp"

using namespace b24gate;

namespace {

constexpr std::size_t body_bytes = 1'500;
constexpr int measured = 300;  // stored one after the other, each with its own commit
constexpr int measured_claims = 300;

struct Figure {
  double least = 0;
  double median = 0;
  double p99 = 0;
};

Figure figure(std::vector<double> micros) {
  std::sort(micros.begin(), micros.end());
  return {micros.front(), micros[micros.size() / 2], micros[micros.size() * 99 / 100]};
}

double timed(const std::function<void()>& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count();
}

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "bench_journal: {}\n", why);
  std::exit(1);
}

void must(const Done& done) {
  if (!done) give_up(done.error().text());
}

journal::NewRequest request(std::int64_t number) {
  journal::NewRequest out;
  out.source = "site";
  out.connector = "webhook";
  out.received_at = from_unix_ms(1'790'000'000'000 + number);
  out.method = "POST";
  out.target = "/hook/site/***";
  out.headers = "[]";
  out.body = std::string(body_bytes, 'x');
  out.outcome = "accepted";
  journal::NewEvent event;
  event.key = "k" + std::to_string(number);
  event.kind = "form";
  event.data = fmt::format(R"({{"key":"{}","kind":"form","text":"{}"}})", event.key, std::string(300, 'y'));
  event.identities.push_back({"phone", fmt::format("+7903{:07}", number % 10'000'000)});
  out.events.push_back(std::move(event));
  return out;
}

class Grown {
 public:
  explicit Grown(const std::string& folder) : path_(folder + "/b24gate.db") {
    auto opened = journal::Journal::open({path_, "", true, false}, clock_);
    if (!opened) give_up(opened.error().text());
    journal_ = std::move(*opened);
  }

  // `count` more events, many in one transaction; `delivered`: with a plan that was carried out.
  void add(std::int64_t count, bool delivered) {
    constexpr std::int64_t together = 2'000;
    for (std::int64_t done = 0; done < count; done += together) {
      must(journal_->write_now([&](journal::Tx& tx) -> Done {
        for (std::int64_t i = 0; i < std::min(together, count - done); ++i) {
          if (Done one = add_one(tx, delivered); !one) return one;
        }
        return {};
      }));
    }
  }

  Figure store() {
    std::vector<double> micros;
    for (int i = 0; i < measured; ++i) {
      micros.push_back(timed(
          [&] { must(journal_->write_now([&](journal::Tx& tx) -> Done { return add_one(tx, false); })); }));
    }
    return figure(std::move(micros));
  }

  Figure claim() {
    std::vector<double> micros;
    auto reader = journal_->reader();
    if (!reader) give_up(reader.error().text());
    for (int i = 0; i < measured_claims; ++i) {
      micros.push_back(timed([&] {
        const auto due = journal::due(*reader, clock_.now(), 25);
        if (!due) give_up(due.error().text());
        for (const auto& row : *due) {
          if (!journal::deliveries_of(*reader, row.id)) give_up("deliveries");
          const auto identities = journal::identities_of(*reader, row.id);
          if (!identities || !journal::known_lead(*reader, *identities, row.id)) give_up("identities");
        }
      }));
    }
    return figure(std::move(micros));
  }

  // What store() has left is delivered: the next size begins with the same backlog.
  void deliver_stored() {
    must(journal_->write_now([&](journal::Tx& tx) -> Done {
      for (std::int64_t id = last_ - measured + 1; id <= last_; ++id) {
        if (Done done = journal::set_event_state(tx, id, journal::EventState::delivered, "", std::nullopt, 0);
            !done)
          return done;
      }
      return {};
    }));
  }

 private:
  Done add_one(journal::Tx& tx, bool delivered) {
    auto recorded = journal::record(tx, request(++last_));
    if (!recorded) return fail(recorded.error());
    if (!delivered) return {};
    const std::int64_t id = recorded->event_ids.front();
    journal::Plan plan;
    plan.decision = "{}";
    plan.lead_id = id;
    plan.deliveries.push_back({"lead", "crm.item.add", R"({"fields":{}})", "k"});
    if (Done planned = journal::plan(tx, id, plan); !planned) return planned;
    return journal::set_event_state(tx, id, journal::EventState::delivered, "", std::nullopt, 0);
  }

  const SystemClock clock_;
  const std::string path_;
  std::unique_ptr<journal::Journal> journal_;
  std::int64_t last_ = 0;
};

void row(const std::string& what, const Figure& now, const Figure& first) {
  fmt::print("{:<44} {:>8.0f} {:>8.0f} {:>8.0f} {:>7.2f} {:>7.2f}\n", what, now.least, now.median, now.p99,
             now.least / first.least, now.median / first.median);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder =
      std::filesystem::path(argc > 1 ? argv[1] : ".") / ("bench-journal-" + std::to_string(getpid()));
  const std::int64_t most = argc > 2 ? std::atoll(argv[2]) : 1'000'000;
  std::filesystem::create_directories(folder);
  fmt::print("{:<44} {:>8} {:>8} {:>8} {:>7} {:>7}\n", "microseconds", "min", "median", "p99", "of min",
             "of med");
  Grown grown(folder.string());
  std::int64_t there = 0;
  Figure first_store;
  Figure first_claim;
  for (const std::int64_t size : {std::int64_t{1'000}, std::int64_t{100'000}, std::int64_t{1'000'000}}) {
    if (size > most) break;
    grown.add(size - there, true);
    there = size;
    const Figure store = grown.store();
    const Figure claim = grown.claim();
    if (first_store.median == 0) {
      first_store = store;
      first_claim = claim;
    }
    row(fmt::format("store one request, {} delivered", size), store, first_store);
    row(fmt::format("claim 25 of the backlog, {} delivered", size), claim, first_claim);
    grown.deliver_stored();
  }
  grown.add(100'000, false);
  row("store one request, and 100000 wait", grown.store(), first_store);
  row("claim 25 of the backlog, and 100000 wait", grown.claim(), first_claim);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return 0;
}
