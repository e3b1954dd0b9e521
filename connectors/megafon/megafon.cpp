// Calls of MegaFon's cloud PBX. Facts: https://api.megapbx.ru/#/docs/crmapi/v1/general and README.md beside.
#include "base/ascii.hpp"
#include "connector/body.hpp"
#include "connector/connector.hpp"
#include "connector/member.hpp"
#include "connectors/default_mapping.hpp"
#include "connectors/megafon/api.hpp"
#include "connectors/megafon/command.hpp"
#include "connectors/megafon/fields.hpp"
#include "connectors/megafon/history_pull.hpp"
#include "connectors/megafon/token.hpp"
#include "connectors/megafon/values.hpp"

namespace b24gate::connector {
namespace {

Reading invalid_parameters(std::string reason) {
  Reading out;
  out.outcome = Outcome::unreadable;
  out.reason = std::move(reason);
  out.status = 400;
  out.answer = json::Value::object({{"error", "Invalid parameters"}});
  return out;
}

Reading ignored(std::string reason) {
  Reading out;
  out.outcome = Outcome::ignored;
  out.reason = std::move(reason);
  return out;
}

Reading accepted(event::Event event, const json::Value& fields) {
  Reading out;
  out.events.push_back(std::move(event));
  json::Value raw = fields;
  raw.object_if()->erase(megafon::token_name);
  out.raw.push_back(std::move(raw));
  return out;
}

Reading read_question(const json::Value& fields) {
  event::Event event = megafon::read_contact(fields);
  std::optional<Question> question;
  if (!event.contact.phones.empty()) question = Question{event.contact.phones.front()};
  Reading out = accepted(std::move(event), fields);
  out.question = std::move(question);
  out.answer = json::Value(json::Object());
  out.reply = json::Value::object({{"contact", true}});
  return out;
}

// "responsible" makes the PBX route the call: a login or an inner number.
json::Value known(const Client& client) {
  json::Value out{json::Object()};
  if (!client.name.empty()) out["contact_name"] = client.name;
  const std::string& responsible = client.login.empty() ? client.extension : client.login;
  if (!responsible.empty()) out["responsible"] = responsible;
  return out;
}

class Megafon final : public Connector {
 public:
  [[nodiscard]] std::string_view name() const override { return "megafon"; }

  [[nodiscard]] Proof verify(const Request& request, const Source& source) const override {
    return megafon::proof_of(request, source);
  }

  [[nodiscard]] Reading read(const Request& request, const Source& /*source*/) const override {
    const auto fields = megafon::fields_of(request);
    if (!fields) return invalid_parameters(fields.error().text());
    const std::string command = text_at(*fields, "cmd");
    if (command == "contact") return read_question(*fields);
    if (command == "rating") return accepted(megafon::read_rating(*fields), *fields);
    if (command == "event") {
      auto event = megafon::read_state(*fields);
      return event ? accepted(std::move(*event), *fields) : ignored("a type of event that is not known");
    }
    if (command == "history") {
      auto event = megafon::read_history(*fields);
      return event ? accepted(std::move(*event), *fields) : ignored("a record that is neither in nor out");
    }
    return invalid_parameters(command.empty() ? "there is no cmd" : "a cmd that is not known");
  }

  [[nodiscard]] std::optional<Answer> answer(const Reading& reading, const Source& /*source*/,
                                             const Stored& stored) const override {
    if (reading.reply["contact"].boolean() != true) return std::nullopt;
    Answer out;
    out.body = stored.client ? known(*stored.client) : json::Value(json::Object());
    return out;
  }

  [[nodiscard]] std::optional<Answer> refusal(Refusal refusal, std::string_view /*why*/) const override {
    Answer out;
    if (refusal == Refusal::unauthorized) {
      out.status = 401;
      out.body = json::Value::object({{"error", "Invalid token"}});
    } else if (refusal == Refusal::unreadable) {
      out.status = 400;
      out.body = json::Value::object({{"error", "Invalid parameters"}});
    } else {
      return std::nullopt;
    }
    return out;
  }

  [[nodiscard]] std::optional<HttpCall> recording(const event::Call& call, const Source& source,
                                                  TimePoint /*now*/) const override {
    if (!call.recording) return std::nullopt;
    return megafon::recording_call(call.recording->url, megafon::Api(source.options));
  }

  [[nodiscard]] std::vector<std::string> recording_hosts() const override { return {"*.megapbx.ru"}; }

  [[nodiscard]] std::optional<HttpCall> order_call(const CallOrder& order,
                                                   const Source& source) const override {
    return megafon::order_call(order, megafon::Api(source.options));
  }
  [[nodiscard]] Result<std::string> ordered(const HttpAnswer& answer) const override {
    return megafon::ordered(answer);
  }

  [[nodiscard]] std::unique_ptr<Pull> pull(const Source& source, const json::Value& mark,
                                           TimePoint now) const override {
    megafon::Api api(source.options);
    if (!api.usable() || api.is_old()) return nullptr;
    Secret token(source.options[megafon::token_name].text());
    if (token.empty() && !source.secrets.empty()) token = source.secrets.front();
    return std::make_unique<megafon::HistoryPull>(std::move(api), std::move(token), mark, now);
  }

  [[nodiscard]] std::string_view default_mapping() const override { return default_mapping_of("megafon"); }

  void redact(Request& request, const Source& source) const override {
    redact_fields(request,
                  [](std::string_view field, std::string_view /*value*/) -> std::optional<std::string> {
                    if (field != megafon::token_name && ascii::lower(field) != "x-api-key")
                      return std::nullopt;
                    return std::string(redacted);
                  });
    std::vector<Secret> secrets = megafon::tokens_of(source);
    secrets.emplace_back(source.options["api_key"].text());
    redact_values(request, secrets);
  }

  [[nodiscard]] bool can_prove(const json::Value& options) const override {
    return !options[megafon::token_name].says_nothing();
  }

  [[nodiscard]] std::vector<std::string> option_names() const override {
    return {"api_key", "api_url", std::string(megafon::token_name)};
  }
};

}  // namespace

const Connector& megafon_connector();
const Connector& megafon_connector() {
  static const Megafon connector;
  return connector;
}

}  // namespace b24gate::connector
