// GET /api/v1/presence, PUT and DELETE /api/v1/presence/{employee}: who is at work and why, and setting
// somebody absent by hand.
//
// Thread-safe; answers at once, or when the journal has committed.
#pragma once

#include <string>

#include "base/time.hpp"
#include "config/configuration.hpp"
#include "http/server.hpp"
#include "presence/staff.hpp"

namespace b24gate::admin {

class PresenceApi {
 public:
  // All must outlive it.
  PresenceApi(const config::Current& current, presence::Staff& staff, const Clock& clock)
      : current_(current), staff_(staff), clock_(clock) {}

  // Whether the path is one of these.
  [[nodiscard]] static bool serves(std::string_view path);
  // REQUIRES: serves(request.path); whoever asks is admitted.
  void operator()(const http::Request& request, http::Responder respond);

 private:
  [[nodiscard]] http::Response everybody() const;
  void change(const http::Request& request, http::Responder respond, const std::string& name);

  const config::Current& current_;
  presence::Staff& staff_;
  const Clock& clock_;
};

}  // namespace b24gate::admin
