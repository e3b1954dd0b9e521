#include "cli/portal_check.hpp"

#include "base/time.hpp"
#include "delivery/drift.hpp"
#include "portal/client.hpp"
#include "portal/http_transport.hpp"
#include "portal/limiter.hpp"
#include "portal/schema.hpp"

namespace b24gate::cli {
namespace {

Result<portal::PortalSchema> ask(const config::Configuration& configuration) {
  const SystemClock clock;
  portal::Limiter limiter({configuration.portal.plan.rate, configuration.portal.plan.burst}, clock,
                          [] { return 0.5; });
  portal::HttpOptions options;
  options.version = B24GATE_VERSION;
  portal::HttpTransport transport(options, clock);
  portal::Client client({configuration.portal.url.value, portal::kMaxCommands, {}}, transport, limiter,
                        clock);
  const portal::Outcome profile = client.call(portal::Command{"profile", json::Value(json::Object())});
  if (profile.cls != portal::Class::success) {
    const std::string what = profile.code.empty() ? "no answer" : profile.code;
    return fail(ErrorKind::refused, "portal.url",
                profile.advice.empty() ? what : what + "; " + profile.advice, Ran::no, Move::administrator);
  }
  portal::PortalSchema schema;
  for (auto next = schema.questions(); !next.empty();) next = schema.absorb(next, client.call(next));
  return schema;
}

}  // namespace

Result<std::vector<yaml::Problem>> check_against_portal(const config::Configuration& configuration) {
  const auto schema = ask(configuration);
  if (!schema) return tl::unexpected(schema.error());
  return delivery::drift(configuration, *schema);
}

}  // namespace b24gate::cli
