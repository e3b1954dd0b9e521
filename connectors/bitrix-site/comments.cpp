#include "connectors/bitrix-site/comments.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "text/form.hpp"

namespace b24gate::bitrix_site {
namespace {

constexpr std::size_t longest_title = 300;  // bytes

// Tags that end a line, and those that only shape it.
constexpr std::string_view breaking[] = {"br", "p",  "div", "li", "tr", "hr", "h1",   "h2",
                                         "h3", "h4", "h5",  "h6", "ul", "ol", "table"};
constexpr std::string_view shaping[] = {"b",      "i",     "u",    "s",     "a",         "em",
                                        "strong", "span",  "font", "small", "td",        "th",
                                        "tbody",  "thead", "code", "pre",   "blockquote"};

template <class List>
bool has(const List& list, std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

// The name of the tag that begins at `text`, in lower case.
std::string tag_name(std::string_view text) {
  std::string name;
  for (std::size_t at = text.substr(0, 2) == "</" ? 2 : 1; at < text.size() && name.size() < 12; ++at) {
    const char c = text[at];
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!is_letter && !(c >= '1' && c <= '6' && !name.empty())) break;
    name += ascii::lower(c);
  }
  return name;
}

std::string without_tags(std::string_view text) {
  const std::size_t last_end = text.rfind('>');
  if (last_end == std::string_view::npos) return std::string(text);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::string name = text[at] == '<' && at < last_end ? tag_name(text.substr(at, 16)) : std::string();
    const bool breaks = has(breaking, name);
    if (!breaks && !has(shaping, name)) {
      out += text[at++];
      continue;
    }
    const bool is_end = text.substr(at, 2) == "</";
    at = text.find('>', at) + 1;
    if (!breaks) continue;
    // Opening tags of blocks need no line of their own where one has just begun.
    if (name == "br" || is_end || (!out.empty() && out.back() != '\n')) out += '\n';
    // A line break of the source beside the tag is the same break.
    if (text.substr(at, 2) == "\r\n") {
      at += 2;
    } else if (at < text.size() && text[at] == '\n') {
      ++at;
    }
  }
  return out;
}

// Cuts " [41]" off the end of a line.
std::string_view without_number(std::string_view line) {
  if (line.empty() || line.back() != ']') return line;
  const std::size_t open = line.rfind('[');
  if (open == std::string_view::npos || open + 2 > line.size() - 1) return line;
  const std::string_view number = line.substr(open + 1, line.size() - open - 2);
  const bool is_number =
      std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_number ? utf8::trimmed(line.substr(0, open)) : line;
}

std::string_view title_of(std::string_view line) {
  if (line.size() < 2 || line.size() > longest_title || line.back() != ':') return {};
  return utf8::trimmed(line.substr(0, line.size() - 1));
}

}  // namespace

std::string plain_text(std::string_view text) { return text::decode_entities(without_tags(text)); }

std::vector<Block> blocks_of(std::string_view text) {
  std::vector<Block> out;
  bool after_blank = true;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = utf8::trimmed(text.substr(at, end - at));
    at = end + 1;
    if (line.empty()) {
      after_blank = true;
      continue;
    }
    const std::string_view title = after_blank ? title_of(line) : std::string_view();
    if (!title.empty()) {
      out.push_back({std::string(title), ""});
    } else {
      if (out.empty()) out.emplace_back();
      std::string& answer = out.back().answer;
      if (!answer.empty()) answer += after_blank ? "\n\n" : "\n";
      answer += out.back().title.empty() ? line : without_number(line);
    }
    after_blank = false;
  }
  return out;
}

}  // namespace b24gate::bitrix_site
