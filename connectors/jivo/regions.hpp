// Russian regions by the codes of ISO 3166-2: Jivo names them in English, rules name them in Russian.
#pragma once

#include <string_view>

namespace b24gate::jivo {

// "MOW", "RU-MOW" -> "Москва"; empty for a code that is no Russian region's.
std::string_view russian_region(std::string_view code);

}  // namespace b24gate::jivo
