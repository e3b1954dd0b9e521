// Operations that plans are made of, as deliveries of the journal. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/configuration.hpp"
#include "delivery/plan.hpp"
#include "journal/records.hpp"
#include "json/value.hpp"

namespace b24gate::delivery {

journal::NewDelivery operation(std::string name, std::string method, const json::Value& params,
                               std::string key = {});

struct NewTask {
  std::string name;  // of the delivery
  std::string title, description;
  std::int64_t responsible = 0;
  std::int64_t auditor = 0;  // 0, or the responsible: none
  std::optional<TimePoint> deadline;
  std::string card;  // L_12, C_5; L_ with lead_id_mark
  std::string key;   // by which it is found again: XML_ID
};
// By REST 3.0 where the surroundings say so, else by the old API.
journal::NewDelivery task_operation(const NewTask& task, const Surroundings& surroundings,
                                    const TimeZone& zone);

// What the portal calls a card in bindings: L_12, D_5, C_7, CO_3.
std::string binding_of(std::string_view card_type, std::string_view id);

}  // namespace b24gate::delivery
