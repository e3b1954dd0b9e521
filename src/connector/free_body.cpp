#include "connector/free_body.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "connector/member.hpp"

namespace b24gate::connector {
namespace {

const json::Value* as_scalar(const json::Value& value) {
  if (is_scalar(value)) return &value;
  const auto* elements = value.array_if();
  for (std::size_t i = 0; elements && i < elements->size(); ++i) {
    if (is_scalar((*elements)[i])) return &(*elements)[i];
    if (!(*elements)[i].is_null()) return nullptr;
  }
  return nullptr;
}

bool is_path(std::string_view candidate) {
  return candidate.find('.') != std::string_view::npos || candidate.substr(0, 1) == "/";
}

}  // namespace

std::string plain_key(std::string_view text) {
  std::string out = utf8::folded(text);
  std::size_t kept = 0;
  for (const char c : out) {
    if (c != '_' && c != '-' && c != ' ') out[kept++] = c;
  }
  out.resize(kept);
  return out;
}

FreeBody::FreeBody(json::Value root, Closed closed) : root_(std::move(root)) {
  // Breadth first, so that entries of one key come by depth.
  std::vector<const json::Value*> open{&root_};
  for (std::size_t at = 0; at < open.size(); ++at) {
    const json::Value* parent = open[at];
    if (const auto* elements = parent->array_if()) {
      for (const auto& element : *elements) {
        if (element.is_object() || element.is_array()) open.push_back(&element);
      }
      continue;
    }
    const auto* members = parent->object_if();
    if (!members) continue;
    for (const auto& [key, value] : *members) {
      std::string plain = plain_key(key);
      const bool is_open = (value.is_object() || value.is_array()) && !(closed && closed(plain, value));
      index_[std::move(plain)].push_back({parent, &value});
      if (is_open) open.push_back(&value);
    }
  }
}

const std::vector<FreeBody::Entry>* FreeBody::entries(std::string_view plain) const {
  const auto found = index_.find(std::string(plain));
  return found == index_.end() ? nullptr : &found->second;
}

const json::Value* FreeBody::at_path(std::string_view path) const {
  if (path.substr(0, 1) == "/") path.remove_prefix(1);
  const json::Value* at = &root_;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    std::string_view step = path.substr(0, dot);
    path.remove_prefix(std::min(dot + 1, path.size()));
    const std::size_t bracket = step.find('[');
    const std::string name = plain_key(step.substr(0, bracket));
    const json::Value* next = nullptr;
    if (const auto* known = entries(name)) {
      for (const auto& entry : *known) {
        if (entry.parent == at && (!next || next->says_nothing())) next = entry.value;
      }
    }
    if (next && bracket != std::string_view::npos) {
      const auto* elements = next->array_if();
      const auto index = json::Value(step.substr(bracket + 1, step.size() - bracket - 2)).integer();
      if (elements) {  // what stands there without a list is taken for its only element
        next = index && static_cast<std::size_t>(*index) < elements->size()
                   ? &next->at(static_cast<std::size_t>(*index))
                   : nullptr;
      }
    }
    if (!next) return nullptr;
    at = next;
  }
  return at;
}

const json::Value* FreeBody::find(std::string_view candidate) const {
  if (is_path(candidate)) {
    const auto* value = at_path(candidate);
    return value && !value->says_nothing() ? value : nullptr;
  }
  if (const auto* known = entries(plain_key(candidate))) {
    for (const auto& entry : *known) {
      if (!entry.value->says_nothing()) return entry.value;
    }
  }
  return nullptr;
}

const json::Value* FreeBody::find(Candidates candidates) const {
  for (const auto candidate : candidates) {
    if (const auto* value = find(candidate)) return value;
  }
  return nullptr;
}

const json::Value* FreeBody::find_scalar(std::string_view candidate) const {
  if (is_path(candidate)) {
    const auto* value = at_path(candidate);
    return value ? as_scalar(*value) : nullptr;
  }
  if (const auto* known = entries(plain_key(candidate))) {
    for (const auto& entry : *known) {
      if (const auto* value = as_scalar(*entry.value)) return value;
    }
  }
  return nullptr;
}

const json::Value* FreeBody::find_scalar(Candidates candidates) const {
  for (const auto candidate : candidates) {
    if (const auto* value = find_scalar(candidate)) return value;
  }
  return nullptr;
}

std::string FreeBody::text(Candidates candidates) const {
  const auto* value = find_scalar(candidates);
  return value ? std::string(utf8::trimmed(value->text())) : std::string();
}

std::string FreeBody::text(std::string_view candidate) const { return text(Candidates(&candidate, 1)); }

std::optional<int> FreeBody::seconds(Candidates candidates) const {
  for (const auto candidate : candidates) {
    const auto* value = find_scalar(candidate);
    if (auto seconds = value ? free_seconds(*value) : std::nullopt) return seconds;
  }
  return std::nullopt;
}

std::optional<TimePoint> FreeBody::time(Candidates candidates, const TimeZone& zone) const {
  for (const auto candidate : candidates) {
    const auto* value = find_scalar(candidate);
    if (auto time = value ? free_time(*value, zone) : std::nullopt) return time;
  }
  return std::nullopt;
}

bool FreeBody::has(std::string_view name) const { return entries(plain_key(name)) != nullptr; }

std::vector<const json::Value*> FreeBody::all(std::string_view name) const {
  std::vector<const json::Value*> out;
  if (const auto* known = entries(plain_key(name))) {
    for (const auto& entry : *known) {
      if (!entry.value->says_nothing()) out.push_back(entry.value);
    }
  }
  return out;
}

}  // namespace b24gate::connector
