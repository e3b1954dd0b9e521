// From a request to its events: rules on body types, several events, and what says nothing.
#include <algorithm>
#include <unordered_set>

#include "base/utf8.hpp"
#include "connector/body.hpp"
#include "connector/free_body.hpp"
#include "connector/member.hpp"
#include "text/form.hpp"
#include "text/percent.hpp"

namespace b24gate::connector {
namespace {

constexpr std::size_t max_opened = 10'000;           // values in all texts that are JSON
constexpr int max_openings = 4;                      // JSON in a text in a JSON in a text …
constexpr std::size_t max_copied = 4 * 1024 * 1024;  // bytes of defaults in all events

bool says_nothing(std::string_view text) {
  text = utf8::trimmed(text);
  if (text.empty() || text == "-") return true;
  if (text.size() >= 4 && text.substr(0, 2) == "{{" && text.substr(text.size() - 2) == "}}") return true;
  if (text.size() > 9) return false;
  const std::string word = utf8::folded(text);
  return word == "null" || word == "none" || word == "undefined" || word == "nil";
}

bool is_secret_name(std::string_view name, SecretKey is_secret) {
  constexpr std::string_view ends = ".[]";
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find_first_of(ends, at), name.size());
    if (end > at && is_secret(plain_key(name.substr(at, end - at)))) return true;
    at = end + 1;
  }
  return false;
}

// Opens texts that are JSON, makes null what says nothing, takes secrets out.
class Cleaner {
 public:
  explicit Cleaner(SecretKey is_secret) : is_secret_(is_secret) {}

  void clean(json::Value& value, int openings = 0) {
    if (const auto* text = value.string()) {
      if (says_nothing(*text)) {
        value = nullptr;
      } else if (auto opened = openings < max_openings ? open(*text) : std::nullopt) {
        value = std::move(*opened);
        clean(value, openings + 1);
      }
    } else if (auto* elements = value.array_if()) {
      for (auto& element : *elements) clean(element, openings);
    } else if (auto* members = value.object_if()) {
      json::Object kept;
      for (auto& [key, member] : *members) {
        if (is_secret_ && is_secret_name(key, is_secret_)) continue;
        clean(member, openings);
        kept.append(std::move(key), std::move(member));
      }
      value = std::move(kept);
    }
  }

 private:
  std::optional<json::Value> open(std::string_view text) {
    text = utf8::trimmed(text);
    const bool is_object = text.front() == '{' && text.back() == '}';
    if (!is_object && !(text.front() == '[' && text.back() == ']')) return std::nullopt;
    // No JSON has more values than this, so that all texts together stay within the bound.
    const auto values =
        static_cast<std::size_t>(std::count_if(text.begin(), text.end(),
                                               [](char c) { return c == ',' || c == '[' || c == '{'; })) +
        1;
    if (values > left_) return std::nullopt;
    left_ -= values;
    auto parsed = json::parse(text, {32, max_opened});
    return parsed ? std::optional(std::move(*parsed)) : std::nullopt;
  }

  SecretKey is_secret_;
  std::size_t left_ = max_opened;
};

// Members that stand in for those that an event lacks.
class Defaults {
 public:
  void add(const std::string& key, const json::Value& value) {
    bytes_ += key.size() + 64 + (value.is_string() ? value.string()->size() : 0);
    members_.push_back({plain_key(key), &key, &value});
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  [[nodiscard]] json::Value under(const json::Object& event) const {
    std::unordered_set<std::string> said;
    for (const auto& [key, value] : event) {
      if (!members_.empty() && !value.says_nothing()) said.insert(plain_key(key));
    }
    std::unordered_set<std::string_view> added;
    for (const auto& member : members_) {
      if (said.count(member.plain) == 0) added.insert(*member.key);
    }
    json::Object out;
    for (const auto& [key, value] : event) {
      if (added.count(key) == 0) out.append(key, value);
    }
    for (const auto& member : members_) {
      if (said.count(member.plain) == 0) out.append(*member.key, *member.value);
    }
    return json::Value(std::move(out));
  }

 private:
  struct Member {
    std::string plain;
    const std::string* key;
    const json::Value* value;
  };
  std::vector<Member> members_;
  std::size_t bytes_ = 0;
};

const json::Value* events_of(const json::Object& body) {
  for (const auto& [key, value] : body) {
    if (value.is_array() && plain_key(key) == "events") return &value;
  }
  return nullptr;
}

Result<std::vector<json::Value>> split(const json::Array* list, const Defaults& defaults) {
  std::vector<json::Value> out;
  if (!list) return out;
  if (defaults.bytes() * list->size() > max_copied)
    return fail(ErrorKind::limit, "body", "too many events beside too many common fields");
  for (const auto& element : *list) {
    const auto* event = element.object_if();
    if (event && !event->empty()) out.push_back(defaults.under(*event));
  }
  return out;
}

std::string_view without_bom(std::string_view body) {
  constexpr std::string_view bom = "\xEF\xBB\xBF";
  return body.substr(0, bom.size()) == bom ? body.substr(bom.size()) : body;
}

bool looks_like_json(std::string_view body) {
  const std::string_view start = without_bom(body);
  const std::size_t first = start.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (start[first] == '{' || start[first] == '[');
}

Result<json::Value> parse(const Request& request) {
  return text::parse_body(request.body, looks_like_json(request.body) ? "" : request.header("Content-Type"));
}

bool redact_members(json::Value& value, SecretKey is_secret) {
  bool changed = false;
  if (auto* elements = value.array_if()) {
    for (auto& element : *elements) changed = redact_members(element, is_secret) || changed;
  } else if (auto* members = value.object_if()) {
    for (auto& [key, member] : *members) {
      if (!is_secret_name(key, is_secret)) {
        changed = redact_members(member, is_secret) || changed;
      } else if (!member.says_nothing()) {
        member = redacted;
        changed = true;
      }
    }
  }
  return changed;
}

}  // namespace

void drop_secrets(json::Value& value, SecretKey is_secret) {
  if (auto* elements = value.array_if()) {
    for (auto& element : *elements) drop_secrets(element, is_secret);
  } else if (auto* members = value.object_if()) {
    json::Object kept;
    for (auto& [key, member] : *members) {
      if (is_secret_name(key, is_secret)) continue;
      drop_secrets(member, is_secret);
      kept.append(std::move(key), std::move(member));
    }
    value = std::move(kept);
  }
}

Result<std::vector<json::Value>> free_events(const Request& request, SecretKey is_secret) {
  auto body = parse(request);
  if (!body) return fail(body.error());
  auto query = text::parse_form(request.query);
  if (!query) return fail(query.error());
  Cleaner cleaner(is_secret);
  cleaner.clean(*body);
  cleaner.clean(*query);

  const bool is_object = body->is_object();
  Defaults of_query;
  for (const auto& [key, value] : *query->object_if()) {
    if (is_object || is_scalar(value)) of_query.add(key, value);
  }
  if (!is_object) return split(body->array_if(), of_query);
  json::Value whole = of_query.under(*body->object_if());
  if (const auto* events = events_of(*whole.object_if())) {
    Defaults neighbours;
    for (const auto& [key, value] : *whole.object_if()) {
      if (is_scalar(value)) neighbours.add(key, value);
    }
    return split(events->array_if(), neighbours);
  }
  std::vector<json::Value> one;
  if (whole.size() > 0) one.push_back(std::move(whole));
  return one;
}

void redact_free(Request& request, SecretKey is_secret, const std::vector<Secret>& secrets) {
  // Forms, the query and what is flat.
  redact_fields(request, [&](std::string_view name, std::string_view) -> std::optional<std::string> {
    return is_secret_name(name, is_secret) ? std::optional<std::string>(redacted) : std::nullopt;
  });
  if (looks_like_json(request.body)) {
    if (auto value = text::parse_body(request.body, ""); value && redact_members(*value, is_secret))
      request.body = json::write(*value);
  }
  redact_values(request, secrets);
}

}  // namespace b24gate::connector
