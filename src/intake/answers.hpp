// What a sender is answered, in b24gate's words or in those of its service. Private to the intake.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/configuration.hpp"
#include "connector/connector.hpp"
#include "http/server.hpp"
#include "json/value.hpp"

namespace b24gate::intake {

// {"error":code,"message":message}
http::Response error(int status, std::string_view code, std::string_view message);

// A text goes as text/plain, anything else as JSON.
http::Response answer_of(int status, const json::Value& answer);
http::Response answer_of(const connector::Answer& answer);

// A request's name in answers, in the log and on the command line.
std::string number_of(std::int64_t request_id);

// 503, to be sent again.
http::Response not_stored();

// The connector's own words for a refusal, else `ours`.
http::Response refusal(const config::Source& source, connector::Refusal refusal, std::string_view why,
                       http::Response ours);

}  // namespace b24gate::intake
