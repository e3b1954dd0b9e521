// Where an enquiry is from: what it says itself, and from other sources what it leaves open. Pure functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "event/event.hpp"

namespace b24gate::normalize {

// What the payload says stays. Country and region that it leaves open are those of the city it names, else of
// the first phone that tells them, else of the IP; none of these when it contradicts what is said already:
// another country, or, for an IP, another city. Phones are E.164; `by_ip` is asked only when it is needed.
void fill_geo(event::Geo& geo, const std::vector<std::string>& phones,
              const std::function<std::optional<event::Geo>()>& by_ip);

// The federal subject of a large Russian city, however it is written: "г. Томск", «ОРЁЛ». Empty for others.
std::string region_of_city(std::string_view city);

}  // namespace b24gate::normalize
