// What is wrong with a text that is no YAML, in our words: where, what, and what to write instead.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace b24gate::yaml {

struct SyntaxMistake {
  std::size_t at = 0;  // byte in the text
  std::string what;
};

// Of a quoted text that begins at the byte `at`: that it is never closed. yaml-cpp takes the rest of the file
// for it without a word.
std::optional<SyntaxMistake> unclosed_quote(std::string_view text, std::size_t at);

// `parser_says` is yaml-cpp's message about the byte `at` of `text`. The place returned is where a person
// must look: of a bracket or quote that is never closed the place where it is opened.
SyntaxMistake explain(std::string_view text, std::size_t at, std::string_view parser_says);

}  // namespace b24gate::yaml
