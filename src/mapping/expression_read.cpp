// The grammar of expressions, loosest first: or, and, not, comparison, value or (expression).
#include <fmt/format.h>

#include <array>

#include "base/utf8.hpp"
#include "mapping/expression_tree.hpp"

namespace b24gate::mapping {
namespace {

constexpr int max_depth = 32;

class Parser {
 public:
  explicit Parser(Reader& reader) : reader_(reader) {}

  Result<Condition> any() { return chain("or", Condition::Kind::any, &Parser::all); }

 private:
  using Read = Result<Condition> (Parser::*)();

  Result<Condition> all() { return chain("and", Condition::Kind::all, &Parser::negation); }

  // One or more of what `read` reads, with `word` between them.
  Result<Condition> chain(std::string_view word, Condition::Kind kind, Read read) {
    auto first = (this->*read)();
    if (!first || !reader_.take_word(word)) return first;
    Condition out;
    out.kind = kind;
    out.parts.push_back(std::move(*first));
    do {
      auto next = (this->*read)();
      if (!next) return next;
      out.parts.push_back(std::move(*next));
    } while (reader_.take_word(word));
    return out;
  }

  static Condition not_(Condition inner) {
    Condition out;
    out.kind = Condition::Kind::negation;
    out.parts.push_back(std::move(inner));
    return out;
  }

  Result<Condition> negation() {
    if (depth_ >= max_depth) return reader_.mistake(fmt::format("nested deeper than {}", max_depth));
    ++depth_;
    auto out = [&]() -> Result<Condition> {
      if (!reader_.take_word("not")) return comparison();
      auto inner = negation();
      if (!inner) return inner;
      return not_(std::move(*inner));
    }();
    --depth_;
    return out;
  }

  Result<Condition> comparison() {
    if (reader_.take("(")) {
      auto inner = any();
      if (!inner) return inner;
      if (!reader_.take(")")) return reader_.mistake("expected ')'");
      return inner;
    }
    Condition out;
    auto left = reader_.take_operand();
    if (!left) return fail(left.error());
    out.left = std::move(*left);
    return compared(std::move(out));
  }

  // What may follow a value: nothing, or an operator and another value.
  Result<Condition> compared(Condition out) {
    using Kind = Condition::Kind;
    struct Operator {
      std::string_view sign;
      Kind kind;
      bool swapped;  // a > b is b < a
      bool negated;
    };
    constexpr std::array<Operator, 6> operators = {{{"==", Kind::equal, false, false},
                                                    {"!=", Kind::equal, false, true},
                                                    {">=", Kind::less_or_equal, true, false},
                                                    {"<=", Kind::less_or_equal, false, false},
                                                    {">", Kind::less, true, false},
                                                    {"<", Kind::less, false, false}}};
    for (const auto& one : operators) {
      if (!reader_.take(one.sign)) continue;
      auto right = reader_.take_operand();
      if (!right) return fail(right.error());
      out.kind = one.kind;
      out.right = std::move(*right);
      if (one.swapped) std::swap(out.left, out.right);
      return one.negated ? not_(std::move(out)) : std::move(out);
    }
    if (reader_.next_is('=')) return reader_.mistake("a comparison is written '=='");
    if (reader_.next_is('|')) return reader_.mistake("filters cannot be used in a condition");
    if (reader_.take_word("in")) return membership(std::move(out));
    if (reader_.take_word("not")) {
      if (!reader_.take_word("in")) return reader_.mistake("expected 'in' after 'not'");
      auto inside = membership(std::move(out));
      if (!inside) return inside;
      return not_(std::move(*inside));
    }
    return out;
  }

  Result<Condition> membership(Condition out) {
    out.kind = Condition::Kind::in;
    if (!reader_.take("[")) {
      auto right = reader_.take_operand();
      if (!right) return fail(right.error());
      out.right = std::move(*right);
      return out;
    }
    out.has_choices = true;
    do {
      auto choice = reader_.take_operand_in_list();
      if (!choice) return fail(choice.error());
      out.choices.push_back(std::move(*choice));
    } while (reader_.take(","));
    if (!reader_.take("]")) return reader_.mistake("expected ',' or ']'");
    return out;
  }

  Reader& reader_;
  int depth_ = 0;
};

}  // namespace

Result<Condition> Condition::read(Reader& reader) {
  if (reader.at_end())
    return reader.mistake("the condition is empty: write one like contact.phones or 'x' in text");
  auto out = Parser(reader).any();
  if (!out || reader.at_end()) return out;
  return reader.mistake(
      fmt::format("expected 'and', 'or' or the end, found '{}'", utf8::head(reader.rest(), 20)));
}

}  // namespace b24gate::mapping
