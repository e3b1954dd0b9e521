#include "base/utf8.hpp"

#include <doctest/doctest.h>

using namespace b24gate;

TEST_CASE("valid UTF-8 is told from broken bytes") {
  CHECK(utf8::valid(""));
  CHECK(utf8::valid("Пётр ☎ 😀"));
  CHECK_FALSE(utf8::valid("\xCF\xF0\xE8\xE2\xE5\xF2"));  // windows-1251
  CHECK_FALSE(utf8::valid("\xC0\xAF"));                  // overlong
  CHECK_FALSE(utf8::valid("\xED\xA0\x80"));              // a surrogate
  CHECK_FALSE(utf8::valid("a\xD0"));                     // cut
  CHECK_FALSE(utf8::valid("\xF4\x90\x80\x80"));          // beyond U+10FFFF
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
