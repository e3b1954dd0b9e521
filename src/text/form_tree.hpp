// Builds a JSON value from named fields with PHP's brackets: the part that urlencoded and multipart forms
// share.
//
// Not thread-safe; one builder per body. Every operation costs time linear in the name's length.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/form.hpp"

namespace b24gate::text {

class FormTree {
 public:
  explicit FormTree(const FormLimits& limits);

  // `name` and `value` are decoded UTF-8. Fails with ErrorKind::limit past a bound.
  Done add(std::string_view name, json::Value value);
  // The whole as an object; leaves the builder empty.
  json::Value take();

 private:
  struct Child;
  struct Node {
    json::Value value;  // what was said about this very name; an array of all that, when said more than once
    std::size_t times = 0;  // how often it was
    std::vector<Child> children;
    std::unique_ptr<std::unordered_map<std::string, std::size_t>>
        index;             // of the children, when they are many
    std::size_t next = 0;  // the key that [] stands for
  };
  struct Child {
    std::string key;
    Node node;
  };

  static Node& named(Node& parent, std::string_view key);
  static Node& child(Node& parent, std::string_view key);
  static json::Value value_of(Node& node, bool is_root);

  const FormLimits limits_;
  Node root_;
  std::size_t fields_ = 0;
};

}  // namespace b24gate::text
