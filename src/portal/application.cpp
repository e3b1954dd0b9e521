#include "portal/application.hpp"

#include <future>

#include "base/ascii.hpp"
#include "json/value.hpp"
#include "portal/token_seal.hpp"

namespace b24gate::portal {
namespace {

constexpr Milliseconds after_no_answer{5'000};
constexpr Milliseconds after_refusal{600'000};
constexpr std::size_t longest = 4096;  // of anything the portal sends at an installation

constexpr std::string_view kConfigure =
    "Add a local application in the portal (Developer resources > Other > Local application) and write its "
    "client_id and client_secret into portal.application.";
constexpr std::string_view kInstall =
    "Open the local application in the portal, see that its handler for the installation is "
    "https://<public address>/portal/<portal.secret>/install, and install it.";
constexpr std::string_view kKey =
    "Write the former portal.application.key (or client_secret) into portal.application.previous_key and "
    "reload, or install the application anew.";

// https://portal/rest/1/secret/ -> https://portal/rest/
std::string rest_of(const Url& url) {
  const auto at = url.path.rfind("/rest/");
  return url.origin + (at == std::string::npos ? "/rest/" : url.path.substr(0, at + 6));
}

bool is(const Outcome& outcome, std::string_view code) { return ascii::lower(outcome.code) == code; }

Outcome installing() {
  Outcome out;
  out.cls = Class::retry_safe;
  out.scope = Scope::portal;
  out.description = "the application is being installed anew";
  return out;
}

Outcome kept_not(const Error& error) {
  Outcome out;
  out.cls = Class::retry_safe;
  out.scope = Scope::portal;
  out.description = "renewed tokens cannot be stored: " + error.what;
  return out;
}

}  // namespace

std::string_view name(Standing::State state) {
  switch (state) {
    case Standing::State::not_configured:
      return "not_configured";
    case Standing::State::not_installed:
      return "not_installed";
    case Standing::State::ready:
      return "ready";
    case Standing::State::broken:
      return "broken";
  }
  return "broken";
}

Application::Application(Transport& transport, Limiter& limiter, const Clock& clock,
                         const outbound::Fetcher& fetcher, TokenVault& vault,
                         std::function<void(const Standing&)> changed)
    : client_({}, transport, limiter, clock),
      limiter_(limiter),
      clock_(clock),
      fetcher_(fetcher),
      vault_(vault),
      changed_(std::move(changed)) {}

void Application::set(ApplicationOptions options) {
  const auto url = parse_url(options.portal_url.reveal());
  const std::string host = url ? url->host : "";
  const std::lock_guard flight(flight_);
  client_.set_url(url ? Secret(rest_of(*url)) : options.portal_url);
  bool configured = false;
  bool other_key = false;
  {
    const std::lock_guard lock(mutex_);
    const Secret former = key();
    const bool same = options_.oauth.id == options.oauth.id && host_ == host;
    options_ = std::move(options);
    host_ = host;
    authority_ = url ? url->origin.substr(url->origin.find("//") + 2) : "";
    configured = !options_.oauth.id.empty();
    other_key = same && tokens_ && !former.matches(key().reveal());
    held_.reset();
    if (!other_key) {
      tokens_.reset();
      unsaved_.reset();
      sealed_.clear();
    }
  }
  if (!configured) return stand({Standing::State::not_configured, "", "", std::string(kConfigure)});
  if (other_key) return seal_again();
  read_vault();
}

void Application::seal_again() {
  const std::lock_guard order(order_);
  Tokens tokens;
  {
    const std::lock_guard lock(mutex_);
    // What is being installed must not be overwritten by what was before it.
    if (!tokens_ || settled_ != generation_) return;
    tokens = unsaved_ ? *unsaved_ : *tokens_;
  }
  const auto bytes = sealed(tokens);
  if (!bytes) return;
  vault_.write(*bytes, [this, tokens, sealed = *bytes](Done done) {
    if (done) return adopt(tokens, sealed, false);
    stand({Standing::State::broken, "not_stored",
           "the tokens cannot be stored under the new key: " + done.error().what,
           "Mend the disk, then reload once more."});
  });
}

void Application::settle(std::uint64_t generation) {
  const std::lock_guard lock(mutex_);
  settled_ = generation;
}

bool Application::read_vault() {
  const auto sealed = vault_.read();
  if (!sealed) {
    stand({Standing::State::broken, "not_read", "the stored tokens cannot be read: " + sealed.error().what,
           ""});
    return false;
  }
  if (sealed->empty()) {
    adopt(std::nullopt, "", false);
    return false;
  }
  Secret key_now;
  Secret key_before;
  std::string id;
  {
    const std::lock_guard lock(mutex_);
    if (*sealed == sealed_) return false;
    key_now = key();
    key_before = options_.previous_key;
    id = options_.oauth.id;
  }
  auto opened = unseal(*sealed, key_now);
  const bool by_former = !opened && !key_before.empty();
  if (by_former) opened = unseal(*sealed, key_before);
  if (!opened) {
    stand({Standing::State::broken, "wrong_key", opened.error().what, std::string(kKey)});
    return false;
  }
  const auto parsed = json::parse(opened->plain);
  const json::Value read = parsed ? *parsed : json::Value();
  if (read["client_id"].text() != id) {
    stand({Standing::State::not_installed, "", "what is installed is an application with another client_id",
           std::string(kInstall)});
    return false;
  }
  Tokens tokens;
  tokens.access = Secret(read["access_token"].text());
  tokens.refresh = Secret(read["refresh_token"].text());
  tokens.application_token = Secret(read["application_token"].text());
  tokens.member_id = opened->member_id;
  adopt(std::move(tokens), *sealed, false);
  if (by_former) seal_again();
  return true;
}

void Application::adopt(std::optional<Tokens> tokens, std::string sealed, bool tell) {
  const bool installed = tokens.has_value();
  {
    const std::lock_guard lock(mutex_);
    tokens_ = std::move(tokens);
    sealed_ = std::move(sealed);
    unsaved_.reset();
    held_.reset();
  }
  if (installed) {
    stand({Standing::State::ready, "", "", ""}, tell);
  } else {
    stand({Standing::State::not_installed, "", "the portal has not installed the application here",
           std::string(kInstall)},
          tell);
  }
}

void Application::stand(Standing standing, bool tell) {
  {
    const std::lock_guard lock(mutex_);
    if (standing_.state != standing.state) tell = true;
    standing_ = standing;
  }
  if (tell && changed_) changed_(standing);
}

Standing Application::standing() const {
  const std::lock_guard lock(mutex_);
  return standing_;
}

Secret Application::key() const { return options_.key.empty() ? options_.oauth.secret : options_.key; }

Result<std::string> Application::sealed(const Tokens& tokens) const {
  json::Value plain = json::Value::object({{"access_token", tokens.access.reveal()},
                                           {"refresh_token", tokens.refresh.reveal()},
                                           {"application_token", tokens.application_token.reveal()}});
  Secret key_now;
  {
    const std::lock_guard lock(mutex_);
    plain["client_id"] = options_.oauth.id;
    key_now = key();
  }
  return seal(json::write(plain), key_now, tokens.member_id);
}

Outcome Application::standing_outcome() const {
  const Standing now = standing();
  Outcome out;
  out.cls = Class::auth;
  out.scope = Scope::portal;
  out.code = "application_" + std::string(name(now.state));
  out.description = now.reason;
  out.advice = now.advice;
  return out;
}

Application::Access Application::access() {
  std::optional<Outcome> stopped;
  bool configured = false;
  {
    const std::lock_guard lock(mutex_);
    configured = !options_.oauth.id.empty();
    if (held_ && !held_->until) {
      stopped = held_->outcome;
    } else if (tokens_) {
      return tokens_->access;
    }
  }
  // Another process may have mended it.
  if (configured && read_vault()) {
    const std::lock_guard lock(mutex_);
    if (tokens_) return tokens_->access;
  }
  return tl::unexpected(stopped ? *stopped : standing_outcome());
}

Outcome Application::send(const Command& command, const Secret& access) {
  Command with = command;
  if (!with.params.is_object()) with.params = json::Value::object();
  with.params["auth"] = access.reveal();
  Outcome outcome = client_.call(with);
  if (outcome.cls != Class::auth) return outcome;
  // The general advice speaks of the webhook.
  if (const auto own = application_advice(outcome.code); !own.empty()) outcome.advice = std::string(own);
  return outcome;
}

void Application::learn(const Outcome& outcome) {
  if (outcome.cls == Class::success) {
    bool mended = false;
    {
      const std::lock_guard lock(mutex_);
      mended = standing_.state == Standing::State::broken && tokens_ && !held_;
    }
    if (mended) stand({Standing::State::ready, "", "", ""});
  } else if (outcome.cls == Class::auth && outcome.scope == Scope::portal) {
    stand({Standing::State::broken, outcome.code, "the portal refuses the application: " + outcome.code,
           outcome.advice});
  }
}

Outcome Application::call(const Command& command) {
  const auto refuse = [&](const Outcome& outcome) {
    limiter_.report({&command, 1}, {&outcome, 1});
    return outcome;
  };
  const Access first = access();
  if (!first) return refuse(first.error());
  Outcome outcome = send(command, *first);
  if (is(outcome, "expired_token")) {
    const Access second = renewed(*first);
    if (!second) return second.error();
    limiter_.count_unasked();
    outcome = send(command, *second);
  }
  learn(outcome);
  return outcome;
}

void Application::hold(const Outcome& outcome) {
  const bool for_good = is(outcome, "invalid_grant") || is(outcome, "invalid_client");
  const bool refused = outcome.cls == Class::auth;
  {
    const std::lock_guard lock(mutex_);
    held_ = Held{outcome, std::nullopt};
    if (!for_good) held_->until = clock_.steady() + (refused ? after_refusal : after_no_answer);
  }
  if (refused)
    stand({Standing::State::broken, outcome.code, "the OAuth server refuses the application: " + outcome.code,
           outcome.advice});
}

// Calls that come while one renews wait at the lock, and then find new tokens or what it ended with.
Application::Access Application::renewed(const Secret& expired) {
  const std::lock_guard flight(flight_);
  std::uint64_t generation = 0;
  {
    const std::lock_guard order(order_);
    generation = generation_;
    const std::lock_guard lock(mutex_);
    if (settled_ != generation) return tl::unexpected(installing());
  }
  const auto newer = [&]() -> std::optional<Secret> {
    const std::lock_guard lock(mutex_);
    if (!tokens_ || tokens_->access.matches(expired.reveal())) return std::nullopt;
    return tokens_->access;
  };
  if (const auto access = newer()) return *access;
  std::optional<Tokens> unsaved;
  {
    const std::lock_guard lock(mutex_);
    if (held_ && (!held_->until || clock_.steady() < *held_->until)) return tl::unexpected(held_->outcome);
    unsaved = unsaved_;
  }
  const auto turn = vault_.turn();
  if (!turn) return tl::unexpected(kept_not(turn.error()));
  if (unsaved) return keep(*unsaved, generation);
  read_vault();
  if (const auto access = newer()) return *access;

  std::optional<Tokens> tokens;
  OauthClient client;
  {
    const std::lock_guard lock(mutex_);
    tokens = tokens_;
    client = options_.oauth;
  }
  if (!tokens) return tl::unexpected(standing_outcome());
  const auto fresh = renew(fetcher_, client, tokens->refresh);
  if (!fresh) {
    // Installed anew meanwhile, by another process.
    if (is(fresh.error(), "invalid_grant") && read_vault()) {
      if (const auto access = newer()) return *access;
    }
    hold(fresh.error());
    return tl::unexpected(fresh.error());
  }
  tokens->access = fresh->access;
  tokens->refresh = fresh->refresh;
  return keep(*tokens, generation);
}

// Into the vault first, in use then.
Application::Access Application::keep(const Tokens& tokens, std::uint64_t generation) {
  {
    const std::lock_guard lock(mutex_);
    unsaved_ = tokens;
  }
  const auto bytes = sealed(tokens);
  if (!bytes) return tl::unexpected(kept_not(bytes.error()));
  const auto stored = std::make_shared<std::promise<Done>>();
  {
    const std::lock_guard order(order_);
    if (generation_ != generation) {
      // Installed or removed meanwhile: these tokens are of the past.
      const std::lock_guard lock(mutex_);
      unsaved_.reset();
      return tl::unexpected(installing());
    }
    vault_.write(*bytes, [this, tokens, sealed = *bytes, stored](Done done) {
      if (done) adopt(tokens, sealed, false);
      stored->set_value(std::move(done));
    });
  }
  const Done done = stored->get_future().get();
  if (!done) {
    const Outcome outcome = kept_not(done.error());
    return tl::unexpected(outcome);
  }
  return tokens.access;
}

bool Application::is_our_domain(std::string_view domain) const {
  const std::string offered = ascii::lower(domain);
  const std::lock_guard lock(mutex_);
  return !offered.empty() && (offered == host_ || offered == authority_);
}

void Application::install(const Installation& in, std::function<void(Done)> done) {
  const auto say_no = [&](ErrorKind kind, std::string what) {
    done(fail(kind, "portal.application", std::move(what), Ran::no, Move::administrator));
  };
  const Standing now = standing();
  if (now.state == Standing::State::not_configured)
    return say_no(ErrorKind::config, "no application is configured");
  if (!is_our_domain(in.domain))
    return say_no(ErrorKind::refused, "it is installed on another portal than that of portal.url");
  for (const std::string* text : {&in.access.reveal(), &in.refresh.reveal(), &in.member_id}) {
    if (text->empty() || text->size() > longest)
      return say_no(ErrorKind::input, "a token or member_id is missing or too long");
  }
  if (in.application_token.reveal().size() > longest)
    return say_no(ErrorKind::input, "application_token is too long");
  if (in.by_page && now.state == Standing::State::ready) return done({});
  const Tokens tokens{in.access, in.refresh, in.application_token, in.member_id};
  const auto bytes = sealed(tokens);
  if (!bytes) return done(tl::unexpected(bytes.error()));
  const std::lock_guard order(order_);
  const std::uint64_t generation = ++generation_;
  vault_.write(*bytes, [this, tokens, generation, sealed = *bytes, done = std::move(done)](Done stored) {
    settle(generation);
    if (stored) adopt(tokens, sealed, true);
    done(std::move(stored));
  });
}

void Application::remove(const Secret& application_token, std::function<void(Done)> done) {
  if (!knows(application_token.reveal())) {
    return done(fail(ErrorKind::refused, "portal.application", "the application token is wrong", Ran::no,
                     Move::administrator));
  }
  const std::lock_guard order(order_);
  const std::uint64_t generation = ++generation_;
  vault_.write("", [this, generation, done = std::move(done)](Done stored) {
    settle(generation);
    if (stored) adopt(std::nullopt, "", false);
    done(std::move(stored));
  });
}

bool Application::knows(std::string_view application_token) const {
  const std::lock_guard lock(mutex_);
  return tokens_ && tokens_->application_token.matches(application_token);
}

}  // namespace b24gate::portal
