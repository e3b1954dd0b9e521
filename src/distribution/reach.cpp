#include "distribution/reach.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace b24gate::distribution {
namespace {

using Kind = Condition::Kind;

bool is_empty(const Condition& condition) {
  return condition.kind == Kind::all && condition.children.empty();
}

Condition both(const Condition& a, const Condition& b) {
  if (is_empty(a)) return b;
  if (is_empty(b)) return a;
  Condition out;
  out.children = {a, b};
  return out;
}

// Those that must all hold, out of the groups they stand in.
template <class C>
void add_parts(C& condition, std::vector<C*>& out) {
  if (condition.kind != Kind::all) return out.push_back(&condition);
  for (auto& child : condition.children) add_parts(child, out);
}

bool disjoint(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::none_of(a.begin(), a.end(),
                      [&](const auto& text) { return std::binary_search(b.begin(), b.end(), text); });
}

}  // namespace

bool ends_matching(const Rule& rule) {
  const auto& does = rule.does;
  const bool may_pass =
      does.assign.to == Assign::To::nobody || does.assign.to == Assign::To::keep ||
      (does.assign.to == Assign::To::group && does.nobody_present.then == NobodyPresent::next_rule);
  return !may_pass || children_take_all(rule);
}

bool children_take_all(const Rule& rule) {
  return std::any_of(rule.rules.begin(), rule.rules.end(),
                     [](const Rule& child) { return child.when.children.empty() && ends_matching(child); });
}

std::optional<std::string> Reach::enter(const Rule& rule) {
  Level level{rule.when, rule.path, false};
  std::string parent;
  if (!above_.empty()) {
    // Its own first: that is where it differs from its neighbours, and comparing ends.
    level.when = both(rule.when, above_.back().when);
    level.reported = above_.back().reported;
    parent = above_.back().path;
  }
  std::string why;
  if (level.reported) {
    // What stands inside a rule that is out of reach is not worth a word.
  } else if (contradicts_itself(level.when)) {
    why = above_.empty() ? "its conditions exclude each other"
                         : "its conditions and those of the rules above it exclude each other";
  } else if (const Taker* taker = taker_of(level.when)) {
    why = fmt::format("rule '{}' (line {}) ", taker->name, taker->line);
    if (taker->bare && taker->parent == parent) {
      why += "stands before it without conditions and takes everything";
    } else if (covers(level.when, taker->when)) {
      why += "stands before it with the same conditions";
    } else {
      why += "stands before it and takes everything that fits this one";
    }
  } else if (const auto takers = takers_of_parts(level.when); !takers.empty()) {
    for (std::size_t i = 0; i < takers.size(); ++i) {
      why += fmt::format("{}'{}' (line {})",
                         i == 0                   ? "rules "
                         : i + 1 == takers.size() ? " and "
                                                  : ", ",
                         takers[i]->name, takers[i]->line);
    }
    why += " stand before it and together take everything that fits this one";
  }
  level.reported = level.reported || !why.empty();
  above_.push_back(std::move(level));
  if (why.empty()) return std::nullopt;
  return why;
}

void Reach::leave(const Rule& rule) {
  Level level = std::move(above_.back());
  above_.pop_back();
  if (level.reported || !ends_matching(rule)) return;
  takers_.push_back({std::move(level.when), rule.name, above_.empty() ? "" : above_.back().path,
                     rule.place.line, rule.when.children.empty()});
}

bool Reach::has_one_value(std::size_t subject) const {
  const std::string& name = vocabulary_.subjects[subject].name;
  constexpr std::string_view several[] = {"contact.phones", "contact.emails", "contact.messengers",
                                          "order.items",    "chat.messages",  "fields"};
  return std::none_of(std::begin(several), std::end(several),
                      [&](std::string_view list) { return name.compare(0, list.size(), list) == 0; });
}

bool Reach::contradicts_itself(const Condition& when) const {
  std::vector<const Condition*> parts;
  add_parts(when, parts);
  for (const auto* part : parts) {
    // not: what the others say already.
    if (part->kind == Kind::none && std::any_of(part->children.begin(), part->children.end(),
                                                [&](const auto& child) { return covers(child, when); }))
      return true;
    for (const auto* other : parts) {
      if (other == part || other->subject != part->subject) continue;
      if (part->kind == Kind::equal && other->kind == Kind::equal && part->numbers.empty() &&
          other->numbers.empty() && !part->texts.empty() && !other->texts.empty() &&
          has_one_value(part->subject) && disjoint(part->texts, other->texts))
        return true;
      if (part->kind == Kind::above && other->kind == Kind::below && has_one_value(part->subject) &&
          other->bound <= part->bound)
        return true;
    }
  }
  return false;
}

const Reach::Taker* Reach::taker_of(const Condition& when) const {
  const auto it = std::find_if(takers_.begin(), takers_.end(),
                               [&](const Taker& taker) { return covers(taker.when, when); });
  return it == takers_.end() ? nullptr : &*it;
}

std::vector<const Reach::Taker*> Reach::takers_of_parts(const Condition& when) const {
  Condition one = when;
  std::vector<Condition*> parts;
  add_parts(one, parts);
  for (auto* part : parts) {
    if (part->kind != Kind::equal || part->texts.size() < 2 || !part->numbers.empty()) continue;
    const auto texts = part->texts;
    std::vector<const Taker*> takers;
    for (const auto& text : texts) {
      part->texts = {text};
      const Taker* taker = taker_of(one);
      if (!taker) {
        takers.clear();
        break;
      }
      if (std::find(takers.begin(), takers.end(), taker) == takers.end()) takers.push_back(taker);
    }
    part->texts = texts;
    if (!takers.empty()) return takers;
  }
  return {};
}

}  // namespace b24gate::distribution
