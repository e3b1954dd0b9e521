// Reading `when:` into conditions.
#include <fmt/format.h>

#include <algorithm>

#include "distribution/condition.hpp"
#include "distribution/subjects.hpp"
#include "yaml/types.hpp"

namespace b24gate::distribution {
namespace {

using Kind = Condition::Kind;

const std::vector<std::string>& operator_names() {
  static const std::vector<std::string> names{"equal", "contains", "words", "matches", "exists",
                                              "above", "below",    "not",   "lookup"};
  return names;
}

Condition group_of(Kind kind, std::vector<Condition> children) {
  Condition out;
  out.kind = kind;
  out.children = std::move(children);
  return out;
}

// Stands for what could not be read: it never holds, and nothing is like it.
Condition unreadable() { return group_of(Kind::any, {}); }

void sort_unique(std::vector<std::string>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

}  // namespace

ConditionReader::ConditionReader(Vocabulary& vocabulary, const people::Roster& roster, yaml::Context& context)
    : vocabulary_(vocabulary), roster_(roster), context_(context) {}

Condition ConditionReader::read(const yaml::Node& node) {
  Condition out;
  if (!node.is_map()) {
    yaml::wrong_kind(node, context_, "a map of conditions, like { geo.region: Томская область }");
    return unreadable();
  }
  for (const auto& entry : node.entries()) out.children.push_back(read_line(entry));
  return out;
}

Condition ConditionReader::read_line(const yaml::Node::Entry& entry) {
  if (entry.key == "all") return read_group(entry.value, Kind::all);
  if (entry.key == "any") return read_group(entry.value, Kind::any);
  if (entry.key == "not") return read_group(entry.value, Kind::none);
  if (entry.key == "time") return read_time(entry.value);
  const auto subject = subject_of(entry);
  return subject ? read_value(entry.value, *subject) : unreadable();
}

Condition ConditionReader::read_group(const yaml::Node& node, Kind kind) {
  Condition out = group_of(kind, {});
  if (node.is_list()) {
    for (const auto& item : node.items()) out.children.push_back(read(item));
  } else if (node.is_map() && kind == Kind::none) {
    // not: { a: 1, b: 2 } denies that both hold.
    out.children.push_back(read(node));
    if (node.entries().empty()) out.children.clear();
  } else if (node.is_map()) {
    for (const auto& entry : node.entries()) out.children.push_back(read_line(entry));
  } else {
    yaml::wrong_kind(node, context_, "a list or a map of conditions");
    return out;
  }
  if (out.children.empty())
    context_.problems.add(node.place(), "no conditions in this group: write at least one");
  return out;
}

// { within: office }, { within: [office, night] }, { not: { within: office } }, { hours: "09:00-18:00", days:
// mon-fri }.
Condition ConditionReader::read_time(const yaml::Node& node) {
  if (!node.is_map()) {
    yaml::wrong_kind(node, context_, "{ within: SCHEDULE } or { hours: \"09:00-18:00\", days: mon-fri }");
    return unreadable();
  }
  if (!node.find("within") && !node.find("not")) return read_hours(node);
  Condition out;
  for (const auto& entry : node.entries()) {
    if (entry.key == "within") {
      out.children.push_back(read_within(entry.value));
    } else if (entry.key == "not") {
      out.children.push_back(group_of(Kind::none, {read_time(entry.value)}));
    } else {
      context_.problems.unknown(entry.place, "key", entry.key, {"within", "not"});
    }
  }
  return out;
}

Condition ConditionReader::read_within(const yaml::Node& node) {
  if (node.is_map()) return read_hours(node);
  Condition out = group_of(Kind::any, {});
  for (const auto* name : scalars(node)) {
    const auto* hours = roster_.schedule(name->scalar());
    if (!hours) {
      context_.problems.unknown(name->place(), "schedule", name->scalar(), roster_.schedule_names());
      continue;
    }
    Condition within;
    within.kind = Kind::within;
    within.subject = intern_hours(name->scalar(), *hours);
    out.children.push_back(std::move(within));
  }
  return out;
}

Condition ConditionReader::read_hours(const yaml::Node& node) {
  Condition out;
  const auto hours = people::WorkingTime::read(node, context_);
  out.kind = Kind::within;
  out.subject = intern_hours(hours.text() + (node.find("holidays") ? " holidays" : ""), hours);
  return out;
}

std::size_t ConditionReader::intern_hours(const std::string& name, const people::WorkingTime& hours) {
  auto& names = vocabulary_.hours_names;
  const auto it = std::find(names.begin(), names.end(), name);
  if (it != names.end()) return static_cast<std::size_t>(it - names.begin());
  names.push_back(name);
  vocabulary_.hours.push_back(hours);
  return names.size() - 1;
}

std::size_t ConditionReader::intern(Subject subject) {
  auto& all = vocabulary_.subjects;
  const auto it = std::find_if(all.begin(), all.end(), [&](const Subject& known) {
    return known.name == subject.name && known.dictionary == subject.dictionary;
  });
  if (it != all.end()) return static_cast<std::size_t>(it - all.begin());
  all.push_back(std::move(subject));
  return all.size() - 1;
}

std::optional<std::size_t> ConditionReader::subject_of(const yaml::Node::Entry& entry) {
  Subject subject;
  // A source is known by its name; its title is for texts.
  subject.name = entry.key == "source" ? "source.name" : entry.key;
  if (!is_subject(entry.key)) {
    context_.problems.unknown(entry.place, "event member", entry.key, subject_names());
    return std::nullopt;
  }
  if (entry.key == "created_by") subject.from = Subject::From::created_by;
  if (entry.key == "client.known") subject.from = Subject::From::client_known;
  if (entry.key == "client.manager") subject.from = Subject::From::client_manager;
  if (entry.key == "client.open_lead") subject.from = Subject::From::client_open_lead;
  if (subject.from == Subject::From::event) {
    auto path = mapping::Path::parse(subject.name);
    if (!path) {
      context_.problems.add(entry.place,
                            fmt::format("'{}': {} ({})", entry.key, path.error().what, path.error().where));
      return std::nullopt;
    }
    subject.path = std::move(*path);
  }
  return intern(std::move(subject));
}

Condition ConditionReader::read_value(const yaml::Node& node, std::size_t subject) {
  if (node.is_map()) return read_operators(node, subject, nullptr);
  return read_equal(node, subject);
}

// The texts of a value or of a list of them.
std::vector<const yaml::Node*> ConditionReader::scalars(const yaml::Node& node) {
  std::vector<const yaml::Node*> out;
  if (node.is_scalar()) {
    out.push_back(&node);
  } else if (node.is_list()) {
    for (const auto& item : node.items()) {
      if (item.is_scalar()) {
        out.push_back(&item);
      } else {
        yaml::wrong_kind(item, context_, "a value");
      }
    }
    if (node.items().empty()) context_.problems.add(node.place(), "an empty list: write at least one value");
  } else {
    yaml::wrong_kind(node, context_, "a value or a list of values");
  }
  return out;
}

void ConditionReader::check_words(const std::string& text, const yaml::Node& node, std::size_t subject) {
  const Subject& about = vocabulary_.subjects[subject];
  if (!about.dictionary.empty()) return;
  const bool person = about.from == Subject::From::created_by || about.from == Subject::From::client_manager;
  if (person) {
    std::vector<std::string> names;
    for (const auto& employee : roster_.employees()) names.push_back(employee.name);
    if (!roster_.employee(text)) context_.problems.unknown(node.place(), "employee", text, names);
    auto& creators = vocabulary_.creators;
    if (about.from == Subject::From::created_by &&
        std::find(creators.begin(), creators.end(), text) == creators.end())
      creators.push_back(text);
    return;
  }
  if (about.name == "call.line" || about.name == "call.client" || about.name == "contact.phones") {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const bool bare =
        text.size() > 1 && text[0] == '+' && std::all_of(text.begin() + 1, text.end(), is_digit);
    // Short numbers and names of lines are as the service writes them.
    if (std::count_if(text.begin(), text.end(), is_digit) >= 10 && !bare) {
      context_.problems.add(node.place(),
                            fmt::format("phones are compared as \"+74957907591\", found '{}'", text));
    }
    return;
  }
  const auto known = values_of(about.name);
  if (!known.empty() && std::find(known.begin(), known.end(), comparable(text)) == known.end()) {
    context_.problems.unknown(node.place(), "value of " + about.name, text, known);
  }
}

Condition ConditionReader::read_equal(const yaml::Node& node, std::size_t subject) {
  Condition out;
  out.kind = Kind::equal;
  out.subject = subject;
  const auto from = vocabulary_.subjects[subject].from;
  if ((from == Subject::From::client_open_lead || from == Subject::From::client_manager) &&
      node.is_scalar() && (node.scalar() == "true" || node.scalar() == "false")) {
    out.kind = Kind::exists;
    return node.scalar() == "true" ? out : group_of(Kind::none, {out});
  }
  for (const auto* value : scalars(node)) {
    std::string text;
    yaml::read(*value, context_, text);
    check_words(text, *value, subject);
    if (const auto number = value->quoted() ? std::nullopt : decimal(text)) out.numbers.push_back(*number);
    out.texts.push_back(comparable(text));
  }
  sort_unique(out.texts);
  return out;
}

// All operators of a map hold together. `ignored` is an entry that has been read before.
Condition ConditionReader::read_operators(const yaml::Node& node, std::size_t subject,
                                          const yaml::Node::Entry* ignored) {
  Condition out;
  for (const auto& entry : node.entries()) {
    if (&entry != ignored) out.children.push_back(read_operator(entry, subject));
  }
  if (node.entries().empty()) {
    context_.problems.add(node.place(), "no operators: write a value, a list, or one like { contains: … }");
  }
  return out;
}

Condition ConditionReader::read_operator(const yaml::Node::Entry& entry, std::size_t subject) {
  const yaml::Node& node = entry.value;
  Condition out;
  out.subject = subject;
  if (entry.key == "equal") return read_equal(node, subject);
  if (entry.key == "above") return read_bound(node, subject, Kind::above);
  if (entry.key == "below") return read_bound(node, subject, Kind::below);
  if (entry.key == "matches") return read_pattern(node, subject);
  if (entry.key == "lookup") return read_lookup(node, subject);
  if (entry.key == "not") return group_of(Kind::none, {read_value(node, subject)});
  if (entry.key == "exists") {
    bool exists = true;
    yaml::read(node, context_, exists);
    out.kind = Kind::exists;
    return exists ? out : group_of(Kind::none, {out});
  }
  if (entry.key == "contains" || entry.key == "words") {
    out.kind = entry.key == "words" ? Kind::words : Kind::contains;
    for (const auto* value : scalars(node)) {
      std::string text;
      yaml::read(*value, context_, text);
      std::string folded = comparable(text);
      auto phrase = stems_of(text);
      const bool empty = out.kind == Kind::words ? phrase.empty() : folded.empty();
      if (empty)
        context_.problems.add(value->place(),
                              fmt::format("{}: nothing to look for in '{}'", entry.key, text));
      if (empty) continue;
      out.texts.push_back(std::move(folded));
      if (out.kind == Kind::words) out.phrases.push_back(std::move(phrase));
    }
    return out;
  }
  context_.problems.unknown(entry.place, "operator", entry.key, operator_names());
  return unreadable();
}

Condition ConditionReader::read_bound(const yaml::Node& node, std::size_t subject, Kind kind) {
  Condition out;
  out.kind = kind;
  out.subject = subject;
  std::string text;
  if (!node.is_scalar()) {
    yaml::wrong_kind(node, context_, "a number");
    return out;
  }
  yaml::read(node, context_, text);
  if (const auto number = decimal(text)) {
    out.bound = *number;
  } else {
    context_.problems.add(node.place(), fmt::format("expected a number, found '{}'", text));
  }
  return out;
}

Condition ConditionReader::read_pattern(const yaml::Node& node, std::size_t subject) {
  Condition out;
  out.kind = Kind::matches;
  out.subject = subject;
  re2::RE2::Options options;
  options.set_log_errors(false);
  // People write what they look for in any case, as with every other operator; (?-i) in the pattern asks for
  // more.
  options.set_case_sensitive(false);
  for (const auto* value : scalars(node)) {
    std::string text;
    yaml::read(*value, context_, text);
    auto pattern = std::make_shared<const re2::RE2>(text, options);
    if (pattern->ok()) {
      out.texts.push_back(text);
      out.patterns.push_back(std::move(pattern));
    } else {
      context_.problems.add(value->place(), fmt::format("bad pattern '{}': {}", text, pattern->error()));
    }
  }
  return out;
}

// { lookup: { in: directions } }: the value is a key there; further operators are about what is found.
Condition ConditionReader::read_lookup(const yaml::Node& node, std::size_t subject) {
  const yaml::Node* in = nullptr;
  const yaml::Node::Entry* in_entry = nullptr;
  if (node.is_map()) {
    for (const auto& entry : node.entries()) {
      if (entry.key == "in") in_entry = &entry;
    }
    if (in_entry) in = &in_entry->value;
  }
  if (!in || !in->is_scalar()) {
    yaml::wrong_kind(in ? *in : node, context_, "{ in: DICTIONARY }");
    return unreadable();
  }
  const std::string& name = in->scalar();
  if (!vocabulary_.dictionaries.find(name)) {
    context_.problems.unknown(in->place(), "dictionary", name, vocabulary_.dictionaries.names());
    return unreadable();
  }
  Subject looked_up = vocabulary_.subjects[subject];
  looked_up.dictionary = name;
  const std::size_t index = intern(std::move(looked_up));
  Condition found;
  found.kind = Kind::exists;
  found.subject = index;
  if (node.entries().size() == 1) return found;
  Condition out = read_operators(node, index, in_entry);
  out.children.push_back(std::move(found));
  return out;
}

json::Value condition_schema(yaml::Schemas& schemas) {
  return schemas.reference("condition", [](yaml::Schemas& inner) {
    using json::Value;
    const Value scalar = Value::object({{"type", Value::array({"string", "number", "boolean"})}});
    const Value list = Value::object({{"type", "array"}, {"items", scalar}, {"minItems", 1}});
    const Value values = Value::object({{"anyOf", Value::array({scalar, list})}});
    const Value nested = condition_schema(inner);
    const Value operators = inner.reference("operators", [&](yaml::Schemas& deeper) {
      const Value self = deeper.reference("operators", [](yaml::Schemas&) { return Value(); });
      const auto say = [](Value schema, std::string_view text) {
        return yaml::described(std::move(schema), text);
      };
      Value properties = Value::object(
          {{"equal", say(values, "Equal to this or to one of these, in any case.")},
           {"contains", say(values, "Contains this text or one of these, in any case.")},
           {"words", say(values, "Has this word or phrase or one of these, in any grammatical form.")},
           {"matches", say(values, "Matches this RE2 pattern or one of these, in any case.")},
           {"exists", say(Value::object({{"type", "boolean"}}), "Whether it says anything.")},
           {"above",
            say(Value::object({{"type", Value::array({"number", "string"})}}), "A number above this one.")},
           {"below",
            say(Value::object({{"type", Value::array({"number", "string"})}}), "A number below this one.")},
           {"not", say(Value::object({{"anyOf", Value::array({scalar, list, self})}}), "Not so.")},
           {"lookup",
            say(Value::object({{"type", "object"},
                               {"required", Value::array({"in"})},
                               {"properties", Value::object({{"in", Value::object({{"type", "string"}})}})}}),
                "Is a key of the dictionary `in`; further operators are about what is found there.")}});
      return Value::object({{"type", "object"}, {"properties", properties}, {"additionalProperties", false}});
    });
    const Value group = Value::object(
        {{"anyOf", Value::array({nested, Value::object({{"type", "array"}, {"items", nested}})})}});
    Value properties = Value::object({{"all", yaml::described(group, "All of these hold.")},
                                      {"any", yaml::described(group, "At least one of these holds.")},
                                      {"not", yaml::described(group, "None of these holds.")}});
    properties["time"] = yaml::described(
        Value::object({{"type", "object"}}),
        "{ within: SCHEDULE }, { not: { within: SCHEDULE } } or { hours: \"09:00-18:00\", days: mon-fri }.");
    const Value line = Value::object({{"anyOf", Value::array({scalar, list, operators})}});
    for (const auto& name : subject_names()) {
      if (name != "time") properties[name] = line;
    }
    return Value::object({{"type", "object"}, {"properties", properties}, {"additionalProperties", line}});
  });
}

}  // namespace b24gate::distribution
