#include "text/form_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace b24gate::text {
namespace {

constexpr std::size_t few = 16;

// What stands in the brackets: "a[b][]" -> {"b", ""}; none when they do not fit: then the name is a plain
// one. Nothing past max_depth.
std::optional<std::vector<std::string_view>> steps_of(std::string_view name, std::size_t max_depth) {
  std::vector<std::string_view> steps;
  const std::size_t first = name.find('[');
  if (first == std::string_view::npos || first == 0 || name.back() != ']') return steps;
  for (std::size_t at = first; at < name.size();) {
    const std::size_t close = name.find(']', at);
    if (name[at] != '[' || close == std::string_view::npos) return {std::vector<std::string_view>()};
    if (steps.size() == max_depth) return std::nullopt;
    steps.push_back(name.substr(at + 1, close - at - 1));
    at = close + 1;
  }
  return steps;
}

// A list index as it is written canonically: "0", "17", but not "007".
std::optional<std::size_t> list_index(std::string_view key) {
  if (key.empty() || key.size() > 6 || (key.size() > 1 && key.front() == '0')) return std::nullopt;
  std::size_t read = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), read);
  if (error != std::errc() || end != key.data() + key.size()) return std::nullopt;
  return read;
}

}  // namespace

FormTree::FormTree(const FormLimits& limits) : limits_(limits) { root_.children.reserve(few); }

// Of an ordinary form's few names each is found sooner by looking at all.
FormTree::Node& FormTree::named(Node& parent, std::string_view key) {
  auto& children = parent.children;
  if (children.size() < few) {
    const auto known =
        std::find_if(children.begin(), children.end(), [&](const Child& c) { return c.key == key; });
    if (known != children.end()) return known->node;
  } else {
    if (!parent.index) {
      parent.index = std::make_unique<std::unordered_map<std::string, std::size_t>>();
      for (std::size_t i = 0; i < children.size(); ++i) parent.index->emplace(children[i].key, i);
    }
    const auto [known, is_new] = parent.index->try_emplace(std::string(key), children.size());
    if (!is_new) return children[known->second].node;
  }
  return children.emplace_back(Child{std::string(key), {}}).node;
}

FormTree::Node& FormTree::child(Node& parent, std::string_view key) {
  if (key.empty()) return child(parent, std::to_string(parent.next));
  if (const auto index = list_index(key); index && *index >= parent.next) parent.next = *index + 1;
  return named(parent, key);
}

Done FormTree::add(std::string_view name, json::Value value) {
  if (++fields_ > limits_.max_fields) {
    return fail(ErrorKind::limit, "form", fmt::format("more than {} fields", limits_.max_fields));
  }
  const auto steps = steps_of(name, limits_.max_depth);
  if (!steps) {
    return fail(ErrorKind::limit, "form", fmt::format("a name has more than {} brackets", limits_.max_depth));
  }
  // At the top an empty name is a name; inside brackets it is "the next element".
  Node* node = &named(root_, name.substr(0, steps->empty() ? name.size() : name.find('[')));
  for (const std::string_view step : *steps) node = &child(*node, step);
  if (node->times == 0) {
    node->value = std::move(value);
  } else {
    if (node->times == 1) node->value = json::Array{std::move(node->value)};
    node->value.push(std::move(value));
  }
  ++node->times;
  return {};
}

json::Value FormTree::value_of(Node& node, bool is_root) {
  if (node.children.empty() && !is_root) return std::move(node.value);
  // 0..n-1 in any order is a list. A name among the keys makes it none, however many there are.
  const bool is_list = !is_root && node.times == 0 && node.next == node.children.size() &&
                       std::all_of(node.children.begin(), node.children.end(),
                                   [](const auto& child) { return list_index(child.key).has_value(); });
  if (is_list) {
    json::Array list(node.children.size());
    for (auto& [key, below] : node.children) list[*list_index(key)] = value_of(below, false);
    return json::Value(std::move(list));
  }
  json::Object object;
  object.reserve(node.children.size() + 1);
  // "a=1&a[b]=2": both were said, neither is lost.
  if (node.times > 0) object.append("", std::move(node.value));
  for (auto& [key, below] : node.children) object.append(std::move(key), value_of(below, false));
  return json::Value(std::move(object));
}

json::Value FormTree::take() {
  json::Value out = value_of(root_, true);
  root_ = Node();
  fields_ = 0;
  return out;
}

}  // namespace b24gate::text
