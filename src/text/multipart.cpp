// multipart/form-data (RFC 7578), for senders that keep to it more or less: LF line ends, missing final
// boundary marks and windows-1251 names are met in the wild.
#include <algorithm>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "text/form.hpp"
#include "text/form_tree.hpp"

namespace b24gate::text {
namespace {

struct Part {
  std::string name;
  std::optional<std::string> filename;
  std::string content_type;
  std::string_view content;
};

// The value of `name` in "form-data; name=\"a\"; filename=b": quoted, with \" and \\ inside, or bare.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
  std::size_t at = header.find(';');
  while (at != std::string_view::npos && at < header.size()) {
    at = header.find_first_not_of("; \t", at);
    if (at == std::string_view::npos) return std::nullopt;
    const std::size_t equals = header.find('=', at);
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string key = ascii::lower(utf8::trimmed(header.substr(at, equals - at)));
    std::string value;
    at = header.find_first_not_of(" \t", equals + 1);
    if (at == std::string_view::npos) at = header.size();
    if (at < header.size() && header[at] == '"') {
      for (++at; at < header.size() && header[at] != '"'; ++at) {
        if (header[at] == '\\' && at + 1 < header.size() && (header[at + 1] == '"' || header[at + 1] == '\\'))
          ++at;
        value += header[at];
      }
      at = header.find(';', at);
    } else {
      const std::size_t end = std::min(header.find(';', at), header.size());
      value = utf8::trimmed(header.substr(at, end - at));
      at = end;
    }
    if (key == name) return value;
  }
  return std::nullopt;
}

// Reads one line and moves on behind its end.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::optional<Part> read_part(std::string_view text) {
  Part part;
  bool is_named = false;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) {
      part.content = text;
      return is_named ? std::optional<Part>(std::move(part)) : std::nullopt;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string header = ascii::lower(line.substr(0, colon));
    const std::string_view value = line.substr(colon + 1);
    if (header == "content-disposition") {
      if (auto name = parameter(value, "name")) {
        part.name = std::move(*name);
        is_named = true;
      }
      part.filename = parameter(value, "filename");
    } else if (header == "content-type") {
      part.content_type = utf8::trimmed(value);
    }
  }
  return std::nullopt;
}

tl::unexpected<Error> broken(const char* what) { return fail(ErrorKind::input, "multipart", what); }

// The texts between boundary lines.
Result<std::vector<Part>> split(std::string_view body, const std::string& boundary,
                                const FormLimits& limits) {
  const std::string mark = "--" + boundary;
  std::vector<Part> parts;
  std::size_t at = body.find(mark);
  if (at == std::string_view::npos) return broken("the boundary of the header is not in the body");
  for (;;) {
    at += mark.size();
    if (body.substr(at, 2) == "--") return parts;
    const std::size_t line_end = body.find('\n', at);
    if (line_end == std::string_view::npos) return broken("the body ends inside a boundary");
    // A boundary counts at the beginning of a line only.
    std::size_t end = body.find("\n" + mark, line_end);
    if (end == std::string_view::npos) return broken("the body ends inside a part");
    const std::size_t next = end + 1;
    if (end > line_end && body[end - 1] == '\r') --end;
    // A part without any content may share the line break with its own head.
    auto part = read_part(body.substr(line_end + 1, end > line_end ? end - line_end - 1 : 0));
    if (!part) return broken("a part has no name");
    if (parts.size() == limits.max_fields) {
      return fail(ErrorKind::limit, "multipart", "more than " + std::to_string(limits.max_fields) + " parts");
    }
    parts.push_back(std::move(*part));
    at = next;
  }
}

}  // namespace

Result<json::Value> parse_multipart(std::string_view body, std::string_view content_type,
                                    const FormLimits& limits) {
  const auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > 200) return broken("the header names no boundary");
  auto parts = split(body, *boundary, limits);
  if (!parts) return fail(parts.error());
  const bool all_utf8 = std::all_of(parts->begin(), parts->end(), [](const Part& part) {
    return utf8::valid(part.name) &&
           (part.filename ? utf8::valid(*part.filename) : utf8::valid(part.content));
  });
  const std::string_view charset = all_utf8 ? "utf-8" : "windows-1251";
  FormTree tree(limits);
  for (auto& part : *parts) {
    json::Value value;
    if (part.filename) {
      value = json::Value::object({{"filename", to_utf8(*part.filename, charset)},
                                   {"content_type", to_utf8(part.content_type, charset)},
                                   {"size", static_cast<std::int64_t>(part.content.size())}});
    } else {
      value = json::Value(to_utf8(part.content, charset));
    }
    if (auto added = tree.add(to_utf8(part.name, charset), std::move(value)); !added)
      return fail(added.error());
  }
  return tree.take();
}

}  // namespace b24gate::text
