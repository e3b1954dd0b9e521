// REST 3.0 as far as b24gate uses it: tasks, and the header Idempotency-Key.
// Source: api-reference/rest-v3.md by way of bitrix24/transport.md, idempotency.md, tasks-and-notify.md 6.2.
#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "sandbox/php.hpp"
#include "sandbox/portal.hpp"
#include "sandbox/web.hpp"

namespace b24gate::sandbox {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> names{
    {{"title", "TITLE"},
     {"description", "DESCRIPTION"},
     {"creatorId", "CREATED_BY"},
     {"responsibleId", "RESPONSIBLE_ID"},
     {"deadline", "DEADLINE"},
     {"crmItemIds", "UF_CRM_TASK"},
     {"xmlId", "XML_ID"}}};

Reply refusal(int status, std::string_view code, std::string message) {
  return json_reply(
      status, json::Value::object(
                  {{"error", json::Value::object({{"code", "BITRIX_REST_V3_EXCEPTION_" + std::string(code)},
                                                  {"message", std::move(message)}})}}));
}

bool printable(std::string_view key) {
  return key.size() <= 255 &&
         std::all_of(key.begin(), key.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

json::Value old_fields(const json::Value& fields) {
  json::Value out = json::Value(json::Object());
  for (const auto& [now, old] : names) {
    if (!fields[now].is_null()) out[old] = fields[now];
  }
  if (!fields["auditors"].is_null()) out["AUDITORS"] = fields["auditors"];
  return out;
}

}  // namespace

Reply Portal::rest_v3(const RestCall& call, const std::string& idempotency_key) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  const std::string method = ascii::lower(call.method);
  bool refused = false;
  Reply reply = refused_request(call, {method}, refused);
  if (refused) return reply;
  if (!printable(idempotency_key)) return refusal(400, "INVALIDIDEMPOTENCYKEYEXCEPTION", "Invalid key");
  const std::string key = method + ' ' + idempotency_key;
  if (const auto known = kept_.find(key); !idempotency_key.empty() && known != kept_.end()) {
    if (!(known->second.params == call.params))
      return refusal(422, "IDEMPOTENCYKEYREUSEDEXCEPTION", "The key was used with another body");
    reply = known->second.reply;
    reply.headers.emplace_back("Idempotent-Replayed", "true");
    return reply;
  }
  Milliseconds delay{0};
  if (const auto slow = faults_.strike({FaultKind::slow}, method, true)) delay = slow->delay;
  reply = run_v3(method, call.params, key, idempotency_key.empty());
  reply.delay = delay;
  return reply;
}

// Keeps the answer under `key`, unless it is for nobody: only what succeeded, and before the answer can be
// lost.
Reply Portal::run_v3(const std::string& method, const json::Value& params, const std::string& key,
                     bool for_nobody) {
  if (method == "tasks.task.get") {
    const auto id = params["id"].integer().value_or(0);
    if (!store_.tasks.contains(id)) return refusal(400, "ENTITYNOTFOUNDEXCEPTION", "Task not found");
    return json_reply(200,
                      json::Value::object(
                          {{"result", json::Value::object({{"item", json::Value::object({{"id", id}})}})}}));
  }
  if (method != "tasks.task.add") return error_reply({404, "ERROR_METHOD_NOT_FOUND", "Method not found!"});
  for (const char* required : {"title", "creatorId", "responsibleId"}) {
    if (params["fields"][required].says_nothing())
      return refusal(400, "VALIDATION_REQUESTVALIDATIONEXCEPTION", std::string("Required field ") + required);
  }
  const CommandResult done =
      run(method, json::Value::object({{"fields", old_fields(params["fields"])}}), {}, Milliseconds{0}, true);
  if (!done.outcome && !done.spoiled) {
    const bool scope = done.outcome.error().code == "insufficient_scope";
    return refusal(scope ? 403 : 400,
                   scope ? "INSUFFICIENTSCOPEEXCEPTION" : "VALIDATION_REQUESTVALIDATIONEXCEPTION",
                   done.outcome.error().description);
  }
  if (!done.outcome) return answer(done);
  const auto id = done.outcome->result["task"]["id"].integer().value_or(0);
  Reply reply = json_reply(
      200,
      json::Value::object({{"result", json::Value::object({{"item", json::Value::object({{"id", id}})}})}}));
  if (!for_nobody) kept_[key] = {params, reply};
  return done.spoiled ? answer(done) : reply;
}

}  // namespace b24gate::sandbox
