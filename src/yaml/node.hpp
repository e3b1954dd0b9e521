// YAML text as a tree that knows where each piece stands, and the list of mistakes found in it.
//
// A Node is read-only after parsing and may be shared between threads. yaml-cpp does the parsing; this adds
// positions in characters (not bytes: people count Cyrillic letters too), key positions, and bounds on
// aliases.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace b24gate::yaml {

struct Place {
  std::string file;  // as the administrator wrote it, relative to where the program was started
  int line = 0;      // 1-based; 0: the file as a whole
  int column = 0;
  [[nodiscard]] std::string text() const;  // file:line:col
};

struct Problem {
  Place place;
  std::string what;  // what is wrong, and what to write instead
  [[nodiscard]] std::string text() const { return place.text() + ": " + what; }
};

// Collects mistakes: all of them, not the first.
class Problems {
 public:
  void add(Place place, std::string what);
  // "unknown WHAT 'NAME'; did you mean 'NEAREST'?", or the known ones when none is near.
  void unknown(Place place, std::string_view what, std::string_view name,
               const std::vector<std::string>& known);
  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] std::size_t size() const { return list_.size(); }
  // By file in the order of discovery, then by position; each once.
  [[nodiscard]] std::vector<Problem> sorted() const;
  // One line each.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Problem> list_;
};

class Node {
 public:
  enum class Kind { null, scalar, list, map };
  struct Entry;

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is_null() const { return kind_ == Kind::null; }
  [[nodiscard]] bool is_scalar() const { return kind_ == Kind::scalar; }
  [[nodiscard]] bool is_list() const { return kind_ == Kind::list; }
  [[nodiscard]] bool is_map() const { return kind_ == Kind::map; }
  [[nodiscard]] const Place& place() const { return place_; }
  [[nodiscard]] const std::string& scalar() const { return scalar_; }
  // Written in quotes or as a block: a text, whatever it looks like.
  [[nodiscard]] bool quoted() const { return quoted_; }
  [[nodiscard]] const std::vector<Node>& items() const { return items_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  // Null when there is no such key.
  [[nodiscard]] const Node* find(std::string_view key) const;
  // "a text", "a list", "a map", "nothing": for messages.
  [[nodiscard]] std::string_view kind_name() const;

 private:
  friend class TreeBuilder;
  Kind kind_ = Kind::null;
  bool quoted_ = false;
  Place place_;
  std::string scalar_;
  std::vector<Node> items_;
  std::vector<Entry> entries_;
};

struct Node::Entry {
  std::string key;
  Place place;  // of the key
  Node value;
};

// The first document of `text`. Syntax errors, repeated keys, a second document and aliases that grow beyond
// bounds are put into `problems`; nullopt when there is no tree to go on with. An empty file is a null node.
std::optional<Node> parse(std::string_view text, const std::string& file, Problems& problems);

}  // namespace b24gate::yaml
