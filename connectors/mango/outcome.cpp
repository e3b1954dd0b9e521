#include "connectors/mango/outcome.hpp"

namespace b24gate::mango {
namespace {

// What a class of codes means for a call to the client. The vendor adds codes within classes of ten (112x:
// the other side ended it) and of a thousand (2xxx: billing, 5xxx: the PBX).
std::string_view outgoing(std::int64_t reason) {
  switch (reason) {
    case 1121:
      return "busy";
    case 4502:
      return "blocked";
    default:
      break;
  }
  switch (reason / 10) {
    case 111:  // nobody answered, or we hung up first
      return "no_answer";
    case 112:
      return "rejected";
    case 113:
      return "unavailable";
    case 114:  // forbidden
    case 115:  // black lists
      return "blocked";
    default:
      break;
  }
  if (reason / 100 == 32) return "unavailable";                        // there is no such number
  if (reason / 1000 == 2 || reason / 1000 == 5) return "unavailable";  // it could not be made
  return "unknown";
}

}  // namespace

std::string_view name(Direction direction) {
  switch (direction) {
    case Direction::internal:
      return "internal";
    case Direction::in:
      return "in";
    case Direction::out:
      return "out";
  }
  return "";
}

std::string_view outcome_of(Direction direction, std::optional<std::int64_t> reason) {
  const std::int64_t code = reason.value_or(0);
  if (direction != Direction::in) return outgoing(code);
  return code / 10 == 115 || code == 4502 ? "blocked" : "missed";
}

}  // namespace b24gate::mango
