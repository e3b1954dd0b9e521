#include "delivery/addition.hpp"

#include <doctest/doctest.h>

using namespace b24gate;

namespace {

json::Value parsed(const char* text) { return json::parse(text).value(); }

json::Object object(const char* text) { return *parsed(text).object_if(); }

const TimeZone& zone() {
  static const TimeZone moscow = *TimeZone::find("Europe/Moscow");
  return moscow;
}

}  // namespace

TEST_CASE("only what is empty is filled; of a name all parts or none; never who, where from and what stage") {
  const json::Object mapped =
      object(R"({"TITLE":"новый","NAME":"Иван","LAST_NAME":"Иванов","UTM_SOURCE":"yandex","STATUS_ID":"NEW",)"
             R"("SOURCE_ID":"WEB","ASSIGNED_BY_ID":12,"UF_CRM_POWER":0,"PHONE":["+79030001101"]})");
  CHECK(delivery::empty_fields(mapped, {}, parsed(R"({"title":"старый"})"), zone()) ==
        parsed(R"({"name":"Иван","lastName":"Иванов","utmSource":"yandex","UF_CRM_POWER":0})"));
  CHECK(delivery::empty_fields(mapped, {},
                               parsed(R"({"title":"t","name":"Q","utmSource":"","UF_CRM_POWER":5})"),
                               zone()) == parsed(R"({"utmSource":"yandex"})"));
  CHECK(delivery::empty_fields(
            mapped, {}, parsed(R"({"title":"t","lastName":"Q","utmSource":"a","UF_CRM_POWER":"1"})"), zone())
            .is_null());
}

TEST_CASE("the sum of a changed order replaces our own, not what somebody has written") {
  const json::Object now = object(R"({"OPPORTUNITY":"150"})");
  const json::Object before = object(R"({"OPPORTUNITY":"100"})");
  CHECK(delivery::empty_fields(now, before, parsed(R"({"opportunity":100.0})"), zone()) ==
        parsed(R"({"opportunity":"150"})"));
  CHECK(delivery::empty_fields(now, before, parsed(R"({"opportunity":120})"), zone()).is_null());
  CHECK(delivery::empty_fields(now, {}, parsed(R"({"opportunity":100})"), zone()).is_null());
}

TEST_CASE("contacts are new when neither the conversation nor the lead has them") {
  const json::Object mapped =
      object(R"({"PHONE":["+79030001101","+79030001102"],"EMAIL":["a@b.ru"],"IM":["@petr"]})");
  const json::Object before = object(R"({"EMAIL":["A@B.ru"]})");
  const json::Value lead = parsed(R"({"fm":[{"typeId":"PHONE","value":"89030001102"}]})");
  const json::Array news = delivery::new_contacts(mapped, before, lead);
  REQUIRE(news.size() == 2);
  CHECK(delivery::told(news) == parsed(R"({"phones":["+79030001101"],"messengers":["@petr"]})"));
  CHECK(delivery::told({}).is_null());
  const auto operation = delivery::add_contacts(50, news);
  CHECK(operation.name == delivery::add_contacts_name);
  CHECK(operation.method == "crm.item.update");
  CHECK(json::parse(operation.params).value() ==
        parsed(R"({"entityTypeId":1,"id":50,"fields":{"fm":[)"
               R"({"typeId":"PHONE","valueType":"WORK","value":"+79030001101"},)"
               R"({"typeId":"IM","valueType":"OTHER","value":"@petr"}]},"useOriginalUfNames":"Y"})"));
}
