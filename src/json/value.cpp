#include "json/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace b24gate::json {

const Value* Object::find(std::string_view key) const {
  for (const auto& member : members_) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

Value* Object::find(std::string_view key) {
  for (auto& member : members_) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

Value& Object::set(std::string key, Value value) {
  if (Value* known = find(key)) {
    *known = std::move(value);
    return *known;
  }
  return append(std::move(key), std::move(value));
}

Value& Object::operator[](std::string_view key) {
  if (Value* known = find(key)) return *known;
  return append(std::string(key), Value());
}

bool Object::erase(std::string_view key) {
  const auto it =
      std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.first == key; });
  if (it == members_.end()) return false;
  members_.erase(it);
  return true;
}

Value& Object::append(std::string key, Value value) {
  constexpr std::size_t usual = 8;  // growing from one moves every member three times on the way there
  if (members_.empty()) members_.reserve(usual);
  return members_.emplace_back(std::move(key), std::move(value)).second;
}

bool Object::operator==(const Object& other) const {
  if (size() != other.size()) return false;
  return std::all_of(members_.begin(), members_.end(), [&](const Member& member) {
    const Value* theirs = other.find(member.first);
    return theirs && *theirs == member.second;
  });
}

Value Value::object(std::initializer_list<Member> members) {
  Object out;
  for (const auto& [key, value] : members) out.set(key, value);
  return Value(std::move(out));
}

Value Value::array(std::initializer_list<Value> values) { return Value(Array(values)); }

std::optional<bool> Value::boolean() const {
  if (const auto* value = std::get_if<bool>(&data_)) return *value;
  return std::nullopt;
}

std::optional<std::int64_t> Value::integer() const {
  if (const auto* value = std::get_if<std::int64_t>(&data_)) return *value;
  if (const auto* value = std::get_if<double>(&data_)) {
    if (std::nearbyint(*value) == *value && std::abs(*value) < 9e15) return static_cast<std::int64_t>(*value);
    return std::nullopt;
  }
  if (const auto* value = string()) {
    std::int64_t read = 0;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), read);
    if (error == std::errc() && end == value->data() + value->size()) return read;
  }
  return std::nullopt;
}

std::optional<double> Value::number() const {
  if (const auto* value = std::get_if<std::int64_t>(&data_)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<double>(&data_)) return *value;
  if (const auto* value = string()) {
    double read = 0;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), read);
    if (error == std::errc() && end == value->data() + value->size()) return read;
  }
  return std::nullopt;
}

namespace {
const Value& nothing() {
  static const Value null;
  return null;
}
}  // namespace

const Value& Value::operator[](std::string_view key) const {
  if (const auto* members = object_if()) {
    if (const Value* found = members->find(key)) return *found;
  }
  return nothing();
}

const Value& Value::at(std::size_t index) const {
  const auto* elements = array_if();
  return elements && index < elements->size() ? (*elements)[index] : nothing();
}

Value& Value::operator[](std::string_view key) {
  if (is_null()) data_ = Object();
  return std::get<Object>(data_)[key];
}

void Value::push(Value value) {
  if (is_null()) data_ = Array();
  std::get<Array>(data_).push_back(std::move(value));
}

std::string Value::text() const {
  if (const auto* value = string()) return *value;
  if (const auto* value = std::get_if<bool>(&data_)) return *value ? "true" : "false";
  if (const auto* value = std::get_if<std::int64_t>(&data_)) return std::to_string(*value);
  if (const auto* value = std::get_if<double>(&data_)) {
    if (const auto whole = integer()) return std::to_string(*whole);
    return fmt::format("{}", *value);
  }
  if (const auto* elements = array_if()) {
    std::string out;
    for (const auto& element : *elements) {
      std::string piece = element.text();
      if (piece.empty()) continue;
      if (!out.empty()) out += ", ";
      out += piece;
    }
    return out;
  }
  if (is_object()) return write(*this);
  return {};
}

bool Value::says_nothing() const { return is_null() || (!is_bool() && !is_number() && size() == 0); }

std::size_t Value::size() const {
  if (const auto* value = string()) return value->size();
  if (const auto* value = array_if()) return value->size();
  if (const auto* value = object_if()) return value->size();
  return 0;
}

}  // namespace b24gate::json
