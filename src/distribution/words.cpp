#include "distribution/words.hpp"

#include <libstemmer.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/utf8.hpp"

namespace b24gate::distribution {
namespace {

struct DeleteStemmer {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};
using Stemmer = std::unique_ptr<sb_stemmer, DeleteStemmer>;

// A stemmer keeps its last word, so that each thread needs its own.
sb_stemmer* stemmer_for(bool cyrillic) {
  thread_local const Stemmer russian(sb_stemmer_new("russian", "UTF_8"));
  thread_local const Stemmer english(sb_stemmer_new("english", "UTF_8"));
  return cyrillic ? russian.get() : english.get();
}

// Snowball leaves fleeting vowels where they are: заявка and заявок, котёл and котла, стойка and стоек have
// two stems each. Here they get one. It is applied to every stem alike, so that no form of a word is lost by
// it.
void without_fleeting_vowel(std::string& stem) {
  constexpr std::size_t letter = 2;  // bytes of a Cyrillic one
  constexpr std::string_view vowels = "аеиоуыэюя";
  if (stem.size() < 4 * letter) return;
  const std::string_view end = std::string_view(stem).substr(stem.size() - 2 * letter);
  const std::string_view before = std::string_view(stem).substr(stem.size() - 3 * letter, letter);
  const bool after_vowel = vowels.find(before) != std::string_view::npos;
  if (after_vowel && end == "ек") {
    stem.replace(stem.size() - 2 * letter, letter, "й");
  } else if (!after_vowel && (end == "ок" || end == "ек" || end == "ец" || end == "ел" || end == "ен")) {
    stem.erase(stem.size() - 2 * letter, letter);
  }
}

std::string stem(std::string_view word, bool cyrillic) {
  // Nobody's word is longer; a stemmer's time is not linear in such a "word".
  constexpr std::size_t longest = 200;
  sb_stemmer* stemmer = stemmer_for(cyrillic);
  if (!stemmer || word.size() > longest) return std::string(word);
  const auto* bytes = reinterpret_cast<const sb_symbol*>(word.data());
  const sb_symbol* out = sb_stemmer_stem(stemmer, bytes, static_cast<int>(word.size()));
  if (!out) return std::string(word);
  std::string found(reinterpret_cast<const char*>(out), static_cast<std::size_t>(sb_stemmer_length(stemmer)));
  if (cyrillic) without_fleeting_vowel(found);
  return found;
}

// е for ё, in place: both take two bytes.
void without_yo(std::string& text) {
  for (std::size_t at = text.find("ё"); at != std::string::npos; at = text.find("ё", at))
    text.replace(at, 2, "е");
}

}  // namespace

std::string comparable(std::string_view text) {
  std::string out = utf8::folded(utf8::trimmed(text));
  without_yo(out);
  return out;
}

std::optional<double> decimal(std::string_view text) {
  const bool point = text.find('.') != std::string_view::npos;
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || (c == ',' && point)) continue;
    if (text.substr(i, 2) == "\u00A0") {
      i += 1;
    } else if (text.substr(i, 3) == "\u202F") {
      i += 2;
    } else if ((c >= '0' && c <= '9') || c == '.' || (c == '-' && digits.empty())) {
      digits += c;
    } else if (c == ',') {
      digits += '.';
    } else {
      return std::nullopt;
    }
  }
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::vector<std::string> stems_of(std::string_view text) {
  const std::string folded = comparable(text);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(folded.data());
  const auto size = static_cast<std::int32_t>(folded.size());
  std::vector<std::string> out;
  std::size_t begin = 0;
  bool inside = false;
  bool cyrillic = false;
  const auto finish = [&](std::size_t end) {
    if (inside) out.push_back(stem(std::string_view(folded).substr(begin, end - begin), cyrillic));
    inside = cyrillic = false;
  };
  for (std::int32_t at = 0; at < size;) {
    const auto start = static_cast<std::size_t>(at);
    UChar32 point = 0;
    U8_NEXT(bytes, at, size, point);
    if (point >= 0 && u_isalnum(point)) {
      if (!inside) begin = start;
      inside = true;
      cyrillic = cyrillic || (point >= 0x400 && point <= 0x52F);
    } else {
      finish(start);
    }
  }
  finish(folded.size());
  return out;
}

Stems::Stems(std::string_view text) : stems_(stems_of(text)) {
  for (std::size_t i = 0; i < stems_.size(); ++i) places_[stems_[i]].push_back(static_cast<std::uint32_t>(i));
}

bool Stems::contains(const std::vector<std::string>& phrase) const {
  if (phrase.empty()) return false;
  const auto first = places_.find(phrase.front());
  if (first == places_.end()) return false;
  return std::any_of(first->second.begin(), first->second.end(), [&](std::uint32_t at) {
    return at + phrase.size() <= stems_.size() &&
           std::equal(phrase.begin(), phrase.end(), stems_.begin() + static_cast<std::ptrdiff_t>(at));
  });
}

}  // namespace b24gate::distribution
