// What became of a request to a service other than the portal, as the journal keeps it.
#pragma once

#include <string>
#include <utility>

#include "journal/records.hpp"
#include "portal/command.hpp"

namespace b24gate::delivery {

inline journal::AttemptResult attempt_at(TimePoint now, const journal::DeliveryRow& delivery,
                                         journal::DeliveryState state, std::string reason, int status) {
  using journal::DeliveryState;
  journal::AttemptResult out;
  out.delivery_id = delivery.id;
  out.state = state;
  out.reason = std::move(reason);
  out.attempt.at = now;
  out.attempt.http_status = status;
  out.attempt.outcome = portal::name(state == DeliveryState::confirmed ? portal::Class::success
                                     : state == DeliveryState::unclear ? portal::Class::ambiguous
                                     : state == DeliveryState::waiting ? portal::Class::not_executed
                                                                       : portal::Class::permanent);
  out.attempt.answer = out.reason;
  return out;
}

}  // namespace b24gate::delivery
