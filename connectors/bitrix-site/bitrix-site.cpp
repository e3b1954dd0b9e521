// Sites and shops on "1С-Битрикс: Управление сайтом": forms that speak to lead.php, signed JSON from a
// handler on the site, the shop's exchange of orders. What is what: README.md beside.
#include "connector/body.hpp"
#include "connector/connector.hpp"
#include "connectors/bitrix-site/exchange.hpp"
#include "connectors/bitrix-site/exchange_order.hpp"
#include "connectors/bitrix-site/lead_answer.hpp"
#include "connectors/bitrix-site/lead_form.hpp"
#include "connectors/bitrix-site/proof.hpp"
#include "connectors/bitrix-site/signed_json.hpp"
#include "connectors/bitrix-site/way.hpp"
#include "connectors/default_mapping.hpp"
#include "text/form.hpp"

namespace b24gate::connector {
namespace {

using bitrix_site::Signature;
using bitrix_site::Way;

// Codes of verify_failure() and refusal().
constexpr std::string_view lead_php_code = "lead_php";
constexpr std::string_view bad_signature = "bad_signature";
constexpr std::string_view stale_timestamp = "stale_timestamp";
constexpr std::string_view clock_differs = "the clock of the sender differs by more than 300 seconds";

Reading nothing(Outcome outcome, std::string reason) {
  Reading out;
  out.outcome = outcome;
  out.reason = std::move(reason);
  return out;
}

Reading read_lead_form(const Request& request, const Source& source) {
  const auto fields = bitrix_site::lead_fields(request);
  if (fields) return bitrix_site::read_lead_form(*fields, source, request.received_at);
  Reading out = nothing(Outcome::unreadable, fields.error().text());
  out.reply["way"] = bitrix_site::lead_form_reply;
  return out;
}

Reading read_signed_json(const Request& request, const Source& source) {
  const auto body = text::parse_body(request.body, "application/json");
  if (!body) return nothing(Outcome::unreadable, body.error().text());
  return bitrix_site::read_signed_json(*body, source);
}

Proof verify_lead_form(const Request& request, const Source& source) {
  const auto fields = bitrix_site::lead_fields(request);
  const Proof proof = fields ? bitrix_site::lead_form_proof(*fields, source) : Proof::absent;
  // There nothing else can prove who asks, and the refusal is in the form's own words.
  return proof == Proof::absent && request.path == bitrix_site::lead_path ? Proof::bad : proof;
}

Answer refused_json(std::string_view code, std::string_view message) {
  Answer out;
  out.status = 401;
  out.body = json::Value::object({{"error", code}, {"message", message}});
  return out;
}

class BitrixSite final : public Connector {
 public:
  [[nodiscard]] std::string_view name() const override { return "bitrix-site"; }

  [[nodiscard]] Proof verify(const Request& request, const Source& source) const override {
    if (bitrix_site::way_of(request) == Way::lead_form) return verify_lead_form(request, source);
    switch (bitrix_site::signature_of(request, source)) {
      case Signature::absent:
        return Proof::absent;
      case Signature::good:
        return Proof::good;
      default:
        return Proof::bad;
    }
  }

  [[nodiscard]] Failure verify_failure(const Request& request, const Source& source) const override {
    if (bitrix_site::way_of(request) == Way::lead_form) return {lead_php_code};
    if (bitrix_site::signature_of(request, source) == Signature::stale)
      return {stale_timestamp, clock_differs};
    return {bad_signature};
  }

  [[nodiscard]] std::string_view own_path() const override { return bitrix_site::lead_path; }
  [[nodiscard]] std::string_view own_path_refusal() const override { return lead_php_code; }

  [[nodiscard]] Reading read(const Request& request, const Source& source) const override {
    switch (bitrix_site::way_of(request)) {
      case Way::lead_form:
        return read_lead_form(request, source);
      case Way::signed_json:
        return read_signed_json(request, source);
      case Way::exchange:
        return bitrix_site::read_exchange(request.body, source);
      case Way::nothing:
        break;
    }
    return nothing(Outcome::ignored, "the request is empty");
  }

  [[nodiscard]] std::optional<Answer> answer(const Reading& reading, const Source& source,
                                             const Stored& stored) const override {
    if (reading.reply["way"].text() != bitrix_site::lead_form_reply) return std::nullopt;
    const bool with_login = reading.reply["login"].boolean().value_or(false) && !source.secrets.empty();
    const std::string auth =
        with_login ? bitrix_site::auth_of(source.secrets.front(), source.name) : std::string();
    if (reading.outcome == Outcome::unreadable) return bitrix_site::lead_php(bitrix_site::bad_request_text());
    if (reading.outcome == Outcome::probe) return bitrix_site::lead_php(bitrix_site::fields_text(auth), auth);
    std::size_t next = 0;
    const auto take_id = [&] {  // our own number, greater than 0
      return next < stored.event_ids.size() ? stored.event_ids[next++] : stored.request_id;
    };
    if (const auto* bundle = reading.reply["bundle"].array_if()) {
      std::vector<bitrix_site::LeadAnswer> leads;
      for (const auto& taken : *bundle) {
        bitrix_site::LeadAnswer& lead = leads.emplace_back();
        if (taken.boolean().value_or(false)) lead.id = take_id();
      }
      return bitrix_site::lead_php(bitrix_site::bundle_text(leads, auth), auth);
    }
    return bitrix_site::lead_php(bitrix_site::taken_text(take_id(), auth), auth);
  }

  [[nodiscard]] std::optional<Answer> refusal(Refusal refusal, std::string_view why) const override {
    if (why == bad_signature) return refused_json(why, "the signature is not that of this body");
    if (why == stale_timestamp) return refused_json(why, clock_differs);
    if (why != lead_php_code) return std::nullopt;
    switch (refusal) {
      case Refusal::unauthorized:
      case Refusal::forbidden:
        return bitrix_site::lead_php(bitrix_site::denied_text());
      case Refusal::method:
      case Refusal::unreadable:
        return bitrix_site::lead_php(bitrix_site::bad_request_text());
      case Refusal::too_many:
      case Refusal::not_stored:
        return bitrix_site::lead_php(bitrix_site::unavailable_text());
    }
    return std::nullopt;
  }

  [[nodiscard]] std::unique_ptr<Pull> pull(const Source& source, const json::Value& mark,
                                           TimePoint now) const override {
    auto exchange = bitrix_site::exchange_of(source.options);
    if (!exchange) return nullptr;
    const std::int64_t local_now = to_unix_ms(source.time_zone.to_local(now)) / 1000;
    return std::make_unique<bitrix_site::ExchangePull>(std::move(*exchange), mark, now, local_now);
  }

  [[nodiscard]] std::vector<std::string> option_names() const override {
    return bitrix_site::exchange_option_names();
  }

  [[nodiscard]] std::string_view default_mapping() const override {
    return default_mapping_of("bitrix-site");
  }

  void redact(Request& request, const Source& source) const override {
    const bool is_form = bitrix_site::way_of(request) == Way::lead_form;
    redact_fields(request, [&](std::string_view field, std::string_view) -> std::optional<std::string> {
      const bool is_secret = field == "X-Gate-Signature" || (is_form && bitrix_site::is_secret_field(field));
      return is_secret ? std::optional<std::string>(redacted) : std::nullopt;
    });
    std::vector<Secret> secrets = source.secrets;
    for (const auto& secret : source.secrets) secrets.emplace_back(bitrix_site::auth_of(secret, source.name));
    redact_values(request, secrets);
  }
};

}  // namespace

const Connector& bitrix_site_connector();
const Connector& bitrix_site_connector() {
  static const BitrixSite connector;
  return connector;
}

}  // namespace b24gate::connector
