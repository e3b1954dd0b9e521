// When the portal refuses one value of a lead, the lead can go without it: an element of an enumeration that
// was renamed, a stage that is gone, a person who was dismissed.
//
// Pure. Which field it is about: one that the refusal names (in either spelling or by its title in the
// portal), else each whose value the portal is known not to have.
// Source of the refusal: CRM_FIELD_ERROR_VALUE_NOT_VALID, whose description is localised (crm.md 4.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "journal/records.hpp"
#include "portal/command.hpp"
#include "portal/schema.hpp"

namespace b24gate::delivery {

struct WithoutRefused {
  std::string params;              // of the same operation, without the values
  std::string names;               // of the fields, with commas
  std::vector<std::string> notes;  // for people: what was left out, with its value
  std::int64_t from_user = 0;      // somebody who was refused as responsible,
  std::int64_t to_user = 0;        // and the account manager, who is it now
};

// Nothing when the refusal is about something else (a required field, rights), when it cannot be told which
// field it is about, or when it is one that a lead cannot do without: our key, its phones.
std::optional<WithoutRefused> without_refused(const std::string& params, const portal::Outcome& refusal,
                                              const config::Configuration& configuration,
                                              const portal::PortalSchema* schema);

// What becomes of another operation of the same event: a comment says what was left out, a task and a
// notification go to whoever is responsible now. Nothing: it stays as it is.
std::optional<std::string> told_of(const journal::DeliveryRow& other, const WithoutRefused& without);

}  // namespace b24gate::delivery
