// Faults on demand: what the stand-in portal is told to do wrong, for which method and how often.
//
// Not thread-safe. At most 1000 faults wait at a time. Randomness comes from each fault's own seed, so a run
// repeats.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/time.hpp"
#include "json/value.hpp"

namespace b24gate::sandbox {

enum class FaultKind {
  // The answer is spoiled before anything is done …
  error_500,
  html_502,
  drop_before,
  broken_json,
  empty_body,
  // … or after the work is done.
  error_500_after,
  html_502_after,
  drop_after,
  broken_json_after,
  empty_body_after,
  // The whole request is refused, nothing runs.
  throttle,
  overload,
  wrong_secret,
  redirect,
  // One command is refused, inside a batch too.
  operation_time_limit,
  insufficient_scope,
  error,
  // The answer is late.
  slow,
  // The portal itself is different while the fault stands.
  required_field,
  dismiss_user,
  search_lag,
};

struct Fault {
  std::int64_t id = 0;
  FaultKind kind = FaultKind::error_500;
  std::string method;                // lower case; empty: any
  std::optional<std::int64_t> left;  // absent: for ever
  double probability = 1;
  std::mt19937_64 random;
  Milliseconds delay{0};
  std::string field;      // required_field
  std::int64_t user = 0;  // dismiss_user
  std::string location;   // redirect
  int status = 400;       // error
  std::string error;
  std::string description;
  std::uint64_t hits = 0;
};

std::string_view name(FaultKind kind);

class Faults {
 public:
  // {"kind", "method", "count", "delay_ms", "probability", "seed", "field", "user_id", "location", "status",
  // "error", "error_description"}. The error is a sentence for the one who wrote the request.
  tl::expected<std::int64_t, std::string> add(const json::Value& wanted);
  void clear() { faults_.clear(); }
  bool erase(std::int64_t id);

  // The first fault of one of `kinds` that strikes `method` now; it is counted. Faults without a method
  // strike only when `any_method`: a request as a whole, or a command where commands are what fails.
  std::optional<Fault> strike(std::initializer_list<FaultKind> kinds, std::string_view method,
                              bool any_method);

  // Names of fields that must be filled, as they were given.
  [[nodiscard]] std::vector<std::string> required_fields(std::string_view method) const;
  void count_required(std::string_view field);
  [[nodiscard]] bool dismissed(std::int64_t user) const;
  [[nodiscard]] Milliseconds search_lag() const;
  [[nodiscard]] json::Value list() const;

 private:
  std::vector<Fault> faults_;
  std::int64_t last_id_ = 0;
};

}  // namespace b24gate::sandbox
