// What the portal posts when the application is installed, and when it is taken away again.
//
// Two ways to be installed: an application "API only" gets the event ONAPPINSTALL (transport: "OAuth local
// application"; events 9.2), one with a page gets that page opened, with AUTH_ID and its kin. Pure functions.
#pragma once

#include <string>

#include "base/secret.hpp"
#include "json/value.hpp"

namespace b24gate::portal {

struct Installation {
  Secret access;
  Secret refresh;
  Secret application_token;  // empty when a page was opened: the portal does not send it there
  std::string member_id;
  std::string domain;
  // Any employee may open a page, an installation is an administrator's: a page never replaces tokens that
  // work.
  bool by_page = false;
};

struct AboutApplication {
  enum class Kind { installed, removed, something_else };
  Kind kind = Kind::something_else;
  Installation installation;  // when installed
  Secret application_token;   // when removed
};

// `body` is the form, `query` what stood behind the ? of the address: pages get their DOMAIN there.
[[nodiscard]] AboutApplication read_about_application(const json::Value& body, const json::Value& query);

}  // namespace b24gate::portal
