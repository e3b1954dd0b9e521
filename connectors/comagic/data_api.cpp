#include "connectors/comagic/data_api.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace b24gate::comagic {
namespace {

using connector::HttpAnswer;
using connector::HttpCall;
using connector::Request;

constexpr std::int64_t page = 1000;
constexpr std::chrono::hours first_window{24};
constexpr std::chrono::hours overlap{2};
constexpr std::chrono::hours longest_window{24 * 89};  // three months are the service's bound

struct Report {
  const char* method;
  const char* sort;
  const char* event;
  std::vector<const char*> fields;
};

const std::vector<Report>& reports() {
  static const std::vector<Report> list = {
      {"get.calls_report",
       "start_time",
       "call_end",
       {"id",
        "start_time",
        "finish_time",
        "finish_reason",
        "direction",
        "source",
        "is_lost",
        "communication_id",
        "wait_duration",
        "talk_duration",
        "total_duration",
        "call_records",
        "full_record_file_link",
        "virtual_phone_number",
        "contact_phone_number",
        "contact_full_name",
        "last_answered_employee_full_name",
        "scenario_name",
        "tags",
        "campaign_name",
        "search_query",
        "entrance_page",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "utm_content",
        "utm_term",
        "yclid",
        "gclid"}},
      {"get.offline_messages_report",
       "date_time",
       "offline_message",
       {"id", "communication_id", "date_time", "text", "visitor_name", "visitor_phone_number",
        "visitor_email", "form_type", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"}},
      {"get.chats_report",
       "date_time",
       "chat",
       {"id", "communication_id", "date_time", "status", "visitor_name", "visitor_phone_number",
        "visitor_email", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"}},
  };
  return list;
}

// "2025-10-14 10:19:08" in the account's zone.
std::string moment(TimePoint time, const TimeZone& zone) {
  std::string text = to_iso(std::chrono::floor<Seconds>(time), zone).substr(0, 19);
  text[10] = ' ';
  return text;
}

// Names that rows have for what notifications call otherwise.
std::string_view variable(std::string_view field, bool is_call) {
  if (!is_call) return field == "id" ? "row_id" : field;
  if (field == "id") return "call_session_id";
  if (field == "finish_time") return "notification_time";
  if (field == "source") return "call_source";
  if (field == "wait_duration") return "wait_time_duration";
  if (field == "talk_duration") return "talk_time_duration";
  if (field == "total_duration") return "total_time_duration";
  return field;
}

json::Value tag_names(const json::Value& tags) {
  json::Value out;
  for (const auto& tag : tags.array_if() ? *tags.array_if() : json::Array()) {
    const json::Value& name = tag.is_object() ? tag["tag_name"] : tag;
    if (!name.says_nothing()) out.push(name.text());
  }
  return out;
}

class Reports final : public connector::Pull {
 public:
  Reports(const connector::Source& source, const json::Value& mark, TimePoint now)
      : url_(source.options["data_api_url"].text()),
        token_(source.options["data_api_token"].text()),
        zone_(source.time_zone),
        now_(now),
        next_from_(now) {
    if (url_.empty()) url_ = "https://dataapi.comagic.ru/v2.0";
    const auto marked = mark["from"].integer();
    from_ = marked ? from_unix_ms(*marked) - overlap : now - first_window;
    from_ = std::max(from_, now - longest_window);
  }

  std::optional<HttpCall> next() override {
    if (report_ == reports().size()) return std::nullopt;
    const Report& report = reports()[report_];
    json::Value params = json::Value::object({{"access_token", token_},
                                              {"date_from", moment(from_, zone_)},
                                              {"date_till", moment(now_, zone_)},
                                              {"limit", page},
                                              {"offset", offset_}});
    params["sort"].push(json::Value::object({{"field", report.sort}, {"order", "asc"}}));
    for (const auto* field : report.fields) params["fields"].push(field);
    HttpCall out;
    out.method = "POST";
    out.url = url_;
    out.headers = {{"Content-Type", "application/json; charset=UTF-8"}};
    out.body = json::write(json::Value::object(
        {{"jsonrpc", "2.0"}, {"id", ++calls_}, {"method", report.method}, {"params", std::move(params)}}));
    return out;
  }

  Done take(const HttpAnswer& answer) override {
    const std::string where = reports()[report_].method;
    if (answer.status == 0)
      return fail(ErrorKind::network, where, "no answer came", Ran::unknown, Move::ours);
    const auto body = json::parse(answer.body, {64, 1'000'000});
    if (!body) {
      return fail(ErrorKind::refused, where, fmt::format("HTTP {} without readable JSON", answer.status),
                  Ran::yes, Move::ours);
    }
    if (const json::Value& error = (*body)["error"]; !error.says_nothing()) return refused(where, error);
    const auto* rows = (*body)["result"]["data"].array_if();
    if (!rows) return fail(ErrorKind::refused, where, "the answer has no rows", Ran::yes, Move::ours);
    for (const auto& row : *rows) read_row(row);
    offset_ += static_cast<std::int64_t>(rows->size());
    const auto total = (*body)["result"]["metadata"]["total_items"].integer();
    const bool is_last =
        rows->empty() || (total ? offset_ >= *total : rows->size() < static_cast<std::size_t>(page));
    if (is_last) {
      ++report_;
      offset_ = 0;
    }
    return {};
  }

  std::vector<Request> found() override { return std::exchange(found_, {}); }

  [[nodiscard]] json::Value mark() const override {
    return json::Value::object({{"from", to_unix_ms(next_from_)}});
  }

 private:
  static Done refused(const std::string& where, const json::Value& error) {
    std::string code = error["data"]["mnemonic"].text();
    if (code.empty()) code = error["code"].text();
    const bool is_busy = code.find("limit_exceeded") != std::string::npos || code == "internal_error";
    return fail(ErrorKind::refused, where, "the service says " + code.substr(0, 100), Ran::yes,
                is_busy ? Move::ours : Move::administrator);
  }

  void read_row(const json::Value& row) {
    const bool is_call = report_ == 0;
    const auto* members = row.object_if();
    if (!members) return;
    if (is_call && row["finish_time"].says_nothing() && row["finish_reason"].says_nothing()) {
      // Still going on: the next run begins before it.
      if (const auto start = parse_iso(row["start_time"].text(), zone_))
        next_from_ = std::min(next_from_, *start);
      return;
    }
    json::Object event;
    event.append("event", reports()[report_].event);
    for (const auto& [field, value] : *members) {
      if (field == "call_records" || field == "full_record_file_link" || field == "is_lost") continue;
      if (field == "event") continue;
      if (field == "tags") {
        event.set("tag_names", tag_names(value));
      } else {
        event.set(std::string(variable(field, is_call)), value);
      }
    }
    if (!is_call && row["communication_id"].says_nothing()) {
      event.set(report_ == 1 ? "offline_message_id" : "chat_id", row["id"]);
    }
    if (is_call) event["talk_time_duration"];  // a lost call has none
    const json::Value whole(std::move(event));
    add(whole);
    if (is_call) add_records(row, whole);
  }

  // Each record under the key that its notification has.
  void add_records(const json::Value& row, const json::Value& call) {
    const std::string ready = row["full_record_file_link"].text();
    const json::Value& hashes = row["call_records"];
    const std::size_t count = hashes.array_if() ? hashes.size() : 0;
    const auto add_record = [&](const std::string& link, const std::string& hash) {
      json::Value record = json::Value::object({{"event", "call_record"},
                                                {"call_session_id", row["id"]},
                                                {"notification_time", call["notification_time"]},
                                                {"contact_phone_number", call["contact_phone_number"]},
                                                {"virtual_phone_number", call["virtual_phone_number"]},
                                                {"direction", call["direction"]},
                                                {"file_link", link}});
      if (!hash.empty()) record["b24gate_record"] = hash;
      add(record);
    };
    if (count == 0 && !ready.empty()) add_record(ready, "");
    for (std::size_t i = 0; i < count; ++i) {
      const std::string hash = hashes.at(i).text();
      if (hash.empty()) continue;
      const std::string built =
          fmt::format("https://app.comagic.ru/system/media/talk/{}/{}/", row["id"].text(), hash);
      add_record(count == 1 && !ready.empty() ? ready : built, hash);
    }
  }

  void add(const json::Value& body) {
    Request request;
    request.method = "POST";
    request.headers = {{"Content-Type", "application/json"}};
    request.body = json::write(body);
    request.received_at = now_;
    found_.push_back(std::move(request));
  }

  std::string url_;
  std::string token_;
  TimeZone zone_;
  TimePoint now_;
  TimePoint from_;
  TimePoint next_from_;
  std::size_t report_ = 0;
  std::int64_t offset_ = 0;
  std::int64_t calls_ = 0;
  std::vector<Request> found_;
};

}  // namespace

std::unique_ptr<connector::Pull> read_reports(const connector::Source& source, const json::Value& mark,
                                              TimePoint now) {
  if (source.options["data_api_token"].says_nothing()) return nullptr;
  return std::make_unique<Reports>(source, mark, now);
}

}  // namespace b24gate::comagic
