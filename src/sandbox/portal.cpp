#include "sandbox/portal.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "sandbox/filter.hpp"
#include "sandbox/php.hpp"
#include "sandbox/state.hpp"
#include "sandbox/upload.hpp"
#include "sandbox/web.hpp"

namespace b24gate::sandbox {
namespace {

constexpr std::size_t max_peers = 1024;
constexpr std::string_view wrong_auth_type = "Current authorization type is denied for this method.";
constexpr std::string_view scope_refusal =
    "The request requires higher privileges than provided by the webhook token";

std::map<std::string_view, Method> all_methods() {
  std::map<std::string_view, Method> out;
  for (const auto area : {system_methods(), item_methods(), lead_methods(), old_list_methods(),
                          dictionary_methods(), search_methods(), timeline_methods(), activity_methods(),
                          task_methods(), people_methods(), message_methods(), list_methods(), call_methods(),
                          record_methods(), line_methods(), statistic_methods(), event_methods()}) {
    for (const auto& method : area) out.emplace(method.name, method);
  }
  return out;
}

// Methods that are answered from the portal's own settings.
constexpr std::array<std::string_view, 4> own_methods{"batch", "scope", "method.get", "app.info"};

bool is_own(std::string_view method) {
  return std::find(own_methods.begin(), own_methods.end(), method) != own_methods.end();
}

Reply spoiled_reply(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::error_500:
    case FaultKind::error_500_after:
      return error_reply({500, "INTERNAL_SERVER_ERROR", "Internal server error"});
    case FaultKind::html_502:
    case FaultKind::html_502_after: {
      Reply reply;
      reply.status = 502;
      reply.body = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
      reply.content_type = "text/html";
      return reply;
    }
    case FaultKind::broken_json:
    case FaultKind::broken_json_after: {
      Reply reply;
      reply.body = R"({"result":{"item":{"id":34)";
      return reply;
    }
    case FaultKind::empty_body:
    case FaultKind::empty_body_after:
      return {};
    default:
      break;
  }
  Reply reply;
  reply.dropped = true;
  return reply;
}

constexpr auto before_kinds = {FaultKind::error_500, FaultKind::html_502, FaultKind::drop_before,
                               FaultKind::broken_json, FaultKind::empty_body};
constexpr auto after_kinds = {FaultKind::error_500_after, FaultKind::html_502_after, FaultKind::drop_after,
                              FaultKind::broken_json_after, FaultKind::empty_body_after};
constexpr auto command_kinds = {FaultKind::operation_time_limit, FaultKind::insufficient_scope,
                                FaultKind::error};

Failure command_failure(const Fault& fault) {
  if (fault.kind == FaultKind::operation_time_limit) {
    return {429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit."};
  }
  if (fault.kind == FaultKind::insufficient_scope)
    return {403, "insufficient_scope", std::string(scope_refusal)};
  return {fault.status, fault.error, fault.description};
}

}  // namespace

Reply error_reply(const Failure& failure) {
  Reply reply;
  reply.status = failure.status;
  reply.body =
      json::write(json::Value::object({{"error", failure.code}, {"error_description", failure.description}}));
  return reply;
}

Portal::Portal(PortalOptions options, const Clock& clock)
    : options_(std::move(options)),
      secret_(options_.secret),
      client_secret_(options_.client_secret),
      clock_(clock),
      methods_(all_methods()),
      store_(clock.now()),
      rate_(options_.rate),
      burst_(options_.burst),
      operating_limit_(options_.operating_limit),
      telephony_by_docs_(options_.telephony_by_docs) {}

LeakyBucket& Portal::bucket_of(const std::string& peer) {
  if (buckets_.size() >= max_peers && !buckets_.contains(peer)) buckets_.clear();
  return buckets_.try_emplace(peer, rate_, burst_).first->second;
}

json::Value Portal::time_block(double seconds, double operating, std::int64_t reset_at) const {
  const TimePoint start = clock_.now();
  const TimePoint finish = start + Milliseconds{static_cast<std::int64_t>(seconds * 1000)};
  const auto unix_seconds = [](TimePoint t) { return static_cast<double>(to_unix_ms(t)) / 1000; };
  return json::Value::object({{"start", unix_seconds(start)},
                              {"finish", unix_seconds(finish)},
                              {"duration", seconds},
                              {"processing", seconds},
                              {"date_start", store_.iso(std::chrono::floor<Seconds>(start))},
                              {"date_finish", store_.iso(std::chrono::floor<Seconds>(finish))},
                              {"operating_reset_at", reset_at},
                              {"operating", operating}});
}

Reply Portal::refused_request(const RestCall& call, const std::vector<std::string>& names, bool& refused) {
  refused = true;
  if (!bucket_of(call.peer).admit(clock_.steady())) {
    return error_reply({503, "QUERY_LIMIT_EXCEEDED", "Too many requests"});
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto fault = faults_.strike(
        {FaultKind::throttle, FaultKind::overload, FaultKind::wrong_secret, FaultKind::redirect}, names[i],
        i == 0);
    if (!fault) continue;
    if (fault->kind == FaultKind::throttle) {
      return error_reply({503, "QUERY_LIMIT_EXCEEDED", "Too many requests"});
    }
    if (fault->kind == FaultKind::overload) {
      return error_reply({503, "OVERLOAD_LIMIT", "REST API is blocked due to overload"});
    }
    if (fault->kind == FaultKind::wrong_secret) {
      return error_reply({401, "NO_AUTH_FOUND", "Wrong authorization data"});
    }
    Reply reply;
    reply.status = 302;
    reply.headers.emplace_back("Location", fault->location);
    return reply;
  }
  if (const auto wrong = wrong_authorization(call)) return error_reply(*wrong);
  refused = false;
  return {};
}

std::optional<Failure> Portal::wrong_authorization(const RestCall& call) const {
  const Failure nobody{401, "NO_AUTH_FOUND", "Wrong authorization data"};
  if (!call.access_token) {
    const bool owner = call.user == std::to_string(webhook_owner) && secret_.matches(call.secret);
    return owner ? std::nullopt : std::optional<Failure>(nobody);
  }
  if (call.access_token->empty()) return nobody;
  switch (token_state(store_.application, *call.access_token, clock_.now())) {
    case TokenState::good:
      return std::nullopt;
    case TokenState::expired:
      return Failure{401, "expired_token", "The access token provided has expired"};
    case TokenState::unknown:
      break;
  }
  return Failure{401, "invalid_token", "Unable to get application by token"};
}

std::string Portal::scope_list() const {
  std::string out;
  for (const auto& scope : options_.scopes) out += (out.empty() ? "" : ",") + scope;
  return out;
}

Outcome Portal::dispatch(const std::string& method, const json::Value& params, const Caller& caller) {
  if (method == "scope") {
    json::Array scopes;
    for (const auto& scope : options_.scopes) scopes.emplace_back(scope);
    return Success{std::move(scopes), {}, {}};
  }
  if (method == "app.info") {
    json::Array scopes;
    for (const auto& scope : options_.scopes) scopes.emplace_back(scope);
    return Success{json::Value::object({{"SCOPE", std::move(scopes)}, {"LICENSE", "ru_std"}}), {}, {}};
  }
  if (method == "method.get") {
    const std::string name = ascii::lower(params["name"].text());
    const auto found = methods_.find(name);
    const bool existing = found != methods_.end() || is_own(name);
    const bool available = existing && (found == methods_.end() || found->second.scope.empty() ||
                                        std::find(options_.scopes.begin(), options_.scopes.end(),
                                                  found->second.scope) != options_.scopes.end());
    return Success{json::Value::object({{"isExisting", existing}, {"isAvailable", available}}), {}, {}};
  }
  Call call{store_, faults_, clock_.now(), method, params, caller};
  return methods_.at(method).run(call);
}

CommandResult Portal::run(const std::string& method, const json::Value& params, const Caller& caller,
                          Milliseconds extra, bool whole_request) {
  CommandResult out{refuse("ERROR_METHOD_NOT_FOUND", "Method not found!", 404), {}, std::nullopt};
  out.spoiled = faults_.strike(before_kinds, method, whole_request);
  if (out.spoiled) return out;
  const auto found = methods_.find(method);
  if (found == methods_.end() && !is_own(method)) {
    ++counters_["(unknown)"].errors;
    return out;
  }
  const auto scope = found == methods_.end() ? std::string_view() : found->second.scope;
  const TimePoint now = clock_.now();
  auto& counter = counters_[method];
  ++counter.calls;
  if (const auto fault = faults_.strike(command_kinds, method, true)) {
    out.outcome = tl::unexpected<Failure>(command_failure(*fault));
  } else if (!scope.empty() &&
             std::find(options_.scopes.begin(), options_.scopes.end(), scope) == options_.scopes.end()) {
    out.outcome = refuse("insufficient_scope", std::string(scope_refusal), 403);
  } else if (caller.application == 0 && found != methods_.end() &&
             (found->second.access == Access::application ||
              (found->second.access == Access::application_by_docs && telephony_by_docs_))) {
    out.outcome = refuse("WRONG_AUTH_TYPE", std::string(wrong_auth_type), 403);
  } else if (operating_limit_ > 0 && operating_.spent(method, now) >= operating_limit_) {
    out.outcome = refuse("OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.", 429);
  } else {
    const double claimed = found == methods_.end() ? 0.01 : found->second.seconds;
    const double seconds = claimed + static_cast<double>(extra.count()) / 1000;
    out.outcome = dispatch(method, params, caller);
    operating_.add(method, seconds, now);
    out.time = time_block(seconds, operating_.spent(method, now), operating_.reset_at(method, now));
    out.spoiled = faults_.strike(after_kinds, method, whole_request);
  }
  if (!out.outcome) ++counter.errors;
  return out;
}

Reply Portal::answer(const CommandResult& done) {
  if (done.spoiled) return spoiled_reply(*done.spoiled);
  if (!done.outcome) return error_reply(done.outcome.error());
  auto envelope = json::Value::object({{"result", done.outcome->result}});
  if (done.outcome->next) envelope["next"] = *done.outcome->next;
  if (done.outcome->total) envelope["total"] = *done.outcome->total;
  envelope["time"] = done.time;
  Reply reply;
  reply.body = json::write(envelope);
  return reply;
}

Reply Portal::rest(const RestCall& call) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  std::string method = ascii::lower(call.method);
  if (method.ends_with(".json")) method.resize(method.size() - 5);
  std::vector<std::string> names{method};
  if (method == "batch") {
    for (auto& name : command_methods(call.params)) names.push_back(std::move(name));
  }
  bool refused = false;
  Reply reply = refused_request(call, names, refused);
  if (refused) return reply;
  const Caller caller{call.access_token ? application_id : 0, call.origin};

  Milliseconds delay{0};
  for (std::size_t i = 0; i < names.size() && delay.count() == 0; ++i) {
    if (const auto slow = faults_.strike({FaultKind::slow}, names[i], i == 0)) delay = slow->delay;
  }
  if (method != "batch") {
    reply = answer(run(method, call.params, caller, delay, true));
    reply.delay = delay;
    return reply;
  }
  ++counters_[method].calls;
  CommandResult whole;
  whole.spoiled = faults_.strike(before_kinds, method, true);
  if (!whole.spoiled) {
    auto batch = run_batch(call.params, [&](const std::string& name, const json::Value& params) {
      return run(name, params, caller, Milliseconds{0}, false);
    });
    whole.outcome = Success{std::move(batch.result), {}, {}};
    whole.time = time_block(0.05, 0, operating_.reset_at(method, clock_.now()));
    whole.spoiled = batch.spoiled ? batch.spoiled : faults_.strike(after_kinds, method, true);
  }
  reply = answer(whole);
  reply.delay = delay;
  return reply;
}

Reply Portal::upload(const UploadCall& call) {
  auto params = json::Value::object({{"token", call.token}});
  if (const auto file = file_part(call.body, call.content_type, "file")) {
    params["name"] = file->name;
    params["bytes"] = file->bytes.size();
    params["sha256"] = sha256_hex(file->bytes);
  }
  const std::lock_guard lock(mutex_);
  ++revision_;
  if (!bucket_of(call.peer).admit(clock_.steady()))
    return error_reply({503, "QUERY_LIMIT_EXCEEDED", "Too many requests"});
  const std::string method = "upload";
  const TimePoint now = clock_.now();
  CommandResult done;
  done.spoiled = faults_.strike(before_kinds, method, true);
  if (!done.spoiled) {
    auto& counter = counters_[method];
    ++counter.calls;
    const Caller nobody;
    Call received{store_, faults_, now, method, params, nobody};
    const auto fault = faults_.strike(command_kinds, method, true);
    done.outcome = fault ? tl::unexpected<Failure>(command_failure(*fault)) : receive_upload(received);
    if (!done.outcome) ++counter.errors;
    done.time = time_block(0.3, 0, operating_.reset_at(method, now));
    done.spoiled = faults_.strike(after_kinds, method, true);
  }
  Reply reply = answer(done);
  if (const auto slow = faults_.strike({FaultKind::slow}, method, true)) reply.delay = slow->delay;
  return reply;
}

Reply Portal::oauth(const json::Value& params, const std::string& origin) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  const std::string method = "oauth";
  auto& counter = counters_[method];
  ++counter.calls;
  if (const auto fault = faults_.strike(before_kinds, method, false)) return spoiled_reply(*fault);
  const auto done = refreshed(store_.application, params, options_.client_id, client_secret_, clock_.now(),
                              origin, scope_list());
  if (!done) ++counter.errors;
  if (const auto fault = faults_.strike(after_kinds, method, false)) return spoiled_reply(*fault);
  return done ? json_reply(200, done->result) : error_reply(done.error());
}

Reply Portal::install(const std::string& url, const std::string& origin) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  auto posting = installation(store_.application, url, clock_.now(), origin, scope_list());
  if (url.empty()) return json_reply(200, json::Value::object({{"form", posting.body}}));
  Reply reply = json_reply(200, json::Value::object({{"ok", true}}));
  reply.posts.push_back(std::move(posting));
  return reply;
}

Reply Portal::click(const json::Value& params, const std::string& origin) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  auto& application = store_.application;
  std::vector<const EventHandler*> handlers;
  for (const auto& one : application.handlers) {
    if (one.event == call_start_event) handlers.push_back(&one);
  }
  if (handlers.empty())
    return error_reply({409, "NO_HANDLER", "No application has bound ONEXTERNALCALLSTART"});
  auto wanted = params;
  wanted["TYPE"] = static_cast<int>(outgoing);
  const Caller caller{application_id, origin};
  Call call{store_, faults_, clock_.now(), "telephony.externalcall.register", wanted, caller};
  const auto open = click_to_call(call);
  if (!open) return error_reply(open.error());
  const auto data = call_start_data(store_, *open, params["PHONE_NUMBER"].text());
  Reply reply = json_reply(200, json::Value::object({{"CALL_ID", open->id}}));
  for (const auto* handler : handlers)
    reply.posts.push_back(user_event(application, *handler, data, clock_.now(), origin, scope_list()));
  return reply;
}

void Portal::with_store(const std::function<void(Store&, Faults&)>& use) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  use(store_, faults_);
}

tl::expected<std::int64_t, std::string> Portal::add_fault(const json::Value& fault) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  return faults_.add(fault);
}

void Portal::set_limits(const json::Value& limits) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  rate_ = std::clamp(limits["rate"].number().value_or(rate_), 0.0, 1e9);
  burst_ = static_cast<int>(
      std::clamp<std::int64_t>(limits["burst"].integer().value_or(burst_), 0, 1'000'000'000));
  operating_limit_ = std::max(0.0, limits["operating_limit"].number().value_or(operating_limit_));
  for (auto& [peer, bucket] : buckets_) bucket.set(rate_, burst_);
}

void Portal::set_telephony(bool by_docs) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  telephony_by_docs_ = by_docs;
}

void Portal::reset() {
  const std::lock_guard lock(mutex_);
  ++revision_;
  store_ = Store(clock_.now());
  faults_.clear();
  kept_.clear();
  buckets_.clear();
  operating_ = OperatingTime();
  telephony_by_docs_ = options_.telephony_by_docs;
  counters_.clear();
}

json::Value Portal::limits_state() const {
  double level = 0;
  for (const auto& [peer, bucket] : buckets_) level = std::max(level, bucket.level(clock_.steady()));
  return json::Value::object(
      {{"rate", rate_}, {"burst", burst_}, {"level", level}, {"operating_limit", operating_limit_}});
}

json::Value Portal::state(std::size_t limit, bool readable) const {
  const std::lock_guard lock(mutex_);
  json::Object counters;
  for (const auto& [method, counter] : counters_) {
    counters.append(method, json::Value::object({{"calls", counter.calls}, {"errors", counter.errors}}));
  }
  auto out = store_state(store_, limit, readable);
  out["revision"] = revision_;
  out["now"] = store_.iso(clock_.now());
  out["faults"] = faults_.list();
  out["counters"] = std::move(counters);
  out["limits"] = limits_state();
  out["application"] = application_state(store_.application, options_.client_id, clock_.now());
  out["telephony"] = telephony_by_docs_ ? "application" : "any";
  return out;
}

std::uint64_t Portal::revision() const {
  const std::lock_guard lock(mutex_);
  return revision_;
}

}  // namespace b24gate::sandbox
