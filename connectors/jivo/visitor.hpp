// Who writes or calls, and from where: the part that most of Jivo's events share.
#pragma once

#include "event/event.hpp"
#include "json/value.hpp"

namespace b24gate::jivo {

// Contact, company, page, utm, region and client_ip. `call.phone` stands in for a visitor without a phone.
void read_visitor(const json::Value& body, event::Event& event);

// What a salesperson should know besides the conversation, as lines and fields: the agents' remark, topic,
// department, tags, status, messengers that have no place of their own.
void add_circumstances(const json::Value& body, event::Event& event);

}  // namespace b24gate::jivo
