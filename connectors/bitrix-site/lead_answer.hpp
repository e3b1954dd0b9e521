// The answers of lead.php: a text like JSON, with single quotes, on one line. Sites read it with parsers of
// their own; the bytes are the contract.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connector/connector.hpp"

namespace b24gate::bitrix_site {

struct LeadAnswer {
  std::int64_t id = 0;  // 0: this lead of the bundle could not be read
};

// `auth` is left out when it is empty: it goes to those only who came with LOGIN.
std::string taken_text(std::int64_t id, std::string_view auth);
std::string bundle_text(const std::vector<LeadAnswer>& leads, std::string_view auth);
// What a lead can have: the site lets its administrator fill exactly these, and sends nothing else.
std::string fields_text(std::string_view auth);

std::string denied_text();
std::string bad_request_text();
std::string unavailable_text();

// Always HTTP 200: the site looks at nothing but the header X-CRM-Version and the body. `auth` is what of the
// text is a secret.
connector::Answer lead_php(std::string text, const std::string& auth = {});

}  // namespace b24gate::bitrix_site
