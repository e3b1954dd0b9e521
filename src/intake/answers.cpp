#include "intake/answers.hpp"

namespace b24gate::intake {

http::Response error(int status, std::string_view code, std::string_view message) {
  http::Response response;
  response.status = status;
  response.body = json::write(json::Value::object({{"error", code}, {"message", message}}));
  return response;
}

http::Response answer_of(int status, const json::Value& answer) {
  http::Response response;
  response.status = status;
  if (const auto* text = answer.string()) {
    response.body = *text;
    response.content_type = "text/plain; charset=utf-8";
  } else {
    response.body = json::write(answer);
  }
  return response;
}

http::Response answer_of(const connector::Answer& answer) {
  http::Response response = answer.body.is_null() ? answer_of(answer.status, json::Value(answer.text))
                                                  : answer_of(answer.status, answer.body);
  if (!answer.content_type.empty()) response.content_type = answer.content_type;
  response.headers = answer.headers;
  return response;
}

std::string number_of(std::int64_t request_id) { return "r" + std::to_string(request_id); }

http::Response not_stored() {
  auto response = error(503, "not_stored", "the request could not be stored; send it again later");
  response.headers.emplace_back("Retry-After", "30");
  return response;
}

http::Response refusal(const config::Source& source, connector::Refusal refusal, std::string_view why,
                       http::Response ours) {
  const auto own = source.connector->refusal(refusal, why);
  return own ? answer_of(*own) : std::move(ours);
}

}  // namespace b24gate::intake
