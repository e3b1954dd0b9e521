#include "base/error.hpp"

namespace b24gate {

std::string Error::text() const {
  std::string out = where.empty() ? what : where + ": " + what;
  if (cause) out += " (because " + cause->text() + ")";
  return out;
}

tl::unexpected<Error> because(std::string where, std::string what, Error cause) {
  Error error{cause.kind, std::move(where), std::move(what), cause.ran, cause.move, nullptr};
  error.cause = std::make_shared<const Error>(std::move(cause));
  return tl::unexpected<Error>(std::move(error));
}

std::string_view name(Ran ran) {
  switch (ran) {
    case Ran::no:
      return "no";
    case Ran::yes:
      return "yes";
    case Ran::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view name(Move move) {
  switch (move) {
    case Move::ours:
      return "ours";
    case Move::administrator:
      return "administrator";
    case Move::nobody:
      return "nobody";
  }
  return "nobody";
}

std::string_view name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::input:
      return "input";
    case ErrorKind::config:
      return "config";
    case ErrorKind::refused:
      return "refused";
    case ErrorKind::disk:
      return "disk";
    case ErrorKind::network:
      return "network";
    case ErrorKind::limit:
      return "limit";
    case ErrorKind::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace b24gate
