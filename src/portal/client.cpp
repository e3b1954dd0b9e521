#include "portal/client.hpp"

#include <algorithm>
#include <optional>

#include "portal/classify.hpp"

namespace b24gate::portal {
namespace {

constexpr std::string_view kWrongRedirect =
    "portal.url leads to a redirect that is not a renamed portal: copy the address of the inbound webhook "
    "anew.";

bool is_redirect(const HttpReply& reply) {
  return reply.state == HttpReply::State::answered && header(reply, "Location") != nullptr &&
         classify(reply, true).cls == Class::retry_safe;
}

// Where the same request may be sent instead. The path holds the secret: only the very same path is a moved
// portal, anything else is a login page or a stranger.
std::optional<Url> new_home(const HttpReply& reply, const Url& from, const std::string& path) {
  auto to = parse_url(*header(reply, "Location"));
  if (!to || to->path != path || to->origin == from.origin) return std::nullopt;
  if (from.secure && !to->secure) return std::nullopt;
  return *to;
}

// /rest/1/secret/ -> /rest/api/1/secret/
std::string third_generation(std::string path) {
  constexpr std::string_view rest = "/rest/";
  if (const auto at = path.rfind(rest); at != std::string::npos) path.insert(at + rest.size(), "api/");
  return path;
}

// How many of them go in one request.
std::size_t together(const std::vector<Command>& commands, std::size_t most) {
  if (commands.front().v3) return 1;
  const auto alone = std::find_if(commands.begin(), commands.end(), [](const Command& c) { return c.v3; });
  return std::min(static_cast<std::size_t>(alone - commands.begin()), most);
}

bool speaks_rest(const HttpReply& reply) {
  const Outcome outcome = classify(reply, true);
  return outcome.cls == Class::success || !outcome.code.empty();
}

std::vector<Outcome> all_alike(std::size_t count, const Outcome& outcome) { return {count, outcome}; }

}  // namespace

Client::Client(ClientOptions options, Transport& transport, Limiter& limiter, const Clock& clock)
    : options_(std::move(options)), transport_(transport), limiter_(limiter), clock_(clock) {
  set_url(options_.url);
}

void Client::set_url(const Secret& url) {
  auto parsed = parse_url(url.reveal());
  const std::lock_guard lock(mutex_);
  problem_ = parsed ? std::string() : parsed.error().what;
  if (!parsed) return;
  base_ = std::move(*parsed);
  if (base_.path.back() != '/') base_.path += '/';
}

std::string Client::address_problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

HttpReply Client::exchange(const Command& command, const std::string& body) {
  Url base;
  {
    const std::lock_guard lock(mutex_);
    base = base_;
  }
  const std::string path = (command.v3 ? third_generation(base.path) : base.path) + command.method;
  HttpReply reply = transport_.post(base.origin + path, body, command.idempotency_key);
  if (!is_redirect(reply)) return reply;
  const auto home = new_home(reply, base, path);
  if (!home) return reply;

  limiter_.count_unasked();
  HttpReply second = transport_.post(home->origin + path, body, command.idempotency_key);
  if (!speaks_rest(second)) return second;
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    // An administrator may have changed the address meanwhile: that stands.
    is_new = base_.origin == base.origin;
    if (is_new) {
      base_.origin = home->origin;
      base_.host = home->host;
    }
  }
  if (is_new && options_.moved) options_.moved(home->host);
  return second;
}

std::vector<Outcome> Client::call(const std::vector<Command>& commands, Halt halt) {
  if (commands.empty()) return {};
  if (const std::string problem = address_problem(); !problem.empty()) {
    Outcome outcome;
    outcome.cls = Class::auth;
    outcome.scope = Scope::portal;
    outcome.description = problem;
    outcome.advice = "Correct portal.url: " + problem + '.';
    return all_alike(commands.size(), outcome);
  }

  const std::size_t fits = std::clamp<std::size_t>(options_.max_batch, 1, kMaxCommands);
  const std::span<const Command> sent = std::span(commands).first(together(commands, fits));
  std::vector<Outcome> outcomes;
  const SteadyPoint start = clock_.steady();
  HttpReply reply;
  if (sent.size() == 1) {
    const Command& command = sent.front();
    const json::Value nothing = json::Value::object();
    reply = exchange(command, json::write(command.params.is_object() ? command.params : nothing));
    outcomes.push_back(classify(reply, is_write(command.method)));
    outcomes.back().took = clock_.steady() - start;
  } else {
    reply = exchange({"batch", {}}, json::write(batch_params(sent, halt)));
    outcomes = decode_batch(reply, sent, halt);
  }
  if (is_redirect(reply)) {
    for (auto& outcome : outcomes) outcome.advice = std::string(kWrongRedirect);
  }
  limiter_.report(sent, outcomes);

  while (outcomes.size() < commands.size()) {
    outcomes.push_back(
        classify_error("ERROR_BATCH_LENGTH_EXCEEDED", "more commands than one request takes", 0, true));
  }
  return outcomes;
}

Outcome Client::call(const Command& command) {
  return std::move(call(std::vector<Command>{command}).front());
}

}  // namespace b24gate::portal
