#include "portal/lead_item.hpp"

#include <doctest/doctest.h>

#include "base/utf8.hpp"

using namespace b24gate;
using namespace b24gate::portal;

namespace {

json::Object object(const char* text) { return *json::parse(text)->object_if(); }

LeadItem item(const json::Object& fields, std::vector<Contact> contacts = {}, std::string origin = {}) {
  return lead_item({fields, std::move(contacts), "b24gate", std::move(origin), std::nullopt, nullptr});
}

}  // namespace

TEST_CASE("a lead in the spelling of crm.item.add") {
  const auto fields = object(R"({"TITLE":"Заявка","STATUS_ID":"NEW","SOURCE_ID":"WEB","UF_CRM_17":"12",)"
                             R"("UTM_SOURCE":"yandex","ASSIGNED_BY_ID":6,"OPENED":true,"NAME":""})");
  const LeadItem lead = lead_item({fields,
                                   {{"PHONE", "+79160000001", ""}, {"EMAIL", "ivan@example.ru", "HOME"}},
                                   "b24gate",
                                   "site:form-17:1",
                                   14,
                                   nullptr});
  CHECK(
      lead.params ==
      *json::parse(
          R"({"entityTypeId":1,"useOriginalUfNames":"Y","fields":{"title":"Заявка","stageId":"NEW","sourceId":"WEB",)"
          R"("UF_CRM_17":"12","utmSource":"yandex","assignedById":14,"opened":"Y","originatorId":"b24gate",)"
          R"("originId":"site:form-17:1","fm":[{"typeId":"PHONE","valueType":"WORK","value":"+79160000001"},)"
          R"({"typeId":"EMAIL","valueType":"HOME","value":"ivan@example.ru"}]}})"));
  CHECK(lead.cut.empty());
  CHECK(lead.unknown.empty());
}

TEST_CASE("what does not fit is cut by letters, and told whole") {
  std::string title;
  for (int i = 0; i < 300; ++i) title += "Ж";
  json::Object fields;
  fields.set("TITLE", title);
  fields.set("NAME", std::string(51, 'n'));
  fields.set("LAST_NAME", std::string(50, 'l'));
  const LeadItem lead = item(fields, {}, std::string(256, 'k'));
  CHECK(utf8::length(lead.params["fields"]["title"].text()) == 255);
  CHECK(utf8::valid(lead.params["fields"]["title"].text()));
  CHECK(lead.params["fields"]["name"].text() == std::string(50, 'n'));
  CHECK(lead.params["fields"]["lastName"].text() == std::string(50, 'l'));
  REQUIRE(lead.cut.size() == 3);
  CHECK(lead.cut[0].field == "TITLE");
  CHECK(lead.cut[0].kept == 255);
  CHECK(lead.cut[0].whole == title);
  CHECK(lead.cut[1].field == "NAME");
  CHECK(lead.cut[2].field == "ORIGIN_ID");
}

TEST_CASE("unknown and read-only names do not travel and are told") {
  const LeadItem lead = item(object(R"({"TITEL":"x","ID":5,"DATE_CREATE":"2026-01-01","TITLE":"t"})"));
  CHECK(lead.unknown == std::vector<std::string>{"TITEL", "ID", "DATE_CREATE"});
  CHECK(lead.params["fields"].size() == 1);
}

TEST_CASE("multifields in every form that a mapping writes") {
  const LeadItem lead =
      item(object(R"({"PHONE":"+79160000001","EMAIL":["a@b.ru","","a@b.ru"],)"
                  R"("IM":[{"VALUE":"@petr","VALUE_TYPE":"TELEGRAM"},{"VALUE":"x"}],"WEB":null})"),
           {{"PHONE", "+79160000001", "MOBILE"}, {"FAX", "1", ""}, {"PHONE", "  ", ""}});
  const json::Value& fm = lead.params["fields"]["fm"];
  REQUIRE(fm.size() == 4);
  CHECK(fm.at(0) ==
        json::Value::object({{"typeId", "PHONE"}, {"valueType", "MOBILE"}, {"value", "+79160000001"}}));
  CHECK(fm.at(1) == json::Value::object({{"typeId", "EMAIL"}, {"valueType", "WORK"}, {"value", "a@b.ru"}}));
  CHECK(fm.at(2) == json::Value::object({{"typeId", "IM"}, {"valueType", "TELEGRAM"}, {"value", "@petr"}}));
  CHECK(fm.at(3)["valueType"].text() == "OTHER");
}

TEST_CASE("what a lead's contacts lack") {
  std::vector<Cut> cut;
  const json::Array wanted = multifields({{"PHONE", "+79031112226", ""},
                                          {"PHONE", "+78122334455", ""},
                                          {"EMAIL", "Ivan@Example.com", ""},
                                          {"IM", "@petr", ""}},
                                         cut);
  CHECK(cut.empty());
  const auto present =
      json::parse(R"([{"id":1,"typeId":"PHONE","valueType":"WORK","value":"8 (903) 111-22-26"},)"
                  R"({"id":2,"typeId":"EMAIL","valueType":"HOME","value":"ivan@example.com"},)"
                  R"({"id":3,"typeId":"WEB","valueType":"WORK","value":"@petr"}])");
  REQUIRE(present);
  const json::Array missing = missing_multifields(wanted, *present);
  REQUIRE(missing.size() == 2);
  CHECK(missing[0]["value"].text() == "+78122334455");
  CHECK(missing[1]["typeId"].text() == "IM");
  CHECK(missing_multifields(wanted, json::Value()).size() == 4);
  const auto gaps = json::parse(R"({"3":{"typeId":"PHONE","value":"+79031112226"}})");
  CHECK(missing_multifields(wanted, *gaps).size() == 3);
}

TEST_CASE("a text that is too long for its column is cut between two letters, and told") {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += "ж";
  json::Object fields;
  fields.set("COMMENTS", "a" + text);
  const LeadItem lead = item(fields);
  const std::string kept = lead.params["fields"]["comments"].text();
  CHECK(kept.size() == 65'535);
  CHECK(kept == ("a" + text).substr(0, 65'535));
  REQUIRE(lead.cut.size() == 1);
  CHECK(lead.cut[0].field == "COMMENTS");
  CHECK(lead.cut[0].kept == 32'768);
  CHECK(lead.cut[0].whole == "a" + text);
}

TEST_CASE("comments are plain text to the portal") {
  CHECK(escape_bb("[b]a[/b] 2<3 ]>") == "[\u2060b]a[\u2060/b] 2<3 ]>");
  CHECK(escape_markup("<5 бар & a<b, [i]&lt;&#60; ?a=1&b=2;&") ==
        "&lt;5 бар & a&lt;b, [\u2060i]&amp;lt;&amp;#60; ?a=1&b=2;&");
  CHECK(escape_bb("") == "");
  CHECK(item(object(R"({"COMMENTS":"[url]"})")).params["fields"]["comments"].text() == "[\u2060url]");
}

TEST_CASE("a date-time without an offset gets the portal's") {
  const auto zone = TimeZone::find("Europe/Moscow");
  REQUIRE(zone);
  const auto fields =
      object(R"({"UF_CRM_A":"2026-06-01T11:00","UF_CRM_B":"2026-06-01","UF_CRM_C":"просто текст, длинный",)"
             R"("UF_CRM_D":"2026-06-01T11:00:00+05:00","TITLE":"2026-06-01T11:00"})");
  const LeadItem lead = lead_item({fields, {}, "b24gate", "", std::nullopt, &*zone});
  const json::Value& out = lead.params["fields"];
  CHECK(out["UF_CRM_A"].text() == "2026-06-01T11:00:00+03:00");
  CHECK(out["UF_CRM_B"].text() == "2026-06-01");
  CHECK(out["UF_CRM_C"].text() == "просто текст, длинный");
  CHECK(out["UF_CRM_D"].text() == "2026-06-01T09:00:00+03:00");
  CHECK(out["title"].text() == "2026-06-01T11:00");
}
