// Words in any grammatical form, and texts made comparable: what conditions compare.
//
// Free functions are thread-safe. Time is linear in the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace b24gate::distribution {

// Trimmed, in one case, ё as е: two texts that a person would call the same are equal.
std::string comparable(std::string_view text);

// A decimal number as people and services write it: "1200000.00", "1 200 000,50", "-3". Nullopt for anything
// else: "2 МВт" is no number, because its unit matters.
std::optional<double> decimal(std::string_view text);

// The stems of a text's words in order, by Snowball: the Russian algorithm for words with Cyrillic letters,
// the English one for the others. Whatever is neither a letter nor a digit parts words.
std::vector<std::string> stems_of(std::string_view text);

// The words of one text, ready to be asked for phrases.
class Stems {
 public:
  explicit Stems(std::string_view text);
  // Whether the phrase's stems stand in the text side by side, in their order. False for an empty phrase.
  [[nodiscard]] bool contains(const std::vector<std::string>& phrase) const;

 private:
  std::vector<std::string> stems_;
  std::unordered_map<std::string_view, std::vector<std::uint32_t>> places_;  // keys point into stems_
};

}  // namespace b24gate::distribution
