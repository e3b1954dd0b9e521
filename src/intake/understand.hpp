// From bytes to events: the part of intake without network and disk, shared by run, try, test and retry.
#pragma once

#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "connector/connector.hpp"
#include "event/event.hpp"
#include "journal/records.hpp"
#include "normalize/normalize.hpp"

namespace b24gate::intake {

struct UnderstoodEvent {
  event::Event event;  // normalized, overridden by the mapping, with the source's `set:`
  json::Value json;    // event::to_json of it
  json::Value scope;   // mapping::scope_of: what templates and rules see
};

struct Understood {
  connector::Outcome outcome = connector::Outcome::accepted;
  std::string reason;
  int status = 200;
  json::Value answer;  // what the vendor expects; null: the default of the outcome
  std::vector<UnderstoodEvent> events;
};

// Reads a request of `source`. Never throws: a connector that does gives `unreadable`.
Understood understand(const config::Configuration& configuration, const config::Source& source,
                      const connector::Request& request, const normalize::Options& normalization);

// The ways to reach the client of an event, by which the enquiries of one person are kept together.
std::vector<journal::Identity> identities_of(const event::Event& event);

// How the request proves that it may come in.
enum class Admission { admitted, missing, wrong };
struct Admitted {
  Admission admission = Admission::missing;
  std::string path;  // what follows the secret
};
// `rest` is the path behind /hook/{source}: "", "/secret", "/secret/events/call", "/events/call".
Admitted admit(const connector::Connector& connector, const connector::Source& settings,
               connector::Request& request, std::string_view rest);

}  // namespace b24gate::intake
