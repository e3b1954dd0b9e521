#include "base/controls.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using namespace std::string_literals;

namespace {

std::string removed(std::string text) {
  controls::remove(text);
  return text;
}

}  // namespace

TEST_CASE("control characters are found wherever they stand, and nothing else is taken for one") {
  for (int byte = 0; byte < 256; ++byte) {
    const bool is_control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F;
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(20, 'a');
      text[at] = static_cast<char>(byte);
      CHECK(controls::any(text) == is_control);
    }
  }
  for (int byte = 0x80; byte < 0xC0; ++byte) {
    for (std::size_t at = 0; at < 18; ++at) {
      std::string text(20, 'a');
      text[at] = '\xC2';
      text[at + 1] = static_cast<char>(byte);
      CHECK(controls::any(text) == (byte < 0xA0));
    }
  }
  CHECK_FALSE(controls::any("Пётр\r\n\tИванов — «ГПУ» 😀"));
  CHECK_FALSE(controls::any(""));
}

TEST_CASE("they are taken out, and lines stay lines") {
  CHECK(removed("a\x1b[31mb\x07\x7f"s) == "a[31mb");
  CHECK(removed("a\0b"s) == "ab");
  CHECK(removed("one\r\ntwo\rthree\n\tfour\r") == "one\r\ntwo\nthree\n\tfour\n");
  CHECK(removed("\xC2\x9B"
                "31m\xC2\xA0") == "31m\xC2\xA0");
  CHECK(removed("Пётр") == "Пётр");
}

TEST_CASE("they are shown as what they are") {
  CHECK(controls::escaped("a\x1b[31m\nb\x07") == "a\\x1b[31m\nb\\x07");
  CHECK(controls::escaped("\xC2\x9B"
                          "1m") ==
        "\\xc2\\x9b"
        "1m");
  CHECK(controls::escaped("Пётр\r\n") == "Пётр\r\n");
}
