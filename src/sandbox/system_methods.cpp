// What a client asks at its start. Source: bitrix24/transport.md "Start-up probes".
#include <array>

#include "sandbox/methods.hpp"

namespace b24gate::sandbox {
namespace {

Outcome profile(Call& call) {
  const User* owner = call.store.user(webhook_owner);
  return Success{
      json::Value::object(
          {{"ID", std::to_string(webhook_owner)},
           {"ADMIN", true},
           {"NAME", owner->name},
           {"LAST_NAME", owner->last_name},
           {"PERSONAL_GENDER", ""},
           {"PERSONAL_PHOTO", ""},
           {"TIME_ZONE", call.store.zone.name()},
           {"TIME_ZONE_OFFSET", static_cast<std::int64_t>(call.store.zone.offset_at(call.now).count())}}),
      {},
      {}};
}

Outcome server_time(Call& call) {
  return Success{call.store.iso(std::chrono::floor<Seconds>(call.now)), {}, {}};
}

// 1: classic mode, leads stay leads.
Outcome crm_mode(Call&) { return Success{1, {}, {}}; }

constexpr std::array<Method, 3> methods{{
    {"profile", "", 0.01, profile},
    {"server.time", "", 0.01, server_time},
    {"crm.settings.mode.get", "crm", 0.01, crm_mode},
}};

}  // namespace

std::span<const Method> system_methods() { return methods; }

}  // namespace b24gate::sandbox
