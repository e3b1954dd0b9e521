// Entries of `fm`: the phones, e-mails, messengers and addresses of a lead. Pure. Source:
// bitrix24/crm.md 4.4.
#pragma once

#include <string>
#include <vector>

#include "json/value.hpp"
#include "portal/fitted.hpp"

namespace b24gate::portal {

// An entry of `fm`.
struct Contact {
  std::string type;        // PHONE, EMAIL, WEB, IM, LINK
  std::string value;       // E.164 with + for a phone
  std::string value_type;  // WORK, MOBILE, TELEGRAM …; empty: WORK, for IM OTHER
};

// Reads a text, an array of texts, or an array of {VALUE, VALUE_TYPE} of this type into `out`.
void add_contacts(const std::string& type, const json::Value& value, std::vector<Contact>& out);

// As crm.item.add and crm.item.update take them; what they add never changes what is there. One value is
// written once; what did not fit is told in `cut`.
[[nodiscard]] json::Array multifields(const std::vector<Contact>& contacts, std::vector<Cut>& cut);

// Those of `wanted` that `present`, an item's `fm` as the portal shows it, does not have. Phones are the same
// when their digits are (an 8 in front of ten is a 7), everything else in any case of letters.
[[nodiscard]] json::Array missing_multifields(const json::Array& wanted, const json::Value& present);

}  // namespace b24gate::portal
