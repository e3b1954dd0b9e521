// telephony.externalLine.*. Source: bitrix24/telephony.md 5.5.
#include <array>

#include "base/utf8.hpp"
#include "sandbox/methods.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

std::string number_of(const Call& call) {
  return std::string(utf8::head(call.param("NUMBER").text(), max_line));
}

// What is said without a number, or about an unknown one, is not in our sources: the words are ours.
tl::unexpected<Failure> no_number() { return refuse("ERROR_CORE", "NUMBER should be set"); }
tl::unexpected<Failure> no_line() { return refuse("ERROR_CORE", "Line is not found"); }

void take(const Call& call, Line& line) {
  if (!call.param("NAME").is_null()) line.name = call.param("NAME").text();
  if (!call.param("CRM_AUTO_CREATE").is_null()) line.auto_create = php::is_yes(call.param("CRM_AUTO_CREATE"));
}

Success numbered(const Line& line) { return Success{json::Value::object({{"ID", line.id}}), {}, {}}; }

Outcome add(Call& call) {
  const std::string number = number_of(call);
  if (number.empty()) return no_number();
  if (call.store.lines.contains(number)) return refuse("ERROR_CORE", "Line already exists");
  if (call.store.full()) return refuse("ERROR_CORE", "Unexpected database error");
  ensure_line(call.store, number);
  Line& line = call.store.lines.find(number)->second;
  take(call, line);
  return numbered(line);
}

Outcome get(Call& call) {
  json::Array out;
  for (const auto& [number, line] : call.store.lines) {
    out.push_back(json::Value::object(
        {{"NUMBER", number}, {"NAME", line.name}, {"CRM_AUTO_CREATE", line.auto_create ? "Y" : "N"}}));
  }
  return Success{std::move(out), {}, {}};
}

Outcome update(Call& call) {
  const auto found = call.store.lines.find(number_of(call));
  if (found == call.store.lines.end()) return no_line();
  take(call, found->second);
  return numbered(found->second);
}

Outcome remove(Call& call) {
  const auto found = call.store.lines.find(number_of(call));
  if (found == call.store.lines.end()) return no_line();
  call.store.lines.erase(found);
  return Success{json::Value::array(), {}, {}};
}

constexpr std::array<Method, 4> methods{{
    {"telephony.externalline.add", "telephony", 0.05, add, Access::application_by_docs},
    {"telephony.externalline.get", "telephony", 0.03, get, Access::application_by_docs},
    {"telephony.externalline.update", "telephony", 0.05, update, Access::application_by_docs},
    {"telephony.externalline.delete", "telephony", 0.05, remove, Access::application_by_docs},
}};

}  // namespace

std::span<const Method> line_methods() { return methods; }

}  // namespace b24gate::sandbox
