// What a method of the stand-in portal says: a result or an error, in the words of Bitrix24's old REST API.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "json/value.hpp"

namespace b24gate::sandbox {

// `code` is a JSON value because the portal's codes are: "NOT_FOUND", "", "100", a whole sentence.
struct Failure {
  int status = 400;
  json::Value code;
  std::string description;
};

struct Success {
  json::Value result;
  std::optional<std::int64_t> total;  // list methods only
  std::optional<std::int64_t> next;   // absent on the last page
};

using Outcome = tl::expected<Success, Failure>;

inline tl::unexpected<Failure> refuse(json::Value code, std::string description, int status = 400) {
  return tl::unexpected<Failure>(Failure{status, std::move(code), std::move(description)});
}

}  // namespace b24gate::sandbox
