// Questions and answers of a quiz.
#pragma once

#include <string>
#include <vector>

#include "json/value.hpp"

namespace b24gate::marquiz {

struct Answer {
  std::string question;
  const json::Value* answer = nullptr;  // points into what was read; never null
};

// Every pair {q, a} in its order, however deep the blocks are in which it stands.
std::vector<Answer> answers_of(const json::Value& answers);

}  // namespace b24gate::marquiz
