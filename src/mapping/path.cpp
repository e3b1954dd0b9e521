#include "mapping/path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/utf8.hpp"
#include "mapping/same.hpp"

namespace b24gate::mapping {
namespace {

constexpr std::size_t max_steps = 32;

tl::unexpected<Error> mistake(std::string_view text, std::size_t at, std::string what) {
  return fail(ErrorKind::config, fmt::format("character {}", utf8::length(text.substr(0, at)) + 1),
              std::move(what), Ran::no, Move::administrator);
}

std::optional<std::size_t> index_of(std::string_view key) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  if (key.empty() || error != std::errc() || end != key.data() + key.size()) return std::nullopt;
  return index;
}

std::string_view unquoted(std::string_view text) {
  const bool quoted =
      text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.front() == text.back();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// The member of that very key, else the first one of an alike key.
const json::Value* member(const json::Object& object, std::string_view key) {
  if (const auto* exact = object.find(key)) return exact;
  for (const auto& [name, value] : object) {
    if (same_key(name, key)) return &value;
  }
  return nullptr;
}

bool is_picked(const json::Value& value, std::string_view key, std::string_view text) {
  const auto* object = value.object_if();
  const json::Value* found = object ? member(*object, key) : nullptr;
  if (!found) return false;
  return found->is_string() ? same_text(*found->string(), text) : same_text(found->text(), text);
}

}  // namespace

Result<Path> Path::parse(std::string_view text) {
  Path path;
  path.text_ = std::string(utf8::trimmed(text));
  if (path.text_.empty()) return mistake(text, 0, "the path is empty");
  if (path.text_.size() > 1000) return mistake(text, 0, "the path is longer than 1000 bytes");
  const std::string_view all = path.text_;
  for (std::size_t at = 0; at < all.size();) {
    if (path.steps_.size() == max_steps)
      return mistake(all, at, fmt::format("more than {} steps", max_steps));
    Step step;
    if (all[at] == '[') {
      const std::size_t close = all.find(']', at);
      if (close == std::string_view::npos) return mistake(all, at, "'[' has no ']'");
      const std::string_view inside = utf8::trimmed(all.substr(at + 1, close - at - 1));
      const std::size_t equals =
          unquoted(inside).size() == inside.size() ? inside.find('=') : std::string_view::npos;
      if (equals == std::string_view::npos) {
        step.key = unquoted(inside);
        if (step.key.empty()) return mistake(all, at, "nothing stands between '[' and ']'");
      } else {
        step.where_key = utf8::trimmed(inside.substr(0, equals));
        step.where_text = unquoted(utf8::trimmed(inside.substr(equals + 1)));
        if (step.where_key.empty()) return mistake(all, at, "a key is missing before '=': write [key=text]");
      }
      at = close + 1;
      if (at < all.size() && all[at] != '.' && all[at] != '[')
        return mistake(all, at, "expected '.' or '[' after ']'");
    } else {
      const std::size_t end = std::min(all.find_first_of(".[]", at), all.size());
      if (end < all.size() && all[end] == ']') return mistake(all, end, "']' has no '['");
      step.key = utf8::trimmed(all.substr(at, end - at));
      if (step.key.empty()) return mistake(all, at, "a name is missing between the dots");
      at = end;
    }
    step.index = index_of(step.key);
    path.steps_.push_back(std::move(step));
    if (at < all.size() && all[at] == '.') {
      ++at;
      if (at == all.size()) return mistake(all, at, "a name is missing after the last dot");
      if (all[at] == '[') return mistake(all, at, "a name is missing between '.' and '['");
    }
  }
  return path;
}

template <class Take>
bool Path::walk(const json::Value& value, std::size_t at, Take& take) const {
  if (at == steps_.size()) return !value.says_nothing() && take(value);
  const Step& step = steps_[at];
  const auto* elements = value.array_if();
  const auto* object = value.object_if();
  if (!step.where_key.empty()) {
    if (elements) {
      for (const auto& element : *elements) {
        if (is_picked(element, step.where_key, step.where_text)) return walk(element, at + 1, take);
      }
    } else if (object) {
      for (const auto& [name, element] : *object) {
        if (is_picked(element, step.where_key, step.where_text)) return walk(element, at + 1, take);
      }
    }
    return false;
  }
  if (object) {
    const json::Value* found = member(*object, step.key);
    return found && walk(*found, at + 1, take);
  }
  if (!elements) return false;
  if (step.index) return walk(value.at(*step.index), at + 1, take);
  for (const auto& element : *elements) {
    const auto* inner = element.object_if();
    const json::Value* found = inner ? member(*inner, step.key) : nullptr;
    if (found && walk(*found, at + 1, take)) return true;
  }
  return false;
}

const json::Value* Path::find(const json::Value& root) const {
  const json::Value* out = nullptr;
  const auto take = [&](const json::Value& value) {
    out = &value;
    return true;
  };
  if (!steps_.empty()) walk(root, 0, take);
  return out;
}

std::vector<const json::Value*> Path::find_all(const json::Value& root) const {
  std::vector<const json::Value*> out;
  const auto take = [&](const json::Value& value) {
    out.push_back(&value);
    return false;
  };
  if (!steps_.empty()) walk(root, 0, take);
  return out;
}

const std::string& Path::head() const {
  static const std::string none;
  return steps_.empty() ? none : steps_.front().key;
}

std::vector<std::string> Path::keys() const {
  std::vector<std::string> out;
  for (const auto& step : steps_) {
    if (step.where_key.empty() && !step.index) out.push_back(step.key);
  }
  return out;
}

}  // namespace b24gate::mapping
