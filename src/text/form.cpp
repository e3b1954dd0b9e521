#include "text/form.hpp"

#include <algorithm>
#include <utility>

#include "base/utf8.hpp"
#include "text/form_tree.hpp"
#include "text/percent.hpp"

namespace b24gate::text {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

bool has_prefix_folded(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

// Bytes that no form in any encoding has: a form may hold line breaks and tabs, percent-encoded or not.
bool looks_binary(std::string_view body) {
  return std::any_of(body.begin(), body.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && c != '\n' && c != '\r' && c != '\t';
  });
}

Result<json::Value> parse_json(std::string_view body) {
  if (utf8::valid(body)) return json::parse(body);
  return json::parse(to_utf8(body));
}

}  // namespace

Result<json::Value> parse_form(std::string_view body, const FormLimits& limits) {
  Fields fields;
  bool all_utf8 = true;
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
    name = percent_decoded(pair.substr(0, equals), Plus::space);
    if (equals != std::string_view::npos) value = percent_decoded(pair.substr(equals + 1), Plus::space);
    all_utf8 = all_utf8 && utf8::valid(name) && utf8::valid(value);
  }
  FormTree tree(limits);
  for (auto& [name, value] : fields) {
    if (!all_utf8) {
      name = to_utf8(name, "windows-1251");
      value = to_utf8(value, "windows-1251");
    }
    if (auto added = tree.add(name, json::Value(std::move(value))); !added) return fail(added.error());
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
