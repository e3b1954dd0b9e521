// Forms («заявки») and chats; goals and what nobody recognises.
#pragma once

#include "connector/connector.hpp"
#include "connector/free_body.hpp"
#include "connectors/comagic/notification.hpp"

namespace b24gate::comagic {

event::Event read_enquiry(const connector::FreeBody& body, Happening happening,
                          const connector::Source& source);

}  // namespace b24gate::comagic
