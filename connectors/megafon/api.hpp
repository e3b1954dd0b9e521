// Our own calls to the PBX.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "connector/connector.hpp"

namespace b24gate::megafon {

// The options api_url and api_key; empty where they are not set.
struct Api {
  explicit Api(const json::Value& options);
  std::string url;  // https://<tenant>.megapbx.ru/crmapi/v1, or the old .../sys/crm_api.wcgp
  Secret key;

  [[nodiscard]] bool usable() const { return !url.empty() && !key.empty(); }
  [[nodiscard]] bool is_old() const;
};

// Fetches a recording. The key goes along when it is configured; when the address of the PBX is, too, to no
// other host.
std::optional<connector::HttpCall> recording_call(const std::string& url, const Api& api);

// nullopt without address and key, and without anybody whose telephone could ring.
std::optional<connector::HttpCall> order_call(const connector::CallOrder& order, const Api& api);
// Its answer: the callid of the call.
Result<std::string> ordered(const connector::HttpAnswer& answer);

// The host of an address in lower case, without user and port.
std::string host_of(std::string_view url);

}  // namespace b24gate::megafon
