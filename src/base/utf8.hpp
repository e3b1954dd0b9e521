// UTF-8: validity, length and cutting by code points. Nothing here allocates beyond its result.
#pragma once

#include <string>
#include <string_view>

namespace b24gate::utf8 {

[[nodiscard]] bool valid(std::string_view text);
// Bytes before the first broken one.
[[nodiscard]] std::size_t valid_length(std::string_view text);
// The text with every broken byte replaced by U+FFFD.
[[nodiscard]] std::string repaired(std::string_view text);
// Code points; a broken byte counts as one.
[[nodiscard]] std::size_t length(std::string_view text);
// The first `max_points` code points; never cuts inside one.
[[nodiscard]] std::string_view head(std::string_view text, std::size_t max_points);
// Case-folded for comparing what people type (Unicode simple folding; ё stays ё).
[[nodiscard]] std::string folded(std::string_view text);
// Without leading and trailing white space, Unicode's included.
[[nodiscard]] std::string_view trimmed(std::string_view text);

}  // namespace b24gate::utf8
