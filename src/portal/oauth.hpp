// New tokens for the old refresh token, from the vendor's OAuth server (transport: "OAuth local
// application").
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "base/secret.hpp"
#include "outbound/fetch.hpp"
#include "portal/command.hpp"

namespace b24gate::portal {

struct OauthClient {
  std::string id;
  Secret secret;
  std::string server;  // https://oauth.bitrix.info/oauth/token/; http:// on loopback only
};

struct Renewed {
  Secret access;
  Secret refresh;  // the one that was sent is of no use any more
};

// One GET. A refusal comes as an Outcome whose scope `portal` means the application and nothing else:
//   auth         invalid_grant (installed anew is the only way), invalid_client, PAYMENT_REQUIRED and every
//                other error that the server names; with advice
//   retry_safe   no answer, or none that can be read: later again. Whether the server has renewed the tokens
//                is then unknown; if it has, the next attempt ends with invalid_grant
// Nothing of what it carries is in the outcome's texts. Thread-safe; blocks up to 30 s.
[[nodiscard]] tl::expected<Renewed, Outcome> renew(const outbound::Fetcher& fetcher,
                                                   const OauthClient& client, const Secret& refresh);

// What a person does about an error code that the application met, at the OAuth server or at the portal;
// empty when the general advice stands.
[[nodiscard]] std::string_view application_advice(std::string_view code);

}  // namespace b24gate::portal
