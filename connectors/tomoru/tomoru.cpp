// Tomoru's voice robot: results of its calls, requests from its dialogs. Facts: README.md beside.
#include "connector/body.hpp"
#include "connector/connector.hpp"
#include "connector/free_body.hpp"
#include "connectors/default_mapping.hpp"
#include "connectors/tomoru/batch.hpp"
#include "connectors/tomoru/request.hpp"
#include "connectors/tomoru/robot_call.hpp"
#include "connectors/tomoru/tables.hpp"

namespace b24gate::connector {
namespace {

json::Value ok() { return json::Value::object({{"ok", true}}); }

class Tomoru final : public Connector {
 public:
  [[nodiscard]] std::string_view name() const override { return "tomoru"; }

  [[nodiscard]] Reading read(const Request& request, const Source& source) const override {
    Reading out;
    out.answer = ok();
    auto events = free_events(request);
    if (!events) {
      out.outcome = Outcome::unreadable;
      out.reason = events.error().text();
      out.status = 200;  // coming again would bring the same bytes
      return out;
    }
    for (auto& root : *events) {
      const FreeBody body(std::move(root), tomoru::is_closed);
      if (tomoru::is_event_status(body)) {
        out.events.push_back(tomoru::read_event_status(body));
      } else if (tomoru::is_request(body)) {
        if (out.reply.is_null()) out.reply["request"] = static_cast<std::int64_t>(out.events.size());
        out.events.push_back(tomoru::read_request(body, request.received_at));
      } else {
        out.events.push_back(tomoru::read_robot_call(body, source));
      }
      out.raw.push_back(body.root());
    }
    if (out.events.empty()) {
      out.outcome = Outcome::ignored;
      out.reason = "the request has no fields";
    }
    return out;
  }

  // A dialog waits for the id of its request.
  [[nodiscard]] std::optional<Answer> answer(const Reading& reading, const Source& /*source*/,
                                             const Stored& stored) const override {
    const auto index = reading.reply["request"].integer();
    if (!index || static_cast<std::size_t>(*index) >= stored.event_ids.size()) return std::nullopt;
    Answer out;
    out.body = json::Value::object(
        {{"success", true}, {"id", std::to_string(stored.event_ids[static_cast<std::size_t>(*index)])}});
    return out;
  }

  [[nodiscard]] std::optional<HttpCall> recording(const event::Call& call, const Source& /*source*/,
                                                  TimePoint /*now*/) const override {
    if (!call.recording || call.recording->url.empty()) return std::nullopt;
    HttpCall out;
    out.url = call.recording->url;
    return out;
  }

  [[nodiscard]] std::optional<HttpCall> make_robot_batch(const RobotOrder& order,
                                                         const Source& source) const override {
    return tomoru::make_batch(order, source);
  }
  [[nodiscard]] Result<std::string> robot_batch(const HttpAnswer& answer) const override {
    return tomoru::batch_made(answer);
  }
  [[nodiscard]] std::optional<HttpCall> launch_robot_batch(const std::string& batch,
                                                           const Source& source) const override {
    return tomoru::launch_batch(batch, source);
  }
  [[nodiscard]] Done robot_batch_launched(const HttpAnswer& answer) const override {
    return tomoru::batch_launched(answer);
  }

  [[nodiscard]] std::string_view default_mapping() const override { return default_mapping_of("tomoru"); }

  void redact(Request& request, const Source& source) const override {
    redact_values(request, source.secrets);
  }

  [[nodiscard]] std::vector<std::string> option_names() const override {
    return {"machine_phrases", "api_key", "api_url", "callback_url", "max_retries", "retry_delay"};
  }
};

}  // namespace

const Connector& tomoru_connector();
const Connector& tomoru_connector() {
  static const Tomoru connector;
  return connector;
}

}  // namespace b24gate::connector
