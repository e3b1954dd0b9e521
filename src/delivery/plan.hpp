// The plan of an enquiry: who is responsible, the lead's fields, and the operations in the CRM, before
// anything is sent.
//
// Pure: everything it needs is handed in, so that try, test and run plan alike.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "delivery/recognise.hpp"
#include "distribution/distribution.hpp"
#include "event/event.hpp"
#include "journal/records.hpp"
#include "mapping/mapping.hpp"

namespace b24gate::delivery {

// What stands in params for the id of the lead until it is known.
inline constexpr std::string_view lead_id_mark = "{{lead_id}}";

// Before the method of a delivery that goes to REST 3.0, as it stands in the address.
inline constexpr std::string_view v3_prefix = "api/";

struct Surroundings : distribution::Circumstances {
  // The head of the department of a portal user; 0 when there is none or it is not known.
  std::function<std::int64_t(std::int64_t user_id)> head_of;
  TimePoint now;
  // Owner of the webhook, when tasks are to be made by REST 3.0, which demands an author; 0: the old way.
  std::int64_t v3_tasks_by = 0;
  // With those of the portal's Lists; null: as the files say.
  const mapping::Dictionaries* dictionaries = nullptr;
  // The call that the event belongs to is in the portal already, or will be: `register` is not planned again.
  bool call_registered = false;
};

struct EnquiryPlan {
  distribution::Decision decision;
  json::Object lead;                              // by the portal's old names, as `try` shows it
  std::optional<std::string> rejected;            // no lead may be made: what a person must mend
  std::vector<journal::NewDelivery> deliveries;   // in order; the lead's own first
  std::int64_t attach_to = 0;                     // an open lead that takes the enquiry; 0: a new lead
  std::optional<Card> card;                       // another card that takes it
  std::optional<journal::Assignment> assignment;  // by whoever counts them: how this decision is counted
  std::optional<journal::FollowUp> follow_up;     // it waits, or must be accepted in time
  json::Value circumstances;  // what an enquiry's decision went by, so that another configuration can be
                              // asked the same
};

// Who was away, loads as far as known, and what was known of the client.
json::Value circumstances_of(const people::Roster& roster, const Surroundings& surroundings,
                             const ClientFacts& client);
// The same read back, over the roster of another configuration: whoever is new there was at work, without
// load.
struct Recalled {
  people::PresenceOf presence;
  people::LoadOf load;
  people::GivenOf given;
  ClientFacts client;
};
std::optional<Recalled> recall(const json::Value& circumstances);

// A lead that goes to somebody else.
struct HandOver {
  std::int64_t lead_id = 0;
  std::int64_t holder = 0;            // portal user who has it now
  std::vector<std::string> declined;  // employees who did not accept it, the last one holds it
  std::string time;                   // within which it should have been accepted; empty: it waited
  bool to_head = false;               // to the head of the holder instead of the next in the group
  std::string stage;                  // of the lead, kept for the next follow-up
  std::string created_by;             // employee who made it by hand: it is given out for the first time
  bool expired = false;               // nobody has come in time: its holder is told, nothing else
};
// Who has it from now on, and the operations: the person, a comment why, the task, notifications to both. No
// deliveries when nobody else can be chosen now; the decision says why.
EnquiryPlan plan_hand_over(const config::Configuration& configuration, const config::Source& source,
                           const event::Event& event, const json::Value& scope, const ClientFacts& client,
                           const Surroundings& surroundings, const std::string& number,
                           const HandOver& hand_over);

// As it goes into the journal. `client`: what was known of the client, in words.
journal::Plan to_store(EnquiryPlan made, const std::string& config_hash, const std::string& client);

// `number` names the event in markers and tags: "e42". `event` is the whole conversation, `own` the event
// alone that brings it now.
EnquiryPlan plan_enquiry(const config::Configuration& configuration, const config::Source& source,
                         const event::Event& event, const event::Event& own, const json::Value& scope,
                         const ClientFacts& client, const Surroundings& surroundings,
                         const std::string& number);

// What a later event of a conversation (`own`), or one that names its card, adds to that card: a comment with
// what is new, and the fields of the mapping's `card:` that change. `event` and `whole` are the conversation
// with this event, `scope` the event alone, `before` the conversation without it (null: nothing was known).
// Nothing is given out, no stage is touched.
EnquiryPlan plan_update(const config::Configuration& configuration, const config::Source& source,
                        const event::Event& event, const event::Event& own, const json::Value& scope,
                        const json::Value& whole, const json::Value& before, const Card& card,
                        const ClientFacts& client, const Surroundings& surroundings,
                        const std::string& number);

// A call that belongs to no card that we know: the call alone, for the portal's telephony.
EnquiryPlan plan_call_alone(const config::Configuration& configuration, const config::Source& source,
                            const event::Event& whole, const event::Event& own, const json::Value& scope,
                            const ClientFacts& client, const Surroundings& surroundings,
                            const std::string& number);

// https://company.bitrix24.ru/crm/lead/details/123/, from the webhook's URL, without its secret.
std::string lead_url(const config::Configuration& configuration, std::string_view lead_id);

// By which a look-up finds our comment again.
std::string comment_marker(const std::string& number);

}  // namespace b24gate::delivery
