#include "connector/options.hpp"
#include "outbound/address.hpp"
#include "outbound/url.hpp"
#include "pull/runner.hpp"

namespace b24gate::pull {

outbound::FetchOptions fetch_options(const connector::HttpCall& call, const json::Value& source_options,
                                     const Limits& limits) {
  outbound::FetchOptions out;
  out.max_bytes = limits.max_bytes;
  out.max_time = limits.max_time;
  const bool may_be_here = connector::is_on(source_options["pull_private"]);
  if (may_be_here) out.inside = outbound::Inside::loopback;
  const auto url = outbound::parse_url(call.url);
  if (!url) return out;  // nothing is allowed; the fetcher says what is wrong with the address
  const bool is_v6 = url->host.find(':') != std::string::npos;
  const std::string host = (is_v6 ? "[" + url->host + "]" : url->host) + ":" + std::to_string(url->port);
  const bool is_here = url->host == "localhost" || outbound::reach_of(url->host) == outbound::Reach::loopback;
  out.hosts = {(may_be_here && is_here ? "http://" : "") + host};
  return out;
}

}  // namespace b24gate::pull
