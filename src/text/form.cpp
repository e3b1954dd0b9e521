#include "text/form.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/utf8.hpp"
#include "text/form_tree.hpp"
#include "text/percent.hpp"

namespace b24gate::text {
namespace {

bool has_prefix_folded(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

// Bytes that no name of a form has in any encoding: line breaks and tabs are met, percent-encoded or not.
bool is_binary(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t'; }

// A visitor's value may hold any byte; where a name does, this is no form.
bool has_binary_name(std::string_view body) {
  bool in_name = true;
  for (const char c : body) {
    if (c == '&') in_name = true;
    if (c == '=') in_name = false;
    if (in_name && is_binary(c)) return true;
  }
  return false;
}

bool looks_binary(std::string_view body) {
  const std::string_view whole = body;
  // Eight bytes at a glance: the highest bit of one is set when a byte is below 0x20.
  for (; body.size() >= 8; body.remove_prefix(8)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, body.data(), sizeof eight);
    if (((eight - 0x2020202020202020U) & ~eight & 0x8080808080808080U) != 0 &&
        std::any_of(body.begin(), body.begin() + 8, is_binary))
      return has_binary_name(whole);
  }
  return std::any_of(body.begin(), body.end(), is_binary) && has_binary_name(whole);
}

Result<json::Value> parse_json(std::string_view body) {
  if (utf8::valid(body)) return json::parse(body);
  return json::parse(to_utf8(body));
}

}  // namespace

Result<json::Value> parse_form(std::string_view body, const FormLimits& limits) {
  // Names and values one behind the other, a byte between them: their encoding is looked at once for all.
  std::string decoded(body.size() + 1, '\0');
  char* end_of_decoded = decoded.data();
  const auto decode = [&](std::string_view text) {
    const char* const begin = end_of_decoded;
    const char* const end = percent_decode(text, Plus::space, end_of_decoded);
    const auto size = static_cast<std::size_t>(end - begin);
    end_of_decoded += size + 1;
    return std::string_view(begin, size);
  };
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  for (std::size_t at = 0; at <= body.size();) {
    const std::size_t end = std::min(body.find('&', at), body.size());
    const std::string_view pair = body.substr(at, end - at);
    at = end + 1;
    if (pair.empty()) continue;
    if (fields.size() == limits.max_fields) {
      return fail(ErrorKind::limit, "form", "more than " + std::to_string(limits.max_fields) + " fields");
    }
    const std::size_t equals = pair.find('=');
    auto& [name, value] = fields.emplace_back();
    name = decode(pair.substr(0, equals));
    if (equals != std::string_view::npos) value = decode(pair.substr(equals + 1));
  }
  const bool all_utf8 =
      utf8::valid({decoded.data(), static_cast<std::size_t>(end_of_decoded - decoded.data())});
  FormTree tree(limits);
  for (const auto& [name, value] : fields) {
    auto added = all_utf8
                     ? tree.add(name, json::Value(value))
                     : tree.add(to_utf8(name, "windows-1251"), json::Value(to_utf8(value, "windows-1251")));
    if (!added) return fail(added.error());
  }
  return tree.take();
}

Result<json::Value> parse_body(std::string_view body, std::string_view content_type) {
  constexpr std::string_view bom = "\xEF\xBB\xBF";
  if (body.substr(0, bom.size()) == bom) body.remove_prefix(bom.size());
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = body.find_first_not_of(blanks);
  if (first == std::string_view::npos) return json::Value(json::Object());
  if (has_prefix_folded(content_type, "multipart/")) return parse_multipart(body, content_type);
  body = body.substr(first, body.find_last_not_of(blanks) - first + 1);
  if (body.front() == '{' || body.front() == '[') return parse_json(body);
  const bool is_declared = has_prefix_folded(content_type, "application/x-www-form-urlencoded");
  const bool can_be_form = is_declared || (body.find('=') != std::string_view::npos && body.front() != '<');
  if (!can_be_form || looks_binary(body)) {
    return fail(ErrorKind::input, "body", "the body is neither JSON nor a form");
  }
  return parse_form(body);
}

}  // namespace b24gate::text
