// Bodies without a fixed shape: an administrator typed them, so that fields, their names and their nesting
// are whatever was typed. These are the reading rules that such services share; a connector adds its tables:
// which candidates say what.
//
// Values and pure functions, thread-safe. Everything takes time linear in the bytes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "connector/connector.hpp"
#include "json/value.hpp"

namespace b24gate::connector {

// A name or value reduced to what counts when two are compared: case, _, - and spaces do not.
std::string plain_key(std::string_view text);

// Whether the member of this plain key holds a secret: it is left out of events and of what is stored. Of
// names like a.b and a[b] each part is asked.
using SecretKey = bool (*)(std::string_view plain);

// Takes those members out, at any depth.
void drop_secrets(json::Value& value, SecretKey is_secret);

// The events of a request, each an object. The body is JSON when it begins with { or [, else a form; the
// query's parameters are merged in and the body wins; texts that are JSON themselves are opened; what says
// nothing (null, "None", "-", {{an unexpanded placeholder}}, …) is null. An array, or an array `events`, is
// several events; scalars beside `events` are defaults for each. Fails when the body cannot be read, or past
// a bound.
Result<std::vector<json::Value>> free_events(const Request& request, SecretKey is_secret = nullptr);

// Puts `redacted` where is_secret says, at any depth of body and query, and wherever one of `secrets` stands.
void redact_free(Request& request, SecretKey is_secret, const std::vector<Secret>& secrets);

// Where a value may stand, best first: "call_id" is the shallowest member of that name anywhere, "/id",
// "call.id" and "to_emails[0].email" are exact paths from the root.
using Candidates = std::span<const std::string_view>;

// One event with its keys indexed.
class FreeBody {
 public:
  // A value that is found by its own key, while the keys inside it name nothing: the texts of a dialog,
  // answers under free labels.
  using Closed = bool (*)(std::string_view plain, const json::Value& value);

  // `root`: as free_events gives it.
  explicit FreeBody(json::Value root, Closed closed = nullptr);
  FreeBody(const FreeBody&) = delete;  // the index points into the root
  FreeBody& operator=(const FreeBody&) = delete;

  [[nodiscard]] const json::Value& root() const { return root_; }

  // The first that says something; null when none does.
  [[nodiscard]] const json::Value* find(std::string_view candidate) const;
  [[nodiscard]] const json::Value* find(Candidates candidates) const;
  // The same among texts, numbers and flags only; a list of such counts by its first.
  [[nodiscard]] const json::Value* find_scalar(std::string_view candidate) const;
  [[nodiscard]] const json::Value* find_scalar(Candidates candidates) const;
  [[nodiscard]] std::string text(Candidates candidates) const;  // trimmed; empty when there is none
  [[nodiscard]] std::string text(std::string_view candidate) const;
  [[nodiscard]] std::optional<int> seconds(Candidates candidates) const;
  [[nodiscard]] std::optional<TimePoint> time(Candidates candidates, const TimeZone& zone) const;
  // Whether there is a member of that bare name, even one that says nothing.
  [[nodiscard]] bool has(std::string_view name) const;
  // Every member of that bare name that says something, the shallowest first.
  [[nodiscard]] std::vector<const json::Value*> all(std::string_view name) const;

 private:
  struct Entry {
    const json::Value* parent;
    const json::Value* value;
  };

  [[nodiscard]] const std::vector<Entry>* entries(std::string_view plain) const;
  [[nodiscard]] const json::Value* at_path(std::string_view path) const;

  json::Value root_;
  std::unordered_map<std::string, std::vector<Entry>> index_;  // by plain key, the shallowest first
};

// A table of values: what counts as the same is what plain_key says.
template <class T>
class ValueTable {
 public:
  ValueTable(std::initializer_list<std::pair<std::string_view, T>> rows) {
    for (const auto& [text, value] : rows) rows_.emplace(plain_key(text), value);
  }
  [[nodiscard]] std::optional<T> find(std::string_view text) const {
    constexpr std::size_t longest = 200;
    if (text.size() > longest) return std::nullopt;
    const auto found = rows_.find(plain_key(text));
    return found == rows_.end() ? std::nullopt : std::optional<T>(found->second);
  }
  // Of the first candidate whose value is in the table: one that is not does not stop the search.
  [[nodiscard]] std::optional<T> find(const FreeBody& body, Candidates candidates) const {
    for (const auto candidate : candidates) {
      const auto* value = body.find_scalar(candidate);
      if (auto found = value ? find(value->text()) : std::nullopt) return found;
    }
    return std::nullopt;
  }

 private:
  std::unordered_map<std::string, T> rows_;
};

struct FreePhone {
  std::string number;     // +79031234567; as it came when the text may hold several
  std::string extension;  // digits
  // What goes among an event's phones.
  [[nodiscard]] std::string text() const;
};

// The phone in a text, or nothing when it is none: an extension ("доб.", "вн.", "ext", "#", ",") is kept
// apart; 11 digits with a leading 8 and 10 digits are Russian; less than 11 digits after that are no phone.
std::optional<FreePhone> free_phone(std::string_view text);

// The phones that candidates name, each once, in their order.
std::vector<FreePhone> free_phones(const FreeBody& body, Candidates candidates);

// ISO 8601, YYYY-MM-DD hh:mm:ss[.mmm], DD.MM.YYYY hh:mm[:ss], Unix seconds or milliseconds.
std::optional<TimePoint> free_time(const json::Value& value, const TimeZone& zone);

// Whole seconds from a number or its text; nothing for negative and absurd ones.
std::optional<int> free_seconds(const json::Value& value);

// true, "да", 1 and false, "нет", 0.
std::optional<bool> free_flag(const json::Value& value);

}  // namespace b24gate::connector
