#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "normalize/given_names.hpp"
#include "normalize/normalize.hpp"

namespace b24gate::normalize {
namespace {

constexpr std::size_t longest_name = 120;  // bytes

bool ends_with(std::string_view word, std::string_view ending) {
  return word.size() > ending.size() && word.substr(word.size() - ending.size()) == ending;
}

bool ends_with_any(std::string_view word, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](auto ending) { return ends_with(word, ending); });
}

// A word beside its folded form, in which ё is е.
struct Word {
  std::string_view typed;
  std::string folded;
};

std::string folded_without_yo(std::string_view text) {
  std::string out = utf8::folded(text);
  for (std::size_t at = out.find("ё"); at != std::string::npos; at = out.find("ё", at))
    out.replace(at, 2, "е");
  return out;
}

bool has_letter(std::string_view word) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(word.data());
  const auto size = static_cast<std::int32_t>(word.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 point = 0;
    U8_NEXT(bytes, at, size, point);
    if (point >= 0 && u_isalpha(point)) return true;
  }
  return false;
}

// Words without a letter are ornament: «Азамат 🔧» is one word.
std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  constexpr std::string_view blanks = " \t\r\n";
  for (std::size_t at = text.find_first_not_of(blanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(blanks, at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (has_letter(word)) words.push_back({word, folded_without_yo(word)});
    at = text.find_first_not_of(blanks, end);
  }
  return words;
}

// «Рашид оглы»: the father's name and a word of its own.
bool is_son_or_daughter(std::string_view folded) {
  return folded == "оглы" || folded == "оглу" || folded == "кызы" || folded == "гызы" || folded == "улы";
}

bool is_patronymic(const Word& word) {
  const std::size_t hyphen = word.folded.rfind('-');  // «Рашид-оглы»
  if (hyphen != std::string::npos && is_son_or_daughter(std::string_view(word.folded).substr(hyphen + 1)))
    return true;
  return ends_with_any(word.folded, {"ович", "евич", "ьич", "мич", "кич", "тич", "овна", "евна", "ична",
                                     "инична", "ovich", "evich", "ovna", "evna"});
}

bool is_surname(const Word& word) {
  if (is_given_name(word.folded)) return false;
  return ends_with_any(word.folded,
                       {"ов",   "ова",  "ев",   "ева",   "ин",   "ина", "ын",  "ына",  "ский", "ская",
                        "цкий", "цкая", "ской", "цкой",  "енко", "ко",  "чук", "юк",   "ук",   "як",
                        "ян",   "янц",  "дзе",  "швили", "их",   "ых",  "ой",  "ец",   "ич",   "ун",
                        "ый",   "ий",   "ая",   "ева",   "ян",   "оев", "ман", "берг", "штейн"}) ||
         ends_with_any(word.folded,
                       {"ov", "ova", "ev", "eva", "in", "ina", "sky", "skaya", "skiy", "enko", "yan"});
}

// «Т.», «Т.Б.», «Т»
bool is_initial(const Word& word) {
  return utf8::length(word.folded) == 1 || (word.folded.back() == '.' && utf8::length(word.folded) <= 4);
}

bool looks_like_company(std::string_view text, const std::vector<Word>& words) {
  for (const std::string_view sign :
       {"\"", "«", "»", "“", "”", "„", "&", "@", "/", "(", "+", "#", "№", "_", ":", ",", "|"}) {
    if (text.find(sign) != std::string_view::npos) return true;
  }
  if (std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return true;
  for (const auto& word : words) {
    for (const std::string_view form :
         {"ооо",      "оао",      "зао",           "пао",      "ао",          "нао",
          "ип",       "гуп",      "муп",           "фгуп",     "фгбу",        "фгбоу",
          "мбу",      "гбу",      "ано",           "нко",      "снт",         "тсж",
          "кфх",      "тоо",      "одо",           "чп",       "тд",          "гк",
          "llc",      "ltd",      "ltd.",          "inc",      "inc.",        "gmbh",
          "corp",     "co.",      "компания",      "завод",    "фирма",       "группа",
          "холдинг",  "отдел",    "снабжение",     "торговый", "предприятие", "фабрика",
          "комбинат", "институт", "администрация", "тест",     "test"}) {
      if (word.folded == form) return true;
    }
  }
  return false;
}

FullName of(std::string_view last, std::string_view first, std::string_view second) {
  return {std::string(last), std::string(first), std::string(second)};
}

FullName of_two(const Word& a, const Word& b) {
  if (is_patronymic(b)) return is_surname(a) ? of(a.typed, "", b.typed) : of("", a.typed, b.typed);
  if (is_initial(b)) {
    // «Ахметов Т.Б.»: both initials in one word.
    const std::size_t dot = b.typed.find('.');
    const std::string_view rest = dot == std::string_view::npos ? "" : b.typed.substr(dot + 1);
    return of(a.typed, dot == std::string_view::npos ? b.typed : b.typed.substr(0, dot + 1), rest);
  }
  const bool a_given = is_given_name(a.folded);
  const bool b_given = is_given_name(b.folded);
  if (b_given && !a_given) return of(a.typed, b.typed, "");
  if (a_given && !b_given) return of(b.typed, a.typed, "");
  if (is_surname(a) && !is_surname(b)) return of(a.typed, b.typed, "");
  return of(b.typed, a.typed, "");
}

FullName of_three(const Word& a, const Word& b, const Word& c) {
  if (is_son_or_daughter(c.folded)) {
    return of("", a.typed, std::string(b.typed) + " " + std::string(c.typed));
  }
  if (is_patronymic(c)) return of(a.typed, b.typed, c.typed);
  if (is_patronymic(b)) return of(c.typed, a.typed, b.typed);
  if (is_initial(b) && is_initial(c)) return of(a.typed, b.typed, c.typed);
  if (is_initial(a) && is_initial(b)) return of(c.typed, a.typed, b.typed);
  if (is_given_name(b.folded)) return of(a.typed, b.typed, c.typed);
  return {};
}

}  // namespace

FullName split_name(std::string_view text) {
  text = utf8::trimmed(text);
  if (text.empty() || text.size() > longest_name || !utf8::valid(text)) return {};
  const auto words = words_of(text);
  if (words.size() > 4 || looks_like_company(text, words)) return {};
  switch (words.size()) {
    case 1:
      if (is_surname(words[0])) return of(words[0].typed, "", "");
      return of("", words[0].typed, "");
    case 2:
      return of_two(words[0], words[1]);
    case 3:
      return of_three(words[0], words[1], words[2]);
    case 4:
      if (!is_son_or_daughter(words[3].folded)) return {};
      return of(words[0].typed, words[1].typed,
                std::string(words[2].typed) + " " + std::string(words[3].typed));
    default:
      return {};
  }
}

}  // namespace b24gate::normalize
