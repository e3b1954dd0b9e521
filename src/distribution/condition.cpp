#include "distribution/condition.hpp"

#include <algorithm>

namespace b24gate::distribution {
namespace {

// The texts of a value: a list is as many, an object none.
void add_texts(const json::Value& value, std::vector<std::string>& out) {
  if (const auto* elements = value.array_if()) {
    for (const auto& element : *elements) add_texts(element, out);
  } else if (!value.is_object() && !value.says_nothing()) {
    out.push_back(value.text());
  }
}

template <class List, class Holds>
bool any_of(const List& list, Holds holds) {
  return std::any_of(list.begin(), list.end(), holds);
}

template <class List, class Holds>
bool all_of(const List& list, Holds holds) {
  return std::all_of(list.begin(), list.end(), holds);
}

bool subset(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  return all_of(part,
                [&](const auto& text) { return std::find(whole.begin(), whole.end(), text) != whole.end(); });
}

bool same(const Condition& a, const Condition& b) {
  return a.kind == b.kind && a.subject == b.subject && a.texts == b.texts && a.bound == b.bound &&
         std::equal(a.children.begin(), a.children.end(), b.children.begin(), b.children.end(), same);
}

}  // namespace

Observation::Observation(const Vocabulary& vocabulary, const Facts& facts, const people::Roster& roster)
    : vocabulary_(vocabulary),
      facts_(facts),
      roster_(roster),
      dictionaries_(facts.dictionaries ? *facts.dictionaries : vocabulary.dictionaries),
      values_(vocabulary.subjects.size()),
      open_(vocabulary.hours.size()) {}

Observation::Values Observation::look_up(const Subject& subject) const {
  Values out;
  switch (subject.from) {
    case Subject::From::event:
      for (const auto* found : subject.path.find_all(facts_.scope)) {
        out.exists = out.exists || !found->says_nothing();
        add_texts(*found, out.texts);
      }
      break;
    case Subject::From::created_by:
      if (!facts_.created_by.empty()) out.texts.push_back(facts_.created_by);
      break;
    case Subject::From::client_known:
      out.texts.emplace_back(facts_.client.known ? "true" : "false");
      break;
    case Subject::From::client_manager:
      if (const auto* manager = roster_.by_user_id(facts_.client.manager_user_id)) {
        out.texts.push_back(manager->name);
      } else if (facts_.client.manager_user_id > 0) {
        out.texts.push_back(std::to_string(facts_.client.manager_user_id));
      }
      break;
    case Subject::From::client_open_lead:
      if (facts_.client.open_lead > 0) out.texts.push_back(std::to_string(facts_.client.open_lead));
      break;
  }
  if (!subject.dictionary.empty()) {
    std::vector<std::string> found;
    for (const auto& text : out.texts) {
      if (const auto* value = dictionaries_.look_up(subject.dictionary, text)) found.push_back(*value);
    }
    out.texts = std::move(found);
    out.exists = false;
  }
  out.exists = out.exists || !out.texts.empty();
  return out;
}

Observation::Values& Observation::values(std::size_t subject) {
  auto& known = values_[subject];
  if (!known) known = look_up(vocabulary_.subjects[subject]);
  return *known;
}

const std::vector<std::string>& Observation::comparables(std::size_t subject) {
  Values& known = values(subject);
  if (!known.comparable) {
    auto& out = known.comparable.emplace();
    for (const auto& text : known.texts) out.push_back(comparable(text));
  }
  return *known.comparable;
}

const std::vector<Stems>& Observation::stems(std::size_t subject) {
  Values& known = values(subject);
  if (!known.stems) {
    auto& out = known.stems.emplace();
    for (const auto& text : known.texts) out.emplace_back(text);
  }
  return *known.stems;
}

bool Observation::within(std::size_t hours) {
  auto& known = open_[hours];
  if (!known) known = vocabulary_.hours[hours].open_at(facts_.at);
  return *known;
}

bool Observation::holds(const Condition& condition) {
  const std::size_t subject = condition.subject;
  const auto holds_child = [this](const Condition& child) { return holds(child); };
  const auto any_number = [&](auto compare) {
    return any_of(values(subject).texts, [&](const auto& text) {
      const auto number = decimal(text);
      return number && compare(*number);
    });
  };
  switch (condition.kind) {
    case Condition::Kind::all:
      return all_of(condition.children, holds_child);
    case Condition::Kind::any:
      return any_of(condition.children, holds_child);
    case Condition::Kind::none:
      return !any_of(condition.children, holds_child);
    case Condition::Kind::equal:
      return any_of(comparables(subject),
                    [&](const auto& text) {
                      return std::binary_search(condition.texts.begin(), condition.texts.end(), text);
                    }) ||
             (!condition.numbers.empty() && any_number([&](double number) {
               return std::find(condition.numbers.begin(), condition.numbers.end(), number) !=
                      condition.numbers.end();
             }));
    case Condition::Kind::contains:
      return any_of(comparables(subject), [&](const auto& text) {
        return any_of(condition.texts,
                      [&](const auto& part) { return text.find(part) != std::string::npos; });
      });
    case Condition::Kind::words:
      return any_of(stems(subject), [&](const Stems& text) {
        return any_of(condition.phrases, [&](const auto& phrase) { return text.contains(phrase); });
      });
    case Condition::Kind::matches:
      return any_of(values(subject).texts, [&](const auto& text) {
        return any_of(condition.patterns,
                      [&](const auto& pattern) { return re2::RE2::PartialMatch(text, *pattern); });
      });
    case Condition::Kind::exists:
      return values(subject).exists;
    case Condition::Kind::above:
      return any_number([&](double number) { return number > condition.bound; });
    case Condition::Kind::below:
      return any_number([&](double number) { return number < condition.bound; });
    case Condition::Kind::within:
      return within(subject);
  }
  return false;
}

bool covers(const Condition& general, const Condition& specific) {
  using Kind = Condition::Kind;
  if (general.kind == Kind::all) {
    return all_of(general.children, [&](const auto& child) { return covers(child, specific); });
  }
  if (specific.kind == Kind::any && !specific.children.empty()) {
    return all_of(specific.children, [&](const auto& child) { return covers(general, child); });
  }
  if (general.kind == Kind::any &&
      any_of(general.children, [&](const auto& c) { return covers(c, specific); }))
    return true;
  if (specific.kind == Kind::all &&
      any_of(specific.children, [&](const auto& c) { return covers(general, c); }))
    return true;
  if (general.kind == Kind::any && general.children.empty()) return false;  // could not be read
  // What is equal to something, or has something in it, is there.
  const auto says_something = [](Kind kind) {
    return kind == Kind::equal || kind == Kind::contains || kind == Kind::words || kind == Kind::matches ||
           kind == Kind::above || kind == Kind::below;
  };
  if (general.kind == Kind::exists && says_something(specific.kind) && general.subject == specific.subject)
    return true;
  if (general.kind != specific.kind || general.subject != specific.subject) return false;
  switch (general.kind) {
    case Kind::equal:
    case Kind::contains:
    case Kind::words:
    case Kind::matches:
      return !specific.texts.empty() && subset(specific.texts, general.texts);
    case Kind::above:
      return specific.bound >= general.bound;
    case Kind::below:
      return specific.bound <= general.bound;
    default:
      return same(general, specific);
  }
}

}  // namespace b24gate::distribution
