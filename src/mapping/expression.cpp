#include <algorithm>

#include "mapping/expression_tree.hpp"
#include "mapping/filters.hpp"
#include "mapping/same.hpp"
#include "mapping/template.hpp"

namespace b24gate::mapping {
namespace {

bool is_true(const json::Value& value) {
  if (value.says_nothing()) return false;
  if (const auto flag = value.boolean()) return *flag;
  if (const auto* text = value.string()) return *text != "0" && *text != "false";
  return !value.is_number() || value.number() != 0.0;
}

bool equal_one(const json::Value& a, const json::Value& b) {
  if (a.is_number() || b.is_number()) {
    const auto x = a.number();
    return x && x == b.number();
  }
  if (a.is_string() && b.is_string()) return same_text(*a.string(), *b.string());
  return same_text(a.text(), b.text());
}

// A list is equal to what one of its elements is equal to.
bool equal(const json::Value& a, const json::Value& b) {
  if (const auto* elements = a.array_if()) {
    return std::any_of(elements->begin(), elements->end(),
                       [&](const json::Value& one) { return equal_one(one, b); });
  }
  if (b.is_array()) return equal(b, a);
  return equal_one(a, b);
}

// Numbers by value, also when they come as texts; other texts (ISO times) by their letters. Else neither is
// less.
bool less(const json::Value& a, const json::Value& b, bool or_equal) {
  const auto x = a.number();
  const auto y = b.number();
  if (x && y) return or_equal ? *x <= *y : *x < *y;
  if (x || y || !a.is_string() || !b.is_string()) return false;
  return or_equal ? *a.string() <= *b.string() : *a.string() < *b.string();
}

bool is_in(const json::Value& what, const json::Value& where) {
  if (what.says_nothing() || where.says_nothing()) return false;
  if (where.is_array()) return equal(where, what);
  const std::string text = where.text();
  if (const auto* elements = what.array_if()) {
    return std::any_of(elements->begin(), elements->end(), [&](const json::Value& one) {
      return !one.says_nothing() && holds(text, one.text());
    });
  }
  return holds(text, what.text());
}

}  // namespace

bool Condition::holds_for(const json::Value& scope) const {
  const auto check = [&](const Condition& part) { return part.holds_for(scope); };
  switch (kind) {
    case Kind::says:
      return is_true(evaluate(left, scope).get());
    case Kind::equal:
      return equal(evaluate(left, scope).get(), evaluate(right, scope).get());
    case Kind::less:
      return less(evaluate(left, scope).get(), evaluate(right, scope).get(), false);
    case Kind::less_or_equal:
      return less(evaluate(left, scope).get(), evaluate(right, scope).get(), true);
    case Kind::in: {
      const Item what = evaluate(left, scope);
      if (!has_choices) return is_in(what.get(), evaluate(right, scope).get());
      return std::any_of(choices.begin(), choices.end(), [&](const Operand& choice) {
        return equal(what.get(), evaluate(choice, scope).get());
      });
    }
    case Kind::negation:
      return !parts.front().holds_for(scope);
    case Kind::all:
      return std::all_of(parts.begin(), parts.end(), check);
    case Kind::any:
      return std::any_of(parts.begin(), parts.end(), check);
  }
  return false;
}

void add_path(std::vector<std::string>& paths, const Operand& operand) {
  if (!operand.path || std::find(paths.begin(), paths.end(), operand.path->text()) != paths.end()) return;
  paths.push_back(operand.path->text());
}

void Condition::add_paths(std::vector<std::string>& paths) const {
  add_path(paths, left);
  add_path(paths, right);
  for (const auto& choice : choices) add_path(paths, choice);
  for (const auto& part : parts) part.add_paths(paths);
}

struct Expression::Program {
  std::string text;
  Condition condition;
};

namespace {

Condition constant(bool value) {
  Condition out;
  out.left.constant = json::Value(value);
  return out;
}

}  // namespace

Expression::Expression() {
  static const auto always = std::make_shared<const Program>(Program{"true", constant(true)});
  program_ = always;
}

Result<Expression> Expression::compile(std::string_view text) {
  Reader reader(text);
  auto condition = Condition::read(reader);
  if (!condition) return fail(condition.error());
  Expression out;
  out.program_ = std::make_shared<const Program>(Program{std::string(text), std::move(*condition)});
  return out;
}

bool Expression::evaluate(const json::Value& scope) const { return program_->condition.holds_for(scope); }

const std::string& Expression::text() const { return program_->text; }

std::vector<std::string> Expression::paths() const {
  std::vector<std::string> out;
  program_->condition.add_paths(out);
  return out;
}

}  // namespace b24gate::mapping
