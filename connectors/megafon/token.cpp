#include "connectors/megafon/token.hpp"

#include "connectors/megafon/fields.hpp"

namespace b24gate::megafon {

using connector::Proof;

std::vector<Secret> tokens_of(const connector::Source& source) {
  std::vector<Secret> out = source.secrets;
  out.emplace_back(source.options[token_name].text());
  return out;
}

Proof proof_of(const connector::Request& request, const connector::Source& source) {
  const bool must_have = !source.options[token_name].says_nothing();
  const auto fields = fields_of(request);
  const std::string offered = fields ? (*fields)[token_name].text() : std::string();
  if (offered.empty()) return must_have ? Proof::bad : Proof::absent;
  bool is_good = false;
  for (const auto& token : tokens_of(source)) is_good = token.matches(offered) || is_good;  // all, always
  return is_good ? Proof::good : Proof::bad;
}

}  // namespace b24gate::megafon
