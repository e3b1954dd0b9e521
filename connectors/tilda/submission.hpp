// One submission of a Tilda form or cart, read into an event.
#pragma once

#include <string>
#include <string_view>

#include "connector/connector.hpp"
#include "connectors/tilda/api_key.hpp"
#include "json/value.hpp"

namespace b24gate::tilda {

// Whether the fields are what Tilda sends when the webhook is connected.
bool is_probe(const json::Object& fields, const ApiKey& api_key);

struct Submission {
  event::Event event;
  json::Value raw;  // for the paths of a mapping: entities decoded, payment an object, without COOKIES and
                    // the API key
};

// `fields` as they came, entities not yet decoded; `referer` is the header.
Submission read_submission(const json::Object& fields, std::string_view referer, const ApiKey& api_key);

}  // namespace b24gate::tilda
