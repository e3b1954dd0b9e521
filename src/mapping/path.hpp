// A path into decoded data: "Name", "contacts.0.name", "answers[q=Направление].a", "extra[utm].source".
//
// Steps are parted by dots; a step in brackets may hold anything, dots included: "form[a.b]", "form['Ваш
// телефон']". Compiled once, immutable, thread-safe. A step matches a key exactly, else in any case with _
// and spaces alike (forms mangle labels). [key=text] picks the first element (or member) of a list whose
// `key` equals the text, in any case. A numeric step indexes lists; on an object it is a key. A step on a
// list of objects that is no number walks into each element and gathers ("items.name").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "json/value.hpp"

namespace b24gate::mapping {

class Path {
 public:
  // Fails with ErrorKind::config: what is wrong, `where` = "character N".
  static Result<Path> parse(std::string_view text);

  // The first value that says something, null when there is none. Points into `root`.
  [[nodiscard]] const json::Value* find(const json::Value& root) const;
  // Everything the path leads to, for gathering steps.
  [[nodiscard]] std::vector<const json::Value*> find_all(const json::Value& root) const;
  [[nodiscard]] const std::string& text() const { return text_; }
  // The first step: what a checker compares with the names there are.
  [[nodiscard]] const std::string& head() const;
  // The keys of all steps without indexes and selections: "order.items.0.name" -> order, items, name.
  [[nodiscard]] std::vector<std::string> keys() const;

 private:
  struct Step {
    std::string key;
    std::string where_key;  // of [key=text]; empty for a plain step
    std::string where_text;
    std::optional<std::size_t> index;  // of a key that is a number
  };
  // Calls `take` for what says something below `value`, in order, until it returns true.
  template <class Take>
  bool walk(const json::Value& value, std::size_t step, Take& take) const;

  std::string text_;
  std::vector<Step> steps_;
};

}  // namespace b24gate::mapping
