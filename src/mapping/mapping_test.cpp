#include "mapping/mapping.hpp"

#include <fstream>
#include <sstream>

#include "mapping/lead_fields.hpp"
#include "mapping/test_tools.hpp"

using namespace b24gate;
using namespace b24gate::mapping;
using namespace b24gate::mapping::test;

namespace {

// The example of the product's description, whole.
constexpr auto example = R"(event:
  contact.name:   [Name, ФИО, "contacts.0.name"]
  contact.phones: [Phone, Телефон]
  fields.direction: [direction, "answers[q=Направление].a"]
lead:
  TITLE: "{{ source.title }}: {{ form.name | default('заявка') }}, {{ contact.name }}"
  NAME: "{{ contact.first_name }}"
  LAST_NAME: "{{ contact.last_name }}"
  SOURCE_ID: WEB
  UF_CRM_DIRECTION: { lookup: directions, from: "{{ fields.direction }}", otherwise: skip }
  COMMENTS: "{{ text }}"
on_repeat: attach
create_lead_when: "contact.phones or contact.emails"
tests:
  - name: заявка с двумя телефонами
    request: ../connectors/tilda/samples/form_two_phones_entities.form
    expect: { event.kind: form, event.contact.phones: ["+74957907591", "+79031234567"], lead.SOURCE_ID: WEB }
)";

struct Compiled {
  Mapping mapping;
  std::string wrong;
};

Compiled compile(std::string_view defaults, std::string_view file) {
  yaml::Problems problems;
  const NoSecrets secrets;
  yaml::Context context{problems, secrets};
  const auto one = yaml::parse(defaults, "connectors/x/mapping.yaml", problems);
  const auto two = yaml::parse(file, "m.yaml", problems);
  REQUIRE(one);
  REQUIRE(two);
  Compiled out;
  out.mapping = Mapping::compile(&*one, &*two, some_dictionaries(), context);
  out.wrong = problems.text();
  return out;
}

Mapping good(std::string_view defaults, std::string_view file) {
  auto out = compile(defaults, file);
  REQUIRE(out.wrong == "");
  return out.mapping;
}

std::string wrong(std::string_view file) { return compile("", file).wrong; }

Lead lead(const Mapping& mapping, std::string_view event) {
  return mapping.lead(scope_of(json_of(event), "site", "Сайт", "tilda"), some_dictionaries(), moscow());
}

std::string fields(const Mapping& mapping, std::string_view event) {
  return json::write(json::Value(lead(mapping, event).fields));
}

}  // namespace

TEST_CASE("the example of the description is read completely") {
  const Mapping mapping = good("", example);
  event::Event draft;
  draft.contact.name = "свой";
  draft.contact.phones = {"своё"};
  mapping.override_event(json_of(R"({"ФИО":"Иванов Пётр","Телефон":["1","2"],
                                     "answers":[{"q":"Направление","a":"ГПУ"}]})"),
                         draft);
  CHECK(draft.contact.name == "Иванов Пётр");
  CHECK(draft.contact.phones == std::vector<std::string>{"1", "2"});
  CHECK(draft.fields.find("direction")->text() == "ГПУ");
  CHECK(
      fields(mapping, R"({"contact":{"name":"Иванов Пётр","first_name":"Пётр","last_name":"Иванов",
                            "phones":["+79030006108"]},"fields":{"direction":"гпу"},"text":"Нужна ГПУ"})") ==
      R"({"TITLE":"Сайт: заявка, Иванов Пётр","NAME":"Пётр","LAST_NAME":"Иванов","SOURCE_ID":"WEB",)"
      R"("UF_CRM_DIRECTION":"101","COMMENTS":"Нужна ГПУ","PHONE":[{"VALUE":"+79030006108","VALUE_TYPE":"WORK"}]})");
  CHECK(mapping.on_repeat() == OnRepeat::attach);
  CHECK(mapping.create_lead_when() == "contact.phones or contact.emails");
  CHECK(mapping.creates_lead(json_of(R"({"contact":{"emails":["a@example.com"]}})")));
  CHECK_FALSE(mapping.creates_lead(json_of(R"({"contact":{"name":"x"}})")));
  REQUIRE(mapping.tests().size() == 1);
  const MappingTest& test = mapping.tests().front();
  CHECK(test.name == "заявка с двумя телефонами");
  CHECK(test.place.text() == "m.yaml:15:5");
  CHECK(test.request.value == "../connectors/tilda/samples/form_two_phones_entities.form");
  CHECK(test.request.place.text() == "m.yaml:16:14");
  REQUIRE(test.expect.size() == 3);
  CHECK(test.expect[1].first.value == "event.contact.phones");
  CHECK(json::write(test.expect[1].second) == R"(["+74957907591","+79031234567"])");
  CHECK(mapping.crm_fields().size() == 6);
  CHECK(mapping.crm_fields()[4].first == "UF_CRM_DIRECTION");
  CHECK(mapping.crm_fields()[4].second.text() == "m.yaml:10:3");
}

TEST_CASE("the first path that says something wins; without one the draft keeps its own") {
  const Mapping mapping = good("", "event: { contact.name: [a, b], subject: s }\n");
  event::Event draft;
  draft.subject = "своя тема";
  mapping.override_event(json_of(R"({"a":"","b":"второй","s":""})"), draft);
  CHECK(draft.contact.name == "второй");
  CHECK(draft.subject == "своя тема");
}

TEST_CASE("a file adds to and overrides the defaults line by line") {
  const Mapping mapping = good(
      "event: { contact.name: a, subject: s }\nlead: { TITLE: standard, SOURCE_ID: WEB, POST: p }\n"
      "on_repeat: new\ncreate_lead_when: \"false\"\nset: { channel: site }\n",
      "event: { contact.name: b }\nlead: { title: own, COMMENTS: c, POST: }\nset: { company: ЭнергоСтрой "
      "}\n");
  CHECK(fields(mapping, "{}") == R"({"TITLE":"own","SOURCE_ID":"WEB","COMMENTS":"c"})");
  CHECK(mapping.on_repeat() == OnRepeat::new_lead);
  CHECK_FALSE(mapping.creates_lead({}));
  event::Event draft;
  mapping.override_event(json_of(R"({"a":"A","b":"B","s":"S"})"), draft);
  CHECK(draft.contact.name == "B");
  CHECK(draft.subject == "S");
  CHECK(draft.channel == "site");
  CHECK(draft.company == "ЭнергоСтрой");
}

TEST_CASE("both spellings of fields are one") {
  const Mapping mapping =
      good("lead: { STATUS_ID: NEW, TITLE: t }\n",
           "lead: { stageId: IN_PROCESS, utmSource: ya, ufCrmPowerKw: 5, ufCrm_17473: x, parentId128: 3 }\n");
  CHECK(fields(mapping, "{}") ==
        R"({"STATUS_ID":"IN_PROCESS","TITLE":"t","UTM_SOURCE":"ya","UF_CRM_POWER_KW":"5",)"
        R"("UF_CRM_17473":"x","PARENT_ID_128":"3"})");
  CHECK(lead_field("ufCrm2_1639669411830").name == "UF_CRM_2_1639669411830");
  CHECK(lead_field("assignedById").name == "ASSIGNED_BY_ID");
  CHECK(lead_field_to_read("createdTime") == "DATE_CREATE");
  CHECK(lead_field_to_read("originId") == "ORIGIN_ID");
  CHECK_FALSE(lead_field_to_read("nothing"));
}

TEST_CASE("multifields are filled from the contact unless the mapping says otherwise") {
  constexpr auto event = R"({"contact":{"phones":["+79030006108","+79030006108"],"emails":["a@example.com"],
    "messengers":[{"type":"telegram","id":"@petr"},{"type":"whatsapp","id":"+79030006108"}]},"page":{"url":"https://x"}})";
  CHECK(
      fields(good("", ""), event) ==
      R"({"PHONE":[{"VALUE":"+79030006108","VALUE_TYPE":"WORK"}],"EMAIL":[{"VALUE":"a@example.com","VALUE_TYPE":"WORK"}],)"
      R"("IM":[{"VALUE":"@petr","VALUE_TYPE":"TELEGRAM"},{"VALUE":"+79030006108","VALUE_TYPE":"OTHER"}]})");
  CHECK(
      fields(good("",
                  "lead: { PHONE: [\"{{ call.line }}\", \"+71\"], EMAIL: , IM: \"\", WEB: \"{{ page.url }}\" "
                  "}\n"),
             event) ==
      R"({"PHONE":[{"VALUE":"+71","VALUE_TYPE":"WORK"}],"WEB":[{"VALUE":"https://x","VALUE_TYPE":"WORK"}]})");
}

TEST_CASE("values become what the portal takes") {
  CHECK(fields(good("",
                    "lead: { OPENED: \"{{ order.paid }}\", UF_CRM_A: \"{{ fields.list }}\", COMMENTS: \"{{ "
                    "fields }}\" }\n"),
               R"({"order":{"paid":true},"fields":{"list":["a","","b"],"n":5}})") ==
        "{\"OPENED\":\"Y\",\"UF_CRM_A\":[\"a\",\"b\"],\"COMMENTS\":\"list: a, b\\nn: 5\"}");
}

TEST_CASE("look-ups that find nothing: skip, reject, default") {
  const auto with = [](const char* otherwise) {
    return good("", std::string("lead: { UF_CRM_D: { lookup: directions, from: \"{{ fields.d }}\"") +
                        otherwise + " } }\n");
  };
  constexpr auto unknown = R"({"fields":{"d":"[b]ТЭЦ[/b]"}})";
  const Lead skipped = lead(with(", otherwise: skip"), unknown);
  CHECK(skipped.fields.empty());
  CHECK_FALSE(skipped.rejected);
  REQUIRE(skipped.notes.size() == 1);
  CHECK(skipped.notes[0] ==
        "UF_CRM_D: значения «(b)ТЭЦ(/b)» нет в справочнике directions, поле не заполнено");
  CHECK(lead(with(""), unknown).notes == skipped.notes);

  const Lead rejected = lead(with(", otherwise: reject"), unknown);
  REQUIRE(rejected.rejected);
  CHECK(*rejected.rejected ==
        "UF_CRM_D: the dictionary 'directions' has no entry for the value of {{ fields.d }}; "
        "add it to the dictionary and retry");
  CHECK(rejected.notes.empty());
  CHECK_FALSE(lead(with(", otherwise: reject"), R"({"fields":{"d":"ГПУ"}})").rejected);
  CHECK_FALSE(lead(with(", otherwise: reject"), "{}").rejected);

  CHECK(fields(with(", otherwise: { default: 999 }"), unknown) == R"({"UF_CRM_D":"999"})");
  CHECK(fields(with(", otherwise: \"default: 999\""), "{}") == R"({"UF_CRM_D":"999"})");
  CHECK(fields(with(""), R"({"fields":{"d":["ГПУ","когенерация"]}})") == R"({"UF_CRM_D":["101","102"]})");
  CHECK(lead(with(""), "{}").notes.empty());
}

TEST_CASE("the scope has the source besides the event") {
  const json::Value scope = scope_of(json_of(R"({"kind":"form"})"), "site", "", "tilda");
  CHECK(json::write(scope) ==
        R"({"kind":"form","source":{"name":"site","title":"site"},"connector":"tilda"})");
}

TEST_CASE("every mistake is reported at its place") {
  CHECK(wrong("event:\n  contact.phone: Phone\n  contact.name: \"a..b\"\n  subject: { a: b }\n"
              "lead:\n  TITEL: \"{{ conatct.name }}\"\n  NAME: \"{{ contact.firstname | uper }}\"\n"
              "  POST: \"{{ contact.firstname }}\"\n"
              "on_repeat: atach\ncreate_lead_when: \"contact.phones or\"\nlaed: {}\n") ==
        "m.yaml:2:3: unknown event member 'contact.phone'; did you mean 'contact.phones'?\n"
        "m.yaml:3:17: character 3: a name is missing between the dots\n"
        "m.yaml:4:12: expected a path, found a map\n"
        "m.yaml:6:3: unknown field 'TITEL'; did you mean 'TITLE'?\n"
        "m.yaml:6:10: unknown path 'conatct.name'; did you mean 'contact.name'?\n"
        "m.yaml:7:9: character 24: unknown filter 'uper'; did you mean 'upper'?\n"
        "m.yaml:8:9: unknown path 'contact.firstname'; did you mean 'contact.first_name'?\n"
        "m.yaml:9:12: unknown value 'atach'; did you mean 'attach'?\n"
        "m.yaml:10:19: character 18: a value is missing here: write a path like contact.name or a text in "
        "quotes\n"
        "m.yaml:11:1: unknown key 'laed'; did you mean 'lead'?\n");
}

TEST_CASE("mistakes of fields") {
  CHECK(wrong("lead: { DATE_CREATE: x }\n") ==
        "m.yaml:1:9: 'DATE_CREATE' is filled by Bitrix24 itself and cannot be written; remove this line\n");
  CHECK(wrong("lead: { id: x }\n") ==
        "m.yaml:1:9: 'id' is filled by Bitrix24 itself and cannot be written; remove this line\n");
  CHECK(wrong("lead: { originId: x }\n") ==
        "m.yaml:1:9: 'originId' is how b24gate finds its own leads again and cannot be written; remove this "
        "line\n");
  CHECK(wrong("lead: { fm: x }\n") == "m.yaml:1:9: 'fm' is written as PHONE, EMAIL, WEB and IM\n");
  CHECK(wrong("lead: { statusId: x }\n") ==
        "m.yaml:1:9: unknown field 'statusId'; did you mean 'stageId'?\n");
  CHECK(wrong("lead: { stageid: x }\n") == "m.yaml:1:9: unknown field 'stageid'; did you mean 'stageId'?\n");
  CHECK(wrong("lead: { UF_CRM_direction: x }\n") ==
        "m.yaml:1:9: 'UF_CRM_direction' is no name of a user field; write it as the portal shows it, like "
        "UF_CRM_DIRECTION\n");
  CHECK(wrong("lead:\n  STATUS_ID: NEW\n  stageId: NEW\n") ==
        "m.yaml:3:3: 'stageId' is the same field as 'STATUS_ID' of line 2; keep one\n");
}

TEST_CASE("mistakes of values") {
  CHECK(wrong("lead: { UF_CRM_D: { lookup: direction, from: \"{{ text }}\" } }\n") ==
        "m.yaml:1:29: unknown dictionary 'direction'; did you mean 'directions'?\n");
  CHECK(wrong("lead: { UF_CRM_D: \"{{ text | lookup(direction) }}\" }\n") ==
        "m.yaml:1:19: unknown dictionary 'direction'; did you mean 'directions'?\n");
  CHECK(wrong("lead: { UF_CRM_D: { lookup: directions } }\n") ==
        "m.yaml:1:19: missing value: 'from:' is required\n");
  CHECK(wrong("lead: { UF_CRM_D: { lookup: directions, from: x, otherwise: skpi } }\n") ==
        "m.yaml:1:61: unknown value 'skpi'; did you mean 'skip'?\n");
  CHECK(wrong("lead: { UF_CRM_D: { lookup: directions, from: x, otherwise: [a] } }\n") ==
        "m.yaml:1:61: expected skip, reject or { default: VALUE }, found a list\n");
  CHECK(wrong("lead: { COMMENTS: \"${env:SECRET}\" }\n") ==
        "m.yaml:1:19: a secret cannot be written into a lead; remove the ${…}\n");
  CHECK(wrong("lead: { UF_CRM_D: [x, [y]] }\n") == "m.yaml:1:23: expected a template, found a list\n");
  CHECK(wrong("set: { kind: from }\n") == "m.yaml:1:14: unknown kind 'from'; did you mean 'form'?\n");
  CHECK(wrong("set: { comany: x }\n") ==
        "m.yaml:1:8: unknown event member 'comany'; did you mean 'company'?\n");
  CHECK(wrong("create_lead_when: \"contact.phone\"\n") ==
        "m.yaml:1:19: unknown path 'contact.phone'; did you mean 'contact.phones'?\n");
  CHECK(wrong("- a\n") == "m.yaml:1:1: expected a map of keys and values, found a list\n");
}

TEST_CASE("mistakes of tests") {
  CHECK(wrong("tests:\n  - name: a\n    expect: { evnt.kind: form, event.knd: form, lead.TITEL: x, "
              "lead.stageId: NEW }\n"
              "    headers: [X-Key]\n") ==
        "m.yaml:2:5: missing value: 'request:' is required\n"
        "m.yaml:3:15: unknown path 'evnt.kind'; known: request, event, events, lead, assignment, operations\n"
        "m.yaml:3:32: unknown path 'knd'; did you mean 'kind'?\n"
        "m.yaml:3:49: unknown field 'TITEL'; did you mean 'TITLE'?\n"
        "m.yaml:4:15: 'X-Key' is no header; write \"Name: value\"\n");
  const Mapping mapping =
      good("", "tests: [{ name: a, request: f, expect: { lead.stageId: NEW, lead.createdTime: x } }]\n");
  CHECK(mapping.tests()[0].expect[0].first.value == "lead.STATUS_ID");
  CHECK(mapping.tests()[0].expect[1].first.value == "lead.DATE_CREATE");
}

TEST_CASE("paths below lists, fields and the source are known") {
  CHECK(wrong("lead:\n  COMMENTS: \"{{ order.items.name }}{{ chat.messages.0.text }}{{ fields.любое }}{{ "
              "fields }}"
              "{{ source.name }}{{ connector }}{{ contact }}{{ call.recording.url }}{{ contact.phones.0 "
              "}}\"\n") == "");
  CHECK(wrong("lead: { COMMENTS: \"{{ source.nme }}\" }\n") ==
        "m.yaml:1:19: unknown path 'source.nme'; did you mean 'source.name'?\n");
}

TEST_CASE("the schema knows what the reader knows") {
  yaml::Schemas schemas;
  const json::Value schema = schemas.document("mapping", mapping_schema(schemas));
  const json::Value& keys = schema["properties"];
  for (const char* key : {"event", "lead", "on_repeat", "create_lead_when", "set", "tests"}) {
    CHECK_MESSAGE(!keys[key].is_null(), key);
  }
  CHECK(schema["additionalProperties"] == json::Value(false));
  CHECK(keys["event"]["properties"].size() == event::member_names().size());
  CHECK(!keys["lead"]["properties"]["STATUS_ID"].is_null());
  CHECK(!keys["lead"]["properties"]["stageId"].is_null());
  CHECK(json::write(keys["on_repeat"]["enum"]) == R"(["attach","new","update"])");
  CHECK(!schema["definitions"]["fieldValue"].is_null());
  yaml::Schemas others;
  CHECK(dictionaries_schema(others)["type"].text() == "object");
}
