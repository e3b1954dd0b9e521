// The COOKIES field of Tilda: the visitor's cookies as one text, of which only TILDAUTM says something about
// an enquiry.
#pragma once

#include <string>
#include <string_view>

#include "event/event.hpp"

namespace b24gate::tilda {

// The utm marks of the cookie TILDAUTM. Each of its layers is taken off exactly once, so that % and + of the
// marks themselves are literal.
event::Utm utm_of_cookies(std::string_view cookies);

// The part of COOKIES that utm_of_cookies needs, without the visitor's identifiers: what may be stored.
std::string utm_cookie_of(std::string_view cookies);

}  // namespace b24gate::tilda
