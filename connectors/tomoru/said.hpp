// What was said in a robot's call: answers to the scenario's questions, the dialog.
#pragma once

#include <string>
#include <vector>

#include "connector/free_body.hpp"
#include "json/value.hpp"

namespace b24gate::tomoru {

struct Said {
  std::string text;                  // for people
  json::Object answers;              // by label
  std::vector<std::string> phrases;  // the client's, answers included
};

Said said_in(const connector::FreeBody& body);

// Whether every phrase sounds like an answering machine. False when there is none.
bool is_machine(const std::vector<std::string>& phrases, const json::Value& more_phrases);

}  // namespace b24gate::tomoru
