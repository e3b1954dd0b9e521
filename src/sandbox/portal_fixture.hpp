// For tests: a portal on a clock that stands at 2026-06-01 11:00 Moscow time.
#pragma once

#include <string>
#include <string_view>

#include "base/manual_clock.hpp"
#include "sandbox/portal.hpp"

namespace b24gate::sandbox {

inline json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  return value ? *std::move(value) : json::Value("unreadable: " + std::string(text));
}

struct PortalFixture {
  explicit PortalFixture(PortalOptions options = {}) : portal(std::move(options), clock) {}

  Reply reply(std::string_view method, json::Value params) {
    return portal.rest(
        {"127.0.0.1", "1", secret, std::string(method), std::move(params), "http://127.0.0.1:8090"});
  }
  // The answer's body; `status` keeps its status.
  json::Value call(std::string_view method, json::Value params) {
    const Reply got = reply(method, std::move(params));
    status = got.status;
    return parsed(got.body);
  }
  json::Value call(std::string_view method, std::string_view params = "{}") {
    return call(method, parsed(params));
  }
  json::Value call(std::string_view method, const char* params) { return call(method, parsed(params)); }
  void fault(std::string_view text) { static_cast<void>(portal.add_fault(parsed(text)).value()); }
  json::Value state() { return portal.state(1000, true); }
  std::size_t leads() { return state()["leads"].size(); }

  ManualClock clock{from_unix_ms(1'780'300'800'120)};
  Portal portal;
  std::string secret = "sandbox-secret";
  int status = 0;
};

}  // namespace b24gate::sandbox
