#include "sandbox/batch.hpp"

#include <array>

#include "base/ascii.hpp"
#include "sandbox/filter.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

json::Value failure_value(const Failure& failure) {
  return json::Value::object({{"error", failure.code}, {"error_description", failure.description}});
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

const json::Object* root_of(std::string_view reference, const Said& said) {
  const std::array<std::pair<std::string_view, const json::Object*>, 5> roots{{{"$result[", &said.result},
                                                                               {"$error[", &said.error},
                                                                               {"$total[", &said.total},
                                                                               {"$next[", &said.next},
                                                                               {"$time[", &said.time}}};
  for (const auto& [name, map] : roots) {
    if (reference.starts_with(name)) return map;
  }
  return nullptr;
}

// REQUIRES: root_of(reference) is a map.
json::Value target(std::string_view reference, const Said& said) {
  std::string path;
  for (const char c : reference.substr(reference.find('[') + 1)) {
    if (c != ']') path += c;
  }
  json::Value node = *root_of(reference, said);
  std::size_t from = 0;
  while (from <= path.size()) {
    const auto end = std::min(path.find('[', from), path.size());
    const std::string key = path.substr(from, end - from);
    from = end + 1;
    const json::Value* next = nullptr;
    if (const auto* map = node.object_if()) next = map->find(key);
    if (const auto index = json::Value(key).integer();
        index && node.is_array() && *index >= 0 && static_cast<std::size_t>(*index) < node.size()) {
      next = &node.at(static_cast<std::size_t>(*index));
    }
    if (next == nullptr) break;
    json::Value deeper = *next;
    node = std::move(deeper);
  }
  return node;
}

json::Value resolved_text(const std::string& text, const Said& said) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view rest = std::string_view(text).substr(at);
    if (text[at] != '$' || root_of(rest, said) == nullptr) {
      out += text[at++];
      continue;
    }
    std::size_t length = 0;
    while (length < rest.size() && !is_space(rest[length])) ++length;
    const std::string_view reference = rest.substr(0, length);
    json::Value value = target(reference, said);
    if (length == text.size()) return value;
    if (php::is_iterable(value)) {
      out += reference;
    } else {
      out += value.text();
    }
    at += length;
  }
  return out;
}

}  // namespace

json::Value resolved(const json::Value& value, const Said& said) {
  if (const auto* text = value.string()) return resolved_text(*text, said);
  if (const auto* list = value.array_if()) {
    json::Array out;
    for (const auto& one : *list) out.push_back(resolved(one, said));
    return out;
  }
  if (const auto* map = value.object_if()) {
    json::Object out;
    for (const auto& [key, one] : *map) out.append(key, resolved(one, said));
    return out;
  }
  return value;
}

std::pair<std::string, json::Value> parse_command(std::string_view command) {
  command = command.substr(0, command.find('#'));
  const auto mark = command.find('?');
  const auto query = mark == std::string_view::npos ? std::string_view() : command.substr(mark + 1);
  return {ascii::lower(command.substr(0, mark)), php::parse_str(query)};
}

std::vector<std::string> command_methods(const json::Value& params) {
  std::vector<std::string> out;
  for (const auto& [key, command] : php::pairs(params["cmd"])) {
    if (out.size() == max_commands) break;
    if (const auto* text = command.string()) out.push_back(parse_command(*text).first);
  }
  return out;
}

BatchResult run_batch(const json::Value& params, const RunCommand& run) {
  const bool halt = php::truthy(params["halt"]);
  Said said;
  BatchResult out;
  std::size_t count = 0;
  for (const auto& [key, command] : php::pairs(params["cmd"])) {
    // Commands that are no text are skipped without a word.
    const auto* text = command.string();
    if (text == nullptr) continue;
    if (++count > max_commands) {
      said.error.set(key, failure_value({400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded"}));
      if (count > max_commands * 20) break;
      continue;
    }
    const auto [method, raw] = parse_command(*text);
    if (method == "batch") {
      said.error.set(key, failure_value({405, "ERROR_BATCH_METHOD_NOT_ALLOWED",
                                         "Method is not allowed for batch usage"}));
    } else {
      CommandResult done = run(method, resolved(raw, said));
      out.spoiled = done.spoiled;
      if (out.spoiled) break;
      if (!done.outcome) {
        said.error.set(key, failure_value(done.outcome.error()));
      } else {
        said.result.set(key, std::move(done.outcome->result));
        if (done.outcome->total) said.total.set(key, *done.outcome->total);
        if (done.outcome->next) said.next.set(key, *done.outcome->next);
        said.time.set(key, std::move(done.time));
      }
    }
    if (halt && said.error.find(key) != nullptr) break;
  }
  out.result = json::Value::object({{"result", php::encoded_map(std::move(said.result))},
                                    {"result_error", php::encoded_map(std::move(said.error))},
                                    {"result_total", php::encoded_map(std::move(said.total))},
                                    {"result_next", php::encoded_map(std::move(said.next))},
                                    {"result_time", php::encoded_map(std::move(said.time))}});
  return out;
}

}  // namespace b24gate::sandbox
