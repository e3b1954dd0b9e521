// batch: up to 50 commands in the given order, references between them, and what goes wrong without halt.
// Source: bitrix24/batch.md.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/answer.hpp"
#include "sandbox/faults.hpp"

namespace b24gate::sandbox {

constexpr std::size_t max_commands = 50;

struct CommandResult {
  Outcome outcome;
  json::Value time;              // the command's own time block
  std::optional<Fault> spoiled;  // the whole answer is spoiled here; no further command runs
};
using RunCommand = std::function<CommandResult(const std::string& method, const json::Value& params)>;

struct BatchResult {
  json::Value result;  // result, result_error, result_total, result_next, result_time
  std::optional<Fault> spoiled;
};

// "crm.lead.get?id=5#x" -> crm.lead.get (lower case) and {"id": "5"}; a raw # ends the command.
std::pair<std::string, json::Value> parse_command(std::string_view command);
// Lower-case methods of the commands that would run.
std::vector<std::string> command_methods(const json::Value& params);

BatchResult run_batch(const json::Value& params, const RunCommand& run);

// Everything that commands have said so far, as references see it.
struct Said {
  json::Object result;
  json::Object error;
  json::Object total;
  json::Object next;
  json::Object time;
};
// `value` with $result[…], $error[…], $total[…], $next[…], $time[…] replaced at any depth. A reference runs
// to the next white space. A value that is nothing but a reference keeps the type of what it refers to;
// inside a text only scalars are put in. What leads nowhere becomes the deepest node found, at worst the
// whole map.
json::Value resolved(const json::Value& value, const Said& said);

}  // namespace b24gate::sandbox
