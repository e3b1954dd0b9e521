#include "cli/local_application.hpp"

#include "journal/records.hpp"

namespace b24gate::cli {
namespace {

constexpr std::string_view mark_name = "portal:application";

outbound::HttpOptions http_options() {
  outbound::HttpOptions options;
  options.version = B24GATE_VERSION;
  return options;
}

portal::ApplicationOptions options_of(const config::Portal& portal) {
  portal::ApplicationOptions out;
  out.portal_url = portal.url.value;
  if (!portal.application) return out;
  out.oauth = {portal.application->client_id.value, portal.application->client_secret,
               portal.application->oauth_server.value};
  out.key = portal.application->key;
  out.previous_key = portal.application->previous_key;
  return out;
}

bool same(const portal::ApplicationOptions& a, const portal::ApplicationOptions& b) {
  return a.portal_url.reveal() == b.portal_url.reveal() && a.key.reveal() == b.key.reveal() &&
         a.previous_key.reveal() == b.previous_key.reveal() && a.oauth.id == b.oauth.id &&
         a.oauth.secret.reveal() == b.oauth.secret.reveal() && a.oauth.server == b.oauth.server;
}

}  // namespace

Result<std::string> JournalVault::read() {
  auto reader = journal_.reader();
  if (!reader) return tl::unexpected(reader.error());
  return journal::mark(*reader, mark_name);
}

Result<std::shared_ptr<void>> JournalVault::turn() { return journal_.turn("renewal"); }

void JournalVault::write(std::string sealed, std::function<void(Done)> done) {
  journal_.write(
      [sealed = std::move(sealed)](journal::Tx& tx) { return journal::set_mark(tx, mark_name, sealed); },
      std::move(done));
}

LocalApplication::LocalApplication(journal::Journal& journal, portal::Transport& transport,
                                   portal::Limiter& limiter, const Clock& clock,
                                   std::function<void(const portal::Standing&)> changed)
    : vault_(journal),
      transport_(http_options()),
      fetcher_(transport_, resolver_, clock),
      application_(transport, limiter, clock, fetcher_, vault_, std::move(changed)) {}

void LocalApplication::configure(const config::Configuration& configuration) {
  auto options = options_of(configuration.portal);
  if (options_ && same(*options_, options)) return;
  options_ = options;
  application_.set(std::move(options));
}

}  // namespace b24gate::cli
