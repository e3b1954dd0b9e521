// Calls of the portal's REST as the local application (OAuth): the second way beside the inbound webhook, for
// what the portal refuses to webhooks (telephony.externalCall.*, event.bind).
//
// One command at a time, as JSON, with the access token as `auth` in the body; connection, redirects,
// classification and the report to the Limiter are Client's. On expired_token, which certainly was not
// executed, the tokens are renewed and the command is repeated once. Renewing happens once at a time: calls
// that need it meanwhile wait for it and share its end.
//
// The vault is the truth, the memory a copy: before the OAuth server is asked, and when it refuses, the vault
// is read again, and who asks has the vault's turn from before that reading until the new tokens are stored,
// so that two processes (the daemon, `check --portal`) do not spoil each other's tokens.
//
// What survives. A refresh token is good once: the new one is in the vault before the new access token is
// used. When the vault cannot be written, the new tokens are kept here, unused, and the next call writes them
// first. When the process dies between the server's answer and the write, both refresh tokens are lost: the
// next renewal ends with invalid_grant, the standing is `broken`, and an administrator installs the
// application anew. The command that needed the renewal was not executed, so nothing is doubled.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "base/time.hpp"
#include "portal/client.hpp"
#include "portal/installation.hpp"
#include "portal/oauth.hpp"
#include "portal/token_vault.hpp"

namespace b24gate::portal {

struct ApplicationOptions {
  Secret portal_url;  // the webhook's: says where the portal is
  OauthClient oauth;  // an empty id: no application is configured
  Secret key;         // what the tokens are sealed with; empty: the client's secret
  // Opens what the key does not open, which is then sealed with the key: for changing the key while the
  // process is down.
  Secret previous_key;
};

// How the application stands, for people.
struct Standing {
  enum class State { not_configured, not_installed, ready, broken };
  State state = State::not_configured;
  std::string code;    // when broken: the portal's or the OAuth server's error code, or a word of ours
  std::string reason;  // what is wrong; no secrets
  std::string advice;  // what to do in the portal
};
std::string_view name(Standing::State state);

class Application {
 public:
  // All must outlive it. `changed` is told of every change of the standing's state, and of every
  // installation; outside locks, from the thread that found it, which must not be blocked. The application is
  // not configured until set().
  Application(Transport& transport, Limiter& limiter, const Clock& clock, const outbound::Fetcher& fetcher,
              TokenVault& vault, std::function<void(const Standing&)> changed = {});

  // From the next call on. Reads the vault. When only the key is another one, the tokens that are known here
  // are sealed with the new one. Waits for a renewal that
  // is under way.
  void set(ApplicationOptions options);

  // As Client::call of one command: the caller has asked the Limiter. An outcome of the scope `portal`
  // concerns the application, not the webhook. Not configured, not installed, broken: `auth` with advice, and
  // nothing is sent.
  Outcome call(const Command& command);

  // Keeps the tokens of an installation: `done` with nothing once they are in the vault. A page opened while
  // the application is ready changes nothing, and is no error. Fails with ErrorKind::config when no
  // application is configured, ErrorKind::refused when it is another portal's, ErrorKind::input when
  // something is missing, ErrorKind::disk when it cannot be kept.
  void install(const Installation& installation, std::function<void(Done)> done);
  // The application was removed from the portal: forgets its tokens. Fails with ErrorKind::refused when the
  // token is not that of the installation, ErrorKind::disk when it cannot be forgotten.
  void remove(const Secret& application_token, std::function<void(Done)> done);

  // Whether an event that carries this token is one of the application, in constant time.
  [[nodiscard]] bool knows(std::string_view application_token) const;

  [[nodiscard]] Standing standing() const;

 private:
  struct Tokens {
    Secret access;
    Secret refresh;
    Secret application_token;
    std::string member_id;
  };
  // The application is left alone until then, with this outcome.
  struct Held {
    Outcome outcome;
    std::optional<SteadyPoint> until;  // nullopt: until something else is in the vault
  };
  using Access = tl::expected<Secret, Outcome>;

  Access access();
  Access renewed(const Secret& expired);
  Access keep(const Tokens& tokens, std::uint64_t generation);
  void seal_again();
  Outcome send(const Command& command, const Secret& access);
  void learn(const Outcome& outcome);
  void hold(const Outcome& outcome);
  // Takes in what the vault holds. True when that is not what was known, and opens.
  bool read_vault();
  // The vault's end of an installation or removal.
  void settle(std::uint64_t generation);
  void adopt(std::optional<Tokens> tokens, std::string sealed, bool tell);
  void stand(Standing standing, bool tell = false);
  [[nodiscard]] Result<std::string> sealed(const Tokens& tokens) const;
  [[nodiscard]] Secret key() const;  // REQUIRES mutex_ held
  [[nodiscard]] Outcome standing_outcome() const;
  [[nodiscard]] bool is_our_domain(std::string_view domain) const;

  Client client_;
  Limiter& limiter_;
  const Clock& clock_;
  const outbound::Fetcher& fetcher_;
  TokenVault& vault_;
  const std::function<void(const Standing&)> changed_;

  std::mutex flight_;  // held while the tokens are renewed
  std::mutex order_;   // held while a write to the vault is asked for; taken before mutex_
  // Of installations and removals that were asked for; protected by order_.
  std::uint64_t generation_ = 0;

  mutable std::mutex mutex_;
  // Protected by mutex_.
  std::uint64_t settled_ = 0;  // of generation_, those that the vault has told the end of
  ApplicationOptions options_;
  std::string host_;       // of the portal
  std::string authority_;  // the same with its port, where it has one
  std::optional<Tokens> tokens_;
  std::string sealed_;             // the vault's bytes that tokens_ came from
  std::optional<Tokens> unsaved_;  // renewed, and not in the vault yet
  std::optional<Held> held_;
  Standing standing_;
};

}  // namespace b24gate::portal
