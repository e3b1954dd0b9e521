// What an administrator must know now: a method that the portal refuses, a field that is gone, an enquiry
// that failed. Each is told once: whoever raises it logs it, /readyz and a metric show it while it stands,
// the Herald carries it into Bitrix24.
//
// Thread-safe. In memory only: after a restart what still stands is found, and told, anew; in the portal it
// takes the place of what was told before (one tag per topic).
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace b24gate::delivery {

struct Notice {
  enum class Kind {
    method,   // of the portal: refused until a person acts
    drift,    // the configuration names what the portal does not have
    person,   // calls of an extension or login that employees.yaml does not know
    failed,   // enquiries that are not in the CRM
    resumed,  // the portal had refused everything and answers again
  };
  Kind kind = Kind::method;
  std::string topic;   // what it is about, within its kind: a method, a place in a file
  std::string code;    // the portal's error code, where there is one
  std::string what;    // a sentence; nothing personal
  std::string advice;  // what to do; may be empty
  TimePoint since{};
  int times = 1;  // that it was raised since it was told last
};
std::string_view name(Notice::Kind kind);

class Notices {
 public:
  // True when it is new: the caller logs it. It stands until settle(). Without advice nobody can do anything
  // (a method that is throttled): it is shown, and not told in Bitrix24.
  bool raise(Notice notice);
  // True when it stood.
  bool settle(Notice::Kind kind, std::string_view topic);
  // All that stands of one kind from now on; returns those that are new.
  std::vector<Notice> replace(Notice::Kind kind, std::vector<Notice> notices);
  // Told once and forgotten. While it is not told yet a later one of the same topic takes its place and
  // counts.
  void mention(Notice notice);

  [[nodiscard]] std::vector<Notice> standing() const;
  // What is to be told in Bitrix24, each once.
  [[nodiscard]] std::vector<Notice> take_untold();
  // It could not be told: it is still to be told, unless it was settled meanwhile.
  void put_back(std::vector<Notice> notices);

 private:
  using Key = std::pair<Notice::Kind, std::string>;
  void untold(Notice notice);

  mutable std::mutex mutex_;
  std::map<Key, Notice> standing_;
  std::map<Key, Notice> untold_;
};

}  // namespace b24gate::delivery
