#include "connectors/tomoru/batch.hpp"

#include "connector/key.hpp"
#include "text/percent.hpp"

namespace b24gate::tomoru {
namespace {

using connector::HttpAnswer;
using connector::HttpCall;

constexpr std::string_view usual_url = "https://app.tomoru.ru";

std::optional<HttpCall> call(const connector::Source& source, std::string_view method,
                             const std::string& path) {
  const std::string key = source.options["api_key"].text();
  if (key.empty()) return std::nullopt;
  std::string url = source.options["api_url"].text();
  if (url.empty()) url = usual_url;
  while (!url.empty() && url.back() == '/') url.pop_back();
  HttpCall out;
  out.method = method;
  out.url = url + path;
  out.headers = {{"Authorization", "Bearer " + key}, {"Accept", "application/json"}};
  return out;
}

// RFC 4180; a semicolon too, since some readers guess the separator.
std::string cell(const std::string& text) {
  if (text.find_first_of(",;\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string csv(const connector::RobotOrder& order) {
  std::string names = "phone_number";
  std::string values = cell(order.phone);
  for (const auto& [name, value] : order.columns) {
    names += "," + cell(name);
    values += "," + cell(value);
  }
  return "\xEF\xBB\xBF" + names + "\r\n" + values + "\r\n";
}

std::string part(const std::string& boundary, std::string_view disposition, std::string_view more,
                 std::string_view content) {
  std::string out = "--" + boundary + "\r\nContent-Disposition: form-data; name=";
  out.append(disposition).append("\r\n").append(more).append("\r\n").append(content).append("\r\n");
  return out;
}

std::int64_t number(const json::Value& option, std::int64_t usual) {
  const auto given = option.integer();
  return given && *given >= 0 ? *given : usual;
}

// 2026-11-23T10:00:00Z
std::string utc(TimePoint at) {
  return to_iso(std::chrono::floor<Seconds>(at), TimeZone::utc()).substr(0, 19) + "Z";
}

std::string code(const HttpAnswer& answer) { return std::to_string(answer.status); }
bool is_success(const HttpAnswer& answer) { return answer.status >= 200 && answer.status < 300; }

// It stands in an address.
bool is_id(const std::string& text) {
  return !text.empty() && text.size() <= 100 && text != "." && text != ".." &&
         text::percent_encoded(text) == text;
}

}  // namespace

std::optional<HttpCall> make_batch(const connector::RobotOrder& order, const connector::Source& source) {
  auto out = call(source, "POST", "/api/call_batches");
  std::string results = source.options["callback_url"].text();
  if (results.empty()) results = order.callback_url;
  if (!out || results.empty() || order.agent.empty() || order.phone.empty()) return std::nullopt;
  const std::string file = csv(order);
  // The same for the same batch, and by its hash in none of its parts.
  const std::string boundary =
      "b24gate-" + connector::content_id(json::Value::array({file, order.id, order.agent, results}));
  const std::pair<std::string_view, std::string> fields[] = {
      {"\"name\"", order.id},
      {"\"agent_id\"", order.agent},
      {"\"max_retries\"", std::to_string(number(source.options["max_retries"], 2))},
      {"\"retry_delay_seconds\"", std::to_string(number(source.options["retry_delay"], 1800))},
      {"\"start_at\"", utc(order.at)},
      {"\"callback_url\"", results}};
  for (const auto& [name, value] : fields) out->body += part(boundary, name, "", value);
  out->body +=
      part(boundary, "\"csv_file\"; filename=\"" + order.id + ".csv\"", "Content-Type: text/csv\r\n", file);
  out->body += "--" + boundary + "--\r\n";
  out->headers.emplace_back("Content-Type", "multipart/form-data; boundary=" + boundary);
  return out;
}

Result<std::string> batch_made(const HttpAnswer& answer) {
  if (answer.status == 429)
    return fail(ErrorKind::limit, code(answer), "Tomoru wants fewer requests", Ran::no, Move::ours);
  if (answer.status >= 400 && answer.status < 500 && answer.status != 408)
    return fail(ErrorKind::refused, code(answer), "Tomoru refused the batch", Ran::no, Move::administrator);
  const auto body = json::parse(answer.body);
  std::string id = is_success(answer) && body ? (*body)["id"].text() : std::string();
  if (is_id(id)) return id;
  return fail(ErrorKind::network, code(answer), "Tomoru did not say whether it made the batch", Ran::unknown,
              Move::administrator);
}

std::optional<HttpCall> launch_batch(const std::string& batch, const connector::Source& source) {
  if (!is_id(batch)) return std::nullopt;
  return call(source, "PATCH", "/api/call_batches/" + batch + "/launch");
}

Done batch_launched(const HttpAnswer& answer) {
  if (is_success(answer)) return {};
  // A key that is being changed, a moment of too many requests: the batch is there and goes on waiting.
  const bool again = answer.status < 400 || answer.status >= 500 || answer.status == 401 ||
                     answer.status == 403 || answer.status == 408 || answer.status == 429;
  return fail(again ? ErrorKind::network : ErrorKind::refused, code(answer),
              "Tomoru did not launch the batch", Ran::unknown, again ? Move::ours : Move::administrator);
}

}  // namespace b24gate::tomoru
