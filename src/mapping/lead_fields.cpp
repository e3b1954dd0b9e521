#include "mapping/lead_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "mapping/same.hpp"

namespace b24gate::mapping {
namespace {

struct Names {
  std::string_view old_name;
  std::string_view item_name;
};

constexpr std::array<Names, 32> writable = {{
    {"TITLE", "title"},
    {"NAME", "name"},
    {"SECOND_NAME", "secondName"},
    {"LAST_NAME", "lastName"},
    {"HONORIFIC", "honorific"},
    {"BIRTHDATE", "birthdate"},
    {"POST", "post"},
    {"COMPANY_TITLE", "companyTitle"},
    {"SOURCE_ID", "sourceId"},
    {"SOURCE_DESCRIPTION", "sourceDescription"},
    {"STATUS_ID", "stageId"},
    {"STATUS_DESCRIPTION", "statusDescription"},
    {"OPPORTUNITY", "opportunity"},
    {"CURRENCY_ID", "currencyId"},
    {"IS_MANUAL_OPPORTUNITY", "isManualOpportunity"},
    {"OPENED", "opened"},
    {"COMMENTS", "comments"},
    {"ASSIGNED_BY_ID", "assignedById"},
    {"COMPANY_ID", "companyId"},
    {"CONTACT_ID", "contactId"},
    {"CONTACT_IDS", "contactIds"},
    {"UTM_SOURCE", "utmSource"},
    {"UTM_MEDIUM", "utmMedium"},
    {"UTM_CAMPAIGN", "utmCampaign"},
    {"UTM_CONTENT", "utmContent"},
    {"UTM_TERM", "utmTerm"},
    {"OBSERVERS", "observers"},
    {"WEBFORM_ID", "webformId"},
    {"PHONE", ""},
    {"EMAIL", ""},
    {"WEB", ""},
    {"IM", ""},
}};

constexpr std::array<Names, 15> read_only = {{
    {"ID", "id"},
    {"DATE_CREATE", "createdTime"},
    {"DATE_MODIFY", "updatedTime"},
    {"DATE_CLOSED", "closedTime"},
    {"CREATED_BY_ID", "createdBy"},
    {"MODIFY_BY_ID", "updatedBy"},
    {"MOVED_BY_ID", "movedBy"},
    {"MOVED_TIME", "movedTime"},
    {"LAST_ACTIVITY_BY", "lastActivityBy"},
    {"LAST_ACTIVITY_TIME", "lastActivityTime"},
    {"IS_RETURN_CUSTOMER", "isReturnCustomer"},
    {"STATUS_SEMANTIC_ID", "stageSemanticId"},
    {"HAS_PHONE", "hasPhone"},
    {"HAS_EMAIL", "hasEmail"},
    {"LINK", ""},
}};

constexpr std::array<Names, 2> our_own = {{{"ORIGINATOR_ID", "originatorId"}, {"ORIGIN_ID", "originId"}}};

template <class Table>
std::optional<std::string> find_in(const Table& table, std::string_view written) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Names& names) {
    return names.old_name == written || (!names.item_name.empty() && names.item_name == written);
  });
  if (found == table.end()) return std::nullopt;
  return std::string(found->old_name);
}

bool starts(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

// ufCrmPowerKw -> UF_CRM_POWER_KW, ufCrm_1747309879 -> UF_CRM_1747309879, ufCrm2_1639 -> UF_CRM_2_1639.
std::string old_user_field(std::string_view rest) {
  std::string out = "UF_CRM";
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    const bool begins_word = is_upper(c) || (i == 0 && c != '_');
    if (begins_word) out += '_';
    out += is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

LeadFieldName user_field(std::string_view written) {
  LeadFieldName out;
  std::string name = starts(written, "ufCrm") ? old_user_field(written.substr(5)) : std::string(written);
  const bool good = name.size() > 7 && name.size() <= 50 && std::all_of(name.begin(), name.end(), [](char c) {
                      return is_upper(c) || is_digit(c) || c == '_';
                    });
  if (good) {
    out.name = std::move(name);
  } else {
    out.mistake = fmt::format(
        "'{}' is no name of a user field; write it as the portal shows it, like UF_CRM_DIRECTION", written);
  }
  return out;
}

// PARENT_ID_128, parentId128.
std::optional<std::string> parent_field(std::string_view written) {
  for (const std::string_view prefix : {"PARENT_ID_", "parentId"}) {
    const std::string_view number = written.substr(std::min(prefix.size(), written.size()));
    if (starts(written, prefix) && !number.empty() && std::all_of(number.begin(), number.end(), is_digit)) {
      return "PARENT_ID_" + std::string(number);
    }
  }
  return std::nullopt;
}

// Both spellings, so that the hint speaks the language of the typo.
const std::vector<std::string>& all_spellings() {
  static const auto all = [] {
    std::vector<std::string> out = lead_field_names();
    out.insert(out.end(), lead_item_names().begin(), lead_item_names().end());
    return out;
  }();
  return all;
}

json::Value multifield_entry(std::string_view name, const json::Value& value) {
  std::string type = "WORK";
  std::string text;
  if (value.is_object() && !value["VALUE"].says_nothing()) {
    text = value["VALUE"].text();
    if (!value["VALUE_TYPE"].says_nothing()) type = value["VALUE_TYPE"].text();
  } else if (value.is_object() && !value["id"].says_nothing()) {  // an event's messenger
    text = value["id"].text();
    const std::string messenger = value["type"].text();
    type = messenger == "telegram" ? "TELEGRAM"
           : messenger == "viber"  ? "VIBER"
           : messenger == "vk"     ? "VK"
                                   : "OTHER";
  } else {
    text = value.text();
    if (name == "IM") type = "OTHER";
  }
  if (utf8::trimmed(text).empty()) return {};
  return json::Value::object({{"VALUE", utf8::trimmed(text)}, {"VALUE_TYPE", type}});
}

}  // namespace

LeadFieldName lead_field(std::string_view written) {
  if (auto name = find_in(writable, written)) return {std::move(*name), {}};
  if (starts(written, "UF_CRM_") || starts(written, "ufCrm")) return user_field(written);
  if (auto name = parent_field(written)) return {std::move(*name), {}};
  if (find_in(read_only, written)) {
    return {
        {},
        fmt::format("'{}' is filled by Bitrix24 itself and cannot be written; remove this line", written)};
  }
  if (find_in(our_own, written)) {
    return {
        {},
        fmt::format("'{}' is how b24gate finds its own leads again and cannot be written; remove this line",
                    written)};
  }
  if (written == "fm") return {{}, "'fm' is written as PHONE, EMAIL, WEB and IM"};
  if (written == "statusId") return {{}, "unknown field 'statusId'; did you mean 'stageId'?"};
  return {{}, unknown_name("field", written, all_spellings())};
}

std::optional<std::string> lead_field_to_read(std::string_view written) {
  if (auto name = find_in(read_only, written)) return name;
  if (auto name = find_in(our_own, written)) return name;
  auto field = lead_field(written);
  if (field.name.empty()) return std::nullopt;
  return std::move(field.name);
}

const std::vector<std::string>& lead_field_names() {
  static const auto all = [] {
    std::vector<std::string> out;
    for (const auto& names : writable) out.emplace_back(names.old_name);
    return out;
  }();
  return all;
}

const std::vector<std::string>& lead_item_names() {
  static const auto all = [] {
    std::vector<std::string> out;
    for (const auto& names : writable) {
      if (!names.item_name.empty()) out.emplace_back(names.item_name);
    }
    return out;
  }();
  return all;
}

bool is_multifield(std::string_view name) {
  return name == "PHONE" || name == "EMAIL" || name == "WEB" || name == "IM";
}

json::Value crm_value(const json::Value& value) {
  if (const auto flag = value.boolean()) return json::Value(*flag ? "Y" : "N");
  if (const auto* members = value.object_if()) {
    std::string out;
    for (const auto& [key, member] : *members) {
      if (member.says_nothing()) continue;
      if (!out.empty()) out += '\n';
      out += key + ": " + member.text();
    }
    return json::Value(std::move(out));
  }
  const auto* elements = value.array_if();
  if (!elements) return value;
  json::Array out;
  for (const auto& element : *elements) {
    json::Value one = element.is_array() ? json::Value(element.text()) : crm_value(element);
    if (!one.says_nothing()) out.push_back(std::move(one));
  }
  return json::Value(std::move(out));
}

json::Value crm_value(std::string_view name, const json::Value& value) {
  if (!is_multifield(name)) return crm_value(value);
  json::Array out;
  const auto add = [&](const json::Value& one) {
    json::Value entry = multifield_entry(name, one);
    if (!entry.is_null() && std::find(out.begin(), out.end(), entry) == out.end())
      out.push_back(std::move(entry));
  };
  if (const auto* elements = value.array_if()) {
    std::for_each(elements->begin(), elements->end(), add);
  } else {
    add(value);
  }
  return json::Value(std::move(out));
}

}  // namespace b24gate::mapping
