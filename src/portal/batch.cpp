#include "portal/batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "portal/classify.hpp"
#include "portal/methods.hpp"
#include "text/percent.hpp"

namespace b24gate::portal {
namespace {

constexpr std::string_view kWordJoiner = "\xE2\x81\xA0";  // U+2060
constexpr std::size_t kMaxDepth = 64;

bool starts_reference(std::string_view after_dollar) {
  constexpr std::array<std::string_view, 5> words{"result[", "next[", "total[", "time[", "error["};
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return after_dollar.size() >= word.size() &&
           std::equal(word.begin(), word.end(), after_dollar.begin(),
                      [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
  });
}

std::string without_references(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    out += value[i];
    if (value[i] == '$' && starts_reference(value.substr(i + 1))) out += kWordJoiner;
  }
  return out;
}

bool travels(const json::Value& value) {
  return !value.is_null() && !((value.is_array() || value.is_object()) && value.size() == 0);
}

void add(std::string& query, const std::string& name, const json::Value& value, std::size_t depth) {
  if (!travels(value) || depth > kMaxDepth) return;
  if (const auto* members = value.object_if()) {
    for (const auto& [key, member] : *members) {
      add(query, fmt::format("{}[{}]", name, text::percent_encoded(key)), member, depth + 1);
    }
    return;
  }
  if (const auto* elements = value.array_if()) {
    std::size_t index = 0;
    for (const auto& element : *elements) {
      if (travels(element)) add(query, fmt::format("{}[{}]", name, index++), element, depth + 1);
    }
    return;
  }
  query += query.empty() ? '?' : '&';
  query += name;
  query += '=';
  if (const auto flag = value.boolean()) {
    query += *flag ? '1' : '0';
  } else {
    query += text::percent_encoded(without_references(value.text()));
  }
}

bool loses(const json::Value& value) {
  if (!travels(value)) return true;
  if (const auto* members = value.object_if()) {
    return std::any_of(members->begin(), members->end(),
                       [](const auto& member) { return loses(member.second); });
  }
  if (const auto* elements = value.array_if()) {
    return std::any_of(elements->begin(), elements->end(),
                       [](const auto& element) { return loses(element); });
  }
  return false;
}

Outcome not_sent() { return classify_error("ERROR_BATCH_LENGTH_EXCEEDED", "more than 50 commands", 0, true); }

Outcome missing(Halt halt, bool after_failure, int http_status) {
  Outcome outcome;
  outcome.cls = halt == Halt::yes && after_failure ? Class::not_executed : Class::ambiguous;
  outcome.description = "the batch holds no answer to this command";
  outcome.http_status = http_status;
  return outcome;
}

}  // namespace

std::string command_key(std::size_t index) { return fmt::format("c{:02}", index + 1); }

std::string encode(const Command& command) {
  std::string query;
  if (const auto* params = command.params.object_if()) {
    for (const auto& [name, value] : *params) add(query, text::percent_encoded_name(name), value, 0);
  }
  return command.method + query;
}

bool loses_in_batch(const Command& command) {
  const auto* params = command.params.object_if();
  return params &&
         std::any_of(params->begin(), params->end(), [](const auto& param) { return loses(param.second); });
}

json::Value batch_params(std::span<const Command> commands, Halt halt) {
  json::Object cmd;
  for (std::size_t i = 0; i < std::min(commands.size(), kMaxCommands); ++i) {
    cmd.append(command_key(i), encode(commands[i]));
  }
  json::Object params;
  params.append("halt", halt == Halt::yes ? 1 : 0);
  params.append("cmd", std::move(cmd));
  return params;
}

std::vector<Outcome> decode_batch(const HttpReply& reply, std::span<const Command> commands, Halt halt) {
  std::vector<Outcome> outcomes;
  outcomes.reserve(commands.size());
  Outcome whole = classify(reply, true);
  std::optional<Outcome> whole_for_reads;
  bool failed = false;

  for (std::size_t i = 0; i < commands.size(); ++i) {
    const bool write = is_write(commands[i].method);
    if (i >= kMaxCommands) {
      outcomes.push_back(not_sent());
      continue;
    }
    if (whole.cls != Class::success) {
      if (!write && !whole_for_reads) whole_for_reads = classify(reply, false);
      outcomes.push_back(write ? whole : *whole_for_reads);
      continue;
    }
    const std::string key = command_key(i);
    const json::Value& maps = whole.result;
    const auto* errors = maps["result_error"].object_if();
    const auto* results = maps["result"].object_if();
    Outcome outcome;
    if (const json::Value* error = errors ? errors->find(key) : nullptr) {
      // A bare code instead of {"error", "error_description"} is taken as the code.
      const auto* members = error->object_if();
      const json::Value& code = members && members->find("error") ? (*error)["error"] : *error;
      outcome = classify_error_member(code, (*error)["error_description"], 0, write);
      outcome.http_status = reply.status;
      failed = true;
    } else if (const json::Value* result = results ? results->find(key) : nullptr) {
      outcome.cls = Class::success;
      outcome.http_status = reply.status;
      outcome.result = *result;
      outcome.total = maps["result_total"][key].integer();
      outcome.next = maps["result_next"][key].integer();
    } else {
      outcome = missing(halt, failed, reply.status);
    }
    read_time(maps["result_time"][key], outcome);
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

}  // namespace b24gate::portal
