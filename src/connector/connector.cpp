#include "connector/connector.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "text/form.hpp"

namespace b24gate::connector {

// With what it was read from, so that nobody gets the reading of other bytes.
struct Request::Parsed {
  std::string body;
  std::string type;
  Result<json::Value> value;
};

const Result<json::Value>& Request::parsed_body() const {
  const std::string_view type = header("Content-Type");
  if (!parsed || parsed->body != body || parsed->type != type)
    parsed = std::make_shared<const Parsed>(Parsed{body, std::string(type), text::parse_body(body, type)});
  return parsed->value;
}

std::string_view Request::header(std::string_view wanted) const {
  for (const auto& [key, value] : headers) {
    if (ascii::same(key, wanted)) return value;
  }
  return {};
}

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::accepted:
      return "accepted";
    case Outcome::probe:
      return "probe";
    case Outcome::ignored:
      return "ignored";
    case Outcome::refused:
      return "refused";
    case Outcome::unreadable:
      return "unreadable";
  }
  return "";
}

Proof Connector::verify(const Request& /*request*/, const Source& /*source*/) const { return Proof::absent; }

std::optional<Answer> Connector::answer(const Reading& /*reading*/, const Source& /*source*/,
                                        const Stored& /*stored*/) const {
  return std::nullopt;
}

std::optional<Answer> Connector::refusal(Refusal /*refusal*/, std::string_view /*why*/) const {
  return std::nullopt;
}

std::optional<HttpCall> Connector::recording(const event::Call& /*call*/, const Source& /*source*/,
                                             TimePoint /*now*/) const {
  return std::nullopt;
}

std::optional<HttpCall> Connector::order_call(const CallOrder& /*order*/, const Source& /*source*/) const {
  return std::nullopt;
}

Result<std::string> Connector::ordered(const HttpAnswer& /*answer*/) const {
  return fail(ErrorKind::internal, "connector", "it orders no calls");
}

std::optional<HttpCall> Connector::make_robot_batch(const RobotOrder& /*order*/,
                                                    const Source& /*source*/) const {
  return std::nullopt;
}

Result<std::string> Connector::robot_batch(const HttpAnswer& /*answer*/) const {
  return fail(ErrorKind::internal, "connector", "it has no robot");
}

std::optional<HttpCall> Connector::launch_robot_batch(const std::string& /*batch*/,
                                                      const Source& /*source*/) const {
  return std::nullopt;
}

Done Connector::robot_batch_launched(const HttpAnswer& /*answer*/) const {
  return fail(ErrorKind::internal, "connector", "it has no robot");
}

std::unique_ptr<Pull> Connector::pull(const Source& /*source*/, const json::Value& /*mark*/,
                                      TimePoint /*now*/) const {
  return nullptr;
}

const std::vector<std::string>& common_option_names() {
  static const std::vector<std::string> names = {"recording_hosts", "recording_private", "pull_private"};
  return names;
}

void Connector::redact(Request& /*request*/, const Source& /*source*/) const {}

}  // namespace b24gate::connector
