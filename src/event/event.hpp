// An event: what an enquiry means, whoever sent it. The shape of PRODUCT's `events[]`, field by field.
//
// Plain values. Absent is absent: an empty string or vector says "not known" and is left out of the JSON.
// Nothing here knows connectors, people or the portal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "json/value.hpp"

namespace b24gate::event {

enum class Kind {
  form,
  quiz,
  order,
  chat,
  message,
  call,
  call_recording,
  robot_call,
  email_status,
  lookup,
  probe,
  other
};

std::string_view name(Kind kind);
std::optional<Kind> parse_kind(std::string_view text);
// Every name, for schemas and for "did you mean".
const std::vector<std::string>& kind_names();

// What an event wants of the CRM. The connector says it, a mapping may change it.
enum class Action {
  create,  // a lead, or the client's open one; `create_lead_when` of the mapping has the last word
  update,  // a change of the card that its conversation or its reference names; never makes a lead. One that
           // comes before its conversation has a card waits for it
  attach,  // a line on what the client already has; nothing for a client who has nothing
  ignore,  // kept in the journal only
};

std::string_view name(Action action);
std::optional<Action> parse_action(std::string_view text);
const std::vector<std::string>& action_names();

struct Messenger {
  std::string type;  // telegram, whatsapp, viber, max, vk
  std::string id;
};

struct Contact {
  std::string name;         // as one text
  std::string first_name;   // the parts of a Russian full name, where they can be told apart
  std::string second_name;  // отчество
  std::string last_name;
  std::vector<std::string> phones;  // as they came before normalization, E.164 after it
  std::vector<std::string>
      extensions;  // "+74957907591 доб. 12": texts of phones whose extension was kept apart
  std::vector<std::string> emails;
  std::vector<Messenger> messengers;
  std::string company;
  std::string position;
};

struct Form {
  std::string id;
  std::string name;
};

struct Page {
  std::string url;
  std::string title;
  std::string referrer;
};

struct Utm {
  std::string source, medium, campaign, content, term;
  [[nodiscard]] bool empty() const {
    return source.empty() && medium.empty() && campaign.empty() && content.empty() && term.empty();
  }
};

struct Geo {
  std::string country;  // ISO 3166-1 alpha-2
  std::string region;
  std::string city;
  std::string from;  // payload, phone or ip
};

struct Recording {
  std::string id;
  std::string url;
};

struct Call {
  std::string id;
  // Portal user who ordered the call by a click; `id` is the portal's own then, which has registered it
  // itself.
  std::string ordered_by;
  std::vector<std::string> joined;  // ids of other legs that are the same conversation: a transfer
  std::string direction;            // in, out, internal
  std::string client;
  std::string line;
  std::string extension;
  std::string employee;
  std::optional<TimePoint> started_at;
  std::optional<int> wait_s;
  std::optional<int> talk_s;
  std::string outcome;  // answered, missed, busy, rejected, no_answer, unavailable, blocked, unknown
  std::string state;    // of a live call: ringing, talking, on_hold, ended; empty in a final record
  bool final = false;   // the vendor's last word on the call (a recording may still come)
  std::optional<Recording> recording;
};

struct ChatMessage {
  std::string from;  // visitor, agent
  std::optional<TimePoint> at;
  std::string text;
};

struct Chat {
  std::string id;
  std::string agent;
  std::vector<ChatMessage> messages;
};

struct OrderItem {
  std::string name;
  std::string quantity;  // decimal text: money and amounts are never floating point
  std::string price;
};

struct Order {
  std::string id;
  std::string total;
  std::string currency;
  bool paid = false;
  bool canceled = false;
  std::vector<OrderItem> items;
};

// A call of a robot: what its scenario came to. The call itself is `call`.
struct Robot {
  std::string result;  // completed, interrupted, no_answer, busy, voicemail, do_not_call, refused,
                       // transferred, invalid_number, failed, pending
  std::optional<int> attempt;
  bool stop = false;  // the client does not want to be called
};

struct EmailStatus {
  std::string id;
  std::string status;  // sent, delivered, opened, clicked, attachment_opened, replied, bounced, unsubscribed,
                       // not_opened
  std::string template_name;
  std::string to;
};

struct Event {
  std::string key;  // unique per source: the same key again is the same thing delivered again
  Kind kind = Kind::other;
  std::optional<TimePoint> occurred_at;
  Action action = Action::create;
  bool creates_lead = false;  // by itself: `create`, and create_lead_when is met
  std::string note;           // why the action is not `create`, for people
  std::string thread;  // of which conversation it is a part, when the vendor's id alone does not say it
  Contact contact;
  std::string subject;
  std::string text;
  Form form;
  Page page;
  Utm utm;
  Geo geo;
  std::string channel;       // how it came, when the kind does not say it: site, quiz, chat, phone, mail
  std::string company;       // the target company of the group, usually by `set:` of the source
  std::string enquiry_type;  // order, hr, management, ...; usually by `set:` of a rule
  json::Object fields;       // answers that have no place above, in their order
  std::optional<Call> call;
  std::optional<Chat> chat;
  std::optional<Order> order;
  std::optional<EmailStatus> email;
  std::optional<Robot> robot;
  std::string reference;   // a CRM card the event belongs to: lead:123, deal:5
  std::string created_by;  // number of the portal user who made that card by hand, and now it is given out
  std::string client_ip;   // the visitor's, when the payload says it; only for geo
  // Of a key that carries the day: those that the same thing has on the days beside it. What came under one
  // of them, not more than a day before or after, is this. Not a member of the JSON.
  std::vector<std::string> near_keys = {};
};

// The conversations that an event is a part of: `thread`, else by the vendor's ids ("call/…", "chat/…",
// "order/…", "email/…"). Events of one source that share one are one history and one object in the CRM.
std::vector<std::string> conversations_of(const Event& event);

// The JSON of PRODUCT §6. Times are written in `zone`.
json::Value to_json(const Event& event, const TimeZone& zone);
// Reads back what to_json wrote (and what an administrator writes under `event:` of a test, where names may
// be dotted: "form.name"). Unknown members go into `unknown`, for a message.
Event from_json(const json::Value& value, const TimeZone& zone, std::vector<std::string>* unknown = nullptr);

// Sets one member by its dotted name ("contact.phones", "fields.direction", "utm.source"): a text, or an
// array of texts for lists. False when events have no such member.
bool set_member(Event& event, std::string_view path, const json::Value& value);
// Every name that set_member knows, without the open-ended `fields.*`.
const std::vector<std::string>& member_names();

}  // namespace b24gate::event
