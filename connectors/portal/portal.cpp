// Leads that people make in the portal by hand, as crm.item.* gives them, and clicks on numbers
// (ONEXTERNALCALLSTART). Facts: README.md beside.
#include <array>

#include "base/ascii.hpp"
#include "connector/connector.hpp"
#include "connectors/default_mapping.hpp"

namespace b24gate::connector {
namespace {

std::string joined(std::initializer_list<std::string> parts) {
  std::string out;
  for (const auto& part : parts) {
    if (!part.empty()) out += (out.empty() ? "" : " ") + part;
  }
  return out;
}

event::Event event_of(const json::Value& lead) {
  event::Event out;
  out.key = "portal:" + lead["id"].text();
  out.kind = event::Kind::other;
  out.action = event::Action::update;
  out.note = "somebody made this lead by hand: it is given out";
  out.reference = "lead:" + lead["id"].text();
  out.created_by = lead["createdBy"].text();
  out.channel = "portal";
  out.subject = lead["title"].text();
  out.text = lead["comments"].text();
  out.contact.name = joined({lead["lastName"].text(), lead["name"].text(), lead["secondName"].text()});
  out.contact.company = lead["companyTitle"].text();
  const json::Value& entries = lead["fm"];
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string type = entries.at(i)["typeId"].text();
    if (type == "PHONE") out.contact.phones.push_back(entries.at(i)["value"].text());
    if (type == "EMAIL") out.contact.emails.push_back(entries.at(i)["value"].text());
  }
  out.utm.source = lead["utmSource"].text();
  out.utm.medium = lead["utmMedium"].text();
  out.utm.campaign = lead["utmCampaign"].text();
  if (const auto* members = lead.object_if()) {
    for (const auto& [name, value] : *members) {
      const bool of_people = name.rfind("UF_CRM_", 0) == 0 || name.rfind("ufCrm", 0) == 0;
      if (of_people && !value.says_nothing() && !value.is_object() && !value.is_array())
        out.fields.set(name, value.text());
    }
  }
  return out;
}

// The portal has registered the call already; somebody has to make it.
std::optional<event::Event> click_of(const json::Value& data) {
  const std::string id = data["CALL_ID"].text();
  const std::string user = data["USER_ID"].text();
  if (id.empty() || json::Value(user).integer().value_or(0) <= 0) return std::nullopt;
  event::Event out;
  out.key = "portal:call:" + id;
  out.kind = event::Kind::call;
  out.action = event::Action::ignore;
  out.note = "a click on a number: the call is ordered at the PBX, which tells what becomes of it";
  out.channel = "phone";
  event::Call& call = out.call.emplace();
  call.id = id;
  call.ordered_by = user;
  call.direction = "out";
  call.line = data["LINE_NUMBER"].text();
  call.extension = data["EXTENSION"].text();
  const std::string international = data["PHONE_NUMBER_INTERNATIONAL"].text();
  call.client = international.empty() ? data["PHONE_NUMBER"].text() : international;
  if (!call.client.empty()) out.contact.phones.push_back(call.client);
  const std::string type = ascii::lower(data["CRM_ENTITY_TYPE"].text());
  const auto card = json::Value(data["CRM_ENTITY_ID"].text()).integer();
  const bool is_card = type == "lead" || type == "contact" || type == "company" || type == "deal";
  if (is_card && card.value_or(0) > 0) out.reference = type + ":" + std::to_string(*card);
  return out;
}

class Portal final : public Connector {
 public:
  [[nodiscard]] std::string_view name() const override { return "portal"; }

  // Nobody posts this: b24gate reads it. Whoever tries is refused.
  [[nodiscard]] Proof verify(const Request& /*request*/, const Source& /*source*/) const override {
    return Proof::bad;
  }
  [[nodiscard]] bool can_prove(const json::Value& /*options*/) const override { return true; }

  [[nodiscard]] Reading read(const Request& request, const Source& /*source*/) const override {
    Reading out;
    const auto body = json::parse(request.body);
    if (body && ascii::lower((*body)["event"].text()) == "onexternalcallstart") {
      if (auto click = click_of((*body)["data"])) {
        out.events.push_back(std::move(*click));
        out.raw.push_back((*body)["data"]);
      } else {
        out.outcome = Outcome::unreadable;
        out.reason = "a click on a number without CALL_ID or USER_ID";
        out.status = 200;  // the portal sends an event once, whatever the answer
      }
      return out;
    }
    if (!body || !(*body)["lead"]["id"].integer() || !(*body)["lead"]["createdBy"].integer()) {
      out.outcome = Outcome::unreadable;
      out.reason = "no lead with id and createdBy";
      return out;
    }
    out.events.push_back(event_of((*body)["lead"]));
    out.raw.push_back((*body)["lead"]);
    return out;
  }

  [[nodiscard]] std::string_view default_mapping() const override { return default_mapping_of("portal"); }
};

}  // namespace

const Connector& portal_connector() {
  static const Portal connector;
  return connector;
}

}  // namespace b24gate::connector
