#include "sandbox/faults.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "base/nearest.hpp"
#include "sandbox/filter.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

constexpr std::size_t max_faults = 1000;
constexpr std::int64_t max_delay_ms = 3'600'000;

constexpr std::array<std::pair<FaultKind, std::string_view>, 21> kinds{{
    {FaultKind::error_500, "error_500"},
    {FaultKind::html_502, "html_502"},
    {FaultKind::drop_before, "drop_before"},
    {FaultKind::broken_json, "broken_json"},
    {FaultKind::empty_body, "empty_body"},
    {FaultKind::error_500_after, "error_500_after"},
    {FaultKind::html_502_after, "html_502_after"},
    {FaultKind::drop_after, "drop_after"},
    {FaultKind::broken_json_after, "broken_json_after"},
    {FaultKind::empty_body_after, "empty_body_after"},
    {FaultKind::throttle, "throttle"},
    {FaultKind::overload, "overload"},
    {FaultKind::wrong_secret, "wrong_secret"},
    {FaultKind::redirect, "redirect"},
    {FaultKind::operation_time_limit, "operation_time_limit"},
    {FaultKind::insufficient_scope, "insufficient_scope"},
    {FaultKind::error, "error"},
    {FaultKind::slow, "slow"},
    {FaultKind::required_field, "required_field"},
    {FaultKind::dismiss_user, "dismiss_user"},
    {FaultKind::search_lag, "search_lag"},
}};

std::optional<FaultKind> kind_by_name(std::string_view wanted) {
  for (const auto& [kind, text] : kinds) {
    if (text == wanted) return kind;
  }
  return std::nullopt;
}

std::string unknown_kind(const std::string& wanted) {
  std::vector<std::string> known;
  for (const auto& [kind, text] : kinds) known.emplace_back(text);
  std::string out = "unknown kind '" + wanted + "'";
  if (const auto close = nearest(wanted, known)) out += ", did you mean '" + *close + "'";
  return out;
}

bool spent(const Fault& fault) { return fault.left && *fault.left <= 0; }

void count(Fault& fault) {
  ++fault.hits;
  if (fault.left) --*fault.left;
}

bool lucky(Fault& fault) {
  if (fault.probability >= 1) return true;
  constexpr double scale = 1.0 / 9007199254740992.0;  // 2^53
  return static_cast<double>(fault.random() >> 11) * scale < fault.probability;
}

}  // namespace

std::string_view name(FaultKind kind) {
  for (const auto& [known, text] : kinds) {
    if (known == kind) return text;
  }
  return {};
}

tl::expected<std::int64_t, std::string> Faults::add(const json::Value& wanted) {
  const auto bad = [](std::string why) { return tl::unexpected<std::string>(std::move(why)); };
  const auto kind = kind_by_name(wanted["kind"].text());
  if (!kind) return bad(unknown_kind(wanted["kind"].text()));
  if (faults_.size() >= max_faults) return bad("too many faults: delete some first");
  Fault fault;
  fault.kind = *kind;
  fault.method = ascii::lower(wanted["method"].text());
  fault.field = wanted["field"].text();
  fault.location = wanted["location"].text();
  fault.error = wanted["error"].text();
  fault.description = wanted["error_description"].text();
  fault.user = wanted["user_id"].integer().value_or(0);
  fault.probability = wanted["probability"].number().value_or(1);
  fault.random.seed(static_cast<std::uint64_t>(wanted["seed"].integer().value_or(1)));
  fault.delay =
      Milliseconds{std::clamp<std::int64_t>(wanted["delay_ms"].integer().value_or(0), 0, max_delay_ms)};
  if (!wanted["count"].is_null()) {
    fault.left = wanted["count"].integer();
    if (!fault.left || *fault.left < 1) return bad("count must be a whole number above 0, or null for ever");
  }
  const auto status =
      wanted["status"].is_null() ? std::optional<std::int64_t>(400) : wanted["status"].integer();
  if (!status || *status < 200 || *status > 599) return bad("status must be from 200 to 599");
  fault.status = static_cast<int>(*status);
  if (fault.kind == FaultKind::required_field && fault.field.empty())
    return bad("required_field needs a field");
  if (fault.kind == FaultKind::dismiss_user && fault.user == 0) return bad("dismiss_user needs a user_id");
  if (fault.kind == FaultKind::redirect && fault.location.empty()) return bad("redirect needs a location");
  if (fault.location.find_first_of("\r\n") != std::string::npos) return bad("location must be one line");
  fault.id = ++last_id_;
  faults_.push_back(std::move(fault));
  return last_id_;
}

bool Faults::erase(std::int64_t id) {
  return std::erase_if(faults_, [&](const Fault& fault) { return fault.id == id; }) > 0;
}

std::optional<Fault> Faults::strike(std::initializer_list<FaultKind> wanted, std::string_view method,
                                    bool any_method) {
  for (auto& fault : faults_) {
    if (std::find(wanted.begin(), wanted.end(), fault.kind) == wanted.end() || spent(fault)) continue;
    const bool meant = fault.method.empty() ? any_method : fault.method == method;
    if (!meant || !lucky(fault)) continue;
    count(fault);
    return fault;
  }
  return std::nullopt;
}

std::vector<std::string> Faults::required_fields(std::string_view method) const {
  std::vector<std::string> out;
  for (const auto& fault : faults_) {
    if (fault.kind != FaultKind::required_field || spent(fault)) continue;
    if (fault.method.empty() || fault.method == method) out.push_back(fault.field);
  }
  return out;
}

void Faults::count_required(std::string_view field) {
  for (auto& fault : faults_) {
    if (fault.kind == FaultKind::required_field && fault.field == field && !spent(fault)) return count(fault);
  }
}

bool Faults::dismissed(std::int64_t user) const {
  return std::any_of(faults_.begin(), faults_.end(), [&](const Fault& fault) {
    return fault.kind == FaultKind::dismiss_user && fault.user == user;
  });
}

Milliseconds Faults::search_lag() const {
  Milliseconds lag{0};
  for (const auto& fault : faults_) {
    if (fault.kind == FaultKind::search_lag) lag = std::max(lag, fault.delay);
  }
  return lag;
}

json::Value Faults::list() const {
  json::Array out;
  for (const auto& fault : faults_) {
    auto one =
        json::Value::object({{"id", fault.id},
                             {"kind", name(fault.kind)},
                             {"method", fault.method.empty() ? json::Value() : json::Value(fault.method)},
                             {"left", fault.left ? json::Value(*fault.left) : json::Value()},
                             {"hits", fault.hits}});
    if (fault.probability < 1) one["probability"] = fault.probability;
    if (fault.delay.count() > 0) one["delay_ms"] = static_cast<std::int64_t>(fault.delay.count());
    if (!fault.field.empty()) one["field"] = fault.field;
    if (fault.user != 0) one["user_id"] = fault.user;
    if (!fault.error.empty()) one["error"] = fault.error;
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace b24gate::sandbox
