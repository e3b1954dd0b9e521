#include "yaml/node.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <tuple>

#include "base/nearest.hpp"
#include "base/utf8.hpp"
#include "yaml/syntax.hpp"

namespace b24gate::yaml {

std::string Place::text() const { return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column); }

void Problems::add(Place place, std::string what) { list_.push_back({std::move(place), std::move(what)}); }

void Problems::unknown(Place place, std::string_view what, std::string_view name,
                       const std::vector<std::string>& known) {
  std::string text = fmt::format("unknown {} '{}'", what, name);
  if (const auto near = nearest(name, known)) {
    text += fmt::format("; did you mean '{}'?", *near);
  } else if (known.empty()) {
    text += "; none is defined";
  } else {
    std::string list;
    for (const auto& candidate : known) list += (list.empty() ? "" : ", ") + candidate;
    text += "; known: " + list;
  }
  add(std::move(place), std::move(text));
}

std::vector<Problem> Problems::sorted() const {
  std::map<std::string, std::size_t> file_order;
  for (const auto& problem : list_) file_order.emplace(problem.place.file, file_order.size());
  std::vector<Problem> out = list_;
  std::stable_sort(out.begin(), out.end(), [&](const Problem& a, const Problem& b) {
    return std::tuple(file_order[a.place.file], a.place.line, a.place.column) <
           std::tuple(file_order[b.place.file], b.place.line, b.place.column);
  });
  const auto same = [](const Problem& a, const Problem& b) { return a.text() == b.text(); };
  out.erase(std::unique(out.begin(), out.end(), same), out.end());
  return out;
}

std::string Problems::text() const {
  std::string out;
  for (const auto& problem : sorted()) out += problem.text() + "\n";
  return out;
}

const Node* Node::find(std::string_view key) const {
  for (const auto& entry : entries_) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

std::string_view Node::kind_name() const {
  switch (kind_) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return "a text";
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
  }
  return "nothing";
}

namespace {

Place place_at(std::string_view text, const std::string& file, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::size_t line = before.rfind('\n') + 1;  // npos + 1 is 0
  return {file, static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<int>(utf8::length(before.substr(line))) + 1};
}

}  // namespace

// Builds Nodes from yaml-cpp's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::string file, Problems& problems)
      : text_(text), file_(std::move(file)), problems_(problems) {
    root_.place_ = {file_, 1, 1};
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t end = std::min(text.find('\n', from), text.size());
      lines_.push_back(text.substr(from, end - from));
      from = end + 1;
    }
  }

  Place place_of(const YAML::Mark& mark) const {
    if (mark.line < 0) return {file_, 0, 0};
    const auto line = static_cast<std::size_t>(mark.line);
    int column = mark.column + 1;
    if (line < lines_.size()) {
      column =
          static_cast<int>(utf8::length(lines_[line].substr(0, static_cast<std::size_t>(mark.column)))) + 1;
    }
    return {file_, mark.line + 1, column};
  }
  // The parser gave up there: where a person must look, and what for.
  Problem mistake(const YAML::Exception& error) const {
    return problem(explain(text_, byte_of(error.mark), error.msg));
  }
  // What the parser lets pass.
  std::optional<Problem> overlooked() const {
    const auto mistake = last_quoted_ ? unclosed_quote(text_, *last_quoted_) : std::nullopt;
    return mistake ? std::optional(problem(*mistake)) : std::nullopt;
  }
  // Where the document begins.
  [[nodiscard]] const Place& start() const { return start_; }

  std::optional<Node> take() {
    if (broken_) return std::nullopt;
    return std::move(root_);
  }

  void OnDocumentStart(const YAML::Mark& mark) override { start_ = place_of(mark); }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(leaf(Node::Kind::null, mark), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) {
      problems_.add(place_of(mark), "this alias names no anchor that is complete before it");
      broken_ = true;
      add(leaf(Node::Kind::null, mark), 0);
      return;
    }
    nodes_ += known->second.second;
    add(Node(known->second.first), 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (tag == "!") last_quoted_ = byte_of(mark);
    const bool quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    const bool null = !quoted && (value.empty() || value == "~" || value == "null");
    Node node = leaf(null ? Node::Kind::null : Node::Kind::scalar, mark);
    node.quoted_ = quoted;
    if (!null) node.scalar_ = value;
    add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open_.push_back({leaf(Node::Kind::list, mark), anchor, {}, {}, false, nodes_});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open_.push_back({leaf(Node::Kind::map, mark), anchor, {}, {}, false, nodes_});
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor;
    std::string key;
    Place key_place;
    bool has_key;
    std::size_t nodes_before;
  };

  std::size_t byte_of(const YAML::Mark& mark) const {
    const auto line = static_cast<std::size_t>(std::max(mark.line, 0));
    if (line >= lines_.size()) return text_.size();
    const auto column = static_cast<std::size_t>(std::max(mark.column, 0));
    return static_cast<std::size_t>(lines_[line].data() - text_.data()) +
           std::min(column, lines_[line].size());
  }
  Problem problem(SyntaxMistake found) const {
    return {place_at(text_, file_, found.at), std::move(found.what)};
  }

  Node leaf(Node::Kind kind, const YAML::Mark& mark) {
    Node node;
    node.kind_ = kind;
    node.place_ = place_of(mark);
    ++nodes_;
    return node;
  }

  void close() {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    add(std::move(frame.node), frame.anchor, nodes_ - frame.nodes_before + 1);
  }

  void add(Node node, YAML::anchor_t anchor, std::size_t size = 1) {
    constexpr std::size_t bound = 200'000;
    if (nodes_ > bound) {
      if (!broken_)
        problems_.add(node.place(), "the file grows beyond 200000 values; aliases repeat too much");
      broken_ = true;
      return;
    }
    if (anchor != 0) anchors_[anchor] = {node, size};
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = open_.back();
    if (frame.node.is_list()) {
      frame.node.items_.push_back(std::move(node));
      return;
    }
    if (!frame.has_key) {
      if (node.is_list() || node.is_map()) problems_.add(node.place(), "a key must be a text");
      frame.key = node.is_scalar() ? node.scalar() : "";
      frame.key_place = node.place();
      frame.has_key = true;
      return;
    }
    frame.has_key = false;
    if (frame.node.find(frame.key)) {
      problems_.add(frame.key_place, fmt::format("key '{}' is written twice; keep one", frame.key));
      return;
    }
    frame.node.entries_.push_back({std::move(frame.key), std::move(frame.key_place), std::move(node)});
  }

  std::string_view text_;
  std::string file_;
  Place start_;
  std::optional<std::size_t> last_quoted_;
  Problems& problems_;
  std::vector<std::string_view> lines_;
  std::vector<Frame> open_;
  std::map<YAML::anchor_t, std::pair<Node, std::size_t>> anchors_;
  Node root_;
  std::size_t nodes_ = 0;
  bool broken_ = false;
};

std::optional<Node> parse(std::string_view text, const std::string& file, Problems& problems) {
  if (const std::size_t good = utf8::valid_length(text); good < text.size()) {
    problems.add(place_at(text, file, good), "from here on the file is not UTF-8; save it as UTF-8");
    return std::nullopt;
  }
  TreeBuilder builder(text, file, problems);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return builder.take();
    if (TreeBuilder second(text, file, problems); parser.HandleNextDocument(second)) {
      problems.add(second.start(),
                   "the file holds more than one document; keep the first, without a second ---");
    }
    if (auto mistake = builder.overlooked()) {
      problems.add(std::move(mistake->place), std::move(mistake->what));
      return std::nullopt;
    }
  } catch (const YAML::Exception& error) {
    Problem mistake = builder.mistake(error);
    problems.add(std::move(mistake.place), std::move(mistake.what));
    return std::nullopt;
  }
  return builder.take();
}

}  // namespace b24gate::yaml
