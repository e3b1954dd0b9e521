// Interactive call processing: a scenario asks where a call shall go and waits for the answer.
#pragma once

#include "connector/connector.hpp"
#include "connector/free_body.hpp"

namespace b24gate::comagic {

// By the path /route, or because it asks with numa or numb and cdr_id and tells of nothing known.
bool is_route(const connector::Request& request, const connector::FreeBody& body);
bool is_route_path(std::string_view path);

event::Event read_route(const connector::FreeBody& body, const connector::Source& source);

// To the employee who looks after the client; else `route_default:`.
json::Value route_answer(const connector::Source& source, const std::optional<connector::Client>& client);

}  // namespace b24gate::comagic
