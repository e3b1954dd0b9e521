#include "base/ascii.hpp"

#include <doctest/doctest.h>

using namespace b24gate;

TEST_CASE("only the letters A to Z are folded") {
  CHECK(ascii::lower("X-Api-KEY [\\]^_`@{") == "x-api-key [\\]^_`@{");
  CHECK(ascii::lower("ЁЖ\xff") == "ЁЖ\xff");
  CHECK(ascii::same("Content-Type", "content-tyPE"));
  CHECK_FALSE(ascii::same("a", "ab"));
  CHECK_FALSE(ascii::same("[", "{"));
}
