// A JSON value: what bodies decode to, what mappings walk over, what is stored and printed.
//
// A plain value type: copying copies deeply, no thread rule beyond that of std::string. Objects keep the
// order of their keys (form fields have an order that people see). RapidJSON reads and writes the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"

namespace b24gate::json {

class Value;
using Array = std::vector<Value>;
using Member = std::pair<std::string, Value>;

// An ordered map with unique keys. Look-up is linear: objects of enquiries are small, and hostile bodies are
// bounded by ParseLimits::max_members.
class Object {
 public:
  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] Value* find(std::string_view key);
  // Inserts at the end, or replaces in place.
  Value& set(std::string key, Value value);
  // The member of that key, made null at the end if it was not there.
  Value& operator[](std::string_view key);
  bool erase(std::string_view key);
  // Adds without looking for the key: only for readers that know it is new.
  Value& append(std::string key, Value value);
  // Room for so many members in all: for who knows beforehand how many there will be.
  inline void reserve(std::size_t members);

  using Iterator = std::vector<Member>::iterator;
  using ConstIterator = std::vector<Member>::const_iterator;
  [[nodiscard]] inline std::size_t size() const;
  [[nodiscard]] inline bool empty() const;
  [[nodiscard]] inline ConstIterator begin() const;
  [[nodiscard]] inline ConstIterator end() const;
  [[nodiscard]] inline Iterator begin();
  [[nodiscard]] inline Iterator end();
  bool operator==(const Object& other) const;  // the order of keys does not matter

 private:
  std::vector<Member> members_;
};

class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool value) : data_(value) {}
  Value(int value) : data_(std::int64_t{value}) {}
  Value(unsigned value) : data_(std::int64_t{value}) {}
  Value(std::int64_t value) : data_(value) {}
  Value(std::uint64_t value) : data_(static_cast<std::int64_t>(value)) {}
  Value(double value) : data_(value) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(Array value) : data_(std::move(value)) {}
  Value(Object value) : data_(std::move(value)) {}

  // {{"a", 1}, {"b", "x"}}: an object; strings: an array.
  static Value object(std::initializer_list<Member> members = {});
  static Value array(std::initializer_list<Value> values = {});

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  [[nodiscard]] bool is_bool() const { return std::holds_alternative<bool>(data_); }
  [[nodiscard]] bool is_int() const { return std::holds_alternative<std::int64_t>(data_); }
  [[nodiscard]] bool is_number() const { return is_int() || std::holds_alternative<double>(data_); }
  [[nodiscard]] bool is_string() const { return std::holds_alternative<std::string>(data_); }
  [[nodiscard]] bool is_array() const { return std::holds_alternative<Array>(data_); }
  [[nodiscard]] bool is_object() const { return std::holds_alternative<Object>(data_); }

  // Pointers into this value, null when it is of another type.
  [[nodiscard]] const std::string* string() const { return std::get_if<std::string>(&data_); }
  [[nodiscard]] const Array* array_if() const { return std::get_if<Array>(&data_); }
  [[nodiscard]] Array* array_if() { return std::get_if<Array>(&data_); }
  [[nodiscard]] const Object* object_if() const { return std::get_if<Object>(&data_); }
  [[nodiscard]] Object* object_if() { return std::get_if<Object>(&data_); }
  [[nodiscard]] std::optional<bool> boolean() const;
  // An integer, also from a number without a fraction or a text of digits (vendors mix "12" and 12).
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  [[nodiscard]] std::optional<double> number() const;

  // The member of an object, null (a shared one) when this is no object or has no such key.
  [[nodiscard]] const Value& operator[](std::string_view key) const;
  [[nodiscard]] const Value& at(std::size_t index) const;
  // Makes this an object if it is null; REQUIRES: null or object.
  Value& operator[](std::string_view key);
  // Appends; makes this an array if it is null; REQUIRES: null or array.
  void push(Value value);

  // What a person would read: text as it is, numbers without a trailing .0, true/false, null as "", arrays
  // joined by
  // ", ", objects as JSON.
  [[nodiscard]] std::string text() const;
  // Null, "", [] and {} say nothing.
  [[nodiscard]] bool says_nothing() const;
  [[nodiscard]] std::size_t size() const;

  bool operator==(const Value& other) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
};

// Here, because clang wants Value complete.
inline void Object::reserve(std::size_t members) { members_.reserve(members); }
inline std::size_t Object::size() const { return members_.size(); }
inline bool Object::empty() const { return members_.empty(); }
inline Object::ConstIterator Object::begin() const { return members_.begin(); }
inline Object::ConstIterator Object::end() const { return members_.end(); }
inline Object::Iterator Object::begin() { return members_.begin(); }
inline Object::Iterator Object::end() { return members_.end(); }

// Bounds on hostile text. Past a bound parsing fails with ErrorKind::limit.
struct ParseLimits {
  std::size_t max_depth = 64;
  std::size_t max_members = 10'000;  // members and elements in the whole text
};

// Strict JSON in UTF-8, but that half of a surrogate pair is read as U+FFFD. A repeated key keeps the last
// value. Fails with ErrorKind::input and the byte offset.
Result<Value> parse(std::string_view text, const ParseLimits& limits = {});

// Compact, or indented by two spaces; UTF-8 as it is, invalid UTF-8 replaced by U+FFFD.
std::string write(const Value& value);
std::string write_pretty(const Value& value);

}  // namespace b24gate::json
