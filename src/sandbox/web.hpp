// The addresses of the stand-in portal: /rest/…, /sandbox/…, the page.
#pragma once

#include "http/server.hpp"
#include "sandbox/portal.hpp"

namespace b24gate::sandbox {

// Answers any request; never blocks. Pure but for what it does to the portal.
Reply route(Portal& portal, const http::Request& request);

// The parameters of a REST call as PHP would see them: query, then body over it. JSON counts only in a POST
// with Content-Type application/json; what cannot be parsed gives no parameters and no error.
json::Value rest_params(const http::Request& request);

// http://host:port under which the request came.
std::string origin(const http::Request& request);

// The control API under /sandbox/. Requests that another site's page makes (a foreign Origin) are refused.
Reply control(Portal& portal, const http::Request& request);

Reply json_reply(int status, const json::Value& body);

}  // namespace b24gate::sandbox
