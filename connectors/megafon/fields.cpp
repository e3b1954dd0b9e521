#include "connectors/megafon/fields.hpp"

#include <unordered_set>

#include "connector/member.hpp"
#include "text/form.hpp"

namespace b24gate::megafon {

Result<json::Value> fields_of(const connector::Request& request) {
  auto body = request.parsed_body();
  if (!body) return body;
  if (!body->is_object()) *body = json::Value(json::Object());
  if (request.query.empty()) return body;
  auto query = text::parse_form(request.query);
  if (!query) return query;
  auto* named = query->object_if();
  if (!named) return body;
  std::unordered_set<std::string_view> in_body;
  json::Object out = *body->object_if();
  for (const auto& [name, value] : *body->object_if()) in_body.insert(name);
  for (const auto& [name, value] : *named) {
    if (in_body.count(name) == 0) out.append(name, value);
  }
  return json::Value(std::move(out));
}

json::Value content_of(const json::Value& fields) {
  json::Object out;
  if (const auto* members = fields.object_if()) {
    for (const auto& [name, value] : *members) {
      if (name != token_name && !value.says_nothing()) out.append(name, value.text());
    }
  }
  return json::Value(std::move(out));
}

}  // namespace b24gate::megafon
