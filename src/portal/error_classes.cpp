#include "portal/error_classes.hpp"

#include <array>
#include <optional>
#include <string>

#include "base/utf8.hpp"

namespace b24gate::portal {
namespace {

constexpr std::string_view kNewWebhook =
    "Open Developer resources > Other > Inbound webhook in the portal, copy its address into portal.url, and "
    "reload.";
constexpr std::string_view kWebhookOwner =
    "Check in the portal that the owner of the inbound webhook is an active employee with full CRM rights; "
    "if the "
    "owner has left, save the webhook under a technical administrator and copy its new address into "
    "portal.url.";
constexpr std::string_view kPlan =
    "REST is not available on the portal's present plan: renew the commercial plan or the Market "
    "subscription.";
constexpr std::string_view kScope =
    "Edit the inbound webhook in the portal, tick the permission (scope) that this method belongs to, and "
    "save it.";
constexpr std::string_view kApplication =
    "This method is closed to webhooks on this portal: leave the feature off in the configuration, or give "
    "b24gate a "
    "local application instead of a webhook.";
constexpr std::string_view kConfirm =
    "A portal administrator must allow this method: open the notification about the request in the portal "
    "and confirm.";
constexpr std::string_view kRights =
    "Open CRM > Settings > Access permissions and give the webhook's owner the right to add, read and change "
    "this kind "
    "of object for everybody, then run b24gate retry.";
constexpr std::string_view kOverload =
    "The vendor has blocked REST on this portal because of overload: write to Bitrix24 support; b24gate asks "
    "again "
    "every hour.";
constexpr std::string_view kDeleted =
    "The portal says that it is deleted or closed: check portal.url, the licence, and on a self-hosted "
    "portal whether "
    "its public part is switched on.";
constexpr std::string_view kDisk =
    "The portal's disk quota is used up: free space in the portal or extend the plan; b24gate goes on by "
    "itself then.";
constexpr std::string_view kValue =
    "A value is not accepted by the portal: run b24gate check --portal, correct the mapping, then run "
    "b24gate retry.";
constexpr std::string_view kRequired =
    "The portal demands a field that is not filled: fill it in the mapping, or make it optional in the CRM "
    "settings, "
    "then run b24gate retry.";
constexpr std::string_view kMethod =
    "The portal has no such method: update the self-hosted portal or install its module, or switch the "
    "feature off.";
constexpr std::string_view kHttps = "The portal takes HTTPS only: write https:// in portal.url.";
constexpr std::string_view kInspect =
    "The portal refuses the data: look at the answer with b24gate show, correct the mapping or the portal's "
    "settings, "
    "then run b24gate retry.";

struct Row {
  std::string_view code;  // lower case
  Verdict verdict;
};

constexpr std::array kCodes{
    // Refused before execution.
    Row{"query_limit_exceeded", {Class::throttle, Scope::portal, {}}},
    Row{"operation_time_limit", {Class::throttle, Scope::method, {}}},
    Row{"error_batch_length_exceeded", {Class::retry_safe, Scope::object, {}}},
    // A person must act in the portal.
    Row{"overload_limit", {Class::auth, Scope::portal, kOverload}},
    Row{"no_auth_found", {Class::auth, Scope::portal, kNewWebhook}},
    Row{"expired_token", {Class::auth, Scope::portal, kNewWebhook}},
    Row{"invalid_token", {Class::auth, Scope::portal, kNewWebhook}},
    Row{"authorization_error", {Class::auth, Scope::portal, kNewWebhook}},
    Row{"invalid_credentials", {Class::auth, Scope::portal, kWebhookOwner}},
    Row{"user_access_error", {Class::auth, Scope::portal, kWebhookOwner}},
    Row{"allowed_only_intranet_user", {Class::auth, Scope::portal, kWebhookOwner}},
    Row{"portal_deleted", {Class::auth, Scope::portal, kDeleted}},
    Row{"error_oauth", {Class::auth, Scope::portal, kNewWebhook}},
    Row{"application_not_found", {Class::auth, Scope::portal, kNewWebhook}},
    Row{"not_installed", {Class::auth, Scope::portal, kNewWebhook}},
    Row{"payment_required", {Class::auth, Scope::portal, kPlan}},
    Row{"insufficient_scope", {Class::auth, Scope::method, kScope}},
    Row{"insufficientscopeexception", {Class::auth, Scope::method, kScope}},
    Row{"wrong_auth_type", {Class::auth, Scope::method, kApplication}},
    Row{"error_wrong_context", {Class::auth, Scope::method, kApplication}},
    Row{"method_confirm_waiting", {Class::auth, Scope::method, kConfirm}},
    Row{"method_confirm_denied", {Class::auth, Scope::method, kConfirm}},
    Row{"create_dynamic_item_restricted", {Class::auth, Scope::object, kPlan}},
    Row{"update_dynamic_item_restricted", {Class::auth, Scope::object, kPlan}},
    Row{"accessdeniedexception", {Class::auth, Scope::object, kRights}},
    // It may have run.
    Row{"internal_server_error", {Class::ambiguous, Scope::object, {}}},
    Row{"error_unexpected_answer", {Class::ambiguous, Scope::object, {}}},
    Row{"wrong_encoding", {Class::ambiguous, Scope::object, {}}},
    // The object is there already: the look-up that follows an ambiguous answer finds it.
    Row{"error_element_already_exists", {Class::ambiguous, Scope::object, {}}},
    // What it is about does not exist.
    Row{"not_found", {Class::gone, Scope::object, {}}},
    Row{"owner_not_found", {Class::gone, Scope::object, {}}},
    Row{"entitynotfoundexception", {Class::gone, Scope::object, {}}},
    // The data or the call is wrong.
    Row{"invalid_request", {Class::permanent, Scope::object, kHttps}},
    Row{"error_method_not_found", {Class::permanent, Scope::method, kMethod}},
    Row{"error_manifest_is_not_available", {Class::permanent, Scope::method, kMethod}},
    Row{"error_batch_method_not_allowed", {Class::permanent, Scope::method, kInspect}},
    Row{"100", {Class::permanent, Scope::object, kInspect}},
    Row{"invalid_arg_value", {Class::permanent, Scope::object, kValue}},
    Row{"crm_field_error_value_not_valid", {Class::permanent, Scope::object, kValue}},
    Row{"crm_field_error_required", {Class::permanent, Scope::object, kRequired}},
    Row{"entity_type_not_supported", {Class::permanent, Scope::object, kInspect}},
};

constexpr std::string_view kThirdGeneration = "bitrix_rest_v3_exception_";

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool says_denied(std::string_view words) {
  return holds(words, "access denied") || holds(words, "insufficient permissions") ||
         holds(words, "доступ запрещ") || holds(words, "доступа запрещ") ||
         holds(words, "недостаточно прав") || holds(words, "нет прав");
}

bool says_not_found(std::string_view words) {
  return holds(words, "not found") || holds(words, "не найден") || holds(words, "не существует");
}

bool says_plan(std::string_view words) {
  return holds(words, "commercial plan") || holds(words, "коммерческ");
}

std::optional<Verdict> by_code(std::string_view code) {
  for (const auto& row : kCodes) {
    if (row.code == code) return row.verdict;
  }
  return std::nullopt;
}

// `words` are folded: the description, after the code when that is a sentence itself.
std::optional<Verdict> by_words(std::string_view code, std::string_view words) {
  if (code == "access_denied" || says_denied(words)) {
    if (says_plan(words)) return Verdict{Class::auth, Scope::portal, kPlan};
    return Verdict{Class::auth, Scope::object, kRights};
  }
  if (holds(words, "application context required")) return Verdict{Class::auth, Scope::method, kApplication};
  if (holds(words, "disk resource exhausted")) return Verdict{Class::auth, Scope::method, kDisk};
  // Telephony tells these apart by words only: a record before its call is in the statistics, and a second
  // finish.
  if (holds(words, "not finished yet")) return Verdict{Class::retry_safe, Scope::object, {}};
  if (holds(words, "call is not found")) return Verdict{Class::ambiguous, Scope::object, {}};
  // ERROR_CORE's "not found" speaks of a value inside the data ("User is not found"), not of the object.
  if (code != "error_core" && says_not_found(words)) return Verdict{Class::gone, Scope::object, {}};
  return std::nullopt;
}

Verdict by_status(int http_status, bool is_write) {
  if (http_status == 401) return {Class::auth, Scope::portal, kNewWebhook};
  if (http_status == 403) return {Class::auth, Scope::object, kRights};
  if (http_status == 404) return {Class::permanent, Scope::object, kInspect};
  if (http_status == 429) return {Class::throttle, Scope::portal, {}};
  if (http_status == 503 && !is_write) return {Class::retry_safe, Scope::object, {}};
  if (http_status >= 500) return {Class::ambiguous, Scope::object, {}};
  return {Class::permanent, Scope::object, kInspect};
}

}  // namespace

Verdict verdict(std::string_view code, std::string_view description, int http_status, bool is_write) {
  std::string known = utf8::folded(utf8::trimmed(code));
  if (known.rfind(kThirdGeneration, 0) == 0) {
    known.erase(0, kThirdGeneration.size());
    if (const auto found = by_code(known)) return *found;
    // The rest of REST 3.0's exceptions are about the request: validation, unknown fields, a key used twice.
    return http_status >= 500 ? by_status(http_status, is_write)
                              : Verdict{Class::permanent, Scope::object, kInspect};
  }
  if (const auto found = by_code(known)) return *found;

  const bool speaks = known.empty() || known == "0" || known == "error_core" || known == "access_denied" ||
                      holds(known, " ") || known.back() == '.';
  if (speaks) {
    std::string words = utf8::folded(description);
    if (holds(known, " ")) words = known + ' ' + words;
    if (const auto found = by_words(known, words)) return *found;
    if (known == "error_core") return {Class::permanent, Scope::object, kInspect};
  }
  return by_status(http_status, is_write);
}

}  // namespace b24gate::portal
