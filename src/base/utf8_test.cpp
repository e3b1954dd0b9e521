#include "base/utf8.hpp"

#include <doctest/doctest.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <random>
#include <string>

using namespace b24gate;

namespace {

std::string of_point(UChar32 point) {
  char bytes[U8_MAX_LENGTH];
  std::int32_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, point);
  return {bytes, static_cast<std::size_t>(length)};
}

// A byte at a time, by the library.
bool valid_by_library(std::string_view text) {
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 point = 0;
    U8_NEXT(text.data(), at, size, point);
    if (point < 0) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("valid UTF-8 is told from broken bytes") {
  CHECK(utf8::valid(""));
  CHECK(utf8::valid("Пётр ☎ 😀"));
  CHECK_FALSE(utf8::valid("\xCF\xF0\xE8\xE2\xE5\xF2"));  // windows-1251
  CHECK_FALSE(utf8::valid("\xC0\xAF"));                  // overlong
  CHECK_FALSE(utf8::valid("\xED\xA0\x80"));              // a surrogate
  CHECK_FALSE(utf8::valid("a\xD0"));                     // cut
  CHECK_FALSE(utf8::valid("\xF4\x90\x80\x80"));          // beyond U+10FFFF
}

TEST_CASE("valid says of every text what the library says") {
  std::mt19937 random(20261129);  // NOLINT: the same texts every time
  const auto below = [&](std::uint32_t bound) { return static_cast<std::uint32_t>(random()) % bound; };
  int good = 0;
  int broken = 0;
  for (int i = 0; i < 200'000; ++i) {
    // Mostly of one or two bytes a character, as texts are; every length up to some four steps of eight
    // bytes.
    std::string text;
    const std::uint32_t size = below(36);
    const bool is_mixed = below(4) == 0;
    while (text.size() < size) {
      const std::uint32_t kind = below(is_mixed ? 8 : 4);
      text += of_point(static_cast<UChar32>(kind < 2    ? 0x20 + below(0x5F)
                                            : kind < 6  ? 0x80 + below(0x780)
                                            : kind == 6 ? 0x800 + below(0xD000)
                                                        : 0x10000 + below(0x100000)));
    }
    CHECK(utf8::valid(text));
    for (std::uint32_t changes = below(3); changes > 0 && !text.empty(); --changes) {
      const std::uint32_t at = below(static_cast<std::uint32_t>(text.size()));
      switch (below(4)) {
        case 0:
          text.erase(at, 1);
          break;
        case 1:
          text.insert(at, 1, static_cast<char>(below(256)));
          break;
        case 2:
          text.resize(at);
          break;
        default:
          text[at] = static_cast<char>(below(256));
      }
    }
    const bool expected = valid_by_library(text);
    ++(expected ? good : broken);
    if (utf8::valid(text) != expected) {
      CAPTURE(text);
      CHECK(utf8::valid(text) == expected);
    }
  }
  CHECK(good > 50'000);
  CHECK(broken > 50'000);
}

TEST_CASE("two bytes, each with each, wherever they stand in a step of eight") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      for (const std::size_t at : {0U, 3U, 6U, 7U, 8U}) {
        std::string text(17, 'x');
        text[at] = static_cast<char>(first);
        text[at + 1] = static_cast<char>(second);
        if (utf8::valid(text) != valid_by_library(text)) {
          CAPTURE(first);
          CAPTURE(second);
          CHECK(utf8::valid(text) == valid_by_library(text));
        }
      }
    }
  }
}

TEST_CASE("folding says of every character what the library says") {
  for (UChar32 point = 1; point <= 0x10FFFF; point += point < 0x3000 ? 1 : 101) {
    if (U_IS_SURROGATE(point)) continue;
    const std::string expected = of_point(u_foldCase(point, U_FOLD_CASE_DEFAULT));
    const std::string text = of_point(point);
    if (utf8::folded(text) == expected && utf8::folded("Ж" + text + "Ё") == "ж" + expected + "ё") continue;
    CAPTURE(point);
    CHECK(utf8::folded(text) == expected);
    CHECK(utf8::folded("Ж" + text + "Ё") == "ж" + expected + "ё");
  }
  CHECK(utf8::folded("А\xD0") == "а\uFFFD");
  CHECK(utf8::folded("А\xD0Б") == "а\uFFFDб");
  CHECK(utf8::folded("А\xD1\xC0") == "а\uFFFD\uFFFD");
}

TEST_CASE("broken bytes are replaced") {
  CHECK(utf8::repaired("a\xFFz") == "a\uFFFDz");
  CHECK(utf8::repaired("целое") == "целое");
  CHECK(utf8::valid(utf8::repaired("\xD0\xD0\xF0\x9F\x80")));
}

TEST_CASE("length and head count code points") {
  CHECK(utf8::length("Пётр 😀") == 6);
  CHECK(utf8::length("a\xFF") == 2);
  CHECK(utf8::head("Пётр", 2) == "Пё");
  CHECK(utf8::head("Пётр", 9) == "Пётр");
  CHECK(utf8::head("😀😀", 1) == "😀");
  CHECK(utf8::head("x", 0) == "");
}

TEST_CASE("folding and trimming") {
  CHECK(utf8::folded("ГПУ Straße ЁЖ") == "гпу straße ёж");
  CHECK(utf8::folded("\xFF") == "\uFFFD");
  CHECK(utf8::trimmed(" \t\n Пётр Иванов\u00A0\u200B\uFEFF ") == "Пётр Иванов");
  CHECK(utf8::trimmed(" \u2003 ") == "");
  CHECK(utf8::trimmed("") == "");
  CHECK(utf8::trimmed("a b\u2003") == "a b");
  CHECK(utf8::trimmed("\u200B\u0431 ") == "\u0431");
  // Broken bytes are no blanks, and what stands beside them stays.
  CHECK(utf8::trimmed(" \xE2\x80 ") == "\xE2\x80");
  CHECK(utf8::trimmed("\x80\x83") == "\x80\x83");
  CHECK(utf8::trimmed(" \xF0\x9F\x99\x82\xA0 ") == "\xF0\x9F\x99\x82\xA0");
}
