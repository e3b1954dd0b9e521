// What the portal's telephony is told of a call: whose it is, how it ended, which card it belongs to.
//
// Pure. Sources: bitrix24/telephony.md 5.2 (register), 5.3 (finish), crm.md 4.10 (widths).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/configuration.hpp"
#include "event/event.hpp"
#include "journal/records.hpp"
#include "json/value.hpp"
#include "portal/card.hpp"

namespace b24gate::delivery {

// What stands in params for the portal's id of a call (CALL_ID) until it is known.
inline constexpr std::string_view call_id_mark = "{{call_id}}";

// Whose call it is: the employee whose extension or login the service names, else the line's, else the
// account manager.
struct Whose {
  const people::Employee* employee = nullptr;  // null only without an account manager
  bool named = false;                          // the service named somebody who is in employees.yaml
  std::string unknown;  // the extension or login that belongs to nobody there; empty: none was named
};
Whose whose_call(const config::Configuration& configuration, const event::Call& call);

// Nobody answered, and the client waits for somebody to call back.
bool is_missed(const event::Event& event);

// The portal's code for how the call ended (200, 304, 486 …), always sent.
std::string_view status_code(const event::Call& call);
// Unique per physical call: "<source>:<the service's id>", no longer than 64 characters.
std::string external_id(const config::Source& source, const event::Event& event, int round);

// Parameters of telephony.externalCall.register. `shown`: the card pops up at the employee's screen. Without
// `card` the portal looks for one itself, by the number.
json::Value register_params(const config::Configuration& configuration, const config::Source& source,
                            const event::Event& event, const Whose& whose, bool shown,
                            const std::optional<portal::Card>& card, int round);
// Parameters of telephony.externalCall.finish, with call_id_mark for the call.
json::Value finish_params(const event::Event& event, const Whose& whose);

// The call in the answer to register, in a row of voximplant.statistic.get, or in a stored result of either;
// empty: it is not told.
std::string call_id_in(const json::Value& result);
// CALL_ID of a call that was registered; empty: it was not, or not yet.
std::string registered_call(const std::vector<journal::DeliveryRow>& deliveries);

// "Call is not found …": the portal never knew the call, or has finished it already.
bool is_call_unknown(std::string_view description);
// "User is not found or is not active".
bool is_user_unknown(std::string_view description);

}  // namespace b24gate::delivery
