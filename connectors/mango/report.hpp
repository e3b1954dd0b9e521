// The statistics report: one line for each leg of a call, columns separated by ; without any escaping.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"

namespace b24gate::mango {

// The columns that are asked for, in this order.
inline constexpr std::string_view report_fields =
    "records,start,finish,answer,from_extension,from_number,to_extension,to_number,disconnect_reason,"
    "line_number,location,create,entry_id";

struct ReportedCall {
  std::string entry_id;
  std::int64_t created = 0;   // as the PBX counts
  std::int64_t finished = 0;  // of its last leg that is over
  json::Value summary;        // as /events/summary would have said it
  std::vector<std::string> recordings;
};

// The calls of a report, in the order in which they first appear. Lines that are not whole are left out.
std::vector<ReportedCall> read_report(std::string_view csv);

}  // namespace b24gate::mango
