#include "connector/options.hpp"

#include "base/utf8.hpp"

namespace b24gate::connector {

bool is_on(const json::Value& option) {
  const std::string text = utf8::folded(utf8::trimmed(option.text()));
  return text == "true" || text == "yes" || text == "on" || text == "1" || text == "да";
}

}  // namespace b24gate::connector
