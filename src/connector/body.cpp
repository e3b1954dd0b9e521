#include "connector/body.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "text/form.hpp"
#include "text/percent.hpp"

namespace b24gate::connector {
namespace {

constexpr std::size_t shortest_secret = 4;

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t found = text.find(what); found != std::string::npos; found = text.find(what, at)) {
    out.append(text, at, found - at);
    out += with;
    at = found + what.size();
  }
  if (at == 0) return;
  out.append(text, at);
  text = std::move(out);
}

void redact_pairs(std::string& form, const Replacement& replacement) {
  std::string out;
  std::size_t kept = 0;                        // how much of the form is in `out`
  std::string decoded(form.size() + 1, '\0');  // of one pair, and of each in turn
  for (std::size_t at = 0; at <= form.size();) {
    const std::size_t end = std::min(form.find('&', at), form.size());
    const std::string_view pair = std::string_view(form).substr(at, end - at);
    const std::size_t equals = pair.find('=');
    const std::size_t begin = at + equals + 1;
    at = end + 1;
    if (equals == std::string_view::npos) continue;
    char* const name = decoded.data();
    char* const value = text::percent_decode(pair.substr(0, equals), text::Plus::space, name);
    char* const end_of_value = text::percent_decode(pair.substr(equals + 1), text::Plus::space, value);
    if (value == end_of_value) continue;
    const auto stored = replacement({name, static_cast<std::size_t>(value - name)},
                                    {value, static_cast<std::size_t>(end_of_value - value)});
    if (!stored) continue;
    out.append(form, kept, begin - kept);
    out += *stored == redacted ? *stored : text::percent_encoded(*stored);
    kept = end;
  }
  if (kept == 0) return;
  out.append(form, kept);
  form = std::move(out);
}

bool redact_members(json::Value& value, const Replacement& replacement) {
  bool changed = false;
  if (auto* elements = value.array_if()) {
    for (auto& element : *elements) {
      if (element.is_object()) changed = redact_members(element, replacement) || changed;
    }
  } else if (auto* members = value.object_if()) {
    for (auto& [name, member] : *members) {
      const std::string text = member.is_string() || member.is_number() ? member.text() : std::string();
      const auto stored = text.empty() ? std::nullopt : replacement(name, text);
      if (!stored) continue;
      member = *stored;
      changed = true;
    }
  }
  return changed;
}

void redact_body(Request& request, const Replacement& replacement) {
  std::string& body = request.body;
  const std::string_view type = request.header("Content-Type");
  const std::string_view start = utf8::trimmed(body);
  const bool is_json = !start.empty() && (start.front() == '{' || start.front() == '[');
  const bool is_multipart = type.find("boundary=") != std::string_view::npos;
  if (is_json) {
    if (auto value = text::parse_body(body, ""); value && redact_members(*value, replacement))
      body = json::write(*value);
  } else if (is_multipart) {
    const auto value = text::parse_body(body, type);
    const auto* members = value ? value->object_if() : nullptr;
    if (!members) return;
    for (const auto& [name, member] : *members) {
      const std::string text = member.text();
      if (text.size() < shortest_secret) continue;
      if (const auto stored = replacement(name, text)) replace_all(body, text, *stored);
    }
  } else {
    redact_pairs(body, replacement);
  }
}

}  // namespace

json::Value without_entities(const json::Value& value) {
  if (const auto* text = value.string()) return json::Value(text::decode_entities(*text));
  if (const auto* elements = value.array_if()) {
    json::Array out;
    out.reserve(elements->size());
    for (const auto& element : *elements) out.push_back(without_entities(element));
    return json::Value(std::move(out));
  }
  const auto* members = value.object_if();
  if (!members) return value;
  json::Object out;
  for (const auto& [name, member] : *members) {
    // Only a name that had entities may have become equal to another one.
    if (name.find('&') == std::string::npos) {
      out.append(name, without_entities(member));
    } else {
      out.set(text::decode_entities(name), without_entities(member));
    }
  }
  return json::Value(std::move(out));
}

void redact_fields(Request& request, const Replacement& replacement) {
  redact_body(request, replacement);
  redact_pairs(request.query, replacement);
  for (auto& [name, value] : request.headers) {
    if (value.empty()) continue;
    if (auto stored = replacement(name, value)) value = std::move(*stored);
  }
}

void redact_text(std::string& text, const std::vector<Secret>& secrets) {
  for (const auto& secret : secrets) {
    if (secret.reveal().size() >= shortest_secret) replace_all(text, secret.reveal(), redacted);
  }
}

void redact_values(Request& request, const std::vector<Secret>& secrets) {
  std::vector<Secret> with_encoded = secrets;
  for (const auto& secret : secrets) {
    if (secret.reveal().size() < shortest_secret) continue;
    std::string encoded = text::percent_encoded(secret.reveal());
    if (encoded != secret.reveal()) with_encoded.emplace_back(std::move(encoded));
  }
  for (std::string* place : {&request.body, &request.query, &request.path}) redact_text(*place, with_encoded);
  for (auto& [name, value] : request.headers) redact_text(value, secrets);
}

}  // namespace b24gate::connector
