// Templates of YAML files: "{{ source.title }}: {{ form.name | default('заявка') }}, {{ contact.name }}".
//
// Compiled when the configuration is read; immutable, thread-safe; rendering allocates its result and little
// more.
// - {{ path }} inserts the text of what the path finds (json::Value::text), nothing when it finds nothing;
//   {{ 'text' }} a constant.
// - Filters are chained with |: default('x'), upper, lower, capitalize, trim, truncate(n), first, last,
//   join(', '), replace('a','b'), digits, date('%d.%m.%Y %H:%M'), lookup(dictionary), escape (BB codes),
//   lines (list -> lines).
// - {% if expression %}…{% elif … %}…{% else %}…{% endif %} chooses.
// - Separators of the template next to absent values are tidied: commas, colons and semicolons, and dashes,
//   bars and slashes with spaces around, at an end or doubled, are removed, as are lines of which nothing is
//   left. Values themselves are never changed. Results are cut at 1 MiB.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "json/value.hpp"
#include "mapping/dictionary.hpp"

namespace b24gate::mapping {

class Template {
 public:
  Template();  // renders to nothing
  // Fails with ErrorKind::config; `where` = "character N", `what` says what to write instead (nearest filter
  // name).
  static Result<Template> compile(std::string_view text);

  [[nodiscard]] std::string render(const json::Value& scope, const Dictionaries& dictionaries,
                                   const TimeZone& zone) const;
  // The value itself when the template is one {{ path }} and nothing else (a list stays a list); else the
  // text.
  [[nodiscard]] json::Value value(const json::Value& scope, const Dictionaries& dictionaries,
                                  const TimeZone& zone) const;
  [[nodiscard]] const std::string& text() const;
  // Paths that the template reads and dictionaries that it looks things up in, for checking.
  [[nodiscard]] std::vector<std::string> paths() const;
  [[nodiscard]] std::vector<std::string> dictionaries() const;

 private:
  struct Program;
  std::shared_ptr<const Program> program_;
};

// A yes-or-no expression: "contact.phones or contact.emails", "kind == 'order' and not order.paid",
// "order.total > 100000", "'реклама' in text". A bare path is true when it says something (false and 0 count
// as no).
class Expression {
 public:
  Expression();  // always true
  static Result<Expression> compile(std::string_view text);
  [[nodiscard]] bool evaluate(const json::Value& scope) const;
  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] std::vector<std::string> paths() const;

 private:
  struct Program;
  std::shared_ptr<const Program> program_;
};

}  // namespace b24gate::mapping
