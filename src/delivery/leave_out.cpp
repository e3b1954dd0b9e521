#include "delivery/leave_out.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "portal/fields.hpp"
#include "portal/lead_item.hpp"

namespace b24gate::delivery {
namespace {

constexpr std::array<std::string_view, 4> needed{"originatorId", "originId", "title", "fm"};

// Letters, digits and _ go on with a name: "stageId" is not in "previousStageId".
bool names(const std::string& words, const std::string& name) {
  if (name.empty()) return false;
  const auto part_of_name = [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  for (std::size_t at = words.find(name); at != std::string::npos; at = words.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool begins = at == 0 || !part_of_name(words[at - 1]);
    if (begins && (end == words.size() || !part_of_name(words[end]))) return true;
  }
  return false;
}

bool names_title(const std::string& words, const std::string& title) {
  if (title.empty()) return false;
  for (const auto& [open, close] : {std::pair("\"", "\""), std::pair("«", "»"), std::pair("'", "'")}) {
    if (words.find(open + title + close) != std::string::npos) return true;
  }
  return false;
}

std::vector<std::string> refused(const json::Object& fields, const portal::Outcome& refusal,
                                 const portal::PortalSchema* schema) {
  std::vector<std::string> by_words;
  std::vector<std::string> by_value;
  for (const auto& [name, value] : fields) {
    const portal::PortalField* known = schema ? schema->lead_field(name) : nullptr;
    const std::string old = portal::old_name(name, portal::kLead).value_or(name);
    if (names(refusal.description, name) || names(refusal.description, old) ||
        (known && names_title(refusal.description, known->title)))
      by_words.push_back(name);
    if (known && !value.says_nothing() && value.array_if() == nullptr) {
      const Done good = schema->check_lead_value(name, value.text());
      if (!good && good.error().kind == ErrorKind::config) by_value.push_back(name);
    }
  }
  return by_words.empty() ? by_value : by_words;
}

bool is_about_a_value(const portal::Outcome& refusal) {
  return refusal.code == "CRM_FIELD_ERROR_VALUE_NOT_VALID" || refusal.code == "INVALID_ARG_VALUE" ||
         refusal.code == "ERROR_CORE";
}

std::string shown(const std::string& name, const portal::PortalSchema* schema) {
  const portal::PortalField* known = schema ? schema->lead_field(name) : nullptr;
  if (known && !known->title.empty()) return known->title;
  return portal::old_name(name, portal::kLead).value_or(name);
}

// The lines go before our marker, which stays last.
std::string with_notes(const std::string& comment, const std::vector<std::string>& notes) {
  const std::size_t marker = comment.rfind('\n');
  std::string out = comment.substr(0, std::min(marker, comment.size()));
  for (const auto& note : notes) out += (out.empty() ? "" : "\n") + note;
  return marker == std::string::npos ? out : out + comment.substr(marker);
}

bool replace_user(json::Value& fields, const char* name, const WithoutRefused& without) {
  if (fields[name].integer() != without.from_user) return false;
  fields[name] = json::Value(without.to_user);
  return true;
}

}  // namespace

std::optional<WithoutRefused> without_refused(const std::string& params, const portal::Outcome& refusal,
                                              const config::Configuration& configuration,
                                              const portal::PortalSchema* schema) {
  if (!is_about_a_value(refusal)) return std::nullopt;
  auto parsed = json::parse(params);
  if (!parsed) return std::nullopt;
  json::Object* fields = (*parsed)["fields"].object_if();
  if (!fields) return std::nullopt;
  WithoutRefused out;
  for (const auto& name : refused(*fields, refusal, schema)) {
    if (std::find(needed.begin(), needed.end(), name) != needed.end()) continue;
    const json::Value value = *fields->find(name);
    const json::Value scope = json::Value::object(
        {{"field", json::Value::object({{"name", shown(name, schema)}, {"value", value.text()}})}});
    const mapping::Template* text = &configuration.texts.field_refused;
    if (name == "assignedById") {
      // Without anybody the portal would give it to the owner of the webhook.
      const people::Employee* manager = configuration.roster.account_manager();
      if (!manager || manager->user_id == value.integer()) continue;
      out.from_user = value.integer().value_or(0);
      out.to_user = manager->user_id;
      fields->set(name, manager->user_id);
      text = &configuration.texts.person_refused;
    } else {
      fields->erase(name);
    }
    out.names += (out.names.empty() ? "" : ", ") + portal::old_name(name, portal::kLead).value_or(name);
    out.notes.push_back(text->render(scope, configuration.dictionaries, configuration.portal.time_zone));
  }
  if (out.names.empty()) return std::nullopt;
  out.params = json::write(*parsed);
  return out;
}

std::optional<std::string> told_of(const journal::DeliveryRow& other, const WithoutRefused& without) {
  auto parsed = json::parse(other.params);
  if (!parsed) return std::nullopt;
  if (other.method == "crm.timeline.comment.add") {
    json::Value& comment = (*parsed)["fields"]["COMMENT"];
    comment = json::Value(with_notes(comment.text(), without.notes));
    return json::write(*parsed);
  }
  if (without.from_user == 0) return std::nullopt;
  if (other.name != "task")
    return replace_user(*parsed, "USER_ID", without) ? std::optional(json::write(*parsed)) : std::nullopt;
  json::Value& fields = (*parsed)["fields"];
  const bool replaced =
      replace_user(fields, "RESPONSIBLE_ID", without) || replace_user(fields, "responsibleId", without);
  return replaced ? std::optional(json::write(*parsed)) : std::nullopt;
}

}  // namespace b24gate::delivery
