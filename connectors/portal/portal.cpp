// Leads that people make in the portal by hand, as crm.item.* gives them. Facts: README.md beside.
#include <array>

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
