// A journal in a folder of its own, and short ways to put things into it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/manual_clock.hpp"
#include "journal/journal.hpp"
#include "journal/records.hpp"

namespace b24gate::journal::testing {

inline const TimePoint noon = from_unix_ms(1'790'000'000'000);

class Fixture {
 public:
  explicit Fixture(const std::string& vfs = "") : vfs_(vfs) {
    static int number = 0;
    folder_ = std::filesystem::temp_directory_path() /
              ("b24gate-journal-" + std::to_string(getpid()) + "-" + std::to_string(++number));
    std::filesystem::create_directories(folder_);
    open();
  }
  ~Fixture() {
    journal.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void open() {
    journal.reset();
    auto opened = Journal::open({path(), vfs_, true, false}, clock);
    if (opened) journal = std::move(*opened);
  }
  [[nodiscard]] std::string path() const { return (folder_ / "b24gate.db").string(); }

  static NewRequest request(const std::string& key, const std::string& phone = "", bool deliver = true) {
    NewRequest out;
    out.source = "site";
    out.connector = "webhook";
    out.received_at = noon;
    out.method = "POST";
    out.target = "/hook/site/***";
    out.headers = "[]";
    out.body = "body of " + key;
    out.outcome = "accepted";
    NewEvent event;
    event.key = key;
    event.kind = "form";
    event.deliver = deliver;
    event.data = "{}";
    if (!phone.empty()) event.identities.push_back({"phone", phone});
    out.events.push_back(std::move(event));
    return out;
  }

  Result<Recorded> record(const NewRequest& request) {
    Result<Recorded> out = Recorded();
    const Done done = journal->write_now([&](Tx& tx) -> Done {
      out = journal::record(tx, request);
      return out ? Done() : Done(tl::unexpected(out.error()));
    });
    if (!done) return tl::unexpected(done.error());
    return out;
  }

  // The number that a query answers.
  [[nodiscard]] std::int64_t number(std::string_view sql) const {
    auto reader = journal->reader();
    auto statement = reader->prepare(sql);
    return statement && statement->step().value_or(false) ? statement->integer(0) : -1;
  }

  // The id of a new event.
  std::int64_t add(const std::string& key, const std::string& phone = "") {
    return record(request(key, phone))->event_ids.at(0);
  }

  ManualClock clock{noon};
  std::unique_ptr<Journal> journal;

 private:
  std::filesystem::path folder_;
  std::string vfs_;
};

}  // namespace b24gate::journal::testing
