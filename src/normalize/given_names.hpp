// Given names that are met in Russia, folded, е for ё, with the short forms people write into forms. They
// tell «Пётр Иванов» from «Иванов Пётр»; a name that is not here is placed by the endings of the words.
#pragma once

#include <string_view>

namespace b24gate::normalize {

// REQUIRES: folded, without ё.
bool is_given_name(std::string_view word);

}  // namespace b24gate::normalize
