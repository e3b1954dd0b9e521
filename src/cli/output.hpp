// What the commands print: JSON documents and tables that line up in a terminal. Control characters, which
// anybody may have sent, are shown as \x1b: they never reach the terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"
#include "yaml/node.hpp"

namespace b24gate::cli {

// One JSON document to standard output.
void print_json(const json::Value& document);
// Lines up columns by what is seen (code points), the last one free.
void print_table(const std::vector<std::string>& header, std::vector<std::vector<std::string>> rows);
// One mistake a line, to standard error or, for `check`, to standard output.
void print_problems(const std::vector<yaml::Problem>& problems, std::FILE* to);
// A message for the person at the terminal, to standard error.
void complain(std::string_view what);

// An indented, readable rendering of a JSON value: "name: value" lines.
std::string readable(const json::Value& value, int indent = 0);

}  // namespace b24gate::cli
