// What calls, forms and chats of CoMagic have in common: who it is and where they came from.
#pragma once

#include "connector/free_body.hpp"
#include "event/event.hpp"

namespace b24gate::comagic {

void read_contact(event::Event& event, const connector::FreeBody& body, connector::Candidates phones,
                  connector::Candidates names);
// Page, utm marks, city and advertising ids.
void read_origin(event::Event& event, const connector::FreeBody& body);
// Search query, campaign, site: lines at the end of a text.
void add_origin_lines(std::string& text, const connector::FreeBody& body);

}  // namespace b24gate::comagic
