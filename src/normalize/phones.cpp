// Phones, by libphonenumber. It wants one number at a time and does not know some Russian habits; people type
// several numbers with words around them. So a text is cut into pieces first.
#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <cstdlib>

#include "base/utf8.hpp"
#include "normalize/area_codes.hpp"
#include "normalize/normalize.hpp"

namespace b24gate::normalize {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t longest_text = 1000;                // bytes of one field that are looked at
constexpr std::size_t most_phones = 20;                   // of one field
constexpr std::string_view russian_beginnings = "34789";  // of the ten digits after +7, Kazakhstan's included

// The library's instance, made at the first use; its own log, which would quote numbers, is silenced.
const PhoneNumberUtil& util() {
  static const PhoneNumberUtil& instance = []() -> const PhoneNumberUtil& {
    PhoneNumberUtil* made = PhoneNumberUtil::GetInstance();
    made->SetLogger(new i18n::phonenumbers::NullLogger);  // owned by the library
    return *made;
  }();
  return instance;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_digit));
}

// A word that announces an extension, at the beginning of `text` (which is folded): its length, or 0.
std::size_t extension_word(std::string_view text) {
  for (const std::string_view word :
       {"добавочный", "добав", "доб", "внутренний", "внутр", "вн", "extension", "ext", "x", "#"}) {
    if (text.substr(0, word.size()) == word) return word.size();
  }
  return 0;
}

// A folded text cut into a number and its extension's digits.
struct Piece {
  std::string number;
  std::string extension;
};

// Cuts at commas, semicolons, slashes, line breaks and words. "доб. 12" stays with the number before it.
std::vector<Piece> cut(std::string_view text) {
  std::vector<Piece> pieces;
  Piece now;
  bool in_extension = false;
  const auto finish = [&] {
    if (count_digits(now.number) > 0) pieces.push_back(std::move(now));
    now = Piece();
    in_extension = false;
  };
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_digit(c)) {
      (in_extension ? now.extension : now.number) += c;
      ++at;
      continue;
    }
    // An extension ends where its digits end.
    if (in_extension && !now.extension.empty()) {
      finish();
      continue;
    }
    const bool has_number = count_digits(now.number) >= 5;
    if (const std::size_t length = has_number && !in_extension ? extension_word(text.substr(at)) : 0) {
      in_extension = true;
      at += length;
      continue;
    }
    if (in_extension && (c == '.' || c == ' ' || c == ':' || c == '#' || c == '(' || c == ',')) {
      ++at;
      continue;
    }
    // "8 (495) 790-75-91, доб. 12": a comma before an extension does not separate.
    if (has_number && !in_extension && (c == ',' || c == ';' || c == ' ' || c == '(')) {
      const std::size_t next = text.find_first_not_of(" ,;(", at);
      if (next != std::string_view::npos && extension_word(text.substr(next)) > 0) {
        at = next;
        continue;
      }
    }
    if (c == '+') {  // begins a number, wherever it stands
      finish();
      now.number += c;
    } else if (c == ' ' || c == '-' || c == '(' || c == ')' || c == '.' || c == '\t') {
      now.number += c;
    } else if (static_cast<unsigned char>(c) == 0xC2 && at + 1 < text.size() && text[at + 1] == '\xA0') {
      now.number += ' ';  // a no-break space
      ++at;
    } else if (static_cast<unsigned char>(c) == 0xE2 && at + 2 < text.size() && text[at + 1] == '\x80') {
      now.number += '-';  // dashes and special spaces of U+2000..203F
      at += 2;
    } else {
      finish();
    }
    ++at;
  }
  finish();
  return pieces;
}

// A country's own format, for numbers written without a country code.
bool plausible(const PhoneNumber& number, bool has_country_code) {
  if (util().IsValidNumber(number)) return true;
  if (util().IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE) return false;
  // Ranges are opened faster than the library's tables are updated: a full-length number is taken, but a
  // Russian one must begin like a Russian number and one without a country code must be known.
  std::string national;
  util().GetNationalSignificantNumber(number, &national);
  if (number.country_code() == 7)
    return national.size() == 10 && national.find_first_of(russian_beginnings) == 0;
  return has_country_code;
}

void fill(int country_code, std::string_view national, PhoneNumber& number) {
  const std::size_t zeros = std::min(national.find_first_not_of('0'), national.size());
  number.set_country_code(country_code);
  number.set_national_number(std::strtoull(std::string(national).c_str(), nullptr, 10));
  if (zeros == 0) return;
  number.set_italian_leading_zero(true);
  if (zeros > 1) number.set_number_of_leading_zeros(static_cast<std::int32_t>(zeros));
}

// The parts of a number in E.164. Country codes are prefixes of none other, so the first that there is is the
// one: what the library's parser finds out with twenty regular expressions.
bool split(std::string_view e164, PhoneNumber& number) {
  if (e164.size() < 5 || e164.size() > 16 || e164[0] != '+') return false;
  const std::string_view digits = e164.substr(1);
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
  int code = 0;
  std::string region;
  for (std::size_t length = 1; length <= 3; ++length) {
    code = code * 10 + (digits[length - 1] - '0');
    util().GetRegionCodeForCountryCode(code, &region);
    if (code == 0 || region == "ZZ") continue;
    fill(code, digits.substr(length), number);
    return true;
  }
  return false;
}

// +7 and ten digits, the first of them one of these.
bool is_of_seven(std::string_view e164, std::string_view first_digits) {
  return e164.size() == 12 && e164.substr(0, 2) == "+7" &&
         first_digits.find(e164[2]) != std::string_view::npos &&
         std::all_of(e164.begin() + 2, e164.end(), is_digit);
}

// The E.164 of a number that the library, asked as it wants to be asked, takes for one.
std::optional<std::string> parse(const std::string& text, const std::string& region) {
  // What plausible() says yes to, whether the library's tables know the range or not, and what Format() would
  // write: known without the library's regular expressions. The test compares.
  if (is_of_seven(text, russian_beginnings)) return text;
  PhoneNumber number;
  // +7 and ten digits leave nothing to find out.
  if (text.size() == 12 && text.compare(0, 2, "+7") == 0) {
    fill(7, std::string_view(text).substr(2), number);
  } else if (util().Parse(text, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR) {
    return std::nullopt;
  }
  if (!plausible(number, !text.empty() && text.front() == '+')) return std::nullopt;
  std::string e164;
  util().Format(number, PhoneNumberUtil::E164, &e164);
  return e164;
}

std::optional<Phone> read_one(const Piece& piece, const std::string& region) {
  std::string digits;
  std::copy_if(piece.number.begin(), piece.number.end(), std::back_inserter(digits), is_digit);
  if (digits.size() < 5 || digits.size() > 18) return std::nullopt;
  const bool has_plus = piece.number.find('+') != std::string::npos;
  std::vector<std::string> attempts;
  if (region == "RU" || region == "KZ") {
    // +8 (903) …, 8 903 … and 7 903 … are all +7 903 …; 810 is the way out of the country.
    if (digits.size() == 11 && (digits[0] == '8' || digits[0] == '7'))
      attempts.push_back("+7" + digits.substr(1));
    if (digits.size() == 10 && !has_plus) attempts.push_back("+7" + digits);
    if (digits.size() > 12 && digits.compare(0, 3, "810") == 0) attempts.push_back("+" + digits.substr(3));
    // 375 29 …, 380 …, 998 …: the plus was left out.
    if (digits.size() >= 11 && digits.size() <= 15) attempts.push_back("+" + digits);
    if (digits.size() > 11 && digits.compare(0, 2, "00") == 0) attempts.push_back("+" + digits.substr(2));
  } else {
    attempts.push_back(has_plus ? "+" + digits : digits);
    if (!has_plus && digits.size() >= 11) attempts.push_back("+" + digits);
  }
  if (has_plus && attempts.empty()) attempts.push_back("+" + digits);
  for (const auto& attempt : attempts) {
    if (auto e164 = parse(attempt, region)) return Phone{std::move(*e164), piece.extension.substr(0, 10)};
  }
  return std::nullopt;
}

// "89030001122 89120003344" and "8 903 000 11 22 8 912 000 33 44": two numbers that only a space separates.
std::vector<Piece> halves(const Piece& piece) {
  const std::string& text = piece.number;
  for (std::size_t space = text.find(' '); space != std::string::npos; space = text.find(' ', space + 1)) {
    Piece left{text.substr(0, space), ""};
    Piece right{text.substr(space + 1), piece.extension};
    const std::size_t left_digits = count_digits(left.number);
    if (left_digits >= 10 && left_digits <= 12 && count_digits(right.number) >= 10) return {left, right};
  }
  return {};
}

std::string trimmed(std::string_view text) { return std::string(utf8::trimmed(text)); }

}  // namespace

PhoneReading read_phone_text(std::string_view text, std::string_view region) {
  PhoneReading out;
  text = utf8::trimmed(text);
  if (text.empty()) return out;
  const std::string folded = utf8::folded(utf8::head(text, longest_text));
  if (count_digits(folded) < 5 || text.size() > longest_text) {
    out.unread.emplace_back(text);
    return out;
  }
  const std::string country(region);
  std::vector<Piece> pieces = cut(folded);
  std::reverse(pieces.begin(), pieces.end());  // taken from the back, so that halves can be put there
  while (!pieces.empty()) {
    const Piece piece = std::move(pieces.back());
    pieces.pop_back();
    if (out.phones.size() < most_phones) {
      if (auto phone = read_one(piece, country)) {
        const auto same = std::find_if(out.phones.begin(), out.phones.end(),
                                       [&](const Phone& known) { return known.e164 == phone->e164; });
        if (same == out.phones.end()) {
          out.phones.push_back(std::move(*phone));
        } else if (same->extension.empty()) {
          same->extension = phone->extension;
        }
        continue;
      }
      if (auto two = halves(piece); !two.empty()) {
        pieces.insert(pieces.end(), two.rbegin(), two.rend());
        continue;
      }
    }
    // A stray digit ("тел. 1: …") is no phone that somebody meant.
    if (count_digits(piece.number) >= 5) out.unread.push_back(trimmed(piece.number));
  }
  // Nothing was understood: then the text as it was typed says more than its pieces.
  if (out.phones.empty()) out.unread = {std::string(text)};
  return out;
}

std::vector<Phone> read_phones(std::string_view text, std::string_view region) {
  return read_phone_text(text, region).phones;
}

std::string country_of_phone(const std::string& e164) {
  // Kazakhstan's begin with 33622, 6 and 7; the test compares with the library.
  if (is_of_seven(e164, "489")) return "RU";
  PhoneNumber number;
  if (!split(e164, number)) return {};
  std::string region;
  util().GetRegionCodeForNumber(number, &region);
  if (region == "ZZ" || region.size() != 2)
    util().GetRegionCodeForCountryCode(number.country_code(), &region);
  return region.size() == 2 && region != "ZZ" ? region : std::string();
}

std::string region_of_phone(std::string_view e164) {
  if (e164.size() != 12 || e164.substr(0, 2) != "+7") return {};
  const std::string_view code = e164.substr(2, 3);
  const auto it =
      std::lower_bound(area_codes.begin(), area_codes.end(), code,
                       [](const AreaCode& known, std::string_view wanted) { return known.first < wanted; });
  return it != area_codes.end() && it->first == code ? std::string(it->second) : std::string();
}

}  // namespace b24gate::normalize
