#include "connectors/mango/callback.hpp"

#include "connector/key.hpp"
#include "connectors/mango/fields.hpp"
#include "connectors/mango/outcome.hpp"

namespace b24gate::mango {
namespace {

constexpr std::int64_t done = 1000;

std::string digits_of(std::string_view number) {
  std::string out;
  for (const char c : number) {
    if (c >= '0' && c <= '9') out += c;
  }
  return out;
}

}  // namespace

std::optional<connector::HttpCall> order_call(const Account& account, const connector::CallOrder& order) {
  const std::string number = digits_of(order.phone);
  if (order.extension.empty() || number.empty()) return std::nullopt;
  json::Value command = json::Value::object({{"command_id", order.id},
                                             {"from", json::Value::object({{"extension", order.extension}})},
                                             {"to_number", number}});
  if (!order.line.empty()) command["line_number"] = order.line;
  return account.call("commands/callback", command);
}

Result<std::string> ordered(const connector::HttpAnswer& answer) {
  const auto body = json::parse(answer.body);
  const auto result = body ? (*body)["result"].integer() : std::nullopt;
  if (result && *result != done)
    return fail(ErrorKind::refused, std::to_string(*result), "the PBX refused the command", Ran::no);
  if (answer.status >= 200 && answer.status < 300) return std::string();
  if (answer.status >= 400 && answer.status < 500)
    return fail(ErrorKind::refused, std::to_string(answer.status), "the PBX refused the command", Ran::no);
  return fail(ErrorKind::network, std::to_string(answer.status), "the PBX did not say what it does",
              Ran::unknown);
}

std::optional<event::Event> read_failed_command(const json::Value& content) {
  const std::string id = plain(content["command_id"]);
  const auto result = content["result"].integer();
  if (id.empty() || !result || *result == done) return std::nullopt;
  event::Event event;
  event.kind = event::Kind::call;
  event.action = event::Action::ignore;
  event.note = "the PBX did not carry out a command: " + std::to_string(*result);
  event.channel = "phone";
  event.key = connector::event_key("mango", "result:" + id + ":" + std::to_string(*result));
  event::Call& call = event.call.emplace();
  call.id = id;
  call.direction = "out";
  call.final = true;
  const std::string_view outcome = outcome_of(Direction::out, result);
  call.outcome = outcome == "unknown" ? "unavailable" : outcome;
  return event;
}

}  // namespace b24gate::mango
