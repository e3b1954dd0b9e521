#include <doctest/doctest.h>
#include <fmt/format.h>
#include <phonenumbers/phonenumberutil.h>

#include <initializer_list>
#include <random>

#include "normalize/area_codes.hpp"
#include "normalize/normalize.hpp"

using namespace b24gate;
using namespace b24gate::normalize;

namespace {

std::string read(std::string_view text, std::string_view region = "RU") {
  std::string out;
  for (const auto& phone : read_phones(text, region)) {
    if (!out.empty()) out += " ";
    out += phone.e164;
    if (!phone.extension.empty()) out += "x" + phone.extension;
  }
  return out;
}

std::string unread(std::string_view text) {
  std::string out;
  for (const auto& piece : read_phone_text(text, "RU").unread) out += "[" + piece + "]";
  return out;
}

}  // namespace

TEST_CASE("one number in the ways that people write it") {
  for (const char* text : {"+7 (903) 000-11-22", "8 (903) 000-11-22", "9030001122", "79030001122",
                           "89030001122", "+8 (903) 000-11-22", "8-903-000-11-22", "8.903.000.11.22",
                           "тел. 8 903 000 11 22", "+7\u00A0903\u00A0000‑11‑22", "т:+79030001122!",
                           "8 (903) 0001122 (Пётр)", "+7(903)000 11 22 звонить после 18"}) {
    CAPTURE(text);
    CHECK(read(text) == "+79030001122");
  }
}

TEST_CASE("+7 and ten digits: what is known without parsing is what the library's parser says") {
  const auto& util = *i18n::phonenumbers::PhoneNumberUtil::GetInstance();
  std::mt19937_64 random(20261128);  // NOLINT: the same numbers every time
  std::size_t good = 0;
  for (int i = 0; i < 3000; ++i) {
    // Every beginning of three digits thrice, whatever follows.
    const std::string text = fmt::format("+7{:03}{:07}", i % 1000, random() % 10'000'000);
    CAPTURE(text);
    i18n::phonenumbers::PhoneNumber number;
    std::string parsed;
    if (util.Parse(text, "RU", &number) == i18n::phonenumbers::PhoneNumberUtil::NO_PARSING_ERROR)
      util.Format(number, i18n::phonenumbers::PhoneNumberUtil::E164, &parsed);
    const std::string own = read(text);
    if (!own.empty()) {
      CHECK(own == parsed);
      CHECK(util.IsPossibleNumber(number));
      ++good;
    } else {
      CHECK_FALSE(util.IsValidNumber(number));
    }
  }
  // What begins like a Russian number is one, whether the library's tables know the range or not.
  CHECK(good >= 1500);
}

TEST_CASE("Russian mobiles: what is known without the library is what the library says") {
  const auto& util = *i18n::phonenumbers::PhoneNumberUtil::GetInstance();
  std::mt19937_64 random(20261129);  // NOLINT: the same numbers every time
  for (int i = 0; i < 3000; ++i) {
    const std::string text = fmt::format("+79{:02}{:07}", i % 100, random() % 10'000'000);
    CAPTURE(text);
    i18n::phonenumbers::PhoneNumber number;
    REQUIRE(util.Parse(text, "RU", &number) == i18n::phonenumbers::PhoneNumberUtil::NO_PARSING_ERROR);
    CHECK(util.IsValidNumber(number));
    for (const char* region : {"RU", "KZ", "DE"}) CHECK(read(text, region) == text);
    CHECK(read("8" + text.substr(2)) == text);
  }
}

TEST_CASE("the country of +7: what is known without the library is what the library says") {
  const auto& util = *i18n::phonenumbers::PhoneNumberUtil::GetInstance();
  std::mt19937_64 random(20261130);  // NOLINT: the same numbers every time
  for (int i = 0; i < 10'000; ++i) {
    const std::string text = fmt::format("+7{:03}{:07}", 100 + i % 900, random() % 10'000'000);
    CAPTURE(text);
    i18n::phonenumbers::PhoneNumber number;
    number.set_country_code(7);
    number.set_national_number(std::stoull(text.substr(2)));
    std::string region;
    util.GetRegionCodeForNumber(number, &region);
    CHECK(country_of_phone(text) == (region == "ZZ" ? "RU" : region));
  }
  CHECK(country_of_phone("+7900000000") == country_of_phone("+7300000000"));  // too short for a short cut
}

TEST_CASE("other countries") {
  CHECK(read("+375 (29) 000-11-22") == "+375290001122");
  CHECK(read("8 10 375 29 000-11-22") == "+375290001122");
  CHECK(read("375290001122") == "+375290001122");
  CHECK(read("+77710001122") == "+77710001122");
  CHECK(read("+49 30 123456") == "+4930123456");
  CHECK(read("030 123456", "DE") == "+4930123456");
}

TEST_CASE("extensions are kept apart") {
  for (const char* text : {"8 (495) 790-75-91 доб. 12", "8 (495) 790-75-91, доб. 12", "+74957907591 вн 12",
                           "8(495)7907591 #12", "8 495 790 75 91 (доб. 12)", "8 495 790-75-91 ext.12",
                           "84957907591доб12", "8 495 790-75-91 внутренний 12"}) {
    CAPTURE(text);
    CHECK(read(text) == "+74957907591x12");
  }
  CHECK(read("8 (495) 790-75-91 доб. 12, +7 903 000 11 22") == "+74957907591x12 +79030001122");
  CHECK(read("8 (495) 790-75-91 доб") == "+74957907591");
}

TEST_CASE("several numbers in one field") {
  for (const char* text :
       {"8 (495) 790-75-91, 8 912 000-33-44", "84957907591;89120003344",
        "8 (495) 790-75-91 / 8 912 000-33-44", "84957907591 или 89120003344", "84957907591\n89120003344",
        "84957907591 89120003344", "8 495 790 75 91 8 912 000 33 44", "+74957907591+79120003344",
        "+7 495 790-75-91 +7 912 000-33-44", "8 (495) 790-75-91, 8 912 000-33-44, +7 495 7907591"}) {
    CAPTURE(text);
    CHECK(read(text) == "+74957907591 +79120003344");
  }
}

TEST_CASE("what is no phone is not made one and stays visible") {
  CHECK(read("") == "");
  CHECK(read("звоните вечером") == "");
  CHECK(unread("звоните вечером") == "[звоните вечером]");
  CHECK(unread("123-45-67") == "[123-45-67]");
  CHECK(unread("1234567890") == "[1234567890]");
  CHECK(unread("+7 (111) 222-33-44") == "[+7 (111) 222-33-44]");
  CHECK(unread("8 903 000-11-22, 123-45-67") == "[123-45-67]");
  CHECK(unread("тел. 1: 8 903 000-11-22") == "");
  CHECK(unread("00000000000000000000000000000") == "[00000000000000000000000000000]");
  CHECK(read(std::string(100'000, '8')) == "");
  std::string many;
  for (int i = 0; i < 40; ++i) many += "8903000" + std::to_string(1000 + i) + ",";
  CHECK(read_phones(many, "RU").size() == 20);
}

TEST_CASE("country and region of a phone") {
  CHECK(country_of_phone("+79030001122") == "RU");
  CHECK(country_of_phone("+77710001122") == "KZ");
  CHECK(country_of_phone("+375290001122") == "BY");
  CHECK(country_of_phone("+390612345678") == "IT");  // the zero belongs to the number
  CHECK(country_of_phone("+12125550123") == "US");
  CHECK(country_of_phone("+14165550123") == "CA");
  CHECK(country_of_phone("+998901234567") == "UZ");
  CHECK(country_of_phone("+80012345678").empty());  // of no country
  CHECK(country_of_phone("nonsense").empty());
  CHECK(country_of_phone("").empty());
  CHECK(country_of_phone("+7").empty());
  CHECK(country_of_phone("+7903000112233445566").empty());
  CHECK(region_of_phone("+73822123456") == "Томская область");
  CHECK(region_of_phone("+73832123456") == "Новосибирская область");
  CHECK(region_of_phone("+74957907591") == "Москва");
  CHECK(region_of_phone("+79030001122").empty());
  CHECK(region_of_phone("+375290001122").empty());
  for (std::size_t i = 1; i < area_codes.size(); ++i) CHECK(area_codes[i - 1].first < area_codes[i].first);
}
