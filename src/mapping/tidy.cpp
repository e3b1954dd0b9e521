#include "mapping/tidy.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace b24gate::mapping {
namespace {

constexpr std::array<std::string_view, 3> marks = {",", ":", ";"};
constexpr std::array<std::string_view, 5> spaced_marks = {"-", "–", "—", "|", "/"};

bool starts(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }
bool ends(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && text.substr(text.size() - with.size()) == with;
}

std::size_t spaces_before(std::string_view text) {
  return std::min(text.find_first_not_of(' '), text.size());
}

std::string_view without_spaces_behind(std::string_view text) {
  const std::size_t last = text.find_last_not_of(' ');
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// The length of the separator that `text` begins with, spaces on both sides included; 0 when there is none.
std::size_t separator_before(std::string_view text, bool at_line_start) {
  const std::size_t spaces = spaces_before(text);
  const std::string_view rest = text.substr(spaces);
  const auto length = [&](std::string_view mark) -> std::size_t {
    const std::string_view behind = rest.substr(mark.size());
    if (!behind.empty() && behind.front() != ' ') return 0;
    return spaces + mark.size() + spaces_before(behind);
  };
  for (const auto mark : marks) {
    if (starts(rest, mark)) return length(mark);
  }
  if (spaces == 0 && !at_line_start) return 0;
  for (const auto mark : spaced_marks) {
    if (starts(rest, mark)) return length(mark);
  }
  return 0;
}

// `text` without the separator that it ends with; the same length when there is none.
std::string_view without_separator_behind(std::string_view text, bool at_line_start) {
  const std::string_view bare = without_spaces_behind(text);
  for (const auto mark : marks) {
    if (ends(bare, mark)) return without_spaces_behind(bare.substr(0, bare.size() - mark.size()));
  }
  for (const auto mark : spaced_marks) {
    if (!ends(bare, mark)) continue;
    const std::string_view before = bare.substr(0, bare.size() - mark.size());
    if (before.empty() ? at_line_start : before.back() == ' ') return without_spaces_behind(before);
  }
  return text;
}

}  // namespace

std::string_view TidyText::loose_end() const {
  return std::string_view(out_).substr(std::max(literal_from_, line_from_));
}

void TidyText::literal(std::string_view text) {
  for (;;) {
    const std::size_t end = text.find('\n');
    piece(text.substr(0, end));
    if (end == std::string_view::npos) return;
    end_line();
    text.remove_prefix(end + 1);
  }
}

void TidyText::piece(std::string_view text) {
  if (gap_) {
    const bool at_line_start = out_.size() == line_from_;
    const std::string_view end = loose_end();
    const std::size_t separator = separator_before(text, at_line_start);
    const bool separated = without_separator_behind(end, literal_from_ <= line_from_).size() != end.size();
    if (at_line_start || separated) {
      text.remove_prefix(separator != 0 ? separator : spaces_before(text));
    } else if (separator != 0) {
      out_.resize(out_.size() - (end.size() - without_spaces_behind(end).size()));
    } else if (!end.empty() && end.back() == ' ') {
      text.remove_prefix(spaces_before(text));
    }
  }
  if (text.empty()) return;
  append(text);
}

void TidyText::append(std::string_view text) {
  const std::size_t room = max_rendered - std::min(max_rendered, out_.size());
  if (text.size() > room) {
    std::size_t cut = room;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    text = text.substr(0, cut);
  }
  out_ += text;
  gap_ = false;
}

void TidyText::value(std::string_view text) {
  append(text);
  literal_from_ = out_.size();
}

void TidyText::absent() {
  gap_ = true;
  line_touched_ = true;
}

void TidyText::strip_end() {
  if (!gap_) return;
  for (;;) {
    const std::string_view end = loose_end();
    const std::string_view bare =
        without_spaces_behind(without_separator_behind(end, literal_from_ <= line_from_));
    if (bare.size() == end.size()) return;
    out_.resize(out_.size() - (end.size() - bare.size()));
  }
}

bool TidyText::line_is_dropped() {
  if (out_.size() != line_from_) return false;
  if (line_touched_) return true;
  // An empty line of the template behind a dropped one: one empty line is enough.
  return line_dropped_ && (out_.empty() || ends(out_, "\n\n"));
}

void TidyText::end_line() {
  strip_end();
  line_dropped_ = line_is_dropped();
  if (!line_dropped_ && !full()) out_ += '\n';
  line_from_ = out_.size();
  gap_ = false;
  line_touched_ = false;
}

std::string TidyText::take() {
  strip_end();
  if (line_is_dropped()) {
    while (out_.size() > literal_from_ && out_.back() == '\n') out_.pop_back();
  }
  return std::move(out_);
}

}  // namespace b24gate::mapping
