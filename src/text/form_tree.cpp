#include "text/form_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace b24gate::text {
namespace {

// "a[b][]" -> {"a", "b", ""}; a name whose brackets do not fit is one plain name. Nothing past max_depth.
std::optional<std::vector<std::string_view>> steps_of(std::string_view name, std::size_t max_depth) {
  std::vector<std::string_view> steps;
  const std::size_t first = name.find('[');
  if (first == std::string_view::npos || first == 0 || name.back() != ']') return {{name}};
  steps.push_back(name.substr(0, first));
  for (std::size_t at = first; at < name.size();) {
    const std::size_t close = name.find(']', at);
    if (name[at] != '[' || close == std::string_view::npos) return {{name}};
    if (steps.size() > max_depth) return std::nullopt;
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

FormTree::Node& FormTree::child(Node& parent, std::string key) {
  if (key.empty()) key = std::to_string(parent.next);
  if (const auto index = list_index(key); index && *index >= parent.next) parent.next = *index + 1;
  const auto [known, is_new] = parent.index.try_emplace(key, parent.children.size());
  if (is_new) parent.children.emplace_back(std::move(key), std::make_unique<Node>());
  return *parent.children[known->second].second;
}

Done FormTree::add(std::string_view name, json::Value value) {
  if (++fields_ > limits_.max_fields) {
    return fail(ErrorKind::limit, "form", fmt::format("more than {} fields", limits_.max_fields));
  }
  const auto steps = steps_of(name, limits_.max_depth);
  if (!steps) {
    return fail(ErrorKind::limit, "form", fmt::format("a name has more than {} brackets", limits_.max_depth));
  }
  Node* node = &root_;
  for (std::size_t i = 0; i < steps->size(); ++i) {
    const std::string_view step = (*steps)[i];
    // At the top an empty name is a name; inside brackets it is "the next element".
    if (i == 0 && step.empty()) {
      node->index.try_emplace("", node->children.size());
      if (node->index[""] == node->children.size()) node->children.emplace_back("", std::make_unique<Node>());
      node = node->children[node->index[""]].second.get();
    } else {
      node = &child(*node, std::string(step));
    }
  }
  node->values.push_back(std::move(value));
  return {};
}

json::Value FormTree::value_of(Node& node, bool is_root) {
  if (node.children.empty() && !is_root) {
    if (node.values.size() == 1) return std::move(node.values.front());
    return json::Value(std::move(node.values));
  }
  // 0..n-1 in any order is a list. A name among the keys makes it none, however many there are.
  const bool is_list = !is_root && node.values.empty() && node.next == node.children.size() &&
                       std::all_of(node.children.begin(), node.children.end(),
                                   [](const auto& child) { return list_index(child.first).has_value(); });
  if (is_list) {
    json::Array list(node.children.size());
    for (auto& [key, below] : node.children) list[*list_index(key)] = value_of(*below, false);
    return json::Value(std::move(list));
  }
  json::Object object;
  // "a=1&a[b]=2": both were said, neither is lost.
  if (!node.values.empty()) {
    object.append(
        "", node.values.size() == 1 ? std::move(node.values.front()) : json::Value(std::move(node.values)));
  }
  for (auto& [key, below] : node.children) object.append(key, value_of(*below, false));
  return json::Value(std::move(object));
}

json::Value FormTree::take() {
  json::Value out = value_of(root_, true);
  root_ = Node();
  fields_ = 0;
  return out;
}

}  // namespace b24gate::text
