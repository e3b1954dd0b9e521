#include "delivery/order.hpp"

#include <fmt/format.h>

#include "connector/key.hpp"
#include "delivery/operations.hpp"

namespace b24gate::delivery {
namespace {

std::string digits_of(std::string_view number) {
  std::string out;
  for (const char c : number) {
    if (c >= '0' && c <= '9') out += c;
  }
  return out;
}

// Unique for the click, and nothing but letters, digits and a hyphen.
std::string order_id(const event::Call& call) {
  return "b24gate-" + connector::content_id(json::Value(call.id)).substr(0, 24);
}

// The portal's name of a line may be anything; the PBX is told of numbers alone.
std::string line_of(const std::string& line) {
  const std::string digits = digits_of(line);
  return digits.size() >= 7 && digits.size() <= 15 ? digits : std::string();
}

}  // namespace

std::vector<journal::NewDelivery> plan_order(const config::Configuration& configuration,
                                             const config::Source& source, const event::Event& event,
                                             const Whose& whose, int round) {
  const event::Call& call = *event.call;
  json::Value registered = register_params(configuration, source, event, whose, true, std::nullopt, round);
  registered["USER_ID"] = json::Value(call.ordered_by).integer().value_or(0);
  journal::NewDelivery there =
      operation(std::string(journal::register_name), "telephony.externalCall.register", registered,
                registered["EXTERNAL_CALL_ID"].text());
  there.result = json::write(json::Value::object({{"CALL_ID", call.id}}));

  const people::Employee* employee = whose.named ? whose.employee : nullptr;
  std::string extension = employee ? employee->extension : std::string();
  if (extension.empty()) extension = call.extension;
  const std::string id = order_id(call);
  const json::Value order = json::Value::object({{"by", configuration.calls.ordered_by(call.line)},
                                                 {"id", id},
                                                 {"extension", extension},
                                                 {"login", employee ? employee->login : std::string()},
                                                 {"phone", config::call_number(event)},
                                                 {"line", line_of(call.line)}});
  return {std::move(there), operation(std::string(journal::order_name), "pbx.call", order, id),
          operation(std::string(journal::finish_name), "telephony.externalCall.finish",
                    finish_params(event, whose))};
}

Order order_of(const journal::DeliveryRow& delivery) {
  Order out;
  const auto params = json::parse(delivery.params);
  if (!params) return out;
  out.by = (*params)["by"].text();
  out.call.id = (*params)["id"].text();
  out.call.extension = (*params)["extension"].text();
  out.call.login = (*params)["login"].text();
  out.call.phone = (*params)["phone"].text();
  out.call.line = (*params)["line"].text();
  return out;
}

std::string order_failure(std::string_view why, std::string_view code) {
  return json::write(json::Value::object({{"why", why}, {"code", code}}));
}

std::string order_text(const config::Configuration& configuration, const event::Event& event,
                       const std::string& failure) {
  json::Value scope = event::to_json(event, configuration.portal.time_zone);
  const auto told = json::parse(failure);
  scope["order"] = told ? *told : json::Value(json::Object());
  return configuration.texts.order_notification.render(scope, configuration.dictionaries,
                                                       configuration.portal.time_zone);
}

journal::NewDelivery order_notification(const config::Configuration& configuration, const event::Event& event,
                                        const std::string& failure, std::int64_t event_id) {
  const std::string tag = fmt::format("B24GATE|e{}|order", event_id);
  return operation(
      "notify", "im.notify.system.add",
      json::Value::object({{"USER_ID", json::Value(event.call->ordered_by).integer().value_or(0)},
                           {"MESSAGE", order_text(configuration, event, failure)},
                           {"TAG", tag},
                           {"SUB_TAG", "B24GATE"},
                           {"CLIENT_ID", "b24gate"}}),
      tag);
}

}  // namespace b24gate::delivery
