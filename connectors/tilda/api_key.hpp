// Tilda's optional API key: a name and a value that the site's owner makes up, sent as a field of the body or
// as a header.
#pragma once

#include <string>
#include <string_view>

#include "connector/connector.hpp"
#include "json/value.hpp"

namespace b24gate::tilda {

class ApiKey {
 public:
  explicit ApiKey(const connector::Source& source);

  // Whether this field is the API key: by its name, or because it holds one of the source's secrets, or
  // because it did before it was redacted.
  [[nodiscard]] bool is_key(std::string_view name, std::string_view value) const;
  [[nodiscard]] bool is_key_name(std::string_view name) const;

  [[nodiscard]] connector::Proof verify(const connector::Request& request) const;

 private:
  [[nodiscard]] bool matches(std::string_view value) const;

  std::string name_;                    // `api_key_name:`; empty: the usual names
  Secret configured_;                   // `api_key:`
  const std::vector<Secret>& secrets_;  // of the source; they may be given as the key in Tilda, too
};

}  // namespace b24gate::tilda
