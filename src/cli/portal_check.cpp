#include "cli/portal_check.hpp"

#include <algorithm>
#include <array>

#include "base/time.hpp"
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

class Checker {
 public:
  Checker(const config::Configuration& configuration, const portal::PortalSchema& schema)
      : configuration_(configuration), schema_(schema) {}

  std::vector<yaml::Problem> check() {
    note({"config.yaml", 0, 0}, schema_.check_mode());
    for (const char* scope : {"crm", "im", "task", "user", "department"})
      note({"config.yaml", 0, 0}, schema_.check_scope(scope));
    for (const auto& source : configuration_.sources) {
      for (const auto& [name, place] : source.mapping.crm_fields())
        note(place, schema_.check_lead_field(name));
    }
    for (const auto& [name, place] : configuration_.rules.crm_fields())
      note(place, schema_.check_lead_field(name));
    for (const auto& [name, constant, place] : constants()) {
      if (name == "STATUS_ID") note(place, schema_.check_stage(constant));
      if (name == "SOURCE_ID") note(place, schema_.check_source(constant));
    }
    for (const auto& employee : configuration_.roster.employees())
      note(employee.place, schema_.check_user(employee.user_id));
    required_fields();
    return problems_.sorted();
  }

 private:
  struct Constant {
    std::string name, value;
    yaml::Place place;
  };

  std::vector<Constant> constants() const {
    std::vector<Constant> out;
    const auto add = [&](const std::vector<mapping::ConstantField>& fields) {
      for (const auto& field : fields) out.push_back({field.name, field.value, field.place});
    };
    for (const auto& source : configuration_.sources) add(source.mapping.constants());
    add(configuration_.rules.constants());
    return out;
  }

  // A field that the portal requires and no mapping fills stops every lead.
  void required_fields() {
    for (const auto* field : schema_.required_lead_fields()) {
      for (const auto& source : configuration_.sources) {
        const auto fields = source.mapping.crm_fields();
        const bool filled = std::any_of(fields.begin(), fields.end(), [&](const auto& one) {
          return one.first == field->upper_name || one.first == field->name;
        });
        if (!filled) {
          problems_.add(opened(source.place), "the portal requires the field " + field->upper_name +
                                                  " of every lead; fill it in the mapping of this source");
        }
      }
    }
  }

  yaml::Place opened(yaml::Place place) const {
    place.file = configuration_.path_of(place.file);
    return place;
  }

  void note(const yaml::Place& place, const Done& result) {
    if (!result) problems_.add(opened(place), result.error().what);
  }

  const config::Configuration& configuration_;
  const portal::PortalSchema& schema_;
  yaml::Problems problems_;
};

}  // namespace

Result<std::vector<yaml::Problem>> check_against_portal(const config::Configuration& configuration) {
  const auto schema = ask(configuration);
  if (!schema) return tl::unexpected(schema.error());
  return Checker(configuration, *schema).check();
}

}  // namespace b24gate::cli
