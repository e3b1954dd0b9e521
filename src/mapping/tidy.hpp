// Puts a rendered text together and tidies what absent values leave behind.
//
// Only text of the template is ever changed, and only where it touches an absent value: what came from
// outside stays as it is. The separators are , : ; at an edge and - – — | / with spaces around them. Not
// thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace b24gate::mapping {

// What a rendered text may grow to, in bytes; the rest is cut off between two characters.
inline constexpr std::size_t max_rendered = 1024 * 1024;

class TidyText {
 public:
  void literal(std::string_view text);  // of the template
  void value(std::string_view text);    // of the data
  void absent();                        // a value that says nothing, or a choice that chose nothing
  [[nodiscard]] bool full() const { return out_.size() >= max_rendered; }
  // How much was put so far: a choice that adds nothing is absent.
  [[nodiscard]] std::size_t size() const { return out_.size(); }
  [[nodiscard]] std::string take();

 private:
  void piece(std::string_view text);  // a literal without line breaks
  void append(std::string_view text);
  void end_line();
  void strip_end();
  bool line_is_dropped();
  [[nodiscard]] std::string_view loose_end()
      const;  // what may be stripped: text of the template on this line

  std::string out_;
  std::size_t literal_from_ = 0;  // behind the last value
  std::size_t line_from_ = 0;
  bool gap_ = false;           // the last thing was absent
  bool line_touched_ = false;  // something of this line was absent
  bool line_dropped_ = false;  // the line before was dropped
};

}  // namespace b24gate::mapping
