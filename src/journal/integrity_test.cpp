// Damaged files: found at the start, told with what to do, never replaced.
#include "journal/integrity.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "journal/testing/fixture.hpp"

using namespace b24gate;
using journal::Journal;
using journal::testing::Fixture;

namespace {

std::string bytes_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

// Junk over a part of the file, as a disk that dies writes it.
void damage(const std::string& path, std::streamoff from, std::size_t size) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(from);
  file << std::string(size, '\x5a');
}

// A journal of some hundred pages, closed.
void fill(Fixture& fixture) {
  for (int i = 0; i < 200; ++i) {
    auto request = Fixture::request("k" + std::to_string(i), "+7903000" + std::to_string(1000 + i));
    request.body = std::string(3'000, 'b');
    REQUIRE(fixture.record(request));
  }
  fixture.journal.reset();
}

Error failure_of(const std::string& path, const Clock& clock, bool create = true) {
  auto opened = Journal::open({path, "", create, false}, clock);
  return opened ? Error{} : opened.error();
}

void says_what_to_do(const Error& error, const std::string& path) {
  CHECK(error.move == Move::administrator);
  CHECK(error.where == path);
  CHECK(error.what.find("b24gate backup") != std::string::npos);
  CHECK(error.what.find("(mv)") != std::string::npos);
}

}  // namespace

TEST_CASE("a damaged journal is not opened by the daemon, and stays as it is") {
  Fixture fixture;
  fill(fixture);
  damage(fixture.path(), 4'096 * 60, 4'096 * 40);
  const std::string before = bytes_of(fixture.path());
  const Error error = failure_of(fixture.path(), fixture.clock);
  CHECK(error.kind == ErrorKind::disk);
  says_what_to_do(error, fixture.path());
  CHECK(error.what.find("damaged") != std::string::npos);
  CHECK(bytes_of(fixture.path()) == before);
  // The command line still reads what can be read: it may be all that is left.
  CHECK(Journal::open({fixture.path(), "", false, true}, fixture.clock));
}

TEST_CASE("a journal whose first page is junk is no journal, and stays as it is") {
  Fixture fixture;
  fill(fixture);
  damage(fixture.path(), 0, 4'096);
  const std::string before = bytes_of(fixture.path());
  says_what_to_do(failure_of(fixture.path(), fixture.clock), fixture.path());
  CHECK(bytes_of(fixture.path()) == before);
}

TEST_CASE("a journal that was cut off is found out by everybody") {
  Fixture fixture;
  fill(fixture);
  std::filesystem::resize_file(fixture.path(), std::filesystem::file_size(fixture.path()) / 2);
  const Error error = failure_of(fixture.path(), fixture.clock);
  CHECK(error.kind == ErrorKind::disk);
  says_what_to_do(error, fixture.path());
  says_what_to_do(failure_of(fixture.path(), fixture.clock, false), fixture.path());
}

TEST_CASE("a large journal is checked at its ends") {
  Fixture fixture;
  fill(fixture);
  const auto check = [&]() -> Done {
    auto connection = journal::Connection::open(fixture.path(), "", journal::Connection::Use::write);
    if (!connection) return fail(connection.error());
    return journal::check_integrity(**connection, fixture.path(), 0);
  };
  CHECK(check());
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(fixture.path()));
  damage(fixture.path(), size - 4'096 * 12, 4'096 * 12);  // where the newest rows are
  const Done damaged = check();
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().text().find("b24gate backup") != std::string::npos);
}

TEST_CASE("a damaged journal gives no copy") {
  Fixture fixture;
  fill(fixture);
  damage(fixture.path(), 4'096 * 60, 4'096 * 40);
  auto looker = Journal::open({fixture.path(), "", false, true}, fixture.clock);
  REQUIRE(looker);
  const std::string copy = fixture.path() + ".copy";
  const Done copied = (*looker)->backup(copy);
  REQUIRE_FALSE(copied);
  CHECK(copied.error().text().find("damaged") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(copy));
  CHECK_FALSE(std::filesystem::exists(copy + ".part"));
}
