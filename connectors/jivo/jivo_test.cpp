#include <doctest/doctest.h>

#include "connector/connector.hpp"
#include "connectors/jivo/answer.hpp"
#include "connectors/jivo/chat.hpp"
#include "connectors/jivo/regions.hpp"

using namespace b24gate;
using namespace b24gate::connector;

namespace {

const Connector& service() { return *find("jivo"); }

Request post(std::string body) {
  Request request;
  request.method = "POST";
  request.body = std::move(body);
  return request;
}

event::Event only(std::string body, const Source& source = {}) {
  const Reading reading = service().read(post(std::move(body)), source);
  REQUIRE(reading.outcome == Outcome::accepted);
  REQUIRE(reading.events.size() == 1);
  return reading.events.front();
}

Source with(const char* option, const char* value) {
  Source source;
  source.options[option] = value;
  return source;
}

// A call of `type` with `status`, and what else stands in `call`.
event::Event call(const std::string& type, const std::string& status, const std::string& more = "") {
  return only(R"({"event_name":"call_event","widget_id":"w","chat_id":7,"visitor":{},"call":{"type":")" +
              type + R"(","status":")" + status + R"(","phone":"89030006108")" + more + "}}");
}

std::string answered(const Reading& reading, const Stored& stored) {
  const auto answer = service().answer(reading, {}, stored);
  REQUIRE(answer);
  CHECK(answer->status == 200);
  return json::write(answer->body);
}

}  // namespace

TEST_CASE("jivo: ids come as text or number and give the same conversation") {
  const auto number = only(R"({"event_name":"chat_updated","widget_id":"w","chat_id":4294967297})");
  const auto text = only(R"({"event_name":"chat_updated","widget_id":"w","chat_id":"4294967297"})");
  CHECK(number.thread == "chat/w/4294967297");
  CHECK(number.thread == text.thread);
  CHECK(number.chat->id == text.chat->id);
  const auto other = only(R"({"event_name":"chat_updated","widget_id":"w2","chat_id":4294967297})");
  CHECK(other.thread != number.thread);
}

TEST_CASE("jivo: the same bytes are a redelivery, other content is another event") {
  const std::string one =
      R"({"event_name":"chat_updated","widget_id":"w","chat_id":1,"visitor":{"name":"A","phone":"1"}})";
  const std::string two =
      R"({"event_name":"chat_updated","widget_id":"w","chat_id":1,"visitor":{"name":"A","phone":"2"}})";
  const std::string finished =
      R"({"event_name":"chat_finished","widget_id":"w","chat_id":1,"visitor":{"name":"A","phone":"1"}})";
  const std::string call_of_that_id =
      R"({"event_name":"call_event","widget_id":"w","chat_id":1,"visitor":{"name":"A","phone":"1"}})";
  CHECK(only(one).key == only(one).key);
  CHECK(only(one).key != only(two).key);
  CHECK(only(one).key != only(finished).key);
  CHECK(only(one).thread == only(two).thread);
  CHECK(only(one).thread != only(call_of_that_id).thread);
}

TEST_CASE("jivo: an offline message is one by its number, whatever else changed") {
  const auto key = [](const char* number, const char* name) {
    return only(std::string(R"({"event_name":"offline_message","widget_id":"w","offline_message_id":)") +
                number + R"(,"message":"m","visitor":{"name":")" + name + "\"}}")
        .key;
  };
  CHECK(key("17", "A") == "jivo:offline_message:w:17");
  CHECK(key("17", "A") == key("\"17\"", "B"));
  CHECK(key("17", "A") != key("18", "A"));
  CHECK(key("null", "A") != key("null", "B"));
}

TEST_CASE("jivo: absent has many forms and none of them is a contact") {
  for (const char* nothing : {"null", "\"\"", "{}", "[]", "\" \""}) {
    CAPTURE(nothing);
    const std::string n = nothing;
    const auto event =
        only(R"({"event_name":"chat_accepted","widget_id":"w","chat_id":1,"visitor":{"name":)" + n +
             R"(,"email":)" + n + R"(,"phone":)" + n + R"(,"social":)" + n + R"(,"description":)" + n +
             R"(},"organization":)" + n + R"(,"status":)" + n + R"(,"tags":)" + n + R"(,"topic":)" + n +
             R"(,"session":)" + n + R"(,"page":)" + n + R"(,"agent":)" + n + "}");
    CHECK(event.contact.name.empty());
    CHECK(event.contact.phones.empty());
    CHECK(event.contact.emails.empty());
    CHECK(event.contact.messengers.empty());
    CHECK(event.contact.company.empty());
    CHECK(event.text.empty());
    CHECK(event.fields.empty());
    CHECK(event.utm.empty());
    CHECK(event.geo.from.empty());
    CHECK(event.action == event::Action::create);
  }
}

TEST_CASE("jivo: utm_json wins, utm fills what it lacks, the term may be called keyword") {
  const auto utm = [](const char* session) {
    return only(std::string(R"({"event_name":"chat_updated","widget_id":"w","chat_id":1,"session":)") +
                session + "}")
        .utm;
  };
  const auto both = utm(
      R"({"utm":"source=text|medium=cpc|keyword=a=b%20c|broken||=x","utm_json":{"source":"json","content":""}})");
  CHECK(both.source == "json");
  CHECK(both.medium == "cpc");
  CHECK(both.term == "a=b%20c");
  CHECK(both.content.empty());
  CHECK(utm(R"({"utm_json":{"keyword":"k","campaign":7}})").term == "k");
  CHECK(utm(R"({"utm_json":{"keyword":"k","campaign":7}})").campaign == "7");
  CHECK(utm(R"({"utm":"source=a","utm_json":null})").source == "a");
  CHECK(utm(R"({"utm":"source=a","utm_json":[]})").source == "a");
  CHECK(utm(R"({"utm":null})").empty());
}

TEST_CASE("jivo: a call says how it went only at its end") {
  for (const char* state : {"start", "agent_connected"}) {
    const auto event = call("incoming", state);
    CHECK(event.action == event::Action::ignore);
    CHECK(event.call->state == "ringing");
    CHECK(event.call->outcome.empty());
    CHECK_FALSE(event.call->final);
    CHECK_FALSE(event.note.empty());
  }
  CHECK(call("callback", "client_connected").call->outcome == "answered");
  CHECK(call("callback", "client_connected").call->state == "talking");
  CHECK(call("callback", "client_connected").action == event::Action::ignore);
  CHECK(call("incoming", "end", R"(,"record_url":"https://r.example/1.mp3")").call->outcome == "answered");
  CHECK(call("incoming", "end").call->outcome == "unknown");
  CHECK(call("incoming", "end").call->final);
  CHECK(call("incoming", "error").call->outcome == "missed");
  CHECK(call("callback", "error").call->outcome == "no_answer");
  CHECK(call("outgoing", "error").call->outcome == "no_answer");
  CHECK(call("incoming", "error").action == event::Action::create);
  CHECK(call("callback", "error").action == event::Action::create);
  CHECK(call("outgoing", "end").action == event::Action::attach);
  CHECK(call("incoming", "end").call->direction == "in");
  CHECK(call("callback", "end").call->direction == "out");
  CHECK(call("sideways", "upside_down").action == event::Action::ignore);
  CHECK(call("sideways", "upside_down").call->outcome.empty());
}

TEST_CASE("jivo: call.phone stands in for a visitor without a phone") {
  CHECK(call("incoming", "end").contact.phones == std::vector<std::string>{"89030006108"});
  const auto both = only(
      R"({"event_name":"call_event","widget_id":"w","chat_id":7,"visitor":{"phone":"+79120003344"},"call":{"phone":"89030006108","status":"end"}})");
  CHECK(both.contact.phones == std::vector<std::string>{"+79120003344"});
  CHECK(both.call->client == "89030006108");
}

TEST_CASE("jivo: the transcript is made of messages, names are looked up by id") {
  const auto event = only(R"({"event_name":"chat_finished","widget_id":"w","chat_id":1,"visitor":{},
    "agents":[{"id":5,"name":"Анна"},{"id":"6","name":"Пётр"}],"html_messages":"<p>no</p>","plain_messages":"no",
    "chat":{"messages":[{"message":"a\r\nb","type":"visitor","timestamp":"1718351220"},
      {"message":"c","type":"agent","agent_id":"5","timestamp":null},
      {"message":"d","type":"agent","agent_id":6},{"message":"e","type":"agent","agent_id":9},
      {"message":"","type":"agent"},{"message":null},7],"blacklisted":false,"rate":"negative"}})");
  CHECK(event.text == "Клиент: a\nb\nАнна: c\nПётр: d\nОператор: e\nОценка: отрицательная");
  REQUIRE(event.chat->messages.size() == 4);
  CHECK(to_iso(event.chat->messages[0].at.value(), TimeZone::utc()) == "2024-06-14T07:47:00+00:00");
  CHECK_FALSE(event.chat->messages[1].at);
  CHECK(event.chat->agent == "Анна");
  const auto plain = only(
      R"({"event_name":"chat_finished","widget_id":"w","chat_id":1,"plain_messages":"A: b\n","html_messages":"<p>","chat":{"messages":[]}})");
  CHECK(plain.text == "A: b");
}

TEST_CASE("jivo: a name without end does not make a text without end") {
  std::string body = R"({"event_name":"chat_finished","widget_id":"w","chat_id":1,"visitor":{"name":")" +
                     std::string(100'000, 'x') + R"("},"chat":{"messages":[)";
  for (int i = 0; i < 1'000; ++i)
    body += std::string(i == 0 ? "" : ",") + R"({"message":"m","type":"visitor"})";
  CHECK(only(body + "]}}").text.size() < 100'000);
}

TEST_CASE("jivo: the black list, and what the option makes of it") {
  const std::string body =
      R"({"event_name":"chat_finished","widget_id":"w","chat_id":1,"visitor":{"phone":"1"},"chat":{"blacklisted":true}})";
  CHECK(only(body).action == event::Action::ignore);
  CHECK_FALSE(only(body).note.empty());
  CHECK(only(body, with("blacklisted", "ignore")).action == event::Action::ignore);
  CHECK(only(body, with("blacklisted", "lead")).action == event::Action::create);
}

TEST_CASE("jivo: contacts left outside of a dialogue make a lead only when the option says so") {
  const std::string updated =
      R"({"event_name":"client_updated","widget_id":"w","visitor":{"number":12,"phone":"89030006108"}})";
  CHECK(only(updated).action == event::Action::attach);
  CHECK(only(updated).thread == "client/w/12");
  CHECK(only(updated, with("client_updated", "create")).action == event::Action::create);
  const std::string attributes =
      R"({"event_name":"client_attribute_updated","widget_id":"w","client_id":12,"attributes":[{"title":"T","value":5},{"key":"K","value":""},{"title":"T","value":6},"x"]})";
  const auto event = only(attributes, with("client_updated", "create"));
  CHECK(event.action == event::Action::attach);
  CHECK(event.text == "T: 5\nT: 6\nx");
  CHECK(event.fields.find("T")->text() == "5");
  CHECK(event.thread == only(updated).thread);
}

TEST_CASE("jivo: events of its own CRM and future ones are acknowledged and ignored") {
  for (const char* body :
       {R"({"event_type":"crm_deal","event_name":"created_deal"})",
        R"({"event_type":"crm_x","event_name":"chat_accepted","widget_id":"w","chat_id":1})",
        R"({"event_name":"chat_teleported"})", R"({"event_name":"+79030006108"})", R"({"event_name":{}})",
        "{}"}) {
    CAPTURE(body);
    const Reading reading = service().read(post(body), {});
    CHECK(reading.outcome == Outcome::ignored);
    CHECK(reading.reason.find("7903") == std::string::npos);
    CHECK(answered(reading, {}) == R"({"result":"ok"})");
    CHECK(json::write(reading.answer) == R"({"result":"ok"})");
  }
  for (const char* body : {"", "[]", "event_name=chat_accepted", "{", "null"}) {
    CAPTURE(body);
    CHECK(service().read(post(body), {}).outcome == Outcome::unreadable);
  }
}

TEST_CASE("jivo: an agent is told who the visitor is, and only what is known") {
  const auto read = [](const std::string& name, const char* phone) {
    return service().read(post(R"({"event_name":")" + name +
                               R"(","widget_id":"w","chat_id":1,"visitor":{"phone":)" + phone + "}}"),
                          {});
  };
  Stored stored;
  CHECK(answered(read("chat_accepted", "\"89030006108\""), stored) == R"({"result":"ok"})");
  Client client;
  client.name = "Пётр Ильин";
  client.company = "ООО Ромашка";
  client.card = "lead:501";
  client.card_url = "https://portal.bitrix24.example/crm/lead/details/501/";
  client.employee = "Козлов И. А.";
  stored.client = client;
  const std::string told =
      R"({"result":"ok","crm_link":"https://portal.bitrix24.example/crm/lead/details/501/","custom_data":[{"title":"Лид в CRM","content":"№ 501"},{"title":"Ответственный","content":"Козлов И. А."},{"title":"Компания","content":"ООО Ромашка"}],"contact_info":{"name":"Пётр Ильин"},"enable_assign":true})";
  for (const char* name : {"chat_accepted", "chat_updated"}) {
    const Reading reading = read(name, "\"8 (903) 000-61-08\"");
    REQUIRE(reading.question);
    CHECK(reading.question->phone == "8 (903) 000-61-08");
    CHECK(answered(reading, stored) == told);
  }
  CHECK_FALSE(read("chat_accepted", "null").question);
  CHECK_FALSE(read("chat_finished", "\"89030006108\"").question);
  CHECK(answered(read("chat_finished", "\"89030006108\""), stored) == R"({"result":"ok"})");
  CHECK(json::write(jivo::ok_with({})) == R"({"result":"ok","enable_assign":true})");
}

TEST_CASE("jivo: the card a dialogue was bound to") {
  CHECK(jivo::card_of("https://p.example/crm/lead/details/501/") == "lead:501");
  CHECK(jivo::card_of("https://p.example/crm/deal/details/7") == "deal:7");
  CHECK(jivo::card_of("https://p.example/crm/contact/details/7/?IFRAME=Y") == "contact:7");
  for (const char* address :
       {"", "501", "https://p.example/crm/lead/details/", "https://p.example/crm/lead/details/0x1/",
        "https://p.example/crm/quote/details/1/", "https://p.example/lead/details/1/",
        "https://p.example/crm/lead/details/9999999999999999999/"}) {
    CHECK(jivo::card_of(address).empty());
  }
}

TEST_CASE("jivo: regions are named as rules name them") {
  CHECK(jivo::russian_region("TOM") == "Томская область");
  CHECK(jivo::russian_region("RU-SPE") == "Санкт-Петербург");
  CHECK(jivo::russian_region("XX").empty());
  const auto region = [](const char* country) {
    return only(
               std::string(
                   R"({"event_name":"chat_updated","widget_id":"w","chat_id":1,"session":{"geoip":{"region_code":"AL","region":"Alabama","country_code":")") +
               country + "\"}}}")
        .geo.region;
  };
  CHECK(region("RU") == "Республика Алтай");
  CHECK(region("US") == "Alabama");
}

TEST_CASE("jivo: the visitor's token is neither stored nor a part of the key") {
  Request request =
      post(R"({"event_name":"chat_updated","widget_id":"w","chat_id":1,"user_token":"tok-1234"})");
  const std::string before = service().read(request, {}).events.front().key;
  CHECK(json::write(service().read(request, {}).raw.front()).find("tok-1234") == std::string::npos);
  service().redact(request, {});
  CHECK(request.body.find("tok-1234") == std::string::npos);
  CHECK(service().read(request, {}).events.front().key == before);
}

TEST_CASE("jivo: messengers have a place, other links are text") {
  const auto event = only(
      R"({"event_name":"chat_accepted","widget_id":"w","chat_id":1,"visitor":{"social":{"vk":"https://vk.com/a","facebook":"https://fb.example/b","telegram":""}}})");
  REQUIRE(event.contact.messengers.size() == 1);
  CHECK(event.contact.messengers[0].type == "vk");
  CHECK(event.text == "facebook: https://fb.example/b");
}
