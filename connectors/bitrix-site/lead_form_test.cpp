// Way A: what the samples do not show.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "connector/connector.hpp"
#include "connectors/bitrix-site/comments.hpp"
#include "connectors/bitrix-site/contacts.hpp"
#include "connectors/bitrix-site/lead_answer.hpp"
#include "connectors/bitrix-site/lead_source.hpp"
#include "text/percent.hpp"

using namespace b24gate;
using namespace b24gate::connector;
using Texts = std::vector<std::string>;

namespace {

constexpr const char* secret = "demo-bitrix-site-secret";
constexpr const char* auth = "b017d772ca5a61f3db29cb2a8ef16eca";
constexpr const char* with_auth = "&AUTH=b017d772ca5a61f3db29cb2a8ef16eca";
constexpr const char* with_login = "&LOGIN=site-shop&PASSWORD=demo-bitrix-site-secret";

const Connector& service() { return *find("bitrix-site"); }

Source shop() {
  Source source;
  source.name = "site-shop";
  source.secrets = {Secret(secret)};
  source.time_zone = TimeZone::find("Europe/Moscow").value();
  return source;
}

TimePoint at(const char* time) { return parse_iso(time, TimeZone::utc()).value(); }

Request post(std::string body, const char* path = "/crm/configs/import/lead.php") {
  Request request;
  request.method = "POST";
  request.path = path;
  request.headers = {{"Content-type", "application/x-www-form-urlencoded"}};
  request.body = std::move(body);
  request.received_at = at("2026-11-20T10:05:11Z");
  return request;
}

Proof proof(const std::string& body) { return service().verify(post(body), shop()); }

event::Event only(const Request& request) {
  const Reading reading = service().read(request, shop());
  REQUIRE(reading.outcome == Outcome::accepted);
  REQUIRE(reading.events.size() == 1);
  return reading.events.front();
}
event::Event only(const std::string& body) { return only(post(body)); }

std::string form(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) out += "&" + name + "=" + text::percent_encoded(value);
  return out.substr(1);
}

std::string answer(const Request& request, std::vector<std::int64_t> ids) {
  const Reading reading = service().read(request, shop());
  Stored stored;
  stored.request_id = 7;
  stored.event_ids = std::move(ids);
  const auto out = service().answer(reading, shop(), stored);
  REQUIRE(out);
  CHECK(out->status == 200);
  CHECK(out->content_type == "application/json; charset=utf-8");
  CHECK(out->headers == std::vector<Header>{{"X-CRM-Version", "11.5.0"}});
  return out->text;
}
std::string answer(const std::string& body, std::vector<std::int64_t> ids) {
  return answer(post(body), std::move(ids));
}

std::string response(const char* file) {
  std::ifstream in(std::string(B24GATE_SOURCE_DIR "/connectors/bitrix-site/responses/") + file,
                   std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  std::string text = out.str();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  REQUIRE_FALSE(text.empty());
  return text;
}

}  // namespace

TEST_CASE("bitrix-site: the answers of lead.php are byte by byte as sites expect them") {
  CHECK(answer(std::string("TITLE=a&PHONE_WORK=1") + with_auth, {1042}) == response("add-with-auth.txt"));
  CHECK(answer(std::string("TITLE=a") + with_login, {1042}) == response("add-with-login.txt"));
  CHECK(answer(std::string("method=lead.get_fields") + with_login, {}) == response("get-fields.txt"));
  CHECK(answer(std::string("method=lead.add.bundle&LEADS[0][TITLE]=a&LEADS[1][TITLE]=b") + with_login,
               {1043, 1044}) == response("bundle.txt"));
  CHECK(service().refusal(Refusal::unauthorized, "lead_php")->text == response("denied.txt"));
  CHECK(service().refusal(Refusal::unreadable, "lead_php")->text == response("bad-request.txt"));
  CHECK(service().refusal(Refusal::not_stored, "lead_php")->text ==
        "{'error':'500','error_message':'Сервис временно недоступен'}");
  CHECK(service().refusal(Refusal::not_stored, "lead_php")->status == 200);
  CHECK(service().refusal(Refusal::unauthorized, "lead_php")->headers.front().first == "X-CRM-Version");
  CHECK(service().refusal(Refusal::forbidden, "lead_php")->text == response("denied.txt"));
  CHECK(service().refusal(Refusal::method, "lead_php")->text == response("bad-request.txt"));
  CHECK(service().refusal(Refusal::too_many, "lead_php")->text ==
        service().refusal(Refusal::not_stored, "lead_php")->text);
  CHECK_FALSE(service().refusal(Refusal::too_many, ""));
  CHECK_FALSE(service().refusal(Refusal::unauthorized, "missing"));
  CHECK_FALSE(service().refusal(Refusal::unreadable, "wrong"));
}

TEST_CASE("bitrix-site: AUTH comes back to those only who used LOGIN") {
  CHECK(answer(std::string("method=lead.get_fields") + with_auth, {}).find("AUTH") == std::string::npos);
  CHECK(answer(std::string("method=lead.add.bundle&LEADS[0][TITLE]=a") + with_auth, {5}) ==
        "{'RESULTS':[{'error':'201','ID':'5','error_message':'Лид добавлен'}]}");
}

TEST_CASE("bitrix-site: an id in the answer of lead.php is greater than 0, whatever happens") {
  CHECK(answer("TITLE=a", {}) == "{'error':'201','ID':'7','error_message':'Лид добавлен'}");
}

TEST_CASE("bitrix-site: every lead of a bundle has its answer in its place") {
  CHECK(answer("method=lead.add.bundle&LEADS[3][TITLE]=a&LEADS[5][TITLE]=&LEADS[9][TITLE]=c", {11, 12}) ==
        "{'RESULTS':[{'error':'201','ID':'11','error_message':'Лид добавлен'},"
        "{'error':'400','error_message':'Ошибка запроса'},"
        "{'error':'201','ID':'12','error_message':'Лид добавлен'}]}");
  const Reading empty = service().read(post("method=lead.add.bundle&LEADS=x"), shop());
  CHECK(empty.outcome == Outcome::unreadable);
  CHECK(answer("method=lead.add.bundle", {}) == response("bad-request.txt"));
}

TEST_CASE("bitrix-site: who may use lead.php") {
  CHECK(proof("TITLE=a&LOGIN=site-shop&PASSWORD=demo-bitrix-site-secret") == Proof::good);
  CHECK(proof(std::string("TITLE=a&AUTH=") + auth) == Proof::good);
  CHECK(proof("TITLE=a&LOGIN[]=site-shop&PASSWORD[]=demo-bitrix-site-secret") == Proof::good);
  CHECK(proof("TITLE=a&LOGIN=other&PASSWORD=demo-bitrix-site-secret") == Proof::bad);
  CHECK(proof("TITLE=a&LOGIN=site-shop&PASSWORD=wrong") == Proof::bad);
  CHECK(proof("TITLE=a&LOGIN=site-shop") == Proof::bad);
  CHECK(proof("TITLE=a&PASSWORD=demo-bitrix-site-secret") == Proof::bad);
  CHECK(proof("TITLE=a&AUTH=" + std::string(auth).substr(0, 31)) == Proof::bad);
  CHECK(proof("TITLE=a&AUTH=demo-bitrix-site-secret") == Proof::bad);
  // Only this path has nothing else that could prove it; behind /hook/ the address may hold the secret.
  CHECK(proof("TITLE=a") == Proof::bad);
  CHECK(service().verify(post("TITLE=a", ""), shop()) == Proof::absent);
  CHECK(service().verify(post("TITLE=a&AUTH=x", ""), shop()) == Proof::bad);
  CHECK(service().verify_failure(post("TITLE=a&AUTH=x", ""), shop()).code == "lead_php");
  Source without = shop();
  without.secrets.clear();
  CHECK(service().verify(post("LOGIN=site-shop&PASSWORD="), without) == Proof::bad);
  CHECK_FALSE(service().can_prove({}));
  CHECK(service().own_path() == "/crm/configs/import/lead.php");
}

TEST_CASE("bitrix-site: both secrets are right while one is being replaced") {
  Source source = shop();
  source.secrets = {Secret("new-secret"), Secret(secret)};
  CHECK(service().verify(post(std::string("TITLE=a") + with_login), source) == Proof::good);
  CHECK(service().verify(post(std::string("TITLE=a") + with_auth), source) == Proof::good);
  const Reading reading = service().read(post(std::string("TITLE=a") + with_login), source);
  const auto out = service().answer(reading, source, Stored{1, false, {5}, {}});
  CHECK(out->text.find(auth) == std::string::npos);  // the new secret's
  CHECK(out->text.find("'AUTH':'") != std::string::npos);
}

TEST_CASE("bitrix-site: lead.php by GET, by multipart, and split between the two") {
  Request get = post("");
  get.method = "GET";
  get.query = std::string("TITLE=%D0%90&PHONE_WORK=89000001002") + with_login;
  CHECK(service().verify(get, shop()) == Proof::good);
  CHECK(only(get).subject == "А");
  Request both = post("TITLE=body");
  both.query = std::string("TITLE=query&NAME=q") + with_auth;
  CHECK(service().verify(both, shop()) == Proof::good);
  CHECK(only(both).subject == "body");
  CHECK(only(both).contact.name == "q");
  Request parts = post(
      "--b\r\nContent-Disposition: form-data; name=\"TITLE\"\r\n\r\nЗаявка\r\n--b\r\nContent-Disposition: "
      "form-data; "
      "name=\"LOGIN\"\r\n\r\nsite-shop\r\n--b\r\nContent-Disposition: form-data; "
      "name=\"PASSWORD\"\r\n\r\ndemo-bitrix-site-secret\r\n--b--\r\n",
      "");
  parts.headers = {{"Content-Type", "multipart/form-data; boundary=b"}};
  CHECK(service().verify(parts, shop()) == Proof::good);
  CHECK(only(parts).subject == "Заявка");
  service().redact(get, shop());
  CHECK(get.query.find(secret) == std::string::npos);
  service().redact(parts, shop());
  CHECK(parts.body.find(secret) == std::string::npos);
}

TEST_CASE("bitrix-site: PASSWORD and AUTH are not stored, also where they are wrong") {
  Request request = post("TITLE=a&LOGIN=site-shop&PASSWORD=near-miss&AUTH[]=other-hash");
  service().redact(request, shop());
  CHECK(request.body == "TITLE=a&LOGIN=site-shop&PASSWORD=***&AUTH[]=***");
}

TEST_CASE("bitrix-site: the key of a lead") {
  const auto key = [](const std::string& body, const char* time = "2026-11-20T10:00:00Z") {
    Request request = post(body);
    request.received_at = at(time);
    return only(request).key;
  };
  const std::string body = "TITLE=a&PHONE_WORK=89000001002";
  CHECK(key(body) == key(body + with_auth));
  CHECK(key(body) == key("method=lead.add&" + body + with_login));
  CHECK(key(body) == key("PHONE_WORK=89000001002&TITLE=a"));
  CHECK(key(body) != key("TITLE=b&PHONE_WORK=89000001002"));
  // A day of the site's zone that begins at four in the morning (01:00 UTC).
  CHECK(key(body, "2026-11-20T20:59:00Z") == key(body, "2026-11-20T21:01:00Z"));
  CHECK(key(body, "2026-11-20T01:00:00Z") == key(body, "2026-11-21T00:59:59Z"));
  CHECK(key(body, "2026-11-20T00:59:59Z") != key(body, "2026-11-20T01:00:00Z"));
  CHECK(key(body) != key(body, "2026-12-20T10:00:00Z"));
  // What comes across that hour is recognised by the keys of the days beside it.
  CHECK(only(body).near_keys == Texts{key(body, "2026-11-19T10:00:00Z"), key(body, "2026-11-21T10:00:00Z")});
  CHECK(only("TITLE=a&FORM_CODE=CALC&FORM_RESULT_ID=9").near_keys.empty());
  CHECK(key("TITLE=a&FORM_CODE=CALC&FORM_RESULT_ID=9") == "bitrix-site:form:CALC:9");
  CHECK(key("TITLE=b&FORM_CODE=CALC&FORM_RESULT_ID=9", "2027-01-01T10:00:00Z") == "bitrix-site:form:CALC:9");
  CHECK(key("TITLE=a&FORM_RESULT_ID=9") != key("TITLE=a&FORM_RESULT_ID=10"));
}

TEST_CASE("bitrix-site: a method that lead.php does not have") {
  CHECK(service().read(post("method=lead.delete&TITLE=a"), shop()).outcome == Outcome::unreadable);
  CHECK(service().read(post("method=lead.add"), shop()).outcome == Outcome::unreadable);
  CHECK(service().read(post("TITLE=&NAME="), shop()).outcome == Outcome::unreadable);
  CHECK(service().read(post(""), shop()).outcome == Outcome::unreadable);
  CHECK(service().read(post("", ""), shop()).outcome == Outcome::ignored);
  CHECK(only("TITLE=a&method=post").subject == "a");
  Request odd = post("<html>");
  odd.headers.clear();
  CHECK(service().read(odd, shop()).outcome == Outcome::unreadable);
  CHECK(answer(odd, {}) == response("bad-request.txt"));
}

TEST_CASE("bitrix-site: all fields of a lead") {
  const auto event = only(form({{"TITLE", "Заявка"},
                                {"NAME", "Пётр"},
                                {"LAST_NAME", "Иванов"},
                                {"SECOND_NAME", "Ильич"},
                                {"COMPANY_TITLE", "ООО &quot;Ромашка&quot;"},
                                {"POST", "Директор"},
                                {"ADDRESS", "Томск"},
                                {"SOURCE_ID", "Визитка"},
                                {"STATUS_ID", "NEW"},
                                {"OPPORTUNITY", "1200.50"},
                                {"CURRENCY_ID", "RUB"},
                                {"UF_CRM_POWER", "2 МВт"},
                                {"PHONE_FAX[]", "83822000001"},
                                {"PHONE_FAX[]", "83822000002"},
                                {"PHONE_OTHER", "89000001002,89000001003"},
                                {"EMAIL_MAILING", "a@example.com"},
                                {"WEB_WORK", "example.com"},
                                {"IM_TELEGRAM", "@petr"},
                                {"IM_SKYPE", "petr.i"},
                                {"DIRECTION", "ГПУ"},
                                {"CITY", "Томск"},
                                {"REGION", "Томская область"},
                                {"COUNTRY", "Россия"},
                                {"YM_CLIENT_ID", "17"},
                                {"Ваш бюджет", "миллион"}}));
  CHECK(event.contact.last_name == "Иванов");
  CHECK(event.contact.first_name == "Пётр");
  CHECK(event.contact.second_name == "Ильич");
  CHECK(event.contact.company == "ООО \"Ромашка\"");
  CHECK(event.contact.position == "Директор");
  CHECK(event.contact.phones == Texts{"83822000001", "83822000002", "89000001002,89000001003"});
  CHECK(event.contact.emails == Texts{"a@example.com"});
  REQUIRE(event.contact.messengers.size() == 1);
  CHECK(event.contact.messengers[0].id == "@petr");
  CHECK(event.geo.city == "Томск");
  CHECK(event.geo.region == "Томская область");
  CHECK(event.geo.country == "");
  CHECK(event.text ==
        "Адрес: Томск\nИсточник: Визитка\nСумма: 1200.50\nВалюта: RUB\nСайт: example.com\nSKYPE: petr.i\n"
        "Направление: ГПУ\nГород: Томск\nРегион: Томская область\nСтрана: Россия\nUF CRM POWER: 2 МВт\n"
        "Ваш бюджет: миллион");
  CHECK(json::Value(event.fields)["UF_CRM_POWER"].text() == "2 МВт");
  CHECK(json::Value(event.fields)["direction"].text() == "ГПУ");
  CHECK(json::Value(event.fields)["OPPORTUNITY"].text() == "1200.50");
  CHECK(json::Value(event.fields)["YM_CLIENT_ID"].text() == "17");
  CHECK(json::Value(event.fields)["SOURCE_ID"].is_null());
  CHECK(json::Value(only("TITLE=a&OPPORTUNITY=1+200%2C50").fields)["OPPORTUNITY"].is_null());
}

TEST_CASE("bitrix-site: contacts in the answers of a form, only where no field said them") {
  const std::string all =
      "Имя:\r\nАнна\r\n\r\nТелефон:\r\n89000001002\r\n\r\nE-mail:\r\na@example.com\r\n\r\n";
  const auto found = only(form({{"TITLE", "a"}, {"COMMENTS", all}}));
  CHECK(found.contact.name == "Анна");
  CHECK(found.contact.phones == Texts{"89000001002"});
  CHECK(found.contact.emails == Texts{"a@example.com"});
  CHECK(found.text == "");
  const auto other =
      only(form({{"TITLE", "a"}, {"NAME", "Пётр"}, {"PHONE_WORK", "89000009999"}, {"COMMENTS", all}}));
  CHECK(other.contact.name == "Пётр");
  CHECK(other.contact.phones == Texts{"89000009999"});
  CHECK(other.contact.emails == Texts{"a@example.com"});
  CHECK(other.text == "Имя: Анна\nТелефон: 89000001002");
  const auto free =
      only(form({{"TITLE", "a"}, {"COMMENTS", "Перезвоните: +7 (900) 000-10-02, почта b@example.com."}}));
  CHECK(free.contact.phones == Texts{"+7 (900) 000-10-02"});
  CHECK(free.contact.emails == Texts{"b@example.com"});
  CHECK(free.text == "Перезвоните: +7 (900) 000-10-02, почта b@example.com.");
}

TEST_CASE("bitrix-site: a comment as HTML") {
  using bitrix_site::plain_text;
  CHECK(plain_text("a<br />b<BR>\r\nc") == "a\nb\nc");
  CHECK(plain_text("<p>a</p><p>b</p>") == "a\nb\n");
  CHECK(plain_text("<b>Свеча <M18></b> &lt;br&gt; &amp;amp;") == "Свеча <M18> <br> &amp;");
  CHECK(plain_text("1 < 2 > 0 <b") == "1 < 2 > 0 <b");
  CHECK(plain_text("a <b") == "a <b");
  const auto event =
      only(form({{"TITLE", "a"}, {"COMMENTS", "<b>Мощность:</b><br />2 (2mw) [41]<br /><br />"}}));
  CHECK(event.text == "Мощность: 2 (2mw)");
}

TEST_CASE("bitrix-site: blocks of a text") {
  const auto show = [](std::string_view text) {
    std::string out;
    for (const auto& block : bitrix_site::blocks_of(text)) out += block.title + "|" + block.answer + "\n";
    return out;
  };
  CHECK(show("A:\r\nx (y) [1]\r\nz (w) [22]\r\n\r\nB:\r\n\r\n\r\nC:\nq\n") == "A|x (y)\nz (w)\nB|\nC|q\n");
  CHECK(show("текст [5]\nещё:") == "|текст [5]\nещё:\n");
  CHECK(show("A:\nодин\n\nдва") == "A|один\n\nдва\n");
  CHECK(show("A:\nx []\ny [a1]") == "A|x []\ny [a1]\n");
  CHECK(show("") == "");
  CHECK(only(form({{"TITLE", "a"}, {"COMMENTS", "Позвоните:"}})).text == "Позвоните");
}

TEST_CASE("bitrix-site: phones and e-mails in a sentence") {
  using bitrix_site::emails_in;
  using bitrix_site::phones_in;
  CHECK(phones_in("Мой номер 8-900-000-10-15. 2 шт") == Texts{"8-900-000-10-15"});
  CHECK(phones_in("тел.+79000001015,(495) 790-75-91") == Texts{"+79000001015", "(495) 790-75-91"});
  CHECK(phones_in("+375 29 123-45-67") == Texts{"+375 29 123-45-67"});
  CHECK(phones_in("ИНН 7700000018, счёт 40702810900000000001, 780000010152, id89000001015").empty());
  CHECK(phones_in("8 900 000").empty());
  CHECK(emails_in("пишите a.b@example.com. Или <c@d.example>") == Texts{"a.b@example.com", "c@d.example"});
  CHECK(emails_in("@ a@ @b.example a@b").empty());
  CHECK(bitrix_site::is_phone("8 (900) 000-10-10"));
  CHECK_FALSE(bitrix_site::is_phone("8 (900) 000-10-10 после 15"));
  CHECK(bitrix_site::is_email(" a@example.com "));
  CHECK_FALSE(bitrix_site::is_email("a@example.com, b@example.com"));
}

TEST_CASE("bitrix-site: sources of leads by id or name") {
  CHECK(bitrix_site::lead_source_id("web") == "WEB");
  CHECK(bitrix_site::lead_source_id("Обратный Звонок") == "CALLBACK");
  CHECK(bitrix_site::lead_source_id("") == "");
  CHECK(bitrix_site::lead_source_id("Визитка") == "");
}

TEST_CASE("bitrix-site: nothing breaks the quotes of an answer") {
  CHECK(bitrix_site::taken_text(1, "a'b\"c\\d[e]\r\nf{}") ==
        "{'error':'201','ID':'1','error_message':'Лид добавлен','AUTH':'abcdef'}");
}
