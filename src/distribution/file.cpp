#include "distribution/file.hpp"

#include <array>

#include "base/utf8.hpp"
#include "distribution/subjects.hpp"
#include "event/event.hpp"

namespace b24gate::yaml {

using json::Value;
namespace d = distribution;

template <>
struct Words<d::NobodyPresent> {
  static constexpr std::array<std::pair<std::string_view, d::NobodyPresent>, 3> all{
      {{"fallback", d::NobodyPresent::fallback},
       {"next_rule", d::NobodyPresent::next_rule},
       {"wait", d::NobodyPresent::wait}}};
};

template <>
struct Words<d::KnownClient> {
  static constexpr std::array<std::pair<std::string_view, d::KnownClient>, 2> all{
      {{"keep_manager", d::KnownClient::keep_manager}, {"rules", d::KnownClient::rules}}};
};

template <>
struct Words<d::Acceptance::Then> {
  static constexpr std::array<std::pair<std::string_view, d::Acceptance::Then>, 2> all{
      {{"next", d::Acceptance::Then::next}, {"head", d::Acceptance::Then::head}}};
};

template <>
struct Words<d::Known> {
  static constexpr std::array<std::pair<std::string_view, d::Known>, 3> all{
      {{"open-lead", d::Known::open_lead}, {"client", d::Known::client}, {"nobody", d::Known::nobody}}};
};

template <>
struct Shape<d::ConditionPart> {
  static void read(const Node& node, Context&, d::ConditionPart& out) { out.node = node; }
  static Value schema(Schemas& schemas) { return d::condition_schema(schemas); }
};

template <>
struct Shape<d::AssignPart> {
  static void read(const Node& node, Context&, d::AssignPart& out) { out.node = node; }
  static Value schema(Schemas&) {
    const Value keep =
        Value::object({{"type", "object"},
                       {"properties", Value::object({{"keep", Value::object({{"const", true}})}})},
                       {"required", Value::array({"keep"})},
                       {"additionalProperties", false}});
    return Value::object({{"anyOf", Value::array({Value::object({{"type", "string"}}), keep})}});
  }
};

template <>
struct Shape<d::SetPart> {
  static void read(const Node& node, Context&, d::SetPart& out) { out.node = node; }
  static Value schema(Schemas&) {
    Value properties;
    for (const auto& name : event::member_names()) properties[name] = Value(json::Object());
    return Value::object({{"type", "object"}, {"properties", properties}});
  }
};

template <>
struct Shape<d::LeadPart> {
  static void read(const Node& node, Context&, d::LeadPart& out) { out.node = node; }
  static Value schema(Schemas& schemas) {
    return Value::object(
        {{"type", "object"}, {"additionalProperties", mapping::FieldValue::schema(schemas)}});
  }
};

template <>
struct Shape<d::MapPart> {
  static void read(const Node& node, Context& context, d::MapPart& out) {
    if (!node.is_map()) return wrong_kind(node, context, "a map of names and values");
    out.node = node;
    yaml::read(node, context, out.value);
  }
  static Value schema(Schemas&) { return Value::object({{"type", "object"}}); }
};

template <>
struct Shape<d::PresentPart> {
  static void read(const Node& node, Context& context, d::PresentPart& out) {
    out.place = node.place();
    std::vector<std::string> written;
    if (node.is_list()) {
      yaml::read(node, context, written);
    } else {
      yaml::read(node, context, written.emplace_back());
    }
    for (const auto& text : written) {
      for (std::size_t from = 0; from <= text.size();) {
        const std::size_t end = std::min(text.find(',', from), text.size());
        const auto name = utf8::trimmed(std::string_view(text).substr(from, end - from));
        if (!name.empty()) out.names.emplace_back(name);
        from = end + 1;
      }
    }
  }
  static Value schema(Schemas&) {
    const Value text = Value::object({{"type", "string"}});
    return Value::object(
        {{"anyOf", Value::array({text, Value::object({{"type", "array"}, {"items", text}})})}});
  }
};

template <>
struct Shape<d::NobodyPresentEntry> : ObjectShape<d::NobodyPresentEntry> {
  template <class F>
  static void keys(F& f) {
    f.required("then", &d::NobodyPresentEntry::then,
               "fallback: to the account manager; next_rule: matching goes on; wait: to the account manager "
               "until somebody of the group is at work.");
    f.optional(
        "at_most", &d::NobodyPresentEntry::at_most,
        "With wait: after so long the account manager is to assign somebody by hand. Default: no limit.");
  }
};

template <>
struct Shape<d::AcceptWithinEntry> : ObjectShape<d::AcceptWithinEntry> {
  using T = d::AcceptWithinEntry;
  template <class F>
  static void keys(F& f) {
    f.required("time", &T::time, "Like 30 working minutes, 2h, 1 working day.");
    f.optional("then", &T::then,
               "next: to the next of the group; head: to the head of the person's department. Default next.");
  }
  static void read(const Node& node, Context& context, T& out) {
    out.none = node.is_scalar() && node.scalar() == "none";
    if (out.none) return;
    if (node.is_scalar()) return yaml::read(node, context, out.time);
    ObjectShape<T>::read(node, context, out);
  }
  static Value schema(Schemas& schemas) {
    return Value::object(
        {{"anyOf", Value::array({Value::object({{"type", "string"}}), ObjectShape<T>::schema(schemas)})}});
  }
};

template <>
struct Shape<d::TaskEntry> : ObjectShape<d::TaskEntry> {
  using T = d::TaskEntry;
  template <class F>
  static void keys(F& f) {
    f.optional("title", &T::title, "A template.");
    f.optional("description", &T::description, "A template.");
    f.optional("deadline", &T::deadline, "Like 2h, 4 working hours, 1 working day.");
    f.optional("auditor", &T::auditor, "head (of the assigned person's department) or an employee.");
  }
  static void read(const Node& node, Context& context, T& out) {
    out.place = node.place();
    out.none = node.is_scalar() && node.scalar() == "none";
    if (!out.none) ObjectShape<T>::read(node, context, out);
  }
  static Value schema(Schemas& schemas) {
    return Value::object(
        {{"anyOf", Value::array({ObjectShape<T>::schema(schemas), Value::object({{"const", "none"}})})}});
  }
};

template <>
struct Shape<d::RobotEntry> : ObjectShape<d::RobotEntry> {
  using T = d::RobotEntry;
  template <class F>
  static void keys(F& f) {
    f.optional("source", &T::source, "A source of config.yaml whose service has the robot.");
    f.optional("agent", &T::agent, "Which robot: its id at the service.");
    f.optional("data", &T::data, "What the robot is told of the client: its names and templates.");
  }
  static void read(const Node& node, Context& context, T& out) {
    out.place = node.place();
    out.none = node.is_scalar() && node.scalar() == "none";
    if (!out.none) ObjectShape<T>::read(node, context, out);
  }
  static Value schema(Schemas& schemas) {
    return Value::object(
        {{"anyOf", Value::array({ObjectShape<T>::schema(schemas), Value::object({{"const", "none"}})})}});
  }
};

template <>
struct Shape<d::RuleEntry> : ObjectShape<d::RuleEntry> {
  using T = d::RuleEntry;
  template <class F>
  static void keys(F& f) {
    f.required("name", &T::name, "Name of the rule, as it stands in reasons.");
    f.optional("when", &T::when, "Conditions; all of them hold. Without them the rule fits everything.");
    f.optional("assign", &T::assign, "An employee, a group, account_manager, or { keep: true }.");
    f.optional("set", &T::set, "Members of the event that the rule fills.");
    f.optional("lead", &T::lead, "Fields of the lead that the rule fills.");
    f.optional("task", &T::task, "The task that comes with the assignment; none: no task.");
    f.optional("robot", &T::robot, "The voice robot that calls the client of a new lead; none: no robot.");
    f.optional("notify", &T::notify, "Text of a notification to the assigned person, a template.");
    f.optional("accept_within", &T::accept_within,
               "A lead that is still in its first stage by then goes to the next one; none: it does not.");
    f.optional("observers", &T::observers, "Observers of the lead: employees, or head.");
    f.optional("nobody_present", &T::nobody_present, "What happens when nobody of the group is at work.");
    f.optional("known_client", &T::known_client,
               "rules: this rule also decides about clients who have a manager.");
    f.optional("rules", &T::rules, "Rules inside this one: they inherit what it says.");
  }
  static void read(const Node& node, Context& context, T& out) {
    out.place = node.place();
    ObjectShape<T>::read(node, context, out);
  }
  static Value schema(Schemas& schemas) {
    return schemas.reference("rule", [](Schemas& inner) { return ObjectShape<T>::schema(inner); });
  }
};

template <>
struct Shape<d::FallbackEntry> : ObjectShape<d::FallbackEntry> {
  using T = d::FallbackEntry;
  template <class F>
  static void keys(F& f) {
    f.optional("assign", &T::assign, "account_manager or an employee. Default account_manager.");
    f.optional("notify", &T::notify, "Text of the notification to them, a template.");
  }
};

// A member of what T is derived from as a member of T.
template <class T, class Base, class M>
constexpr M T::*of(M Base::*member) {
  return member;
}

// The keys that a test and a step of it share.
template <class T, class F>
void enquiry_keys(F& f) {
  f.optional("event", of<T>(&T::event), "The event; names may be dotted: form.name.");
  f.optional("repeat", of<T>(&T::repeat), "So many of these enquiries. Default 1.");
  f.optional("every", of<T>(&T::every), "Time between them. Default: all in one moment.");
  f.optional("present", of<T>(&T::present), "Who is at work: all, none or names. Default: by the schedules.");
  f.optional("known", of<T>(&T::known), "What is known of the client. Default nobody.");
  f.optional("manager", of<T>(&T::manager), "The client's manager, an employee.");
  f.optional("created_by", of<T>(&T::created_by), "The employee who made the lead by hand.");
}

template <>
struct Shape<d::StepEntry> : ObjectShape<d::StepEntry> {
  using T = d::StepEntry;
  template <class F>
  static void keys(F& f) {
    enquiry_keys<T>(f);
    f.optional("after", &T::after, "Time since the enquiry before. Default: the same moment.");
    f.optional("expect", of<T>(&T::expect),
               "Of each of these enquiries: assign, rule and so on, as in a test.");
  }
  static void read(const Node& node, Context& context, T& out) {
    out.place = node.place();
    ObjectShape<T>::read(node, context, out);
  }
};

template <>
struct Shape<d::GivenEntry> : ObjectShape<d::GivenEntry> {
  using T = d::GivenEntry;
  template <class F>
  static void keys(F& f) {
    f.optional("hour", &T::hour, "In the 60 minutes before the beginning.");
    f.optional("day", &T::day, "On that day, the hour included.");
  }
  static void read(const Node& node, Context& context, T& out) {
    if (node.is_scalar()) return yaml::read(node, context, out.hour);
    ObjectShape<T>::read(node, context, out);
  }
  static Value schema(Schemas& schemas) {
    return Value::object(
        {{"anyOf", Value::array({Value::object({{"type", "integer"}}), ObjectShape<T>::schema(schemas)})}});
  }
};

template <>
struct Shape<d::TestEntry> : ObjectShape<d::TestEntry> {
  using T = d::TestEntry;
  template <class F>
  static void keys(F& f) {
    f.required("name", &T::name, "What is tested.");
    enquiry_keys<T>(f);
    f.optional("at", &T::at, "When it begins, with its offset. Default: now.");
    f.optional("load", &T::load, "Open leads of employees. Each enquiry adds one to whoever gets it.");
    f.optional("given", &T::given,
               "What employees have been given before: 3, or { hour: 1, day: 6 }. Each enquiry adds one.");
    f.optional("sequence", &T::sequence,
               "Several enquiries, one after the other. What a step leaves out is as in the test.");
    f.required("expect", of<T>(&T::expect),
               "Of every enquiry: assign, rule, group, fallback, keep, waits_for, tell_manager, observers, "
               "accept_within, robot, set.NAME, lead.FIELD. Of all together: counts or shares by employee.");
  }
  static void read(const Node& node, Context& context, T& out) {
    out.place = node.place();
    ObjectShape<T>::read(node, context, out);
  }
};

template <>
struct Shape<d::File> : ObjectShape<d::File> {
  using T = d::File;
  template <class F>
  static void keys(F& f) {
    f.optional("rules", &T::rules, "The rules; the first that fits wins.");
    f.optional("known_client", &T::known_client,
               "keep_manager: a client's own manager comes before groups. Default.");
    f.optional("nobody_present", &T::nobody_present,
               "What happens when nobody of a group is at work. Default fallback.");
    f.optional("fallback", &T::fallback, "Who gets what fits no rule.");
    f.optional("tests", &T::tests, "What b24gate test proves.");
  }
};

}  // namespace b24gate::yaml

namespace b24gate::distribution {

void read_file(const yaml::Node& root, yaml::Context& context, File& out) {
  if (!root.is_null()) yaml::read(root, context, out);
}

json::Value file_schema(yaml::Schemas& schemas) { return yaml::schema<File>(schemas); }

}  // namespace b24gate::distribution
