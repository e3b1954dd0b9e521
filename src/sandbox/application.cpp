#include "sandbox/application.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sandbox/calls.hpp"
#include "text/percent.hpp"

namespace b24gate::sandbox {
namespace {

using namespace std::chrono_literals;
constexpr Seconds access_life{3600};
constexpr auto refresh_life = 180 * 24h;
constexpr std::size_t max_access_tokens = 100;
constexpr std::string_view member_id = "5a4d8b0c1f7e4e2c9b6a3d2f1e0c9b8a";

std::int64_t unix_seconds(TimePoint t) { return to_unix_ms(t) / 1000; }

// Another one each time, and in each run: what an earlier run gave out must not be good here.
std::string fresh_token(Application& application, std::string_view kind, TimePoint now) {
  return sha256_hex(fmt::format("{} {} {}", kind, ++application.issued, to_unix_ms(now)));
}

const AccessToken& fresh_access(Application& application, TimePoint now) {
  if (application.access.size() >= max_access_tokens) application.access.erase(application.access.begin());
  application.access.push_back({fresh_token(application, "access", now), now + access_life});
  return application.access.back();
}

void fresh_refresh(Application& application, TimePoint now) {
  application.refresh = fresh_token(application, "refresh", now);
  application.refresh_issued = now;
}

std::string host_of(std::string_view origin) {
  const auto scheme = origin.find("://");
  return std::string(scheme == std::string_view::npos ? origin : origin.substr(scheme + 3));
}

json::Object auth_of(const AccessToken& access, const std::string& origin, const std::string& scope) {
  json::Object out;
  out.set("access_token", access.value);
  out.set("expires", unix_seconds(access.expires));
  out.set("expires_in", access_life.count());
  out.set("scope", scope);
  out.set("domain", host_of(origin));
  out.set("server_endpoint", origin + "/rest/");
  out.set("status", "L");
  out.set("client_endpoint", origin + "/rest/");
  out.set("member_id", member_id);
  out.set("user_id", 1);
  return out;
}

// All scalars are texts on the wire, the brackets of names are encoded.
void append_form(std::string& out, const std::string& name, const json::Value& value) {
  if (const auto* members = value.object_if()) {
    for (const auto& [key, one] : *members)
      append_form(out, name.empty() ? key : name + "[" + key + "]", one);
    return;
  }
  if (!out.empty()) out += '&';
  out += text::percent_encoded(name) + "=" + text::percent_encoded(value.text());
}

std::string form(const json::Value& body) {
  std::string out;
  append_form(out, "", body);
  return out;
}

}  // namespace

TokenState token_state(const Application& application, std::string_view access_token, TimePoint now) {
  for (const auto& one : application.access) {
    if (one.value == access_token) return one.expires > now ? TokenState::good : TokenState::expired;
  }
  return TokenState::unknown;
}

void expire_access(Application& application, TimePoint now) {
  for (auto& one : application.access) one.expires = std::min(one.expires, now);
}

void revoke_refresh(Application& application) { application.refresh.clear(); }

Outcome refreshed(Application& application, const json::Value& params, std::string_view client_id,
                  const Secret& client_secret, TimePoint now, const std::string& origin,
                  const std::string& scope) {
  for (const char* name : {"grant_type", "client_id", "client_secret", "refresh_token"}) {
    if (params[name].says_nothing())
      return refuse("invalid_request", std::string("Required parameter is missing: ") + name);
  }
  if (params["grant_type"].text() != "refresh_token")
    return refuse("invalid_request", "Only grant_type=refresh_token is served here");
  if (params["client_id"].text() != client_id || !client_secret.matches(params["client_secret"].text()))
    return refuse("invalid_client", "The client credentials are not valid", 401);
  const bool good = params["refresh_token"].text() == application.refresh &&
                    now < application.refresh_issued + refresh_life;
  if (!good) return refuse("invalid_grant", "The refresh token is not valid");
  auto out = auth_of(fresh_access(application, now), origin, scope);
  fresh_refresh(application, now);
  out.set("refresh_token", application.refresh);
  return Success{std::move(out), {}, {}};
}

Posting installation(Application& application, std::string url, TimePoint now, const std::string& origin,
                     const std::string& scope) {
  auto auth = auth_of(fresh_access(application, now), origin, scope);
  fresh_refresh(application, now);
  if (application.token.empty())
    application.token = fresh_token(application, "application", now).substr(0, 32);
  auth.set("refresh_token", application.refresh);
  auth.set("application_token", application.token);
  return {std::move(url),
          form(json::Value::object(
              {{"event", "ONAPPINSTALL"},
               {"data", json::Value::object(
                            {{"VERSION", 1}, {"ACTIVE", "Y"}, {"INSTALLED", "Y"}, {"LANGUAGE_ID", "ru"}})},
               {"ts", unix_seconds(now)},
               {"auth", std::move(auth)}}))};
}

Posting user_event(Application& application, const EventHandler& handler, const json::Value& data,
                   TimePoint now, const std::string& origin, const std::string& scope) {
  auto auth = auth_of(fresh_access(application, now), origin, scope);
  auth.set("application_token", application.token);
  return {handler.url, form(json::Value::object({{"event", handler.event},
                                                 {"event_handler_id", handler.id},
                                                 {"data", data},
                                                 {"ts", unix_seconds(now)},
                                                 {"auth", std::move(auth)}}))};
}

json::Value application_state(const Application& application, std::string_view client_id, TimePoint now) {
  const auto good = std::count_if(application.access.begin(), application.access.end(),
                                  [&](const AccessToken& one) { return one.expires > now; });
  json::Array handlers;
  for (const auto& one : application.handlers)
    handlers.push_back(json::Value::object({{"id", one.id}, {"event", one.event}, {"url", one.url}}));
  return json::Value::object({{"clientId", client_id},
                              {"installed", !application.token.empty()},
                              {"refreshable", !application.refresh.empty()},
                              {"accessTokens", static_cast<std::int64_t>(good)},
                              {"handlers", std::move(handlers)}});
}

}  // namespace b24gate::sandbox
