#include "sandbox/web.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "sandbox/filter.hpp"
#include "sandbox/php.hpp"

namespace b24gate::embedded {
extern const std::string_view sandbox_page;
}

namespace b24gate::sandbox {
namespace {

// Up to `max` parts between slashes; the last takes the rest.
std::vector<std::string> parts(std::string_view path, std::size_t max) {
  std::vector<std::string> out;
  while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  while (!path.empty()) {
    const auto end = out.size() + 1 == max ? std::string_view::npos : path.find('/');
    out.emplace_back(path.substr(0, end));
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  return out;
}

void merge(json::Object& into, const json::Value& from) {
  for (auto& [key, value] : php::pairs(from)) into.set(key, value);
}

Reply upload(Portal& portal, const http::Request& request) {
  if (request.method != "POST") return error_reply({405, "INVALID_REQUEST", "Only POST is allowed"});
  return portal.upload({request.peer, php::parse_str(request.query)["token"].text(), request.body,
                        std::string(request.header("Content-Type"))});
}

// <user>/<secret>/<method> of a webhook, or the <method> of the application, whose token is in `auth`, of the
// query or of the body.
RestCall rest_call(const http::Request& request, std::string_view path) {
  RestCall out;
  out.peer = request.peer;
  out.params = rest_params(request);
  out.origin = origin(request);
  auto pieces = parts(path, 3);
  if (pieces.size() == 1) {
    out.method = std::move(pieces.front());
    out.access_token = out.params["auth"].text();
    if (auto* members = out.params.object_if()) members->erase("auth");
    return out;
  }
  pieces.resize(3);
  out.user = std::move(pieces[0]);
  out.secret = std::move(pieces[1]);
  out.method = std::move(pieces[2]);
  return out;
}

Reply rest(Portal& portal, const http::Request& request) {
  if (request.method != "POST" && request.method != "GET") {
    return error_reply({405, "INVALID_REQUEST", "Only GET and POST are allowed"});
  }
  if (request.path == "/rest/upload.json") return upload(portal, request);
  constexpr std::string_view v3 = "/rest/api/";
  if (request.path.rfind(v3, 0) == 0) {
    if (request.method != "POST") return error_reply({405, "INVALID_REQUEST", "Only POST is allowed"});
    return portal.rest_v3(rest_call(request, std::string_view(request.path).substr(v3.size())),
                          std::string(request.header("Idempotency-Key")));
  }
  return portal.rest(rest_call(request, std::string_view(request.path).substr(5)));
}

Reply page() {
  Reply reply;
  reply.body = embedded::sandbox_page;
  reply.content_type = "text/html; charset=utf-8";
  reply.headers = {
      {"Content-Security-Policy",
       "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Cache-Control", "no-cache"}};
  return reply;
}

}  // namespace

Reply json_reply(int status, const json::Value& body) {
  Reply reply;
  reply.status = status;
  reply.body = json::write(body);
  return reply;
}

std::string origin(const http::Request& request) { return "http://" + std::string(request.header("Host")); }

json::Value rest_params(const http::Request& request) {
  json::Value params = php::parse_str(request.query);
  if (request.method != "POST") return params;
  std::string type = ascii::lower(request.header("Content-Type"));
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.pop_back();
  if (type == "application/json") {
    if (auto body = json::parse(request.body)) merge(*params.object_if(), *body);
  } else if (type == "application/x-www-form-urlencoded") {
    merge(*params.object_if(), php::parse_str(request.body));
  }
  return params;
}

Reply route(Portal& portal, const http::Request& request) {
  const std::string_view path = request.path;
  if (path.starts_with("/rest/")) return rest(portal, request);
  if (path == "/oauth/token" || path == "/oauth/token/")
    return portal.oauth(rest_params(request), origin(request));
  if (path.starts_with("/sandbox/")) return control(portal, request);
  constexpr std::array<std::string_view, 4> cards{"/crm/lead/details/", "/crm/deal/details/",
                                                  "/crm/contact/details/", "/crm/company/details/"};
  const bool shown = path == "/" || std::any_of(cards.begin(), cards.end(), [&](std::string_view card) {
                       return path.starts_with(card);
                     });
  if (shown && (request.method == "GET" || request.method == "HEAD")) return page();
  return error_reply({404, "NOT_FOUND", "There is nothing at this address"});
}

}  // namespace b24gate::sandbox
