// A call that somebody has ordered by a click in the portal: what is planned for it, and what its user is
// told when it does not come about.
//
// The portal has registered such a call itself: `register` is there already, `order` is carried out by
// Dialer, `finish` goes as for every call when the PBX has told how it ended.
//
// Pure. Source: bitrix24/telephony.md 5.4 (click-to-call), 5.7 (ONEXTERNALCALLSTART).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.hpp"
#include "delivery/telephony.hpp"
#include "event/event.hpp"
#include "journal/records.hpp"

namespace b24gate::delivery {

// Nobody wants a call any more that comes later than this after the click.
inline constexpr Milliseconds order_life = std::chrono::minutes{1};
// How long the PBX may say nothing of a call whose order it has not answered, or has taken.
inline constexpr Milliseconds unclear_order_patience = std::chrono::minutes{10};
inline constexpr Milliseconds taken_order_patience = std::chrono::hours{1};

// Why an order came to nothing, as `order.why` in texts.yaml.
namespace why_not_called {
inline constexpr std::string_view not_configured = "not_configured";  // calls.outgoing names no PBX
inline constexpr std::string_view nobody = "nobody";            // whose telephone the PBX could ring first
inline constexpr std::string_view late = "late";                // older than order_life
inline constexpr std::string_view refused = "refused";          // by the PBX, order.code says how
inline constexpr std::string_view unreachable = "unreachable";  // the PBX was certainly not asked
inline constexpr std::string_view silent = "silent";  // it may have been asked, and nothing is heard
}  // namespace why_not_called

// REQUIRES: event.call->ordered_by is said.
std::vector<journal::NewDelivery> plan_order(const config::Configuration& configuration,
                                             const config::Source& source, const event::Event& event,
                                             const Whose& whose, int round);

// What `order` says in its params.
struct Order {
  std::string by;  // source; empty: none is configured
  connector::CallOrder call;
};
Order order_of(const journal::DeliveryRow& delivery);

// The result of an order that came to nothing.
std::string order_failure(std::string_view why, std::string_view code);
// The same in the user's words; `failure` may be empty.
std::string order_text(const config::Configuration& configuration, const event::Event& event,
                       const std::string& failure);
// The notification for whoever ordered the call.
journal::NewDelivery order_notification(const config::Configuration& configuration, const event::Event& event,
                                        const std::string& failure, std::int64_t event_id);

}  // namespace b24gate::delivery
