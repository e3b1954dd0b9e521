// SOURCE_ID of lead.php: the id or the name of a source of leads, as the portal's dictionary has them.
#pragma once

#include <string_view>

namespace b24gate::bitrix_site {

// "WEB" of "WEB", "web" and "Веб-сайт"; empty for what the standard dictionary does not have.
std::string_view lead_source_id(std::string_view id_or_name);

}  // namespace b24gate::bitrix_site
