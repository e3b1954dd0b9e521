// Distribution: who is responsible for an enquiry, and why. Read from mappings/distribution.yaml.
//
// Pure logic: time, presence, load and turns are handed in; nothing here reads a clock or a disk. The rules
// are a tree, the first match wins depth-first, children inherit what their parents state and override it
// line by line. Rules is immutable and thread-safe; Turns is a value that the caller keeps (and stores with
// the decision).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "json/value.hpp"
#include "mapping/mapping.hpp"
#include "people/people.hpp"
#include "yaml/shape.hpp"

namespace b24gate::distribution {

// What is known of the client before the decision.
struct Client {
  bool known = false;                // a contact, company, lead or deal of theirs is in the portal
  std::int64_t manager_user_id = 0;  // responsible for them now; 0: nobody known
  std::int64_t open_lead = 0;        // 0: none
};

struct Facts {
  json::Value scope;  // mapping::scope_of(...): conditions and templates walk over it
  Client client;
  std::string created_by;  // employee who made the lead in the portal by hand; empty: it came from a service
  // Employees who had this enquiry and did not accept it in time: no group and no known client gives it to
  // them again.
  std::vector<std::string> declined;
  TimePoint at;
  // The dictionaries as they are now, those read from the portal included; null: as they were when the rules
  // were read.
  const mapping::Dictionaries* dictionaries = nullptr;
};

// Of each group, who had the last turn; and the running counters of weighted groups ("group/employee" ->
// deficit). Text that means nothing (an employee who left, no number) counts as absent.
using Turns = std::map<std::string, std::string>;

// The world at the moment of a decision, as far as it matters.
struct Circumstances {
  people::PresenceOf presence;  // empty: everybody is at work
  people::LoadOf load;          // empty: no load is known
  people::GivenOf given;        // empty: not known, and max_per_day and max_per_hour hold nobody back
  Turns turns;
};

struct Candidate {
  std::string employee;
  std::string skipped;  // why not, a sentence
  // The same for reports that count, one of few words: absent, max_open, max_per_day, max_per_hour, declined,
  // turn, load, list, unknown.
  std::string cause;
};

// A task that goes with the assignment.
struct TaskPlan {
  mapping::Template title;
  mapping::Template description;
  std::string deadline;  // as written: "4 working hours", "2h", "1 working day"
  // A working day is as long as a day of the assigned person's schedule, so that one working day from 10:00
  // is 10:00 of the next one; 24 h for somebody without a schedule.
  Milliseconds amount{0};
  bool working = false;  // amount is in the assigned person's working time
  std::string auditor;   // "head", an employee's name, or empty
};

// A voice robot that calls the client of a new lead.
struct RobotPlan {
  std::string source;  // whose service has the robot
  std::string agent;
  std::vector<std::pair<std::string, mapping::Template>> data;  // what the robot is told of the client
};

// A rule that did not fit, and the condition that failed.
struct Unmatched {
  std::string rule;  // path
  std::string at;    // mappings/distribution.yaml:14
  std::string why;
  std::string why_russian;
};

// `accept_within` of a rule: what becomes of a lead that is still in its first stage by then.
struct Acceptance {
  enum class Then { next, head };
  std::string time;        // as written: "30 working minutes"
  Milliseconds amount{0};  // as in TaskPlan
  bool working = false;
  Then then = Then::next;  // to the next of `group`, or to the head of the assigned person's department
  std::string group;       // empty with `head`
};

struct Decision {
  std::string
      employee;  // always somebody: the account manager when nothing else fits; empty only with `keep`
  std::int64_t user_id = 0;
  std::string group;  // the employee was chosen from it
  std::string rule;  // path of names: "газопоршневые установки / Сибирь"; empty: no rule matched
  std::string at;        // mappings/distribution.yaml:14
  std::string reason;    // one English sentence for logs and the command line
  std::string sentence;  // one Russian sentence for the timeline
  std::vector<Candidate> considered;
  bool keep = false;      // whoever created the lead stays responsible
  bool manager = false;   // of the known client: nobody's turn was used
  bool fallback = false;  // no rule gave anybody: assigned to the account manager, who is notified
  // nobody_present: wait. The account manager has the lead until somebody of this group can be chosen: decide
  // again then, the oldest enquiry first. There is no task before. Past `waits_until` (nullopt: no limit) the
  // account manager is to assign somebody by hand.
  std::string waits_for;
  std::optional<TimePoint> waits_until;
  std::optional<Acceptance> acceptance;  // of somebody who was chosen or named by a rule
  std::vector<std::string> observers;    // of the lead: "head" (of the assigned person) or employees' names
  // Portal user: the client's own manager, who is not at work and is told who has the enquiry instead; 0:
  // nobody.
  std::int64_t tell_manager = 0;
  // Why each rule did not fit, when none did; the first thirty. Templates have them as lines of
  // `decision.unmatched_lines`.
  std::vector<Unmatched> unmatched;
  json::Object set;                                               // `set:` of the rule and its parents
  std::vector<std::pair<std::string, mapping::FieldValue>> lead;  // `lead:` of the rule and its parents
  std::optional<TaskPlan> task;
  std::optional<RobotPlan> robot;           // whoever is at work, and also while the lead waits for somebody
  std::optional<mapping::Template> notify;  // to the assigned person
  Turns turns;                              // what changes in the turns if this decision is carried out
};

json::Value to_json(const Decision& decision);  // PRODUCT's `assignment`

// When the task is due: `from` plus its amount, in the working time of that employee's schedule when it says
// so. Without a schedule, or when the schedule has no working time within a year, working time is clock time.
TimePoint deadline_of(const TaskPlan& task, const people::Roster& roster, std::string_view employee,
                      TimePoint from);
// In the same way, until when the employee may accept.
TimePoint deadline_of(const Acceptance& acceptance, const people::Roster& roster, std::string_view employee,
                      TimePoint from);

// What `tests:` writes down: enquiries one after the other, in a world that remembers whom they went to.
struct DistributionTest {
  struct Step {
    yaml::Place place;
    json::Value event;       // an event's JSON, names may be dotted
    Milliseconds after{0};   // the step before
    int repeat = 1;          // the same enquiry so many times,
    Milliseconds every{0};   // so long after each other
    std::string present;     // all, none, or names; empty: by the schedules
    std::string known;       // open-lead, client, nobody
    std::string manager;     // of the client; empty: nobody
    std::string created_by;  // employee who made the lead by hand; empty: it came from a service
    json::Value expect;      // of each of them: assign, rule, group, lead.*, set.*, …
  };
  struct Given {
    int hour = 0;  // in the 60 minutes before the beginning
    int day = 0;   // on that day, the hour included
  };
  yaml::Place place;
  std::string name;
  std::optional<TimePoint> at;  // nullopt: now
  std::map<std::string, int> load;
  std::map<std::string, Given> given;
  std::vector<Step> steps;
  json::Value expect;  // of every enquiry of every step
  // Of all enquiries together, by employee; whoever is not named gets none. Empty: not asked.
  std::map<std::string, int> counts;
  std::map<std::string, int> shares;
};

class Rules {
 public:
  // Mistakes: unknown key, operator or event member (with the nearest), unknown employee, group, schedule or
  // dictionary, a pattern RE2 refuses, a rule that nothing can reach (behind one without conditions, or
  // behind one whose conditions are the same or wider), a rule that assigns nobody and has no children that
  // do.
  static Rules read(const yaml::Node& root, const people::Roster& roster,
                    const mapping::Dictionaries& dictionaries, yaml::Context& context);
  static json::Value schema(yaml::Schemas& schemas);

  // Never fails and never blocks by itself. Time is linear in the rules and in the event's text.
  [[nodiscard]] Decision decide(const Facts& facts, const people::Roster& roster,
                                const Circumstances& circumstances) const;
  [[nodiscard]] const std::vector<DistributionTest>& tests() const;
  // The rules that may give an answer, by path: not those that only hold others together, or whose children
  // leave nothing to them.
  [[nodiscard]] std::vector<std::pair<std::string, yaml::Place>> answering() const;
  // Employees whom `created_by` of some rule names: the leads that they make by hand are given out.
  [[nodiscard]] std::vector<std::string> creators() const;
  // Sources that `robot:` of some rule names, where it does.
  [[nodiscard]] std::vector<yaml::Placed<std::string>> robots() const;
  // CRM fields that rules write, with their places.
  [[nodiscard]] std::vector<std::pair<std::string, yaml::Place>> crm_fields() const;
  // Those of them that always get the same text.
  [[nodiscard]] std::vector<mapping::ConstantField> constants() const;

  struct Compiled;  // distribution/rule.hpp

 private:
  std::shared_ptr<const Compiled> compiled_;  // null: no rules
};

}  // namespace b24gate::distribution
