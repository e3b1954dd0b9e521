#include "portal/classify.hpp"

#include <algorithm>
#include <cmath>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "portal/error_classes.hpp"
#include "portal/named_fields.hpp"

namespace b24gate::portal {
namespace {

// 50 commands with 50 rows of 50 fields and some air: what one full batch of reads may answer.
constexpr json::ParseLimits kLimits{64, 200'000};
constexpr std::size_t kMaxCode = 200;
constexpr std::size_t kMaxDescription = 2000;

constexpr std::string_view kNoRest =
    "The address answers with something that is not REST: check portal.url (https://portal/rest/1/secret/), "
    "and "
    "whether a proxy or a firewall stands between.";

Outcome without_envelope(const HttpReply& reply, bool is_write) {
  Outcome outcome;
  outcome.http_status = reply.status;
  const bool redirect =
      reply.status == 301 || reply.status == 302 || reply.status == 307 || reply.status == 308;
  if (redirect && header(reply, "Location")) {
    outcome.cls = Class::retry_safe;
    outcome.scope = Scope::portal;
    outcome.description = "redirect";
    return outcome;
  }
  outcome.cls = reply.status == 503 && !is_write ? Class::retry_safe : Class::ambiguous;
  outcome.description = "the answer is not a REST envelope";
  // A front-end that is down is not the administrator's mistake; a page where REST should be may be one.
  if (reply.status < 500) outcome.advice = kNoRest;
  return outcome;
}

std::optional<double> finite(const json::Value& value) {
  const auto number = value.number();
  if (!number || !std::isfinite(*number)) return std::nullopt;
  return number;
}

}  // namespace

std::string reason(const Outcome& outcome) {
  if (!outcome.code.empty()) return outcome.code;
  if (!outcome.problem.empty()) return outcome.problem;
  return outcome.http_status == 0
             ? "no answer"
             : "HTTP " + std::to_string(outcome.http_status) + " without an answer of the portal";
}

std::string_view name(Class cls) {
  switch (cls) {
    case Class::success:
      return "success";
    case Class::throttle:
      return "throttle";
    case Class::retry_safe:
      return "retry_safe";
    case Class::ambiguous:
      return "ambiguous";
    case Class::auth:
      return "auth";
    case Class::permanent:
      return "permanent";
    case Class::gone:
      return "gone";
    case Class::not_executed:
      return "not_executed";
  }
  return "ambiguous";
}

const std::string* header(const HttpReply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.headers) {
    if (ascii::same(key, name)) return &value;
  }
  return nullptr;
}

void read_time(const json::Value& time, Outcome& outcome) {
  if (const auto operating = finite(time["operating"]); operating && *operating >= 0) {
    outcome.operating_s = *operating;
  }
  // Seconds since 1970; beyond the year 9999 it is nonsense.
  if (const auto reset = finite(time["operating_reset_at"]);
      reset && *reset > 0 && *reset < 253'402'300'800.0) {
    outcome.operating_reset_at = from_unix_ms(static_cast<std::int64_t>(*reset * 1000));
  }
  if (const auto duration = finite(time["duration"]); duration && *duration >= 0 && *duration < 1e6) {
    outcome.took = Milliseconds{static_cast<std::int64_t>(*duration * 1000)};
  }
}

Outcome classify_error(std::string code, std::string description, int http_status, bool is_write) {
  const Verdict found =
      verdict(utf8::head(code, kMaxCode), utf8::head(description, kMaxDescription), http_status, is_write);
  Outcome outcome;
  outcome.cls = found.cls;
  outcome.scope = found.scope;
  outcome.advice = std::string(found.advice);
  const std::string fields = found.cls == Class::permanent ? named_fields(description) : std::string();
  if (!fields.empty() && !outcome.advice.empty()) {
    outcome.advice.front() = ascii::lower(outcome.advice.front());
    outcome.advice = "Field " + fields + ": " + outcome.advice;
  }
  outcome.code = std::string(utf8::head(code, kMaxCode));
  outcome.description = std::string(utf8::head(description, kMaxDescription));
  outcome.http_status = http_status;
  return outcome;
}

Outcome classify_error_member(const json::Value& error, const json::Value& description, int http_status,
                              bool is_write) {
  if (!error.is_object()) return classify_error(error.text(), description.text(), http_status, is_write);
  // REST 3.0: {"code","message","validation":[{"field","message"}]}
  std::string words = error["message"].text();
  if (const auto* problems = error["validation"].array_if()) {
    for (const auto& problem : *problems) {
      words += "; field '" + problem["field"].text() + "': " + problem["message"].text();
      if (words.size() > 4 * kMaxDescription) break;
    }
  }
  return classify_error(error["code"].text(), std::move(words), http_status, is_write);
}

Outcome classify(const HttpReply& reply, bool is_write) {
  if (reply.state != HttpReply::State::answered) {
    Outcome outcome;
    outcome.cls = reply.state == HttpReply::State::not_sent ? Class::retry_safe : Class::ambiguous;
    outcome.scope = reply.state == HttpReply::State::not_sent ? Scope::portal : Scope::object;
    outcome.description = outcome.problem = reply.problem;
    outcome.advice = reply.advice;
    return outcome;
  }

  auto parsed = json::parse(reply.body, kLimits);
  json::Object* envelope = parsed ? parsed->object_if() : nullptr;
  if (!envelope) return without_envelope(reply, is_write);
  const json::Value& body = *parsed;  // reading through a const never adds members

  Outcome outcome;
  if (const json::Value* error = envelope->find("error")) {
    outcome = classify_error_member(*error, body["error_description"], reply.status, is_write);
  } else if (json::Value* result = envelope->find("result")) {
    outcome.cls = Class::success;
    outcome.http_status = reply.status;
    outcome.result = std::move(*result);
    outcome.total = body["total"].integer();
    outcome.next = body["next"].integer();
  } else {
    return without_envelope(reply, is_write);
  }
  read_time(body["time"], outcome);
  return outcome;
}

}  // namespace b24gate::portal
