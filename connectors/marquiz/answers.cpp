#include "connectors/marquiz/answers.hpp"

#include "connector/member.hpp"

namespace b24gate::marquiz {
namespace {

// Bodies are at most 64 levels deep, so that this may call itself.
void collect(const json::Value& value, std::vector<Answer>& out) {
  if (const auto* elements = value.array_if()) {
    for (const auto& element : *elements) collect(element, out);
    return;
  }
  const auto* members = value.object_if();
  if (!members) return;
  if (members->find("q") || members->find("a")) {
    out.push_back({connector::text_at(value, "q"), &value["a"]});
    return;
  }
  // A block with a title, or brackets with gaps in their numbers.
  for (const auto& [name, member] : *members) collect(member, out);
}

}  // namespace

std::vector<Answer> answers_of(const json::Value& answers) {
  std::vector<Answer> out;
  collect(answers, out);
  return out;
}

}  // namespace b24gate::marquiz
