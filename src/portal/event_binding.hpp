// Which events the portal tells the application of, and where.
//
// Handlers of an application go when it is removed or updated, and stay at the old address when ours changes;
// so they are read and put right after each installation, start and reload (events 9.1, 9.3).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "portal/command.hpp"

namespace b24gate::portal {

class EventBinding {
 public:
  // Asks the portal as the application; may answer `throttle` when it is not the time to.
  using Call = std::function<Outcome(const Command&)>;

  struct Event {
    std::string name;
    bool needed;  // false: a portal that does not have it is put right without it
  };
  // ONEXTERNALCALLSTART (only an application gets it), and ONAPPUNINSTALL where the portal lets it be
  // ordered: without it a removal shows at the next call.
  static const std::vector<Event>& events();

  // REQUIRES: `handler` is the whole public address, which holds the secret.
  EventBinding(Call call, std::string handler) : call_(std::move(call)), handler_(std::move(handler)) {}

  // Binds what is not bound yet, then takes away the handlers of these events at other addresses. Success, or
  // the first outcome that was none: nothing is undone then, and putting it right again begins where it
  // stopped. That a handler is bound already is success.
  Outcome put_right();

 private:
  Outcome bind(const std::string& event);

  const Call call_;
  const std::string handler_;
};

}  // namespace b24gate::portal
