#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "base/secret.hpp"

using namespace b24gate;

TEST_CASE("nearest finds typos and nothing else") {
  const std::vector<std::string> names = {"attach", "new", "update", "направление"};
  CHECK(nearest("atach", names) == "attach");
  CHECK(nearest("attahc", names) == "attach");
  CHECK(nearest("updat", names) == "update");
  CHECK(nearest("напрвление", names) == "направление");
  CHECK(nearest("attach", names) == "attach");
  CHECK_FALSE(nearest("completely", names));
  CHECK_FALSE(nearest("xyz", names));
  CHECK_FALSE(nearest("", {}));
  CHECK(nearest("nwe", names) == "new");
  CHECK_FALSE(nearest(std::string("\xF0\xFF", 2), names));
}

TEST_CASE("of two alike the first wins") { CHECK(nearest("ab", {"ac", "ad"}) == "ac"); }

TEST_CASE("a secret matches itself only") {
  const Secret secret("s3cret");
  CHECK(secret.matches("s3cret"));
  CHECK_FALSE(secret.matches("s3cret "));
  CHECK_FALSE(secret.matches("s3cre"));
  CHECK_FALSE(secret.matches(""));
  CHECK_FALSE(Secret().matches(""));
  CHECK_FALSE(Secret().matches("x"));
  CHECK_FALSE(secret.matches("S3cret"));
  CHECK_FALSE(secret.matches("s3creT"));
  CHECK_FALSE(secret.matches("s3crets3cret"));  // whole, and again
  CHECK_FALSE(Secret("ss").matches("s"));
  // Wherever the two differ, whatever their length.
  for (std::size_t size = 1; size <= 40; ++size) {
    const std::string text(size, 'a');
    CHECK(Secret(text).matches(text));
    CHECK_FALSE(Secret(text).matches(text + "a"));
    CHECK_FALSE(Secret(text + "a").matches(text));
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = text;
      other[at] = '\xE1';  // one bit
      CHECK_FALSE(Secret(text).matches(other));
    }
  }
  CHECK(Secret().empty());
  CHECK(secret.reveal() == "s3cret");
  CHECK(Secret(std::string("a\0b", 3)).matches(std::string_view("a\0b", 3)));
  CHECK_FALSE(Secret(std::string("a\0b", 3)).matches("a"));
}

TEST_CASE("an error keeps whose move it is on the way up") {
  const Error inner{ErrorKind::network, "crm.item.add", "no answer", Ran::unknown, Move::ours, nullptr};
  const Result<int> outer = because("lead", "was not created", inner);
  REQUIRE_FALSE(outer);
  CHECK(outer.error().text() == "lead: was not created (because crm.item.add: no answer)");
  CHECK(outer.error().kind == ErrorKind::network);
  CHECK(outer.error().ran == Ran::unknown);
  CHECK(outer.error().move == Move::ours);
  CHECK(Error{ErrorKind::input, "", "alone", Ran::no, Move::nobody, nullptr}.text() == "alone");
  CHECK(name(Ran::unknown) == "unknown");
  CHECK(name(Move::administrator) == "administrator");
  CHECK(name(ErrorKind::disk) == "disk");
}
