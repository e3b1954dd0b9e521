// What a telephone call adds to the plan of its event: the call itself in the portal's telephony, its record,
// a task to call back when it was missed, and the end of such tasks when somebody has talked to the client.
//
// Pure.
#pragma once

#include <string>
#include <vector>

#include "delivery/plan.hpp"
#include "delivery/telephony.hpp"

namespace b24gate::delivery {

struct CallToPlan {
  const config::Configuration& configuration;
  const config::Source& source;
  const event::Event& event;  // the whole conversation, with this event
  const event::Event& own;    // this event alone
  const json::Value& scope;   // for texts: the whole conversation
  const ClientFacts& client;
  const Surroundings& surroundings;
  const std::string& number;
  std::optional<Card> card;      // it belongs to, when that is no lead of the event's own
  bool lead = false;             // it belongs to the event's lead: lead_id_mark
  std::int64_t chosen_user = 0;  // by the rules; 0: they were not asked
  int round = 1;
};

// `finish` goes last: it sums up what the others have done.
std::vector<journal::NewDelivery> plan_call(const CallToPlan& call);

// `register`, or `show`/`hide` of a call that is there already, for a state of a live call; empty when there
// is nothing to show, with the reason.
struct LiveCall {
  std::vector<journal::NewDelivery> deliveries;
  std::string why_nothing;
};
LiveCall plan_live_call(const config::Configuration& configuration, const config::Source& source,
                        const event::Event& whole, const event::Event& own,
                        const std::vector<journal::DeliveryRow>& telephony, int round);

// The fetching of a call's record: carried out by Recordings.
std::optional<journal::NewDelivery> record_operation(const config::Configuration& configuration,
                                                     const event::Event& own, const std::string& number);

}  // namespace b24gate::delivery
