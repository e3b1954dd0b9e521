#include "sandbox/php.hpp"

#include <charconv>
#include <cmath>
#include <optional>

#include "text/percent.hpp"

namespace b24gate::sandbox::php {
namespace {

constexpr std::size_t max_input_vars = 1000;
constexpr std::size_t max_nesting = 64;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::int64_t leading_int(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  const bool plus = !text.empty() && text.front() == '+';
  if (plus) text.remove_prefix(1);
  std::int64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

// The next key of `map[]`: one more than the greatest whole number among its keys.
std::string next_index(const json::Object& map) {
  std::int64_t next = 0;
  for (const auto& [key, value] : map) {
    const auto number = json::Value(key).integer();
    if (number && *number >= next && *number < INT64_MAX) next = *number + 1;
  }
  return std::to_string(next);
}

// The name split into keys; an empty optional is [] (append).
struct Name {
  std::string top;
  std::vector<std::optional<std::string>> keys;
};

Name split_name(std::string name) {
  while (!name.empty() && name.front() == ' ') name.erase(0, 1);
  std::size_t at = 0;
  for (; at < name.size() && name[at] != '['; ++at) {
    if (name[at] == ' ' || name[at] == '.') name[at] = '_';
  }
  Name out{name.substr(0, at), {}};
  while (at < name.size() && name[at] == '[') {
    std::size_t from = at + 1;
    if (from < name.size() && is_space(name[from])) ++from;
    const auto close = name.find(']', from);
    if (close == std::string::npos) {
      // Never closed: on the first level the bracket becomes part of the name, deeper the rest is forgotten.
      if (out.keys.empty()) out.top += '_' + name.substr(at + 1);
      break;
    }
    if (close == from) {
      out.keys.emplace_back(std::nullopt);
    } else {
      out.keys.emplace_back(name.substr(from, close - from));
    }
    at = close + 1;
  }
  return out;
}

void assign(json::Object& root, Name name, std::string value) {
  if (name.top.empty() || name.keys.size() > max_nesting) return;
  json::Value* place = &root[name.top];
  for (auto& key : name.keys) {
    if (!place->is_object()) *place = json::Value::object();
    json::Object& map = *place->object_if();
    place = &map[key ? *key : next_index(map)];
  }
  *place = std::move(value);
}

json::Value with_lists(json::Value value) {
  json::Object* map = value.object_if();
  if (map == nullptr) return value;
  for (auto& [key, member] : *map) member = with_lists(std::move(member));
  return map->empty() ? value : encoded_map(std::move(*map));
}

}  // namespace

std::int64_t to_int(const json::Value& value) {
  if (is_iterable(value)) return 1;
  if (const auto flag = value.boolean(); value.is_bool() && flag) return *flag ? 1 : 0;
  if (const auto* text = value.string()) return leading_int(*text);
  if (const auto number = value.number(); number && std::abs(*number) < 9e15) {
    return static_cast<std::int64_t>(*number);
  }
  return 0;
}

bool truthy(const json::Value& value) {
  if (value.is_null()) return false;
  if (value.is_bool()) return *value.boolean();
  if (const auto* text = value.string()) return !text->empty() && *text != "0";
  if (value.is_number()) return *value.number() != 0;
  return value.size() != 0;
}

bool is_yes(const json::Value& value) {
  if (value.is_bool()) return *value.boolean();
  if (const auto* text = value.string()) return *text == "Y" || *text == "y" || *text == "1";
  return value.is_int() && *value.integer() == 1;
}

std::vector<std::pair<std::string, json::Value>> pairs(const json::Value& value) {
  std::vector<std::pair<std::string, json::Value>> out;
  if (const auto* elements = value.array_if()) {
    out.reserve(elements->size());
    for (std::size_t i = 0; i < elements->size(); ++i) out.emplace_back(std::to_string(i), (*elements)[i]);
  } else if (const auto* members = value.object_if()) {
    out.assign(members->begin(), members->end());
  }
  return out;
}

std::string_view type_name(const json::Value& value) {
  if (value.is_null()) return "null";
  if (value.is_bool()) return "bool";
  if (value.is_int()) return "int";
  if (value.is_number()) return "float";
  return value.is_string() ? "string" : "array";
}

json::Value encoded_map(json::Object map) {
  std::size_t expected = 0;
  for (const auto& [key, value] : map) {
    if (key != std::to_string(expected++)) return map;
  }
  json::Array list;
  list.reserve(map.size());
  for (auto& [key, value] : map) list.push_back(std::move(value));
  return list;
}

json::Value parse_str(std::string_view query) {
  json::Object root;
  std::size_t variables = 0;
  while (!query.empty() && variables < max_input_vars) {
    const auto end = query.find('&');
    const std::string_view piece = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (piece.empty()) continue;
    ++variables;
    const auto equals = piece.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1);
    assign(root, split_name(text::percent_decoded(piece.substr(0, equals), text::Plus::space)),
           text::percent_decoded(value, text::Plus::space));
  }
  for (auto& [key, member] : root) member = with_lists(std::move(member));
  return root;
}

}  // namespace b24gate::sandbox::php
