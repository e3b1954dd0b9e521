// What the plans of an enquiry, of a later event and of a hand-over share: the decision, the fields, and the
// operations. One for each plan; used on one thread. Private to the plans; see plan.hpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "delivery/plan.hpp"
#include "mapping/mapping.hpp"

namespace b24gate::delivery {

// The id of the event's own lead, in params.
json::Value lead_mark();

class Composer {
 public:
  Composer(const config::Configuration& configuration, const config::Source& source,
           const event::Event& event, const event::Event& own, const ClientFacts& client,
           const Surroundings& surroundings, const std::string& number);
  Composer(const Composer&) = delete;
  Composer& operator=(const Composer&) = delete;

 protected:
  ~Composer() = default;

  // By the rules; nobody who has `declined` is chosen.
  void decide(const std::vector<std::string>& declined = {});
  // Of the mapping and the rule: the lead, what templates see of it, and the notes.
  void make_fields();
  void tell_decision();
  void add_observers(json::Value& fields);
  void follow_up(const std::string& stage);
  // An update of the lead by these fields; nothing when there are none.
  void fill(json::Value fields);
  void comment(const mapping::Template& text);
  void comment(const mapping::Template& text, const std::string& type, json::Value id);
  void task();
  // `card`: that it belongs to; without one the event's own lead, if the plan has come to one.
  void call(const json::Value& scope, std::optional<Card> card, std::int64_t chosen);
  // The rule's own words when it has some, else the usual ones.
  void tell_assigned();
  void notify(std::int64_t user_id, const mapping::Template& text, std::string_view occasion);
  [[nodiscard]] std::string render(const mapping::Template& text) const;

  const config::Configuration& configuration_;
  const config::Source& source_;
  const event::Event& event_;  // the whole conversation
  const event::Event& own_;    // the event that it is planned for
  const ClientFacts& client_;
  const Surroundings& surroundings_;
  const mapping::Dictionaries& dictionaries_;
  const std::string& number_;
  json::Value scope_;
  mapping::Lead lead_;
  std::vector<std::string> notes_;
  std::string created_by_;
  EnquiryPlan out_;

 private:
  // `set:` of a rule speaks of event members by dotted names; templates see them from here on.
  void set_in_scope(const std::string& name, const json::Value& value);
  [[nodiscard]] std::optional<TimePoint> deadline_of(const distribution::TaskPlan& plan) const;
  [[nodiscard]] std::int64_t auditor_of(const distribution::TaskPlan& plan) const;
};

}  // namespace b24gate::delivery
