// The daemon's log: one line a fact, with a stable id from the catalogue, typed fields, and no personal data.
//
// Fields are typed, so that masking cannot be forgotten: there is no way to log a bare std::string. Text that
// people or vendors typed does not belong in a log at all; ids, names of configured things, numbers and our
// own error texts do.
//
// Goes to the systemd journal when stderr is connected to it (JOURNAL_STREAM), with MESSAGE_ID and every
// field as a journal field; else as logfmt lines to stderr. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/time.hpp"

namespace b24gate::log {

// error: something that was promised did not happen; warning: outside the expected flow, a person may want to
// look; info: the milestones of a day; debug: the way of single requests.
enum class Level { error, warning, info, debug };

// An entry of the catalogue (messages.hpp): id and text never change their meaning once released.
struct Message {
  std::string_view id;  // B24-nnnn
  Level level;
  std::string_view text;  // English, without values: values are fields
};

class Field {
 public:
  Field(std::string_view key, std::int64_t value) : key_(key), value_(std::to_string(value)) {}
  Field(std::string_view key, int value) : Field(key, std::int64_t{value}) {}
  Field(std::string_view key, std::size_t value) : Field(key, static_cast<std::int64_t>(value)) {}
  [[nodiscard]] const std::string& key() const { return key_; }
  [[nodiscard]] const std::string& value() const { return value_; }

 private:
  friend Field id(std::string_view, std::string_view);
  friend Field phone(std::string_view, std::string_view);
  friend Field email(std::string_view, std::string_view);
  friend Field error(const Error&);
  Field(std::string_view key, std::string value) : key_(key), value_(std::move(value)) {}
  std::string key_;
  std::string value_;
};

// A name out of the configuration, an id of ours, a method, a code: never what a visitor typed.
Field id(std::string_view key, std::string_view value);
// Masked: +7903***4567 keeps the country, the first digits and the last two.
Field phone(std::string_view key, std::string_view value);
// Masked: i***@example.com.
Field email(std::string_view key, std::string_view value);
// An Error, as text: errors carry no personal data by contract.
Field error(const Error& error);

void write(const Message& message, std::initializer_list<Field> fields = {});

// What is written from now on; info by default.
void set_level(Level level);
// Where lines go instead of stderr or the journal: for tests. An empty function restores the default.
void set_sink(std::function<void(Level, std::string_view line)> sink);

// The masks themselves, for texts that are not log lines.
std::string masked_phone(std::string_view phone);
std::string masked_email(std::string_view email);

}  // namespace b24gate::log
