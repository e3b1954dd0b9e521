// What the journal holds: requests, events and deliveries, kept apart everywhere.
//
//   request   raw bytes as they came, and what was answered
//   event     what it means; one request may hold several
//   delivery  one operation that an event causes in the CRM; its attempts hang on it
//
// These functions are the only place that knows the tables. Each runs inside a job (Tx) or on a Reader; each
// fails with ErrorKind::disk when SQLite does, and is then rolled back with its job.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "journal/follow_up.hpp"
#include "journal/journal.hpp"
#include "journal/staff.hpp"

namespace b24gate::journal {

// An event's way: received -> delivering -> delivered, with waiting (will be tried again at next_at) and
// failed (needs a person) in between; ignored and discarded are ends as well.
enum class EventState { received, delivering, waiting, delivered, failed, discarded, ignored };
std::string_view name(EventState state);
std::optional<EventState> parse_event_state(std::string_view text);
const std::vector<std::string>& event_state_names();

// A delivery's way: planned -> sent (committed before the first byte leaves) -> confirmed. An answer that
// does not tell makes it unclear, as does a restart; a refusal that passes by itself makes it waiting; one
// that a person must mend makes it failed.
enum class DeliveryState { planned, sent, unclear, confirmed, waiting, failed, discarded };
std::string_view name(DeliveryState state);

// A way to reach a client by which enquiries of one person are kept together: ("phone", "+7903…"), ("email",
// "a@b.ru").
struct Identity {
  std::string kind;
  std::string value;
};

// A telephone call, as far as it can be recognised when another service tells of it too.
struct CallSight {
  std::string client;  // E.164
  std::string direction;
  std::string line;  // under one name whoever tells of it; empty: any
  TimePoint at;
  Milliseconds within{0};  // of each other's beginning; 0: it is never joined
};

struct NewEvent {
  std::string key;
  // An event that was received under one of these not more than a day before or after is the same as well.
  std::vector<std::string> near_keys;
  std::string kind;
  std::optional<TimePoint> occurred_at;  // of a call: when it began
  bool deliver = true;                   // false: stored as ignored, with `reason`, and no outbox row
  // A state of a live call: goes before everything else, waits for nobody but older ones of its own call, and
  // nobody waits for it.
  bool urgent = false;
  std::string reason;
  std::string data;  // the event's JSON
  std::vector<Identity> identities;
  std::optional<CallSight> call;
};

struct NewRequest {
  // How long after an event of a call whatever waits for the call to go on is looked at.
  Milliseconds call_quiet{0};
  std::string source;
  std::string connector;
  TimePoint received_at;
  std::string client_ip;
  std::string method;
  std::string target;   // secret taken out
  std::string headers;  // JSON array of [name, value], secrets taken out
  std::string body;     // secrets taken out
  int status = 200;
  std::string outcome;  // accepted, probe, ignored, refused, unreadable
  std::string reason;
  std::string origin = "webhook";  // pull: found by asking the service; capture: kept unread
  std::vector<NewEvent> events;
};

struct Recorded {
  std::int64_t request_id = 0;
  std::string outcome;                  // as given, or duplicate when every event was there already
  std::vector<std::int64_t> event_ids;  // of the new ones
  std::vector<std::int64_t> known_ids;  // of those that were there already
  std::vector<std::int64_t> in_order;   // of all, as they stand in the request
};

// What is answered, once it is known what the request has brought (the answer holds the id). On the writer,
// inside the transaction; its failure is the job's.
using MakeAnswer = std::function<Result<std::string>(const Recorded&)>;

// The duplicate check, the request, its events, their identities and their first outbox row (seq 0,
// "enquiry"), all in the job's transaction. An event is a duplicate when its source has one of the same key,
// or a near one.
// A new one gets seq 0.
Result<Recorded> record(Tx& tx, const NewRequest& request, const MakeAnswer& make_answer = {});
// Whether the request has events, and every one of them is there already.
Result<bool> all_known(Tx& tx, const NewRequest& request);

struct RequestRow {
  std::int64_t id = 0;
  std::string source, connector;
  TimePoint received_at;
  std::string client_ip, method, target, headers, body;
  int status = 0;
  std::string outcome, reason, answer;
  std::string origin;  // webhook, pull, capture
};

struct EventRow {
  std::int64_t id = 0;
  std::int64_t request_id = 0;
  std::string source, connector;
  TimePoint received_at;  // of its request
  std::string key, kind;
  EventState state = EventState::received;
  std::string reason;
  std::optional<TimePoint> next_at;
  std::string data;          // the event's JSON
  std::string decision;      // JSON of the assignment with its reasons; empty before it
  std::string lead_fields;   // JSON of the lead's fields as planned
  std::string config_hash;   // of the configuration that decided
  std::int64_t lead_id = 0;  // 0: none
  std::string card;          // where it landed when that is no lead: deal:5, contact:7
  std::string assigned;      // employee
  int attempts = 0;          // failures in a row, for the retry schedule
  std::string origin;        // of its request
  int round = 1;             // more than 1: a person wanted it made again
  bool urgent = false;       // a state of a live call
};

struct DeliveryRow {
  std::int64_t id = 0;
  std::int64_t event_id = 0;
  int seq = 0;
  std::string name;    // enquiry, lead, comment, notify, task, ...
  std::string method;  // REST method
  std::string params;  // JSON; "{{lead_id}}" inside is replaced by the id of the event's lead when it is sent
  std::string key;     // by which the portal's object can be recognised; empty where it can't
  DeliveryState state = DeliveryState::planned;
  std::string reason;
  std::optional<TimePoint> sent_at;
  std::string result;  // JSON of what the portal answered, shortened
  int attempts = 0;
};

struct AttemptRow {
  std::int64_t id = 0;
  std::int64_t delivery_id = 0;
  TimePoint at;
  std::int64_t duration_ms = 0;
  std::string outcome;  // the error class in lower case: success, throttle, retry_safe, ambiguous, auth,
                        // permanent, gone
  int http_status = 0;
  std::string code;    // the portal's error code
  std::string answer;  // the portal's words, shortened
};

struct NewDelivery {
  std::string name, method, params, key;
  std::string result = {};  // not empty: the portal has done it by itself, and this is what it told of it
};

struct Plan {
  std::string decision, lead_fields, config_hash, assigned, reason;
  std::int64_t lead_id = 0;                                // already known: an open lead to attach to
  std::string card;                                        // another card it is written to: deal:5
  std::vector<NewDelivery> deliveries;                     // seq 1.. in this order
  std::vector<std::pair<std::string, std::string>> turns;  // group -> employee who had the turn
  std::optional<FollowUp> follow_up;                       // event_id is filled in
  std::optional<Assignment> assignment;                    // of an enquiry: the decision, to be counted
};

// The kind of identity by which the events of one conversation are kept together; its value is
// "<source>/<conversation>". Also of conversations that another event ties to it (a transferred call).
inline constexpr std::string_view conversation_kind = "conversation";

struct Conversation {
  std::int64_t lead_id = 0;         // where its newest event landed; 0: nowhere yet
  std::string card;                 // the same when that is no lead
  std::vector<std::string> data;    // the other events' JSON, oldest first; of a very long one the newest
  std::optional<TimePoint> newest;  // when the last of those came in
  bool unsettled = false;           // one of them is still on its way to a card
  // What of it was planned for the portal's telephony, by whichever of those events: `register` and `finish`
  // of the call, `show`, `hide`. Discarded ones are left out.
  std::vector<DeliveryRow> telephony;
};
Result<Conversation> conversation_of(Reader& reader, std::int64_t event_id);

// The names of deliveries that make a call in the portal. One event of a conversation has the first two: the
// one whose plan was stored first. plan() leaves them out of every other.
inline constexpr std::string_view register_name = "register";
inline constexpr std::string_view finish_name = "finish";
// A recording that hangs on a call; carried out by whoever fetches recordings.
inline constexpr std::string_view record_name = "record";
// A call that the PBX is asked to make; carried out by whoever orders calls, once.
inline constexpr std::string_view order_name = "order";
// Not of a call in the portal, but left to a thread of its own just so: a robot that is told to call.
inline constexpr std::string_view robot_name = "robot";
// The task to call a client back whose call was missed.
inline constexpr std::string_view call_back_name = "call_back";

// Why an event has nothing to do but wait for its call, its record, its order or its robot.
struct Parking {
  std::string reason;
  TimePoint now, until;
  // What was seen when that was decided: how many other events of the conversation, and which deliveries were
  // still in other hands (`record`, `order`, `robot`).
  std::size_t known = 0;
  std::vector<std::int64_t> awaited;
};
// The event waits, at most until `until`; nobody waits for it. When the conversation has more events by now,
// or an awaited delivery has ended, it is due at once. Whatever comes in later makes it due `quiet` after
// that; whoever ends an awaited delivery says look_again().
Done park_call(Tx& tx, std::int64_t event_id, const Parking& parking);
// An event that waits for its call is due now.
Done look_again(Tx& tx, std::int64_t event_id);
// Records that are still to be attached, oldest first, of unfinished events.
Result<std::vector<DeliveryRow>> open_records(Reader& reader);
// Calls that nobody has ordered at the PBX yet, oldest first, of events that wait for nothing else.
Result<std::vector<DeliveryRow>> open_orders(Reader& reader);
// Robots that are still to be told to call, oldest first, of events that have their lead and wait for nothing
// else, or have failed in something else. `sent`: its end could not be written down.
Result<std::vector<DeliveryRow>> open_robots(Reader& reader);
// From now on the event is a part of that conversation ("<source>/call/<id>") as well.
Done tie(Tx& tx, std::int64_t event_id, std::string_view conversation);
// One delivery of a plan that makes no sense any more.
Done give_up(Tx& tx, std::int64_t delivery_id, std::string_view why);
// A delivery more, behind those that the event has.
Done add_delivery(Tx& tx, std::int64_t event_id, const NewDelivery& delivery);

// What is known of a client's calls when one was missed.
struct CallBack {
  std::int64_t event_id = 0;  // whose task it is
  std::int64_t task_id = 0;
  TimePoint missed_at;
};
struct ClientCalls {
  std::string last_talked;               // employee of the newest call that was answered
  std::optional<TimePoint> answered_at;  // when that began
  std::vector<CallBack> open;            // tasks to call back that nothing has closed yet
};
// Of the client with these phones, the event itself left out. The newest 200 events of each phone are looked
// at.
Result<ClientCalls> calls_of(Reader& reader, const std::vector<Identity>& identities, std::int64_t event_id);

// The event waits for its conversation to get a card, until `until`; others do not wait for it. When the card
// is there already it is due at once.
Done park(Tx& tx, std::int64_t event_id, std::string_view reason, TimePoint now, TimePoint until);

// What is known of a client by phone, for questions that cannot wait for the portal. A phone may stand on
// several cards; each is kept, and the best one answers.
struct ClientRow {
  std::string name, company;
  std::string card;          // lead:12, contact:5
  std::int64_t user_id = 0;  // who is responsible
  TimePoint seen_at;         // when the portal, or we, last said so
  bool closed = false;       // a lead that nobody works on any more
};
// The phone belongs to the card, as far as we know. Of one card an older sight never replaces a newer one;
// what the newer one does not say stays.
Done remember_client(Tx& tx, const std::string& phone, const ClientRow& client);
// The card as the portal has it, with all its phones: those that it had and has no more are forgotten, but
// for those that only remember_client() put there.
Done remember_card(Tx& tx, const ClientRow& card, const std::vector<std::string>& phones);
// A contact before a company, a deal, an open lead, a closed lead; of equals the one with the highest number.
// What the best card does not say is taken from the next.
Result<std::optional<ClientRow>> client(Session& session, const std::string& phone);
// Marks of the readers of the portal and of services: where to go on from.
Done set_mark(Tx& tx, std::string_view name, std::string_view value);
Result<std::string> mark(Session& session, std::string_view name);

// Confirms seq 0, replaces what was planned before and not yet sent, stores the decision and the assignment,
// advances the turns; the event is `delivering` now.
Done plan(Tx& tx, std::int64_t event_id, const Plan& plan);

// Refused when one of them was discarded or is done: then none may be sent.
Done mark_sent(Tx& tx, const std::vector<std::int64_t>& delivery_ids, TimePoint at);
struct AttemptResult {
  std::int64_t delivery_id = 0;
  DeliveryState state = DeliveryState::confirmed;
  std::string reason;
  std::string result;
  AttemptRow attempt;
};
Done record_attempt(Tx& tx, const AttemptResult& result);
// Other parameters for a delivery that is not under way and not done; nothing happens to any other.
Done amend(Tx& tx, std::int64_t delivery_id, std::string_view params);
// Wakes what is parked for its conversation, as plan() does when it knows the card.
Done set_lead(Tx& tx, std::int64_t event_id, std::int64_t lead_id);
// Sets state, reason and next_at; `attempts` counts failures in a row and is cleared by delivered.
Done set_event_state(Tx& tx, std::int64_t event_id, EventState state, std::string_view reason,
                     std::optional<TimePoint> next_at, int attempts);

// At start, before anything is sent: every `sent` becomes `unclear`, and that attempt is written down.
// Returns how many. What is unclear settles from now on; what waits is due now.
Result<std::int64_t> recover(Tx& tx, TimePoint now);
// The wall clock was set by so much (back: negative) and is `now` since then: what waits and what settles
// goes on for as long as it would have.
Done clock_moved(Tx& tx, Milliseconds by, TimePoint now);

// Unfinished events (received, delivering, waiting) that are due, oldest first, leaving out those of whose
// client an older event is unfinished (failed ones do not hold others up). Cost grows with what is due, not
// with the journal.
Result<std::vector<EventRow>> due(Reader& reader, TimePoint now, std::size_t limit);
// Those of live calls alone, which due() gives first.
Result<std::vector<EventRow>> due_urgent(Reader& reader, TimePoint now, std::size_t limit);
// Of those that came in at `since` or later and nobody has worked on yet, newest first. For what must not
// wait behind a backlog; none of a live call.
Result<std::vector<EventRow>> due_fresh(Reader& reader, TimePoint now, TimePoint since, std::size_t limit);
// When the request of the oldest event that is due came in.
Result<std::optional<TimePoint>> oldest_due(Reader& reader, TimePoint now);
// When the next unfinished event becomes due, if any.
Result<std::optional<TimePoint>> next_due(Reader& reader);
Result<std::vector<DeliveryRow>> deliveries_of(Reader& reader, std::int64_t event_id);
Result<std::vector<AttemptRow>> attempts_of(Reader& reader, std::int64_t delivery_id);
Result<std::map<std::string, std::string>> turns(Reader& reader);
// The newest lead that an earlier event of one of these identities made or was attached to; 0 when there is
// none. The CRM's own search lags, this does not.
Result<std::int64_t> known_lead(Reader& reader, const std::vector<Identity>& identities,
                                std::int64_t before_event);
Result<std::vector<Identity>> identities_of(Reader& reader, std::int64_t event_id);

struct EventFilter {
  std::optional<EventState> state;
  std::string source;
  std::optional<TimePoint> since;
  std::optional<Identity> identity;
  std::int64_t lead_id = 0;
  std::string origin;  // empty: any
};
Result<std::vector<EventRow>> find_events(Reader& reader, const EventFilter& filter);
// Whether a request of that source is kept; looks through all of them for one that is not.
Result<bool> knows_source(Reader& reader, const std::string& source);
Result<std::optional<EventRow>> event(Reader& reader, std::int64_t id);
Result<std::optional<RequestRow>> request(Reader& reader, std::int64_t id);

struct RequestFilter {
  std::string outcome = {};  // empty: any
  std::string source = {};   // empty: any
  std::optional<TimePoint> since = {};
  std::optional<std::size_t> limit = {};  // only the newest so many
};
// Oldest first, without headers and bodies.
Result<std::vector<RequestRow>> find_requests(Reader& reader, const RequestFilter& filter);
Result<std::vector<EventRow>> events_of_request(Reader& reader, std::int64_t request_id);

// An administrator's wish. retry: failed or waiting becomes due now; while nothing of it is or may be in the
// portal it is planned anew (the mapping may have been mended; not the passing on of a lead, whose decision
// stands), else its failed deliveries are planned again
// (unclear ones stay unclear: they are looked for first). discard: nothing more is sent for it, whatever a
// worker that has it in hand asks for afterwards. Both refuse finished events (ErrorKind::refused, the text
// says the state).
Done retry(Tx& tx, std::int64_t event_id, TimePoint now);
// A stored request is read again with the present configuration: its new events are added to it, and what
// stood for it unread (a captured request) is ignored from now on.
Result<Recorded> reread(Tx& tx, std::int64_t request_id, const NewRequest& request);
Done discard(Tx& tx, std::int64_t event_id, std::string_view why, TimePoint now);
// A delivered or discarded event is made a second time: its round counts up, which gives what it makes keys
// of their own, and it is planned anew. What it made before stays in the portal, and its attempts here.
// ErrorKind::refused in any other state.
Done make_again(Tx& tx, std::int64_t event_id, TimePoint now);

// The portal is back: everything that waits becomes due now.
Done wake(Tx& tx, TimePoint now);
// The plan of an event that has no lead is given up (its open deliveries are discarded, their attempts stay)
// and its enquiry is planned again: the next round begins with recognition.
Done replan(Tx& tx, std::int64_t event_id);

struct QueueStats {
  std::map<std::string, std::int64_t> by_state;  // unfinished and failed events
  std::optional<TimePoint> oldest_unfinished;    // received_at
};
Result<QueueStats> queue_stats(Reader& reader);

// Removes what `keep:` no longer keeps: raw requests (body and headers) and finished events older than these.
// Works in small steps; returns how many rows were changed, 0 when there is nothing left to do.
Result<std::int64_t> prune(Tx& tx, std::optional<TimePoint> raw_before,
                           std::optional<TimePoint> events_before, std::size_t step);
// One small step of making the file smaller by the pages that prune has emptied; some stay, to be written
// again. Returns how many pages went, 0 when there is nothing left to do, or the file is of a program that
// could not do this.
Result<std::int64_t> give_back(Tx& tx);

}  // namespace b24gate::journal
