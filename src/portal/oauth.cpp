#include "portal/oauth.hpp"

#include <array>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "json/value.hpp"
#include "text/percent.hpp"

namespace b24gate::portal {
namespace {

constexpr Milliseconds time{30'000};
constexpr std::size_t most_bytes = 64 * 1024;
constexpr std::size_t most_code = 100;

constexpr std::string_view kReinstall =
    "Install the application anew: Developer resources > Integrations, open the local application of "
    "b24gate, "
    "save it and "
    "press Reinstall; if that is not there, delete it, add it again and copy its new client_id and "
    "client_secret into "
    "portal.application.";
constexpr std::string_view kClient =
    "The OAuth server does not know this client_id with this client_secret: copy both anew from the card of "
    "the local "
    "application into portal.application and reload.";
constexpr std::string_view kPlan =
    "REST is not available to applications on the portal's present plan: renew the commercial plan or the "
    "Market subscription.";
constexpr std::string_view kScope =
    "Open the local application in the portal, tick the permission (scope) that this method belongs to "
    "(telephony for calls), save it and install it anew.";
constexpr std::string_view kInstaller =
    "Whoever installed the application must be an active administrator of the portal: install it anew under "
    "a technical administrator.";
constexpr std::string_view kRefused =
    "The portal refuses this method to the application: see whether its permissions and the portal's plan "
    "allow it.";

struct Row {
  std::string_view code;  // lower case
  std::string_view advice;
};
constexpr std::array kAdvice{
    Row{"invalid_grant", kReinstall},
    Row{"expired_token", kReinstall},
    Row{"invalid_token", kReinstall},
    Row{"no_auth_found", kReinstall},
    Row{"authorization_error", kReinstall},
    Row{"error_oauth", kReinstall},
    Row{"application_not_found", kReinstall},
    Row{"not_installed", kReinstall},
    Row{"invalid_client", kClient},
    Row{"payment_required", kPlan},
    Row{"insufficient_scope", kScope},
    Row{"invalid_scope", kScope},
    Row{"invalid_credentials", kInstaller},
    Row{"user_access_error", kInstaller},
    Row{"allowed_only_intranet_user", kInstaller},
    Row{"wrong_auth_type", kRefused},
    Row{"error_wrong_context", kRefused},
};

Outcome later(std::string description, int status) {
  Outcome out;
  out.cls = Class::retry_safe;
  out.scope = Scope::portal;
  out.http_status = status;
  out.description = std::move(description);
  return out;
}

Outcome refused(std::string_view code, int status) {
  Outcome out;
  out.cls = Class::auth;
  out.scope = Scope::portal;
  out.http_status = status;
  out.code = std::string(utf8::head(code, most_code));
  out.description = "the OAuth server refuses the application";
  out.advice = std::string(application_advice(code));
  if (out.advice.empty()) out.advice = std::string(kReinstall);
  return out;
}

std::string address(const OauthClient& client, const Secret& refresh) {
  using text::percent_encoded;
  return client.server + "?grant_type=refresh_token&client_id=" + percent_encoded(client.id) +
         "&client_secret=" + percent_encoded(client.secret.reveal()) +
         "&refresh_token=" + percent_encoded(refresh.reveal());
}

outbound::FetchOptions options_for(const std::string& server) {
  outbound::FetchOptions options;
  options.max_redirects = 0;
  options.max_bytes = most_bytes;
  options.max_time = time;
  if (const auto url = outbound::parse_url(server)) {
    options.hosts = {(url->secure ? "https://" : "http://") + url->authority()};
    if (!url->secure) options.inside = outbound::Inside::loopback;
  }
  return options;
}

}  // namespace

std::string_view application_advice(std::string_view code) {
  const std::string known = ascii::lower(code);
  for (const auto& row : kAdvice) {
    if (row.code == known) return row.advice;
  }
  return {};
}

tl::expected<Renewed, Outcome> renew(const outbound::Fetcher& fetcher, const OauthClient& client,
                                     const Secret& refresh) {
  const auto fetched = fetcher.fetch({"GET", address(client, refresh), {{"Accept", "application/json"}}, ""},
                                     options_for(client.server));
  if (!fetched) return tl::unexpected(later("the OAuth server: " + fetched.error().what, 0));
  const auto parsed = json::parse(fetched->body, {8, 200});
  const json::Value answer = parsed ? *parsed : json::Value();
  const auto* members = answer.object_if();
  if (members && members->find("error")) {
    const std::string code = answer["error"].text();
    // Its own failures pass by themselves.
    if (fetched->status >= 500 && application_advice(code).empty())
      return tl::unexpected(later("the OAuth server fails", fetched->status));
    return tl::unexpected(refused(code, fetched->status));
  }
  Renewed out;
  out.access = Secret(answer["access_token"].text());
  out.refresh = Secret(answer["refresh_token"].text());
  if (out.access.empty() || out.refresh.empty())
    return tl::unexpected(later("the OAuth server answers with no tokens", fetched->status));
  return out;
}

}  // namespace b24gate::portal
