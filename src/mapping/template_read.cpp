#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "mapping/same.hpp"
#include "mapping/template_tree.hpp"

namespace b24gate::mapping {
namespace {

constexpr std::size_t max_size = 64 * 1024;
constexpr std::size_t max_depth = 16;

class TemplateReader {
 public:
  explicit TemplateReader(std::string_view text) : text_(text) { open_.push_back({}); }

  Result<std::vector<Part>> read() {
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t tag = std::min(text_.find_first_of("{%}", at), text_.size());
      const std::string_view two = text_.substr(tag, 2);
      if (two == "{{" || two == "{%") {
        literal(text_.substr(literal_from_, tag - literal_from_));
        const std::size_t end = tag_end(tag + 2, two == "{{" ? "}}" : "%}");
        if (end == std::string_view::npos) {
          return mistake(tag, fmt::format("'{}' is not closed: write '{}'", two, two == "{{" ? "}}" : "%}"));
        }
        Reader inside(text_, tag + 2, end);
        auto done = two == "{{" ? output(inside) : choice(inside, tag);
        if (!done) return fail(done.error());
        at = literal_from_ = end + 2;
      } else if (two == "}}" || two == "%}") {
        return mistake(tag, fmt::format("'{}' closes nothing: '{}' is missing before it", two,
                                        two == "}}" ? "{{" : "{%"));
      } else {
        at = tag + 1;
      }
    }
    literal(text_.substr(std::min(literal_from_, text_.size())));
    if (open_.size() > 1) return mistake(open_.back().at, "'{% if %}' is not closed: write '{% endif %}'");
    return std::move(open_.front().parts);
  }

 private:
  // The parts being filled: of the whole, or of a branch that is open.
  struct Level {
    std::vector<Part> parts;
    std::size_t at = 0;  // of the {% if
    Part choice;
    std::optional<Condition> condition;
    bool has_else = false;
  };

  [[nodiscard]] tl::unexpected<Error> mistake(std::size_t at, std::string what) const {
    return Reader(text_).mistake_at(at, std::move(what));
  }

  void literal(std::string_view text) {
    if (text.empty()) return;
    Part part;
    part.text = text;
    open_.back().parts.push_back(std::move(part));
  }

  // Where the tag ends; texts in quotes and brackets of paths may hold the sign.
  [[nodiscard]] std::size_t tag_end(std::size_t at, std::string_view sign) const {
    while (at < text_.size()) {
      const char c = text_[at];
      if (text_.substr(at, 2) == sign) return at;
      if (c == '\'' || c == '"') {
        for (++at; at < text_.size() && text_[at] != c; ++at) {
          if (text_[at] == '\\') ++at;
        }
      } else if (c == '[') {
        // A quote in a bracket is a quote only behind [ or =: "answers[q=What's up].a".
        const std::size_t close = text_.find(']', at);
        const std::size_t quote = text_.find_first_of("'\"", at);
        if (close != std::string_view::npos &&
            (quote == std::string_view::npos || quote > close || !list_at(at))) {
          at = close;
        }
      }
      ++at;
    }
    return std::string_view::npos;
  }

  // Whether the [ begins a list of choices and is no part of a path.
  [[nodiscard]] bool list_at(std::size_t at) const { return at > 0 && text_[at - 1] == ' '; }

  Done output(Reader& inside) {
    Part part;
    part.output.emplace();
    auto operand = inside.take_operand();
    if (!operand) return fail(operand.error());
    part.output->operand = std::move(*operand);
    while (inside.take("|")) {
      auto filter = Filter::read(inside);
      if (!filter) return fail(filter.error());
      part.output->filters.push_back(std::move(*filter));
    }
    if (!inside.at_end()) {
      return inside.mistake(fmt::format("expected '|' or '}}}}', found '{}'", utf8::head(inside.rest(), 20)));
    }
    open_.back().parts.push_back(std::move(part));
    return {};
  }

  Done choice(Reader& inside, std::size_t tag) {
    inside.skip_spaces();
    const std::size_t at = inside.position();
    const std::string word = inside.take_name();
    if (word == "if") return open(inside, tag);
    if (word != "elif" && word != "else" && word != "endif") {
      return mistake(at, unknown_name("tag", word, {"if", "elif", "else", "endif"}));
    }
    if (open_.size() == 1)
      return mistake(tag, fmt::format("'{{% {} %}}' stands outside of any '{{% if %}}'", word));
    if (word != "elif" && !inside.at_end()) {
      return inside.mistake(fmt::format("nothing may follow '{}'", word));
    }
    Level& level = open_.back();
    if (level.has_else && word != "endif") return mistake(tag, fmt::format("'{}' follows 'else'", word));
    Branch done{std::move(level.condition), std::move(level.parts)};
    level.condition.reset();
    level.parts.clear();
    level.choice.branches.push_back(std::move(done));
    if (word == "endif") {
      Part part = std::move(level.choice);
      open_.pop_back();
      open_.back().parts.push_back(std::move(part));
    } else if (word == "else") {
      level.has_else = true;
    } else {
      auto condition = Condition::read(inside);
      if (!condition) return fail(condition.error());
      level.condition = std::move(*condition);
    }
    return {};
  }

  Done open(Reader& inside, std::size_t tag) {
    if (open_.size() > max_depth)
      return mistake(tag, fmt::format("more than {} 'if' inside each other", max_depth));
    auto condition = Condition::read(inside);
    if (!condition) return fail(condition.error());
    Level level;
    level.at = tag;
    level.condition = std::move(*condition);
    open_.push_back(std::move(level));
    return {};
  }

  std::string_view text_;
  std::size_t literal_from_ = 0;
  std::vector<Level> open_;
};

}  // namespace

Result<std::vector<Part>> read_template(std::string_view text) {
  if (text.size() > max_size) {
    return fail(ErrorKind::config, "character 1",
                fmt::format("the template is longer than {} bytes", max_size), Ran::no, Move::administrator);
  }
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return TemplateReader(text).read();
}

}  // namespace b24gate::mapping
