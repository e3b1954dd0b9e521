// Reads the small language inside {{ }} and {% %}: names, paths, texts in quotes, numbers, signs.
//
// Works on a slice of the text it was given, so that mistakes name the character of the whole. Not
// thread-safe; the text must outlive the reader.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "json/value.hpp"
#include "mapping/path.hpp"

namespace b24gate::mapping {

// A path, or a constant when there is none.
struct Operand {
  std::optional<Path> path;
  json::Value constant;
};

class Reader {
 public:
  explicit Reader(std::string_view whole) : Reader(whole, 0, whole.size()) {}
  Reader(std::string_view whole, std::size_t from, std::size_t end) : whole_(whole), at_(from), end_(end) {}

  void skip_spaces();
  [[nodiscard]] bool at_end();
  [[nodiscard]] std::size_t position() const { return at_; }
  // What is left, without leading spaces; for messages.
  [[nodiscard]] std::string_view rest();

  // Each of these skips leading spaces and moves on only when it finds what it is for.
  bool take(std::string_view sign);
  bool take_word(std::string_view word);  // a whole word: "or" is not the beginning of "order"
  [[nodiscard]] bool next_is(char c);
  // A name of letters, digits and _; empty when there is none.
  std::string take_name();
  // A text in quotes, a number, true, false, or a path.
  Result<Operand> take_operand();
  // The same inside a list, where ] ends a value.
  Result<Operand> take_operand_in_list();
  Result<std::string> take_text();  // in quotes

  [[nodiscard]] tl::unexpected<Error> mistake(std::string what) const {
    return mistake_at(at_, std::move(what));
  }
  [[nodiscard]] tl::unexpected<Error> mistake_at(std::size_t at, std::string what) const;

 private:
  [[nodiscard]] std::string_view left() const { return whole_.substr(at_, end_ - at_); }
  [[nodiscard]] std::size_t path_length(bool in_list) const;
  Result<Operand> take_value(bool in_list);

  std::string_view whole_;
  std::size_t at_;
  std::size_t end_;
};

}  // namespace b24gate::mapping
