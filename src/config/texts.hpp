// Texts that portal users read: comments, notifications, tasks. Templates, so that an administrator can
// reword them in mappings/texts.yaml; what the file leaves out keeps the default.
#pragma once

#include "mapping/template.hpp"
#include "yaml/shape.hpp"

namespace b24gate::config {

struct Texts {
  mapping::Template new_lead_comment;         // in the timeline of a lead that we made
  mapping::Template new_lead_notification;    // to the person who got it
  mapping::Template update_comment;           // where a later event of a conversation belongs: a lead, a deal
  mapping::Template repeat_comment;           // in the timeline of an open lead, when its client writes again
  mapping::Template repeat_notification;      // to the person responsible for that lead
  mapping::Template handed_over_comment;      // in the timeline of a lead that is passed on
  mapping::Template taken_away_notification;  // to the person who had it
  mapping::Template manager_note;             // to the client's own manager, who is not at work
  mapping::Template call_back_title;          // of the task to call a client back
  mapping::Template call_back_description;
  mapping::Template still_waiting_notification;  // to the account manager: nobody has come in time
  mapping::Template order_notification;          // to whoever ordered a call by a click: it was not made
  mapping::Template field_cut;                   // a line of a comment: a value was too long
  mapping::Template field_refused;   // the portal did not take a value, the rest was written without it
  mapping::Template person_refused;  // the portal did not take somebody as responsible
  mapping::Template admin_method;    // to the administrator: the portal refuses a method
  mapping::Template admin_scope;     // the same, for want of a permission of the webhook
  mapping::Template admin_drift;     // the configuration names what the portal does not have
  mapping::Template admin_person;    // calls of an extension that belongs to nobody
  mapping::Template admin_failed;    // enquiries that are not in the CRM
  mapping::Template admin_resumed;   // the portal had refused everything and answers again

  static Texts defaults();
};

}  // namespace b24gate::config

namespace b24gate::yaml {

template <>
struct Shape<mapping::Template> {
  static void read(const Node& node, Context& context, mapping::Template& out);
  static json::Value schema(Schemas& schemas);
};

template <>
struct Shape<config::Texts> : ObjectShape<config::Texts> {
  template <class F>
  static void keys(F& f) {
    f.optional("new_lead_comment", &config::Texts::new_lead_comment,
               "Comment in the timeline of a new lead.");
    f.optional("new_lead_notification", &config::Texts::new_lead_notification,
               "Notification to the person who got a new lead.");
    f.optional("update_comment", &config::Texts::update_comment,
               "Comment in the timeline of the card that a later event belongs to: the rest of a chat, the "
               "recording of a call, what became of a letter. {{ added.phones }}, {{ added.emails }} and {{ "
               "added.messengers }} are what the card did not have.");
    f.optional("repeat_comment", &config::Texts::repeat_comment,
               "Comment in the timeline of an open lead whose client writes again; {{ added }} as above.");
    f.optional("repeat_notification", &config::Texts::repeat_notification,
               "Notification to the person responsible for that lead.");
    f.optional("handed_over_comment", &config::Texts::handed_over_comment,
               "Comment in the timeline of a lead that goes to somebody else ({{ hand_over.from }}, {{ "
               "hand_over.time }}, {{ hand_over.waited }}).");
    f.optional("taken_away_notification", &config::Texts::taken_away_notification,
               "Notification to the person who did not accept a lead in time.");
    f.optional(
        "manager_note", &config::Texts::manager_note,
        "Notification to a known client's own manager, who is not at work: somebody else has the lead.");
    f.optional("still_waiting_notification", &config::Texts::still_waiting_notification,
               "Notification to the account manager: nobody has come for a lead that waits.");
    f.optional("call_back_title", &config::Texts::call_back_title,
               "Title of the task to call a client back whose call was missed.");
    f.optional("call_back_description", &config::Texts::call_back_description, "What that task says.");
    f.optional("order_notification", &config::Texts::order_notification,
               "Notification for whoever ordered a call by a click, when it is not made: {{ order.why }}, {{ "
               "order.code }}.");
    f.optional("field_cut", &config::Texts::field_cut,
               "Line of a comment: a value is longer than the portal keeps ({{ field.name }}, {{ field.kept "
               "}}, {{ field.value }}; of a long text, {{ field.event }} instead of the value).");
    f.optional("field_refused", &config::Texts::field_refused,
               "Line of a comment: the portal did not take a value ({{ field.name }}, {{ field.value }}).");
    f.optional("person_refused", &config::Texts::person_refused,
               "Line of a comment: the portal did not take somebody as responsible ({{ field.value }}).");
    f.optional("admin_method", &config::Texts::admin_method,
               "To the administrator: the portal refuses a method ({{ notice.topic }}, {{ notice.code }}).");
    f.optional("admin_scope", &config::Texts::admin_scope,
               "To the administrator: the webhook lacks the permission for a method ({{ notice.topic }}).");
    f.optional("admin_drift", &config::Texts::admin_drift,
               "To the administrator: the configuration names what the portal does not have ({{ notice.lines "
               "}}).");
    f.optional("admin_person", &config::Texts::admin_person,
               "To the administrator: calls of extensions that employees.yaml does not know ({{ notice.lines "
               "}}).");
    f.optional("admin_failed", &config::Texts::admin_failed,
               "To the administrator: enquiries that are not in the CRM ({{ notice.times }}, {{ notice.lines "
               "}}).");
    f.optional("admin_resumed", &config::Texts::admin_resumed,
               "To the administrator: the portal had refused everything and answers again ({{ notice.since "
               "}}, {{ notice.code }}).");
  }
};

}  // namespace b24gate::yaml
