// Letters with tracking by B2BFamily: what became of them. Facts: README.md beside.
#include "connector/connector.hpp"
#include "connector/free_body.hpp"
#include "connectors/b2bfamily/letter.hpp"
#include "connectors/default_mapping.hpp"

namespace b24gate::connector {
namespace {

// What logs in to the service; no webhook is known to hold it.
bool is_secret(std::string_view plain) {
  return plain == "apikey" || plain == "appkey" || plain == "password" || plain == "hash" ||
         plain == "secret";
}

class B2BFamily final : public Connector {
 public:
  [[nodiscard]] std::string_view name() const override { return "b2bfamily"; }

  [[nodiscard]] Reading read(const Request& request, const Source& source) const override {
    Reading out;
    out.answer = json::Value::object({{"ok", true}});
    auto events = free_events(request, is_secret);
    if (!events) {
      out.outcome = Outcome::unreadable;
      out.reason = events.error().text();
      out.status = 200;  // coming again would bring the same bytes
      return out;
    }
    for (auto& root : *events) {
      const FreeBody body(std::move(root));
      out.events.push_back(b2bfamily::read_letter(body, source));
      out.raw.push_back(body.root());
    }
    if (out.events.empty()) {
      out.outcome = Outcome::ignored;
      out.reason = "the request has no fields";
    }
    return out;
  }

  [[nodiscard]] std::string_view default_mapping() const override { return default_mapping_of("b2bfamily"); }

  void redact(Request& request, const Source& source) const override {
    redact_free(request, is_secret, source.secrets);
  }
};

}  // namespace

const Connector& b2bfamily_connector();
const Connector& b2bfamily_connector() {
  static const B2BFamily connector;
  return connector;
}

}  // namespace b24gate::connector
