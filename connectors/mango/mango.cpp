// Calls of a Mango Office virtual PBX. Facts: README.md beside.
#include "base/utf8.hpp"
#include "connector/body.hpp"
#include "connector/connector.hpp"
#include "connectors/default_mapping.hpp"
#include "connectors/mango/account.hpp"
#include "connectors/mango/callback.hpp"
#include "connectors/mango/envelope.hpp"
#include "connectors/mango/leg.hpp"
#include "connectors/mango/statistics.hpp"
#include "connectors/mango/summary.hpp"
#include "text/form.hpp"

namespace b24gate::connector {
namespace {

Reading without_events(Outcome outcome, const std::string& reason) {
  Reading out;
  out.outcome = outcome;
  out.reason = reason;
  return out;
}

std::string why_ignored(const std::string& path) {
  if (path.empty()) return "the path names no event of the PBX";
  if (path.rfind("/result/", 0) == 0) return "what became of a command or a report";
  return "an event that is no call";
}

class Mango final : public Connector {
 public:
  [[nodiscard]] std::string_view name() const override { return "mango"; }

  [[nodiscard]] Proof verify(const Request& request, const Source& source) const override {
    return mango::verify(request, mango::Account(source.options));
  }

  [[nodiscard]] Reading read(const Request& request, const Source& source) const override {
    if (utf8::trimmed(request.body).empty())
      return without_events(Outcome::probe, "the PBX checks the connection");
    const mango::Envelope envelope = mango::open(request.body);
    if (!envelope.has_json) return without_events(Outcome::unreadable, "the form has no field json");
    auto content = json::parse(text::to_utf8(envelope.json));
    if (!content) return without_events(Outcome::unreadable, "json: " + content.error().what);
    if (!content->is_object()) return without_events(Outcome::unreadable, "json: not an object");

    const std::string path = mango::event_path(request.path);
    const Seconds offset = mango::Account(source.options).time_offset();
    Reading out;
    if (path == "/events/summary") {
      out.events.push_back(mango::read_summary(*content, offset));
    } else if (path == "/events/call") {
      out.events.push_back(mango::read_leg(*content, offset));
    } else if (path == "/events/record/added") {
      out.events.push_back(mango::read_recording(*content, offset));
    } else if (path == "/events/recording") {
      out.events.push_back(mango::read_recording_state(*content, offset));
    } else if (auto failed =
                   path == "/result/callback" ? mango::read_failed_command(*content) : std::nullopt) {
      out.events.push_back(std::move(*failed));
    } else {
      return without_events(Outcome::ignored, why_ignored(path));
    }
    out.raw.push_back(std::move(*content));
    return out;
  }

  [[nodiscard]] std::optional<HttpCall> recording(const event::Call& call, const Source& source,
                                                  TimePoint /*now*/) const override {
    const mango::Account account(source.options);
    if (!account.wants_recordings() || !account.can_sign()) return std::nullopt;
    if (!call.recording || call.recording->id.empty()) return std::nullopt;
    return account.call("queries/recording/post",
                        json::Value::object({{"recording_id", call.recording->id}, {"action", "download"}}));
  }

  [[nodiscard]] std::vector<std::string> recording_hosts() const override {
    return {"app.mango-office.ru", "*.mango-office.ru"};
  }

  [[nodiscard]] std::optional<HttpCall> order_call(const CallOrder& order,
                                                   const Source& source) const override {
    const mango::Account account(source.options);
    return account.can_sign() ? mango::order_call(account, order) : std::nullopt;
  }
  [[nodiscard]] Result<std::string> ordered(const HttpAnswer& answer) const override {
    return mango::ordered(answer);
  }

  [[nodiscard]] std::unique_ptr<Pull> pull(const Source& source, const json::Value& mark,
                                           TimePoint now) const override {
    mango::Account account(source.options);
    if (!account.wants_pull() || !account.can_sign()) return nullptr;
    return mango::pull_statistics(std::move(account), mark, now);
  }

  [[nodiscard]] std::string_view default_mapping() const override { return default_mapping_of("mango"); }

  void redact(Request& request, const Source& source) const override {
    redact_fields(request, [](std::string_view field, std::string_view) -> std::optional<std::string> {
      const bool is_secret = field == "vpbx_api_key" || field == "sign";
      return is_secret ? std::optional<std::string>(redacted) : std::nullopt;
    });
    const mango::Account account(source.options);
    std::vector<Secret> secrets = source.secrets;
    secrets.push_back(account.key());
    secrets.push_back(account.salt());
    redact_values(request, secrets);
  }

  [[nodiscard]] bool can_prove(const json::Value& options) const override {
    return mango::Account(options).can_sign();
  }

  [[nodiscard]] std::vector<std::string> option_names() const override {
    return {"api_key", "api_url", "pull", "recordings", "salt", "time_offset"};
  }
};

}  // namespace

const Connector& mango_connector();
const Connector& mango_connector() {
  static const Mango connector;
  return connector;
}

}  // namespace b24gate::connector
