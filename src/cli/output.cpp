#include "cli/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/controls.hpp"
#include "base/utf8.hpp"

namespace b24gate::cli {

void print_json(const json::Value& document) {
  const std::string text = json::write_pretty(document) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_table(const std::vector<std::string>& header, std::vector<std::vector<std::string>> rows) {
  std::vector<std::size_t> widths;
  for (const auto& name : header) widths.push_back(utf8::length(name));
  for (auto& row : rows) {
    for (auto& cell : row) cell = controls::escaped(cell);
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], utf8::length(row[i]));
    }
  }
  const auto line = [&](const std::vector<std::string>& row) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - utf8::length(row[i]) + 2, ' ');
    }
    fmt::print("{}\n", text);
  };
  line(header);
  for (const auto& row : rows) line(row);
}

void print_problems(const std::vector<yaml::Problem>& problems, std::FILE* to) {
  for (const auto& problem : problems) fmt::print(to, "{}\n", problem.text());
}

void complain(std::string_view what) { fmt::print(stderr, "b24gate: {}\n", controls::escaped(what)); }

std::string readable(const json::Value& value, int indent) {
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  std::string out;
  const auto put = [&](const std::string& label, const json::Value& member) {
    const std::string shown_label = controls::escaped(label);
    const bool nested = member.is_object() || (member.is_array() && member.size() > 0 &&
                                               (member.at(0).is_object() || member.at(0).is_array()));
    if (nested) {
      out += margin + shown_label + "\n" + readable(member, indent + 2);
      return;
    }
    std::string text = member.is_null() ? "-" : controls::escaped(member.text());
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
      text.insert(at + 1, margin + "  ");
    }
    out += margin + shown_label + " " + text + "\n";
  };
  if (const auto* members = value.object_if()) {
    for (const auto& [key, member] : *members) put(key + ":", member);
  } else if (const auto* items = value.array_if()) {
    for (const auto& item : *items) put("-", item);
  } else {
    out += margin + controls::escaped(value.text()) + "\n";
  }
  return out;
}

}  // namespace b24gate::cli
