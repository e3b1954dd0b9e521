// What is said to the portal and what it answers, one command at a time, whether it went alone or in a batch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "json/value.hpp"

namespace b24gate::portal {

struct Command {
  std::string method;
  json::Value params;  // an object
  // REST 3.0: at the other address (/rest/api/…), alone and never in a batch.
  bool v3 = false;
  // REST 3.0 only: the portal carries out one key once within 24 hours; 1-255 printable ASCII characters, the
  // same bytes each time (api-reference/rest-v3.md).
  std::string idempotency_key = {};
};

// The error classes of the portal's contract (limits-and-errors): each names what happens next.
enum class Class {
  success,
  throttle,      // refused before execution: wait, then the same again
  retry_safe,    // certainly not executed
  ambiguous,     // may have been executed: look for our key before repeating
  auth,          // credentials, rights, scope, plan: a person must act
  permanent,     // the data is wrong: a person must look
  gone,          // the object it is about does not exist
  not_executed,  // a batch stopped before it
};
std::string_view name(Class cls);

// How much an `auth` or `throttle` answer stops.
enum class Scope { object, method, portal };

struct Outcome {
  Class cls = Class::ambiguous;
  Scope scope = Scope::object;
  json::Value result;       // on success
  std::string code;         // the portal's error code, as it came
  std::string description;  // the portal's words; may hold what we sent: never logged
  std::string problem;      // what the network said when no answer came; nothing secret
  std::string advice;       // for a person, when it is a person's move: what to do in the portal
  int http_status = 0;      // 0: no answer came
  std::optional<std::int64_t> total;
  std::optional<std::int64_t> next;
  double operating_s = 0;  // of the method, within its 10-minute window
  std::optional<TimePoint> operating_reset_at;
  Milliseconds took{0};
};

// Why a command had no success, in what may be logged and shown: the portal's code, or what the network said.
std::string reason(const Outcome& outcome);

}  // namespace b24gate::portal
