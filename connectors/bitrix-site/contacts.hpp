// Phones and e-mails in the middle of sentences. Pure functions, linear in the length of the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace b24gate::bitrix_site {

// Only what cannot be much else: +7, 8 or 7 with ten digits, + with a longer number, (495) with seven.
std::vector<std::string> phones_in(std::string_view text);
std::vector<std::string> emails_in(std::string_view text);

// Whether the whole value is one.
bool is_phone(std::string_view value);
bool is_email(std::string_view value);

}  // namespace b24gate::bitrix_site
