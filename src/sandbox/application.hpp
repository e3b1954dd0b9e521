// The local OAuth application of the stand-in portal: its tokens, its handlers of events, what it is sent.
// Source: bitrix24/transport.md "OAuth local application", bitrix24/events.md.
//
// Not thread-safe: a part of the Store. Pure but for what it does to the Application.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"
#include "json/value.hpp"
#include "sandbox/answer.hpp"

namespace b24gate::sandbox {

constexpr std::int64_t application_id = 3;
constexpr std::string_view application_name = "b24gate";
constexpr std::string_view call_start_event = "ONEXTERNALCALLSTART";

struct AccessToken {
  std::string value;
  TimePoint expires;
};

struct EventHandler {
  std::int64_t id = 0;
  std::string event;  // upper case
  std::string url;
};

struct Application {
  std::vector<AccessToken> access;  // at most max_access_tokens, the newest last
  std::string refresh;              // the one that is valid; empty: not installed, or revoked
  TimePoint refresh_issued;
  std::string token;  // application_token, from the first installation on
  std::vector<EventHandler> handlers;
  std::int64_t issued = 0;
  std::int64_t last_handler = 974;
};

// What must be POSTed to somebody as application/x-www-form-urlencoded.
struct Posting {
  std::string url;
  std::string body;
};

enum class TokenState { good, expired, unknown };
TokenState token_state(const Application& application, std::string_view access_token, TimePoint now);
void expire_access(Application& application, TimePoint now);
void revoke_refresh(Application& application);

// GET /oauth/token/ with grant_type=refresh_token. The new refresh token replaces the old one; access tokens
// given out before stay good until they expire. The statuses of refusals are not in our sources: 401 for
// invalid_client, 400 for the rest.
Outcome refreshed(Application& application, const json::Value& params, std::string_view client_id,
                  const Secret& client_secret, TimePoint now, const std::string& origin,
                  const std::string& scope);

// ONAPPINSTALL with fresh tokens.
Posting installation(Application& application, std::string url, TimePoint now, const std::string& origin,
                     const std::string& scope);
// An event that a user has caused: `auth` has an access token, no refresh token.
Posting user_event(Application& application, const EventHandler& handler, const json::Value& data,
                   TimePoint now, const std::string& origin, const std::string& scope);

// For the control API: no tokens.
json::Value application_state(const Application& application, std::string_view client_id, TimePoint now);

}  // namespace b24gate::sandbox
