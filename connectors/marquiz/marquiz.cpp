// Leads of Marquiz's quizzes. Facts: https://marquiz.ru/help/integration/webhooks and README.md beside.
#include "connector/body.hpp"
#include "connector/connector.hpp"
#include "connectors/default_mapping.hpp"
#include "connectors/marquiz/lead.hpp"

namespace b24gate::connector {
namespace {

class Marquiz final : public Connector {
 public:
  [[nodiscard]] std::string_view name() const override { return "marquiz"; }

  [[nodiscard]] Reading read(const Request& request, const Source& /*source*/) const override {
    Reading out;
    const auto& came = request.parsed_body();
    if (!came) {
      out.outcome = Outcome::unreadable;
      out.reason = came.error().text();
      return out;
    }
    json::Value body = without_entities(*came);
    if (!marquiz::is_lead(body)) {
      out.outcome = Outcome::ignored;
      out.reason = "the body is no lead of a quiz: it has no contacts, no quiz and no answers";
      return out;
    }
    out.events.push_back(marquiz::read_lead(body));
    out.raw.push_back(std::move(body));
    return out;
  }

  [[nodiscard]] std::string_view default_mapping() const override { return default_mapping_of("marquiz"); }

  void redact(Request& request, const Source& source) const override {
    redact_values(request, source.secrets);
  }
};

}  // namespace

const Connector& marquiz_connector();
const Connector& marquiz_connector() {
  static const Marquiz connector;
  return connector;
}

}  // namespace b24gate::connector
