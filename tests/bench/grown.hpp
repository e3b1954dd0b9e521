// A journal of a given size, made without the daemon; and what it costs to use it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "journal/journal.hpp"
#include "journal/records.hpp"

namespace b24gate::bench {

// What goes wrong ends the bench.
class Grown {
 public:
  // Opens or makes b24gate.db in `folder`, which must be there.
  explicit Grown(const std::string& folder);

  // `count` more events, many in one transaction; `delivered`: with a plan that was carried out.
  void add(std::int64_t count, bool delivered);
  // Clients from number `from` to number `to`, each a contact with a phone.
  void add_clients(std::int64_t from, std::int64_t to);

  // Microseconds of each of 300 times:
  std::vector<double> store();  // a request, with a commit of its own
  std::vector<double> claim();  // the next 25 events, as the engine does it
  // what the reading of the portal does with a page: 50 cards that are known, one commit
  std::vector<double> remember(std::int64_t clients);
  std::vector<double> look_up(std::int64_t clients);  // 100 phones

  // What store() has left is delivered: the next size begins with the same backlog.
  void deliver_stored();

 private:
  Done remember_one(journal::Tx& tx, std::int64_t number);
  Done add_one(journal::Tx& tx, bool delivered);

  const SystemClock clock_;
  std::unique_ptr<journal::Journal> journal_;
  std::int64_t last_ = 0;
};

}  // namespace b24gate::bench
