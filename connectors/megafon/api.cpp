#include "connectors/megafon/api.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "connector/member.hpp"
#include "connectors/megafon/values.hpp"
#include "text/percent.hpp"

namespace b24gate::megafon {
namespace {

constexpr std::string_view old_path = "/sys/crm_api";

bool is_web(std::string_view url) {
  const std::string start = ascii::lower(url.substr(0, 8));
  return start == "https://" || start.compare(0, 7, "http://") == 0;
}

}  // namespace

Api::Api(const json::Value& options) : url(connector::text_at(options, "api_url")) {
  key = Secret(connector::text_at(options, "api_key"));
  if (!is_web(url)) url.clear();
  while (!url.empty() && url.back() == '/') url.pop_back();
  if (!url.empty() && url.find("/crmapi/") == std::string::npos && !is_old()) url += "/crmapi/v1";
}

bool Api::is_old() const { return url.find(old_path) != std::string::npos; }

std::optional<connector::HttpCall> order_call(const connector::CallOrder& order, const Api& api) {
  // Digits alone, which both take.
  std::string phone;
  for (const char c : order.phone) {
    if (c >= '0' && c <= '9') phone += c;
  }
  const std::string& user = order.login.empty() ? order.extension : order.login;
  if (!api.usable() || user.empty() || phone.empty()) return std::nullopt;
  connector::HttpCall call;
  call.method = "POST";
  call.url = api.url;
  if (api.is_old()) {
    call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    call.body = "cmd=makeCall&token=" + text::percent_encoded(api.key.reveal()) +
                "&user=" + text::percent_encoded(user) + "&phone=" + phone;
    if (!order.line.empty()) call.body += "&clid=" + text::percent_encoded(order.line);
    return call;
  }
  call.url += "/makecall";
  call.headers = {{"Content-Type", "application/json"}, {"X-API-KEY", api.key.reveal()}};
  json::Value body = json::Value::object({{"user", user}, {"phone", phone}});
  if (!order.line.empty()) body["clid"] = order.line;
  call.body = json::write(body);
  return call;
}

Result<std::string> ordered(const connector::HttpAnswer& answer) {
  const auto body = json::parse(answer.body);
  const std::string status = std::to_string(answer.status);
  if (answer.status >= 400 && answer.status < 500)
    return fail(ErrorKind::refused, status, "the PBX refused to call", Ran::no);
  if (answer.status < 200 || answer.status > 299)
    return fail(ErrorKind::network, status, "the PBX did not say what it does", Ran::unknown);
  if (body && body->is_object() && !(*body)["error"].says_nothing())
    return fail(ErrorKind::refused, status, "the PBX refused to call", Ran::no);
  return body && body->is_object() ? (*body)["callid"].text() : std::string();
}

std::string host_of(std::string_view url) {
  const std::size_t start = url.find("://");
  if (start == std::string_view::npos) return {};
  std::string_view authority = url.substr(start + 3);
  authority = authority.substr(0, authority.find_first_of("/?#\\"));
  if (const std::size_t user = authority.rfind('@'); user != std::string_view::npos)
    authority.remove_prefix(user + 1);
  const std::size_t bracket = authority.rfind(']');  // of an IPv6 address
  const std::size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket))
    authority = authority.substr(0, colon);
  return ascii::lower(authority);
}

std::optional<connector::HttpCall> recording_call(const std::string& url, const Api& api) {
  const bool is_plain = std::none_of(
      url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
  if (!is_web(url) || !is_plain || host_of(url).empty()) return std::nullopt;
  connector::HttpCall call;
  call.url = url;
  const bool is_theirs = api.url.empty() || host_of(api.url) == host_of(url);
  if (!api.key.empty() && is_theirs) call.headers.emplace_back("X-API-KEY", api.key.reveal());
  return call;
}

}  // namespace b24gate::megafon
