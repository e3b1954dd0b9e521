// Texts that portal users read: comments, notifications, tasks. Templates, so that an administrator can
// reword them in mappings/texts.yaml; what the file leaves out keeps the default.
#pragma once

#include "mapping/template.hpp"
#include "yaml/shape.hpp"

namespace b24gate::config {

struct Texts {
  mapping::Template new_lead_comment;       // in the timeline of a lead that we made
  mapping::Template new_lead_notification;  // to the person who got it
  mapping::Template update_comment;         // where a later event of a conversation belongs: a lead, a deal
  mapping::Template repeat_comment;         // in the timeline of an open lead, when its client writes again
  mapping::Template repeat_notification;    // to the person responsible for that lead

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
               "recording of a call, what became of a letter.");
    f.optional("repeat_comment", &config::Texts::repeat_comment,
               "Comment in the timeline of an open lead whose client writes again.");
    f.optional("repeat_notification", &config::Texts::repeat_notification,
               "Notification to the person responsible for that lead.");
  }
};

}  // namespace b24gate::yaml
