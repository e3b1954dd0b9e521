// COMMENTS of lead.php: plain text, HTML, or all answers of a form as one text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace b24gate::bitrix_site {

// Line breaks instead of the tags that make them, other HTML tags left out, entities decoded once. What looks
// like a tag but is none of HTML ("<M18>") stays.
std::string plain_text(std::string_view text);

// "Title:" on a line of its own, the answer below, a blank line. A text without a title is a block without
// one.
struct Block {
  std::string title;
  std::string answer;
};
// The numbers of answers ("Text (value) [41]") are left out.
std::vector<Block> blocks_of(std::string_view text);

}  // namespace b24gate::bitrix_site
