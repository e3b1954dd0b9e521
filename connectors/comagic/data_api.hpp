// CoMagic's Data API: calls, forms and chats that no notification brought, as if it had.
#pragma once

#include <memory>

#include "connector/connector.hpp"

namespace b24gate::comagic {

// Null without `data_api_token:`. A mark is {"from": Unix milliseconds}; the first run looks a day back,
// every run a while before its mark, because reports have new rows late.
std::unique_ptr<connector::Pull> read_reports(const connector::Source& source, const json::Value& mark,
                                              TimePoint now);

}  // namespace b24gate::comagic
