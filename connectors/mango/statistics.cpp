#include "connectors/mango/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connectors/mango/report.hpp"

namespace b24gate::mango {
namespace {

// A call is read when nothing of it is to be expected any more: its own summary, which knows more, had time
// to come, and a colleague to whom it was handed over had time to finish.
constexpr std::int64_t settle = 3'600;
constexpr std::int64_t still_running = 600;  // a leg that ended less than this ago may be followed by another
constexpr std::int64_t first_reach = 86'400;
constexpr std::int64_t longest_reach = 28 * 86'400;  // the PBX reports no more than a month at once
constexpr std::int64_t longest_hold = 86'400;        // how long a call that does not end holds the mark back
constexpr int most_asked = 120;                      // ten minutes

tl::unexpected<Error> failed(std::string what, Move move = Move::ours) {
  return fail(ErrorKind::refused, "mango statistics", std::move(what), Ran::no, move);
}

// Every wrong request but the first within two minutes closes the API for the account: nothing is ever asked
// again within one run but the report that is not ready yet.
class Statistics final : public connector::Pull {
 public:
  Statistics(Account account, const json::Value& mark, TimePoint now)
      : account_(std::move(account)),
        at_(now),
        now_(to_unix_ms(now) / 1000 + account_.time_offset().count()),
        to_(now_ - settle),
        from_(to_ - first_reach) {
    if (const auto until = mark["until"].integer()) from_ = std::clamp(*until, to_ - longest_reach, to_);
  }

  std::optional<connector::HttpCall> next() override {
    switch (state_) {
      case State::ask:
        if (from_ >= to_) break;
        return account_.call(
            "stats/request",
            json::Value::object({{"date_from", from_}, {"date_to", now_}, {"fields", report_fields}}));
      case State::fetch:
        return account_.call("stats/result", json::Value::object({{"key", key_}}));
      case State::over:
        break;
    }
    return std::nullopt;
  }

  [[nodiscard]] Milliseconds wait() const override {
    return state_ == State::fetch ? Milliseconds{5'000} : Milliseconds{0};
  }

  Done take(const connector::HttpAnswer& answer) override {
    const State was = state_;
    state_ = State::over;  // whatever goes wrong is not repeated
    if (answer.status == 0) return failed("the PBX did not answer");
    if (answer.status == 401)
      return failed("the key or the salt is wrong, or the API is closed for a while", Move::administrator);
    if (answer.status == 429) return failed("the PBX is asked too often");
    if (was == State::ask) return take_key(answer);
    if (was == State::fetch) return take_report(answer);
    return failed("an answer that nobody asked for");
  }

  std::vector<connector::Request> found() override { return std::exchange(found_, {}); }

  [[nodiscard]] json::Value mark() const override {
    return json::Value::object({{"until", complete_ ? until_ : from_}});
  }

 private:
  enum class State { ask, fetch, over };

  Done take_key(const connector::HttpAnswer& answer) {
    const auto content = json::parse(answer.body);
    key_ = content && content->is_object() ? (*content)["key"].text() : std::string();
    if (answer.status == 200 && !key_.empty()) {
      state_ = State::fetch;
      return {};
    }
    const auto code = content ? (*content)["result"].integer() : std::nullopt;
    if (code && *code / 1000 == 3)
      return failed(fmt::format("the PBX calls the request for a report wrong: code {}", *code),
                    Move::administrator);
    return failed(
        fmt::format("the PBX makes no report: status {}, code {}", answer.status, code.value_or(0)));
  }

  Done take_report(const connector::HttpAnswer& answer) {
    if (answer.status == 204) {
      if (++asked_ >= most_asked) return failed("the report did not become ready");
      state_ = State::fetch;
      return {};
    }
    if (answer.status == 404) return failed("the PBX does not know the report any more");
    if (answer.status != 200) return failed(fmt::format("the PBX gives no report: status {}", answer.status));
    const std::size_t start = answer.body.find_first_not_of(" \r\n\t");
    if (start != std::string::npos && answer.body[start] == '{')
      return failed("the PBX answers with an error instead of a report");
    read(answer.body);
    return {};
  }

  void read(std::string_view csv) {
    until_ = to_;
    for (auto& call : read_report(csv)) {
      if (call.created < from_ || call.created >= to_) continue;  // of an earlier run, or of a later one
      const bool running = call.finished == 0 || call.finished > now_ - still_running;
      if (running && call.created > now_ - longest_hold) {
        until_ = std::min(until_, call.created);
        continue;
      }
      add("/events/summary", call.summary);
      for (const auto& id : call.recordings) {
        add("/events/record/added",
            json::Value::object(
                {{"entry_id", call.entry_id}, {"timestamp", call.finished}, {"recording_id", id}}));
      }
    }
    complete_ = true;
  }

  void add(std::string_view path, const json::Value& content) {
    connector::Request request;
    request.method = "POST";
    request.path = path;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = account_.signed_form(json::write(content));
    request.received_at = at_;
    found_.push_back(std::move(request));
  }

  Account account_;
  TimePoint at_;
  std::int64_t now_;  // seconds as the PBX counts them, like all below
  std::int64_t to_;
  std::int64_t from_;
  std::int64_t until_ = 0;
  State state_ = State::ask;
  bool complete_ = false;
  int asked_ = 0;
  std::string key_;
  std::vector<connector::Request> found_;
};

}  // namespace

std::unique_ptr<connector::Pull> pull_statistics(Account account, const json::Value& mark, TimePoint now) {
  return std::make_unique<Statistics>(std::move(account), mark, now);
}

}  // namespace b24gate::mango
