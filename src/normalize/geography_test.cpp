#include "normalize/geography.hpp"

#include <doctest/doctest.h>

#include "normalize/normalize.hpp"

using namespace b24gate;
using event::Geo;

namespace {

// Country, region, city and source, after the phones and an IP were asked.
std::string filled(Geo geo, const std::vector<std::string>& phones = {}, std::optional<Geo> by_ip = {}) {
  for (int i = 0; i < 2; ++i)  // twice is the same as once
    normalize::fill_geo(geo, phones, [&] { return by_ip; });
  return geo.country + "/" + geo.region + "/" + geo.city + "/" + geo.from;
}
Geo city(const char* name, const char* country = "") { return {country, "", name, ""}; }

constexpr const char* kNovosibirsk = "+73832123456";
constexpr const char* kMobile = "+79030001101";
constexpr const char* kAlmaty = "+77272001101";

}  // namespace

TEST_CASE("a city without a region: the region is the city's own") {
  CHECK(filled(city("Томск")) == "RU/Томская область/Томск/payload");
  CHECK(filled(city("Томск"), {kNovosibirsk}) == "RU/Томская область/Томск/payload");
  CHECK(filled(city("г. Орёл"), {kMobile}) == "RU/Орловская область/г. Орёл/payload");
  CHECK(filled(city("САНКТ-ПЕТЕРБУРГ")) == "RU/Санкт-Петербург/САНКТ-ПЕТЕРБУРГ/payload");
  CHECK(filled(city("Томск"), {kAlmaty}) == "RU/Томская область/Томск/payload");
  CHECK(filled(city("Томск", "KZ"), {kMobile}) == "KZ//Томск/payload");
}

TEST_CASE("a city that nobody knows: the region is the phone's, the country too") {
  CHECK(filled(city("Сокур"), {kNovosibirsk}) == "RU/Новосибирская область/Сокур/payload");
  CHECK(filled(city("Сокур"), {kMobile, kNovosibirsk}) == "RU/Новосибирская область/Сокур/payload");
  CHECK(filled(city("Сокур"), {kMobile}) == "RU//Сокур/payload");
  CHECK(filled(city("Талгар", "KZ"), {kNovosibirsk}) == "KZ//Талгар/payload");
  CHECK(filled(city("Сокур")) == "//Сокур/payload");
}

TEST_CASE("a region without a country") {
  CHECK(filled({"", "Томская область", "", ""}) == "RU/Томская область//payload");
  CHECK(filled({"", "Томская область", "", ""}, {kNovosibirsk}) == "RU/Томская область//payload");
  CHECK(filled({"", "Алматинская область", "", ""}, {kAlmaty}) == "KZ/Алматинская область//payload");
}

TEST_CASE("an IP fills what is open, unless it is somewhere else") {
  const Geo tomsk{"RU", "Томская область", "Томск", "ip"};
  const Geo sokur{"RU", "Новосибирская область", "Сокур", "ip"};
  CHECK(filled({}, {}, tomsk) == "RU/Томская область/Томск/ip");
  CHECK(filled({}, {kMobile}, tomsk) == "RU/Томская область/Томск/ip");
  CHECK(filled({}, {kAlmaty}, tomsk) == "KZ///phone");
  CHECK(filled(city("сокур"), {}, sokur) == "RU/Новосибирская область/сокур/payload");
  CHECK(filled(city("Сокур"), {kMobile}, tomsk) == "RU//Сокур/payload");
}

TEST_CASE("phones alone are read as before") {
  CHECK(filled({}, {kNovosibirsk}) == "RU/Новосибирская область//phone");
  CHECK(filled({}, {kMobile, kNovosibirsk}) == "RU/Новосибирская область//phone");
  CHECK(filled({}, {kMobile}) == "RU///phone");
  CHECK(filled({}, {}) == "///");
}
