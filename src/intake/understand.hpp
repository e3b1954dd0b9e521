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
};

struct Understood {
  connector::Outcome outcome = connector::Outcome::accepted;
  std::string reason;
  int status = 200;
  json::Value answer;  // what the vendor expects; null: the default of the outcome
  std::vector<UnderstoodEvent> events;
  connector::Reading reading;        // what the connector's answer() is told; its events are above
  std::optional<std::string> phone;  // whom the request asks about, E.164; empty: a phone that is none
};

// Reads a request of `source`, whose settings are those of the moment when it came in. Never throws: a
// connector that does gives `unreadable`.
Understood understand(const config::Configuration& configuration, const config::Source& source,
                      const connector::Source& settings, const connector::Request& request,
                      const normalize::Options& normalization);

// What stands for a request of a source that only captures: kept as it is, read by a later retry.
Understood captured(const connector::Request& request, const TimeZone& zone);

// The ways to reach the client of an event, by which the enquiries of one person are kept together, and the
// conversations that it is a part of.
std::vector<journal::Identity> identities_of(const event::Event& event, std::string_view source);

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
