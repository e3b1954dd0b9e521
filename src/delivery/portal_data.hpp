// What the portal keeps and planning needs: its fields, stages and people (who heads whom: `auditor: head`),
// and the dictionaries that live in its Lists (`name: { list: …, key: …, value: … }`). Read at start and
// again on a schedule; in memory only. Where the configuration names what the portal does not have, a notice
// tells.
//
// A thread of its own, which waits on a condition and asks within the portal's allowance. Until the first
// answer nobody has a head and dictionaries of the portal are empty; when the portal cannot be asked, what
// was read last stays. start() and stop() from one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "config/configuration.hpp"
#include "delivery/engine.hpp"
#include "delivery/periodic.hpp"
#include "portal/client.hpp"
#include "portal/limiter.hpp"
#include "portal/schema.hpp"

namespace b24gate::delivery {

class PortalData {
 public:
  // All must outlive it.
  PortalData(const config::Current& current, portal::Client& client, portal::Limiter& limiter, Engine& engine,
             const Clock& clock);

  void start() { thread_.start(); }
  // False: a question to the portal is still open after `grace`; the destructor waits for it.
  bool stop(Milliseconds grace) { return thread_.stop(grace); }

 private:
  Milliseconds turn();
  // False: the portal could not be asked now.
  bool read_schema();
  bool read_dictionaries(const config::Configuration& configuration);
  void compare(const config::Configuration& configuration);
  // The outcomes, or nullopt when it is not the time to ask or the service stops.
  std::optional<std::vector<portal::Outcome>> ask(const std::vector<portal::Command>& commands);

  const config::Current& current_;
  portal::Client& client_;
  portal::Limiter& limiter_;
  Engine& engine_;
  const Clock& clock_;
  std::shared_ptr<const portal::PortalSchema> schema_;  // null: not read yet
  std::optional<SteadyPoint> schema_read_;
  std::optional<SteadyPoint> dictionaries_read_;
  std::string hash_;           // of the configuration whose dictionaries were read
  std::string compared_hash_;  // of the configuration that was compared with schema_
  Periodic thread_;            // last: it stops before what it uses goes
};

// The command for one page of a list, and what its rows add to a dictionary: key -> value, keys folded by the
// caller. Source: lists.element.get (presence.md 8): property values come as an object keyed by value id.
portal::Command list_page(const mapping::PortalList& list, std::int64_t start);
std::vector<std::pair<std::string, std::string>> list_entries(const mapping::PortalList& list,
                                                              const json::Value& rows);

}  // namespace b24gate::delivery
