// A request at the door of the intake. Private to it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "intake/intake.hpp"

namespace b24gate::intake {

inline constexpr std::string_view hook_prefix = "/hook/";
inline constexpr std::string_view portal_prefix = "/portal/";

struct Intake::Arrival {
  std::shared_ptr<const config::Configuration> configuration;
  http::Request request;
  http::Responder respond{nullptr};
  std::string client;
  SteadyPoint began{};
  std::string_view refused_as;  // on a path of the service's own: the code its refusals are told under
};

}  // namespace b24gate::intake
