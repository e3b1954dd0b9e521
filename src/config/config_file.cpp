#include "config/config_file.hpp"

#include <fmt/format.h>

#include <charconv>

namespace b24gate::yaml {
namespace {

// https:// anywhere, http:// on loopback; a host, nothing behind a path.
bool is_web_address(const std::string& text) {
  const bool https = text.rfind("https://", 0) == 0;
  if (!https && text.rfind("http://", 0) != 0) return false;
  const std::size_t host_at = https ? 8 : 7;
  const std::string authority = text.substr(host_at, text.find('/', host_at) - host_at);
  if (authority.empty() || text.find_first_of("?#@\\ \t") != std::string::npos) return false;
  return https || Address{authority.substr(0, authority.rfind(':')), 0}.loopback();
}

}  // namespace

void Shape<config::Server>::check(const Node&, Context& context, config::Server& server) {
  std::string& url = server.public_url.value;
  if (url.empty()) return;
  if (!is_web_address(url)) {
    context.problems.add(server.public_url.place,
                         "expected the public address of this listener, like https://gate.example.com");
  }
  while (!url.empty() && url.back() == '/') url.pop_back();
}

void Shape<config::Application>::check(const Node&, Context& context,
                                       const config::Application& application) {
  if (is_web_address(application.oauth_server.value)) return;
  context.problems.add(application.oauth_server.place,
                       "expected the address of the OAuth server; without this key it is "
                       "https://oauth.bitrix.info/oauth/token/");
}

void Shape<config::Admin>::check(const Node& node, Context& context, const config::Admin& admin) {
  if (admin.listen.loopback() || !admin.users.empty()) return;
  const Node* listen = node.find("listen");
  context.problems.add(
      listen ? listen->place() : node.place(),
      "the admin listener is reachable from outside and has no users; write 127.0.0.1:8081, or add "
      "users: { admin: \"${env:B24GATE_ADMIN_PASSWORD}\" }");
}

void Shape<config::Plan>::read(const Node& node, Context& context, config::Plan& out) {
  constexpr std::string_view expected = "standard, enterprise or { box: { rate: 10, burst: 50 } }";
  if (node.is_scalar()) {
    if (node.scalar() == "standard") {
      out = {2, 50};
    } else if (node.scalar() == "enterprise") {
      out = {5, 250};
    } else if (node.scalar() == "box") {
      out = {10, 50};
    } else {
      context.problems.unknown(node.place(), "value", node.scalar(), {"standard", "enterprise", "box"});
    }
    return;
  }
  const Node* box = node.find("box");
  if (!box || !box->is_map() || node.entries().size() != 1) return wrong_kind(node, context, expected);
  out = {10, 50};
  for (const auto& entry : box->entries()) {
    if (entry.key == "rate") {
      yaml::read(entry.value, context, out.rate);
      if (out.rate < 0.1 || out.rate > 1000) {
        context.problems.add(entry.value.place(), "rate must be between 0.1 and 1000 requests per second");
      }
    } else if (entry.key == "burst") {
      yaml::read(entry.value, context, out.burst);
      if (out.burst < 1 || out.burst > 10'000)
        context.problems.add(entry.value.place(), "burst must be between 1 and 10000");
    } else {
      context.problems.unknown(entry.place, "key", entry.key, {"rate", "burst"});
    }
  }
}

json::Value Shape<config::Plan>::schema(Schemas& schemas) {
  json::Value box =
      json::Value::object({{"type", "object"},
                           {"properties", json::Value::object({{"rate", yaml::schema<double>(schemas)},
                                                               {"burst", yaml::schema<int>(schemas)}})},
                           {"additionalProperties", false}});
  json::Value map = json::Value::object({{"type", "object"},
                                         {"properties", json::Value::object({{"box", std::move(box)}})},
                                         {"required", json::Value::array({"box"})},
                                         {"additionalProperties", false}});
  json::Value words = json::Value::object({{"enum", json::Value::array({"standard", "enterprise", "box"})}});
  return json::Value::object({{"oneOf", json::Value::array({std::move(words), std::move(map)})}});
}

void Shape<config::Portal>::check(const Node& node, Context& context, config::Portal& portal) {
  if (portal.retry.empty()) {
    using std::chrono::hours;
    using std::chrono::minutes;
    portal.retry = {Seconds{5}, Seconds{30}, minutes{2}, minutes{10}, minutes{30}, hours{1}};
  }
  if (!node.find("time_zone")) {
    if (auto moscow = TimeZone::find("Europe/Moscow")) portal.time_zone = std::move(*moscow);
  }
  if (const Node* application = node.find("application"); application && portal.secret.empty()) {
    context.problems.add(application->place(),
                         "the portal installs the application at POST /portal/{secret}/install: add secret: "
                         "${env:B24_EVENTS_SECRET}");
  }
  const std::string& url = portal.url.value.reveal();
  if (url.empty()) return;  // reported already
  // The URL is a credential: messages never repeat it.
  const bool https = url.rfind("https://", 0) == 0;
  const bool http = url.rfind("http://", 0) == 0;
  if (!https && !http) {
    context.problems.add(portal.url.place,
                         "the portal's URL must begin with https://, like "
                         "https://company.bitrix24.ru/rest/1/secret/");
    return;
  }
  const std::size_t host_at = https ? 8 : 7;
  std::string host = url.substr(host_at, url.find_first_of("/?#", host_at) - host_at);
  if (host.find('@') != std::string::npos || host.empty()) {
    context.problems.add(portal.url.place, "the portal's URL has no plain host name after //");
    return;
  }
  if (host.front() == '[') {
    host = host.substr(1, host.find(']') - 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  if (http && !Address{host, 0}.loopback()) {
    context.problems.add(portal.url.place,
                         "http:// sends the secret in clear; write https:// (http:// is for loopback only)");
  }
  if (url.find("/rest/", host_at) == std::string::npos) {
    context.problems.add(portal.url.place,
                         "this is no URL of an inbound webhook; copy it whole from the portal: "
                         "https://company.bitrix24.ru/rest/1/secret/");
  }
  if (url.back() != '/') portal.url.value = Secret(url + "/");
}

void Shape<config::Rate>::read(const Node& node, Context& context, config::Rate& out) {
  constexpr std::string_view expected = "a rate like 10/s, 600/m or 5000/h";
  if (!node.is_scalar()) return wrong_kind(node, context, expected);
  const std::string& text = node.scalar();
  const std::size_t slash = text.find('/');
  int requests = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + std::min(slash, text.size()), requests);
  const std::string unit = slash == std::string::npos ? "" : text.substr(slash + 1);
  if (error != std::errc() || slash == std::string::npos || end != text.data() + slash || requests < 1 ||
      (unit != "s" && unit != "m" && unit != "h")) {
    context.problems.add(node.place(), fmt::format("expected {}, found '{}'", expected, text));
    return;
  }
  out.requests = requests;
  out.per = unit == "s" ? Milliseconds{1000} : unit == "m" ? Milliseconds{60'000} : Milliseconds{3'600'000};
}

json::Value Shape<config::Rate>::schema(Schemas&) {
  return json::Value::object({{"type", "string"}, {"pattern", "^[0-9]+/[smh]$"}});
}

void Shape<config::PreviousSecret>::check(const Node&, Context& context, config::PreviousSecret& out) {
  if (out.until_text.value.empty()) return;
  if (const auto until = parse_iso(out.until_text.value, TimeZone::utc())) {
    out.until = *until;
  } else {
    context.problems.add(
        out.until_text.place,
        fmt::format("expected a time like 2026-12-01T00:00:00+03:00, found '{}'", out.until_text.value));
  }
}

}  // namespace b24gate::yaml
