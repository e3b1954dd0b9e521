#include "connectors/bitrix-site/way.hpp"

#include <utility>

#include "base/utf8.hpp"
#include "text/form.hpp"

namespace b24gate::bitrix_site {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

Way way_of(const connector::Request& request) {
  if (request.path == lead_path) return Way::lead_form;
  constexpr std::string_view bom = "\xEF\xBB\xBF";
  std::string_view body = request.body;
  if (body.substr(0, bom.size()) == bom) body.remove_prefix(bom.size());
  const bool is_utf16 = body.substr(0, 2) == "\xFF\xFE" || body.substr(0, 2) == "\xFE\xFF";
  body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
  if (body.empty()) return request.query.empty() ? Way::nothing : Way::lead_form;
  const std::string type = utf8::folded(request.header("Content-Type").substr(0, 200));
  if (contains(type, "multipart/")) return Way::lead_form;
  if (body.front() == '{' || body.front() == '[') return Way::signed_json;
  if (body.front() == '<' || is_utf16 || contains(type, "xml")) return Way::exchange;
  return contains(type, "json") ? Way::signed_json : Way::lead_form;
}

Result<json::Object> lead_fields(const connector::Request& request) {
  auto body = request.parsed_body();
  if (!body) return fail(body.error());
  auto* given = body->object_if();
  if (!given) return fail(ErrorKind::input, "body", "the body holds no fields");
  if (request.query.empty()) return std::move(*given);
  auto query = text::parse_form(request.query);
  if (!query) return fail(query.error());
  json::Object out = query->object_if() ? std::move(*query->object_if()) : json::Object();
  if (out.empty()) return std::move(*given);
  for (auto& [name, value] : *given) out.set(name, std::move(value));
  return out;
}

}  // namespace b24gate::bitrix_site
