#include "yaml/syntax.hpp"

#include <fmt/format.h>
#include <yaml-cpp/exceptions.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace b24gate::yaml {
namespace {

constexpr std::size_t none = std::string_view::npos;

// Behind the quote that closes the one at `at`; none when there is none.
std::size_t end_of_quote(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t end = at + 1; end < text.size(); ++end) {
    if (quote == '"' && text[end] == '\\') {
      ++end;
    } else if (text[end] == quote) {
      if (quote == '"' || end + 1 >= text.size() || text[end + 1] != quote) return end + 1;
      ++end;  // '' is one quote
    }
  }
  return none;
}

SyntaxMistake not_closed(std::string_view text, std::size_t quote) {
  return {quote, fmt::format("this {} is not closed; write another one behind the text", text[quote])};
}

// Finds brackets and quotes that are open at the end of a text, as far as a person would say so. The parser
// only tells where it gave up.
class Openings {
 public:
  explicit Openings(std::string_view text) : text_(text) {
    for (std::size_t at = 0; at < text_.size();) at = step(at);
  }

  [[nodiscard]] std::optional<std::size_t> bracket() const {
    return brackets_.empty() ? std::nullopt : std::optional(brackets_.back());
  }
  [[nodiscard]] std::optional<std::size_t> quote() const { return quote_; }
  // A quoted text that began in an earlier line and ends in the last one: most likely its own closing quote
  // is missing, and the next one was taken for it.
  [[nodiscard]] std::optional<std::size_t> long_quote() const {
    const bool last_line = quoted_end_ > 0 && text_.find('\n', quoted_end_) == none;
    const std::string_view quoted = text_.substr(quoted_, quoted_end_ - quoted_);
    return last_line && quoted.find('\n') != none ? std::optional(quoted_) : std::nullopt;
  }

 private:
  // Reads one thing and returns where the next begins.
  std::size_t step(std::size_t at) {
    const char c = text_[at];
    const bool begins = begins_value(at);
    if (c == '#' && (at == 0 || is_space(text_[at - 1]))) return std::min(text_.find('\n', at), text_.size());
    if ((c == '"' || c == '\'') && begins) return behind_quote(at);
    if ((c == '|' || c == '>') && begins && brackets_.empty()) return behind_block(at);
    if ((c == '[' || c == '{') && (begins || !brackets_.empty())) brackets_.push_back(at);
    if ((c == ']' || c == '}') && !brackets_.empty()) {
      // One of the other kind closes nothing: what is open stays so.
      if (c != (text_[brackets_.back()] == '[' ? ']' : '}')) return text_.size();
      brackets_.pop_back();
    }
    return at + 1;
  }

  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  // Whether what stands here is the first letter of a value or key, and not of the middle of a plain text.
  [[nodiscard]] bool begins_value(std::size_t at) const {
    std::size_t before = at;
    while (before > 0 && (text_[before - 1] == ' ' || text_[before - 1] == '\t')) --before;
    if (before == 0 || text_[before - 1] == '\n') return true;
    const char c = text_[before - 1];
    if (c == '[' || c == '{' || c == ',') return !brackets_.empty();
    return before < at && (c == ':' || c == '-' || c == '?');
  }

  std::size_t behind_quote(std::size_t at) {
    const std::size_t end = end_of_quote(text_, at);
    if (end != none) {
      quoted_ = at;
      quoted_end_ = end;
      return end;
    }
    quote_ = at;
    return text_.size();
  }

  // A block text goes on as long as its lines are indented more than the line that begins it.
  [[nodiscard]] std::size_t behind_block(std::size_t at) const {
    const std::size_t line = at == 0 ? 0 : text_.rfind('\n', at - 1) + 1;
    const std::size_t indent = indentation(line);
    std::size_t end = text_.find('\n', at);
    while (end != none) {
      const std::size_t next = end + 1;
      const std::size_t letter = text_.find_first_not_of(" \r\n", next);
      if (letter == none) return text_.size();
      if (text_.find('\n', next) > letter && indentation(next) <= indent) return next;
      end = text_.find('\n', next);
    }
    return text_.size();
  }

  [[nodiscard]] std::size_t indentation(std::size_t line) const {
    return std::min(text_.find_first_not_of(' ', line), text_.size()) - line;
  }

  std::string_view text_;
  std::vector<std::size_t> brackets_;
  std::optional<std::size_t> quote_;
  std::size_t quoted_ = 0;  // the last quoted text that is closed
  std::size_t quoted_end_ = 0;
};

// The first tab in the indentation of a line up to that of `at`.
std::optional<std::size_t> tab_in_indentation(std::string_view text, std::size_t at) {
  for (std::size_t line = 0; line <= std::min(at, text.size() - 1);) {
    const std::size_t letter = text.find_first_not_of(' ', line);
    if (letter != none && text[letter] == '\t') {
      // Lines of white space only mean nothing.
      const std::size_t word = text.find_first_not_of(" \t\r", letter);
      if (word != none && text[word] != '\n') return letter;
    }
    const std::size_t end = text.find('\n', line);
    if (end == none) break;
    line = end + 1;
  }
  return std::nullopt;
}

struct Words {
  const char* parser;
  const char* ours;
};

namespace says = YAML::ErrorMsg;

constexpr const char* indent_mistake =
    "the indentation fits none of the lines above; let keys that belong together begin in one column";
constexpr const char* quote_value = "a value cannot begin with this character; put it in quotes";

const Words table[] = {
    {says::END_OF_MAP, indent_mistake},
    {says::END_OF_MAP_FLOW, "a { before this is not closed; write } at its end"},
    {says::END_OF_SEQ_FLOW, "a [ before this is not closed; write ] at its end"},
    {says::EOF_IN_SCALAR, "a quote before this is not closed; write another one behind the text"},
    {says::DOC_IN_SCALAR, "a quote before this is not closed; write another one behind the text"},
    {says::END_OF_SEQ,
     "the list ends here, but the line belongs to nothing; let all its lines begin with '- ' in one column"},
    {says::MAP_VALUE,
     "a ':' that belongs to no key; put the value in quotes when it holds ': ', or look whether the line "
     "above "
     "lacks its own"},
    {says::MAP_KEY, "no key can stand here; begin a new line, indented like its neighbours"},
    {says::BLOCK_ENTRY, "no '- ' can stand here; begin a new line, or put the text in quotes"},
    {says::FLOW_END, "this bracket closes nothing; take it out, or open it before"},
    {says::TAB_IN_INDENTATION, "a tab; write spaces, YAML takes no tabs for indentation"},
    {says::INVALID_ESCAPE,
     "a backslash in double quotes begins an escape that does not exist; write two of them, or single "
     "quotes"},
    {says::INVALID_HEX, "no hexadecimal number follows the backslash; write two of them, or single quotes"},
    {says::UNKNOWN_TOKEN, quote_value},
    {says::ALIAS_NOT_FOUND, quote_value},
    {says::CHAR_IN_ALIAS, quote_value},
    {says::ALIAS_CONTENT, quote_value},
    {says::ANCHOR_NOT_FOUND, quote_value},
    {says::CHAR_IN_ANCHOR, quote_value},
    {says::CHAR_IN_TAG_HANDLE, quote_value},
    {says::UNKNOWN_ANCHOR,
     "'*' names an anchor that is not there; put the value in quotes when it is a text"},
    {says::CHAR_IN_BLOCK, "only a digit, + or - may follow | and >; begin the text in the next line"},
};

std::string words_for(std::string_view parser_says) {
  for (const auto& row : table) {
    if (parser_says.rfind(row.parser, 0) == 0) return row.ours;
  }
  return fmt::format("this is no YAML ({}); put texts with special characters in quotes", parser_says);
}

}  // namespace

std::optional<SyntaxMistake> unclosed_quote(std::string_view text, std::size_t at) {
  if (at >= text.size() || (text[at] != '"' && text[at] != '\'') || end_of_quote(text, at) != none)
    return std::nullopt;
  return not_closed(text, at);
}

SyntaxMistake explain(std::string_view text, std::size_t at, std::string_view parser_says) {
  if (text.empty()) return {0, words_for(parser_says)};
  if (const auto tab = tab_in_indentation(text, at)) return {*tab, words_for(says::TAB_IN_INDENTATION)};
  const bool bracket = parser_says == says::END_OF_SEQ_FLOW || parser_says == says::END_OF_MAP_FLOW;
  const Openings open(text.substr(0, at));
  if (bracket && open.bracket()) {
    const char opened = text[*open.bracket()];
    return {*open.bracket(),
            fmt::format("this {} is not closed; write {} at its end", opened, opened == '[' ? ']' : '}')};
  }
  if (parser_says == says::EOF_IN_SCALAR || parser_says == says::DOC_IN_SCALAR) {
    if (const auto quote = Openings(text).quote()) return not_closed(text, *quote);
  }
  if (const auto quote = open.long_quote()) return not_closed(text, *quote);
  return {std::min(at, text.size()), words_for(parser_says)};
}

}  // namespace b24gate::yaml
