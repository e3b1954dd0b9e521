#include "connectors/megafon/history_pull.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "connector/member.hpp"
#include "connectors/megafon/fields.hpp"
#include "connectors/megafon/values.hpp"
#include "text/form.hpp"

namespace b24gate::megafon {
namespace {

constexpr std::size_t limit = 100;  // calls in one answer
constexpr auto first_look_back = std::chrono::hours{24};
constexpr auto longest_look_back = std::chrono::hours{24 * 31};
constexpr auto overlap = std::chrono::hours{2};
constexpr auto longest_span = std::chrono::hours{24};
constexpr auto shortest_span = std::chrono::seconds{60};
constexpr auto pause = Milliseconds{500};
constexpr std::string_view where = "history of the MegaFon PBX";

// 20260312T071500Z
std::string compact(TimePoint t) {
  std::string out;
  for (const char c : to_iso(std::chrono::floor<std::chrono::seconds>(t), TimeZone::utc()).substr(0, 19)) {
    if (c != '-' && c != ':') out += c;
  }
  return out + "Z";
}

Done refused(int status) {
  if (status == 0) return fail(ErrorKind::network, std::string(where), "no answer", Ran::unknown, Move::ours);
  const bool passes = status == 429 || status >= 500;
  const std::string what = "HTTP " + std::to_string(status);
  if (status == 401 || status == 403)
    return fail(ErrorKind::refused, std::string(where), what + ": api_key is not accepted", Ran::no,
                Move::administrator);
  return fail(ErrorKind::refused, std::string(where), what, Ran::no,
              passes ? Move::ours : Move::administrator);
}

}  // namespace

json::Value webhook_of(const json::Value& record) {
  constexpr std::pair<const char*, const char*> names[] = {{"uid", "callid"},
                                                           {"client", "phone"},
                                                           {"record", "link"},
                                                           {"group_name", "groupRealName"},
                                                           {"account", "user"},
                                                           {"via", "diversion"},
                                                           {"callid", "callid"},
                                                           {"phone", "phone"},
                                                           {"link", "link"},
                                                           {"user", "user"},
                                                           {"diversion", "diversion"},
                                                           {"groupRealName", "groupRealName"},
                                                           {"type", "type"},
                                                           {"status", "status"},
                                                           {"ext", "ext"},
                                                           {"telnum", "telnum"},
                                                           {"start", "start"},
                                                           {"wait", "wait"},
                                                           {"duration", "duration"},
                                                           {"telnum_name", "telnum_name"},
                                                           {"rating", "rating"},
                                                           {"note", "note"},
                                                           {"missedStatus", "missedStatus"}};
  json::Value out = json::Value::object({{"cmd", "history"}});
  for (const auto& [theirs, ours] : names) {
    const std::string value = connector::text_at(record, theirs);
    if (!value.empty()) out[ours] = value;
  }
  return out;
}

HistoryPull::HistoryPull(Api api, Secret token, json::Value mark, TimePoint now)
    : api_(std::move(api)), token_(std::move(token)), mark_(std::move(mark)), now_(now) {
  const auto until = time_of(connector::text_at(mark_, "until"));
  TimePoint from = until ? std::min(*until, now) - overlap : now - first_look_back;
  from = std::max(from, TimePoint(now - longest_look_back));
  while (from < now) {
    const TimePoint to = std::min(now, TimePoint(from + longest_span));
    spans_.push_back({from, to});
    from = to;
  }
}

std::optional<connector::HttpCall> HistoryPull::next() {
  if (spans_.empty()) return std::nullopt;
  has_asked_ = true;
  connector::HttpCall call;
  call.url = api_.url + "/history/json?start=" + compact(spans_.front().from) +
             "&end=" + compact(spans_.front().to) + "&type=all&limit=" + std::to_string(limit);
  call.headers = {{"X-API-KEY", api_.key.reveal()}, {"Accept", "application/json"}};
  return call;
}

Milliseconds HistoryPull::wait() const { return has_asked_ ? pause : Milliseconds{0}; }

Done HistoryPull::take(const connector::HttpAnswer& answer) {
  if (spans_.empty()) return {};
  if (answer.status != 200) return refused(answer.status);
  const auto body = text::parse_body(answer.body, "application/json");
  const json::Value& list = body && body->is_object() ? (*body)["items"] : body ? *body : json::Value();
  const auto* records = list.array_if();
  // An empty body and {} are how a list without calls may look.
  const auto* members = body ? body->object_if() : nullptr;
  const bool is_empty =
      body && (body->says_nothing() || (members && members->find("items") && list.is_null()));
  if (!records && !is_empty)
    return fail(ErrorKind::input, std::string(where), "the answer is no list of calls", Ran::yes, Move::ours);
  const Span span = spans_.front();
  spans_.pop_front();
  if (records && records->size() >= limit && span.to - span.from > shortest_span) {
    const TimePoint middle = span.from + (span.to - span.from) / 2;
    spans_.push_front({middle, span.to});
    spans_.push_front({span.from, middle});
    return {};
  }
  for (const auto& record : records ? *records : json::Array()) {
    if (!record.is_object()) continue;
    json::Value webhook = webhook_of(record);
    if (!token_.empty()) webhook[token_name] = token_.reveal();
    connector::Request request;
    request.method = "POST";
    request.headers = {{"Content-Type", "application/json"}};
    request.body = json::write(webhook);
    request.received_at = now_;
    found_.push_back(std::move(request));
  }
  mark_ = json::Value::object({{"until", to_iso(span.to, TimeZone::utc())}});
  return {};
}

std::vector<connector::Request> HistoryPull::found() { return std::exchange(found_, {}); }

}  // namespace b24gate::megafon
