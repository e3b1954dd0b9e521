// What of a request and its events goes into the journal, and how a stored request is read again. Pure,
// thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "config/configuration.hpp"
#include "connector/connector.hpp"
#include "intake/understand.hpp"
#include "journal/records.hpp"

namespace b24gate::intake {

// `target` as people see it: the path with the secret taken out. Secrets in headers, query and body are taken
// out here.
journal::NewRequest record_of(const config::Configuration& configuration, const config::Source& source,
                              const connector::Source& settings, connector::Request request,
                              const Understood& understood, std::string target, std::string_view origin);

// The request as it was when it came, without its secrets. Fails when it is kept no longer.
Result<connector::Request> request_of(const journal::RequestRow& row);

// What is known of a client, in a connector's words.
connector::Client client_of(const journal::ClientRow& row, const config::Configuration& configuration);

}  // namespace b24gate::intake
