// Wires the portal's local application: its settings, its way to the OAuth server, and the journal, where its
// tokens lie.
#pragma once

#include <functional>
#include <mutex>

#include "config/configuration.hpp"
#include "journal/journal.hpp"
#include "outbound/fetch.hpp"
#include "outbound/http_transport.hpp"
#include "outbound/resolver.hpp"
#include "portal/application.hpp"

namespace b24gate::cli {

// A mark of the journal. Beside the daemon another process may read and write it too.
class JournalVault final : public portal::TokenVault {
 public:
  explicit JournalVault(journal::Journal& journal) : journal_(journal) {}
  [[nodiscard]] Result<std::string> read() override;
  [[nodiscard]] Result<std::shared_ptr<void>> turn() override;
  void write(std::string sealed, std::function<void(Done)> done) override;

 private:
  journal::Journal& journal_;
};

class LocalApplication {
 public:
  // All must outlive it; the journal may end first, when nothing is asked for any more. `changed`: see
  // portal::Application.
  LocalApplication(journal::Journal& journal, portal::Transport& transport, portal::Limiter& limiter,
                   const Clock& clock, std::function<void(const portal::Standing&)> changed = {});

  // As the configuration says from now on; reads the journal when that is something new. One call at a time.
  void configure(const config::Configuration& configuration);
  [[nodiscard]] portal::Application& get() { return application_; }

 private:
  JournalVault vault_;
  outbound::HttpTransport transport_;
  outbound::SystemResolver resolver_;
  outbound::Fetcher fetcher_;
  portal::Application application_;
  std::optional<portal::ApplicationOptions> options_;  // that it was configured with
};

}  // namespace b24gate::cli
