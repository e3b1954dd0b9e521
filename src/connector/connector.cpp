#include "connector/connector.hpp"

#include <algorithm>

namespace b24gate::connector {
namespace {

bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string_view Request::header(std::string_view wanted) const {
  for (const auto& [key, value] : headers) {
    if (same_ignoring_case(key, wanted)) return value;
  }
  return {};
}

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::accepted:
      return "accepted";
    case Outcome::probe:
      return "probe";
    case Outcome::ignored:
      return "ignored";
    case Outcome::refused:
      return "refused";
    case Outcome::unreadable:
      return "unreadable";
  }
  return "";
}

Proof Connector::verify(const Request& /*request*/, const Source& /*source*/) const { return Proof::absent; }

void Connector::redact(Request& /*request*/, const Source& /*source*/) const {}

}  // namespace b24gate::connector
