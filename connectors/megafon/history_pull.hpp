// Reads the history of calls from the PBX: what no webhook brought.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "connector/connector.hpp"
#include "connectors/megafon/api.hpp"

namespace b24gate::megafon {

// The history has no pages: a span of time with too many calls is read again as two halves. Calls that were
// going on when they were asked for, and recordings that were not ready, are found by the next run, which
// begins a little before the end of the last one; what is known already is a duplicate by its key.
class HistoryPull final : public connector::Pull {
 public:
  // `token` goes into the requests that are found, as the PBX puts it into its own; may be empty.
  HistoryPull(Api api, Secret token, json::Value mark, TimePoint now);

  std::optional<connector::HttpCall> next() override;
  [[nodiscard]] Milliseconds wait() const override;
  Done take(const connector::HttpAnswer& answer) override;
  std::vector<connector::Request> found() override;
  [[nodiscard]] json::Value mark() const override { return mark_; }

 private:
  struct Span {
    TimePoint from;
    TimePoint to;
  };

  Api api_;
  Secret token_;
  json::Value mark_;
  TimePoint now_;
  std::deque<Span> spans_;  // still to be read, the earliest first
  bool has_asked_ = false;
  std::vector<connector::Request> found_;
};

// A record of the history as the webhook that would have brought it: its own names, the same meaning.
json::Value webhook_of(const json::Value& record);

}  // namespace b24gate::megafon
