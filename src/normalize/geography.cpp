#include "normalize/geography.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "base/utf8.hpp"
#include "normalize/area_codes.hpp"
#include "normalize/cities.hpp"
#include "normalize/normalize.hpp"

namespace b24gate::normalize {
namespace {

constexpr std::string_view russia = "RU";

void fill(std::string& place, std::string_view value) {
  if (place.empty()) place = value;
}

// A city without what is written around it, as two are compared.
std::string plain_city(std::string_view typed) {
  constexpr std::size_t longest = 100;
  std::string city = utf8::folded(utf8::trimmed(typed.substr(0, longest)));
  for (const std::string_view before : {"город ", "гор.", "г.", "г "}) {
    if (city.rfind(before, 0) != 0) continue;
    city = utf8::trimmed(std::string_view(city).substr(before.size()));
    break;
  }
  constexpr std::string_view yo = "ё";
  for (std::size_t at = city.find(yo); at != std::string::npos; at = city.find(yo, at))
    city.replace(at, yo.size(), "е");
  return city;
}

bool is_subject(std::string_view region) {
  const auto is_it = [&](const auto& known) { return known.second == region; };
  return std::any_of(area_codes.begin(), area_codes.end(), is_it) ||
         std::any_of(cities.begin(), cities.end(), is_it);
}

// What follows from the payload's own words.
void fill_from_payload(event::Geo& geo) {
  if (!geo.country.empty() && geo.country != russia) return;
  if (geo.region.empty()) geo.region = region_of_city(geo.city);
  if (is_subject(geo.region)) geo.country = russia;
}

void fill_from_phones(event::Geo& geo, const std::vector<std::string>& phones) {
  for (const auto& phone : phones) {
    if (!geo.country.empty() && !geo.region.empty()) return;
    const std::string country = country_of_phone(phone);
    if (country.empty() || (!geo.country.empty() && geo.country != country)) continue;
    const std::string region = region_of_phone(phone);
    if (region.empty() && !geo.country.empty()) continue;  // another number may be a landline
    geo.country = country;
    fill(geo.region, region);
    fill(geo.from, "phone");
  }
}

}  // namespace

std::string region_of_city(std::string_view city) {
  static const auto regions = [] {
    std::unordered_map<std::string_view, std::string_view> out;
    for (const auto& [name, region] : cities) out.emplace(name, region);
    return out;
  }();
  if (city.empty()) return {};
  const auto found = regions.find(plain_city(city));
  return found == regions.end() ? std::string() : std::string(found->second);
}

void fill_geo(event::Geo& geo, const std::vector<std::string>& phones,
              const std::function<std::optional<event::Geo>()>& by_ip) {
  if (!geo.region.empty() || !geo.city.empty()) {
    fill(geo.from, "payload");
    fill_from_payload(geo);
  }
  fill_from_phones(geo, phones);
  if (!geo.country.empty() && !geo.region.empty()) return;
  auto found = by_ip();
  // Somebody abroad with a Russian number: the phone is believed for the country, the IP for nothing.
  if (!found || (!geo.country.empty() && geo.country != found->country)) return;
  if (geo.region.empty() && geo.city.empty()) {
    geo = std::move(*found);
    return;
  }
  if (!geo.city.empty() && plain_city(geo.city) != plain_city(found->city)) return;
  fill(geo.country, found->country);
  fill(geo.region, found->region);
}

}  // namespace b24gate::normalize
