// One event of a letter.
#pragma once

#include "connector/connector.hpp"
#include "connector/free_body.hpp"

namespace b24gate::b2bfamily {

event::Event read_letter(const connector::FreeBody& body, const connector::Source& source);

}  // namespace b24gate::b2bfamily
