// Errors are values. Every fallible function returns Result<T>; exceptions do not cross a module's boundary.
//
// An Error answers the two questions that decide what happens next:
//   ran   did the request to the other side run: no, yes, or unknown (then only a look-up may tell)
//   move  whose move is it: ours (we try again later), the administrator's, or nobody's (it is final)
// `where` is a place a person can find (file:line:col, a method, a table), `what` a sentence without personal
// data or secrets: it may be logged and shown as it is.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace b24gate {

enum class Ran { no, yes, unknown };
enum class Move { ours, administrator, nobody };

enum class ErrorKind {
  input,     // bytes from outside that cannot be read
  config,    // an administrator's mistake in a file
  refused,   // the other side said no
  disk,      // the journal cannot be read or written
  network,   // the other side cannot be reached or did not answer
  limit,     // a bound of ours or of the other side
  internal,  // a broken promise inside the program
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string where;
  std::string what;
  Ran ran = Ran::no;
  Move move = Move::nobody;
  std::shared_ptr<const Error> cause;

  // "where: what (because where: what)", for logs and for the terminal.
  [[nodiscard]] std::string text() const;
};

template <class T>
using Result = tl::expected<T, Error>;

using Done = Result<void>;

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

inline tl::unexpected<Error> fail(ErrorKind kind, std::string where, std::string what, Ran ran = Ran::no,
                                  Move move = Move::nobody) {
  return tl::unexpected<Error>(Error{kind, std::move(where), std::move(what), ran, move, nullptr});
}

// The same failure seen from one level up: keeps ran and move, adds a place and a sentence.
tl::unexpected<Error> because(std::string where, std::string what, Error cause);

std::string_view name(Ran ran);
std::string_view name(Move move);
std::string_view name(ErrorKind kind);

}  // namespace b24gate
