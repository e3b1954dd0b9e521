// What left the daemon for the portal: how often each operation passed the gate. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "chaos/gate.hpp"

namespace b24gate::chaos {

class Ledger {
 public:
  void note(const Gate::Passing& passing);
  // By what an operation is recognised in the portal: a lead's originId, a comment's marker, a task's XML_ID,
  // a notification's TAG. Of each how many whole requests with it came to the gate.
  [[nodiscard]] std::map<std::string, int> sent() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int> sent_;
};

// The operations in one request; for Ledger, and for the test.
std::vector<std::string> operations_in(const std::string& target, const std::string& body);

}  // namespace b24gate::chaos
