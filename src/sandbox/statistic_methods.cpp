// voximplant.statistic.get. Source: bitrix24/telephony.md 5.6.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "sandbox/filter.hpp"
#include "sandbox/methods.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

json::Value number_or_null(std::int64_t number) {
  return number == 0 ? json::Value() : json::Value(std::to_string(number));
}

// Texts, but for RECORD_FILE_ID.
json::Value row_of(const Store& store, const FinishedCall& row) {
  const PhoneCall& about = row.call;
  const bool by_application = about.application != 0;
  return json::Value::object(
      {{"ID", std::to_string(row.id)},
       {"PORTAL_USER_ID", std::to_string(about.user)},
       {"PORTAL_NUMBER", about.line},
       {"PHONE_NUMBER", about.phone},
       {"CALL_ID", about.id},
       {"EXTERNAL_CALL_ID", about.external_id},
       {"CALL_CATEGORY", "external"},
       {"CALL_LOG", json::Value()},
       {"CALL_DURATION", std::to_string(row.duration)},
       {"CALL_START_DATE", store.iso(std::chrono::floor<Seconds>(about.start))},
       {"CALL_RECORD_URL", row.record_url},
       {"CALL_VOTE", row.vote ? json::Value(std::to_string(*row.vote)) : json::Value()},
       {"COST", fmt::format("{:.4f}", row.cost)},
       {"COST_CURRENCY", row.currency},
       {"CALL_FAILED_CODE", row.code},
       {"CALL_FAILED_REASON", row.reason},
       {"CRM_ENTITY_TYPE",
        about.client.known() ? json::Value(entity_name(about.client.type)) : json::Value()},
       {"CRM_ENTITY_ID", number_or_null(about.client.id)},
       {"CRM_ACTIVITY_ID", number_or_null(row.activity)},
       {"REST_APP_ID", number_or_null(about.application)},
       {"REST_APP_NAME", by_application ? json::Value(application_name) : json::Value()},
       {"TRANSCRIPT_ID", number_or_null(row.transcript)},
       {"TRANSCRIPT_PENDING", "N"},
       {"SESSION_ID", json::Value()},
       {"REDIAL_ATTEMPT", json::Value()},
       {"COMMENT", json::Value()},
       {"RECORD_DURATION", json::Value()},
       {"RECORD_FILE_ID", row.record ? json::Value(row.record->file) : json::Value()},
       {"CALL_TYPE", std::to_string(about.type)}});
}

std::optional<Kind> kind_of(std::string_view field) {
  constexpr std::array numbers{"ID",         "PORTAL_USER_ID", "CALL_TYPE",       "CALL_DURATION",
                               "CALL_VOTE",  "CRM_ENTITY_ID",  "CRM_ACTIVITY_ID", "COST",
                               "REST_APP_ID"};
  constexpr std::array texts{"CALL_ID",       "EXTERNAL_CALL_ID", "CALL_CATEGORY",      "PORTAL_NUMBER",
                             "PHONE_NUMBER",  "CALL_FAILED_CODE", "CALL_FAILED_REASON", "CRM_ENTITY_TYPE",
                             "COST_CURRENCY", "REST_APP_NAME"};
  if (field == "CALL_START_DATE") return Kind::time;
  if (std::find(numbers.begin(), numbers.end(), field) != numbers.end()) return Kind::number;
  if (std::find(texts.begin(), texts.end(), field) != texts.end()) return Kind::text;
  return std::nullopt;
}

struct Parsed {
  std::string op;
  std::string field;
};

Parsed parsed(std::string_view key) {
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  const auto name = std::find_if(key.begin(), key.end(), letter);
  return {std::string(key.begin(), name), std::string(name, key.end())};
}

bool between(Kind kind, const json::Value& actual, const json::Value& bounds, const TimeZone& zone) {
  return holds({Operator::greater_equal, ""}, kind, actual, bounds.at(0), zone) &&
         holds({Operator::less_equal, ""}, kind, actual, bounds.at(1), zone);
}

// A condition with an operator or a field that is not known is dropped, as the portal does silently.
bool wanted(const json::Value& row, const json::Value& filter, const TimeZone& zone) {
  constexpr std::array known{"", "=", "!=", "!", ">=", ">", "<=", "<", "?", "%", "!%"};
  for (const auto& [key, expected] : php::pairs(filter)) {
    const Parsed condition = parsed(key);
    const auto kind = kind_of(condition.field);
    if (!kind) continue;
    const auto& actual = row[condition.field];
    if (condition.op == "><" || condition.op == "!><") {
      if (expected.size() == 2 && expected.is_array() &&
          between(*kind, actual, expected, zone) == (condition.op == "!><"))
        return false;
      continue;
    }
    if (std::find(known.begin(), known.end(), condition.op) == known.end()) continue;
    Condition plain = parse_condition(condition.op + condition.field);
    if (condition.op == "?") plain = {Operator::contains, condition.field};
    if (!holds(plain, *kind, actual, expected, zone)) return false;
  }
  return true;
}

Outcome statistic(Call& call) {
  const Store& store = call.store;
  std::vector<const FinishedCall*> rows;
  for (const FinishedCall* row : rows_of(store.finished_calls)) {
    if (wanted(row_of(store, *row), call.param("FILTER"), store.zone)) rows.push_back(row);
  }
  const std::string sort = call.param("SORT").text();
  const bool descending = ascii::lower(call.param("ORDER").text()) == "desc";
  const bool by_field = kind_of(sort) && sort != "CALL_TYPE";
  const std::string field = by_field ? sort : "ID";
  const Kind kind = *kind_of(field);
  std::stable_sort(rows.begin(), rows.end(), [&](const FinishedCall* a, const FinishedCall* b) {
    const int sign = compared(kind, row_of(store, *a)[field], row_of(store, *b)[field], store.zone);
    return descending ? sign > 0 : sign < 0;
  });
  Success out;
  json::Array shown;
  for (const FinishedCall* row : paged(std::move(rows), call.param("start"), out))
    shown.push_back(row_of(store, *row));
  out.result = std::move(shown);
  return out;
}

constexpr std::array<Method, 1> methods{{{"voximplant.statistic.get", "telephony", 0.06, statistic}}};

}  // namespace

std::span<const Method> statistic_methods() { return methods; }

}  // namespace b24gate::sandbox
