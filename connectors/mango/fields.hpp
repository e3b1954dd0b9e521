// Values of the PBX's JSON, which mixes texts and numbers and leaves out what it does not know.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "event/event.hpp"
#include "json/value.hpp"

namespace b24gate::mango {

// A text or a number as a trimmed text, its first 256 letters; empty for anything else.
std::string plain(const json::Value& value);

// Unix seconds between 2000 and 2100; nullopt for 0, for nonsense and for what is absent.
std::optional<std::int64_t> seconds_of(const json::Value& value);

// The instant that the PBX's seconds mean when its clock is `offset` ahead of UTC.
std::optional<TimePoint> instant(const json::Value& value, Seconds offset);

// "sip:user@domain" -> user; another text as it is.
std::string user_of(std::string_view number);

// The client of a call: into `call.client` as it came, and among the phones when it is one. Hidden numbers
// are no phones.
void put_client(event::Event& event, const std::string& number);

// The number of call tracking by which the client found the line; empty when call tracking took no part.
std::string tracking_number(const json::Value& content);

}  // namespace b24gate::mango
