#include "mapping/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/utf8.hpp"

namespace b24gate::mapping {
namespace {

constexpr std::string_view spaces = " \t\r\n";
// What ends a path outside of its brackets.
constexpr std::string_view path_end = " \t\r\n|(),=!<>'\"";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (c & 0x80) != 0;
}

// A number is written in digits, with one dot at most: 100000, 1.5, -3.
std::optional<json::Value> number(std::string_view text) {
  if (text.find_first_not_of("0123456789.-") != std::string_view::npos) return std::nullopt;
  const char* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, whole);
      error == std::errc() && stop == end) {
    return json::Value(whole);
  }
  double real = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, real);
      error == std::errc() && stop == end) {
    return json::Value(real);
  }
  return std::nullopt;
}

}  // namespace

tl::unexpected<Error> Reader::mistake_at(std::size_t at, std::string what) const {
  return fail(ErrorKind::config, fmt::format("character {}", utf8::length(whole_.substr(0, at)) + 1),
              std::move(what), Ran::no, Move::administrator);
}

void Reader::skip_spaces() {
  while (at_ < end_ && spaces.find(whole_[at_]) != std::string_view::npos) ++at_;
}

bool Reader::at_end() {
  skip_spaces();
  return at_ == end_;
}

std::string_view Reader::rest() {
  skip_spaces();
  return utf8::trimmed(left());
}

bool Reader::take(std::string_view sign) {
  skip_spaces();
  if (left().substr(0, sign.size()) != sign) return false;
  at_ += sign.size();
  return true;
}

bool Reader::take_word(std::string_view word) {
  skip_spaces();
  const std::string_view text = left();
  if (text.substr(0, word.size()) != word) return false;
  if (text.size() > word.size() && (is_word(text[word.size()]) || text[word.size()] == '.')) return false;
  at_ += word.size();
  return true;
}

bool Reader::next_is(char c) {
  skip_spaces();
  return at_ < end_ && whole_[at_] == c;
}

std::string Reader::take_name() {
  skip_spaces();
  const std::size_t from = at_;
  while (at_ < end_ && (is_word(whole_[at_]) || whole_[at_] == '-')) ++at_;
  return std::string(whole_.substr(from, at_ - from));
}

Result<std::string> Reader::take_text() {
  skip_spaces();
  const std::size_t from = at_;
  if (at_ == end_ || (whole_[at_] != '\'' && whole_[at_] != '"')) return mistake("expected a text in quotes");
  const char quote = whole_[at_];
  std::string out;
  for (++at_; at_ < end_; ++at_) {
    char c = whole_[at_];
    if (c == quote) {
      ++at_;
      return out;
    }
    if (c == '\\' && at_ + 1 < end_) {
      c = whole_[++at_];
      if (c == 'n') c = '\n';
      if (c == 't') c = '\t';
    }
    out += c;
  }
  at_ = from;
  return mistake("the quote is not closed");
}

std::size_t Reader::path_length(bool in_list) const {
  const std::string_view text = left();
  std::size_t length = 0;
  while (length < text.size() && path_end.find(text[length]) == std::string_view::npos) {
    if (in_list && text[length] == ']') break;
    // Brackets hold anything: "answers[q=Мощность, кВт].a".
    if (text[length] == '[') length = std::min(text.find(']', length), text.size() - 1);
    ++length;
  }
  return length;
}

Result<Operand> Reader::take_operand() { return take_value(false); }
Result<Operand> Reader::take_operand_in_list() { return take_value(true); }

Result<Operand> Reader::take_value(bool in_list) {
  skip_spaces();
  if (at_ == end_)
    return mistake("a value is missing here: write a path like contact.name or a text in quotes");
  Operand out;
  if (whole_[at_] == '\'' || whole_[at_] == '"') {
    auto text = take_text();
    if (!text) return fail(text.error());
    out.constant = json::Value(std::move(*text));
    return out;
  }
  const std::string_view token = left().substr(0, path_length(in_list));
  if (token.empty()) {
    return mistake(fmt::format("expected a path like contact.name or a text in quotes, found '{}'",
                               utf8::head(left(), 1)));
  }
  if (token == "true" || token == "false") {
    out.constant = json::Value(token == "true");
  } else if (auto value = number(token)) {
    out.constant = std::move(*value);
  } else {
    auto path = Path::parse(token);
    if (!path) return mistake(fmt::format("'{}' is no path: {}", token, path.error().what));
    out.path = std::move(*path);
  }
  at_ += token.size();
  return out;
}

}  // namespace b24gate::mapping
