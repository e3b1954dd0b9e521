// Forms and carts of sites made with Tilda. Facts: https://help-ru.tilda.cc/forms/webhook and README.md
// beside.
#include <span>

#include "connector/body.hpp"
#include "connector/connector.hpp"
#include "connectors/default_mapping.hpp"
#include "connectors/tilda/api_key.hpp"
#include "connectors/tilda/cookies.hpp"
#include "connectors/tilda/submission.hpp"

namespace b24gate::connector {
namespace {

bool is_cookies(std::string_view name) { return name == "COOKIES" || name == "cookies" || name == "Cookies"; }

class Tilda final : public Connector {
 public:
  [[nodiscard]] std::string_view name() const override { return "tilda"; }

  [[nodiscard]] Proof verify(const Request& request, const Source& source) const override {
    return tilda::ApiKey(source).verify(request);
  }

  [[nodiscard]] Reading read(const Request& request, const Source& source) const override {
    Reading out;
    const auto& body = request.parsed_body();
    if (!body) {
      out.outcome = Outcome::unreadable;
      out.reason = body.error().text();
      return out;
    }
    const tilda::ApiKey api_key(source);
    const auto* list = body->array_if();
    for (const auto& fields : list ? std::span(*list) : std::span(&*body, 1)) {
      const auto* members = fields.object_if();
      if (!members || members->empty()) continue;
      if (tilda::is_probe(*members, api_key)) {
        out.outcome = Outcome::probe;
        out.reason = "Tilda's test of the webhook";
        continue;
      }
      auto submission = tilda::read_submission(*members, request.header("Referer"), api_key);
      out.events.push_back(std::move(submission.event));
      out.raw.push_back(std::move(submission.raw));
    }
    if (!out.events.empty()) {
      out.outcome = Outcome::accepted;
      out.reason.clear();
    } else if (out.outcome != Outcome::probe) {
      out.outcome = Outcome::ignored;
      out.reason = "the body has no fields";
    }
    return out;
  }

  [[nodiscard]] std::string_view default_mapping() const override { return default_mapping_of("tilda"); }

  void redact(Request& request, const Source& source) const override {
    const tilda::ApiKey api_key(source);
    redact_fields(request, [&](std::string_view field, std::string_view value) -> std::optional<std::string> {
      // Of the visitor's cookies only the utm marks are needed when the request is read again.
      if (is_cookies(field)) return tilda::utm_cookie_of(value);
      return api_key.is_key(field, value) ? std::optional<std::string>(redacted) : std::nullopt;
    });
    std::vector<Secret> secrets = source.secrets;
    secrets.emplace_back(source.options["api_key"].text());
    redact_values(request, secrets);
  }

  [[nodiscard]] bool can_prove(const json::Value& options) const override {
    return !options["api_key"].says_nothing();
  }

  [[nodiscard]] std::vector<std::string> option_names() const override { return {"api_key", "api_key_name"}; }
};

}  // namespace

const Connector& tilda_connector();
const Connector& tilda_connector() {
  static const Tilda connector;
  return connector;
}

}  // namespace b24gate::connector
