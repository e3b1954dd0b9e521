// Which fields a refusal of the portal is about, out of its words.
#pragma once

#include <string>
#include <string_view>

namespace b24gate::portal {

// Codes or titles of fields, with commas; empty when none is named. Only what stands behind the word for
// "field" (English or Russian) and user fields' codes: other words may repeat what a client typed, and this
// may be logged.
// Source: bitrix24/examples/crm-item-add-value-not-valid.json; descriptions are localised (crm.md 4.1).
[[nodiscard]] std::string named_fields(std::string_view description);

}  // namespace b24gate::portal
