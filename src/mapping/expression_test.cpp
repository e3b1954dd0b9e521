#include "mapping/test_tools.hpp"

using namespace b24gate;
using namespace b24gate::mapping;
using namespace b24gate::mapping::test;

namespace {

constexpr auto event =
    R"({"kind":"order","text":"Увидел Рекламу на сайте","zero":0,"empty":"","flag":false,"no":"0",
  "contact":{"phones":["+79030006108","+79120003344"]},"order":{"total":"120000.50","paid":false},
  "geo":{"city":"Томск"},"at":"2026-11-23T10:00:00+03:00"})";

std::string value(std::string_view text) {
  const auto made = Expression::compile(text);
  if (!made) return "MISTAKE " + made.error().where + ": " + made.error().what;
  return made->evaluate(json_of(event)) ? "yes" : "no";
}

}  // namespace

TEST_CASE("a bare path is true when it says something") {
  CHECK(value("contact.phones") == "yes");
  CHECK(value("contact.emails") == "no");
  CHECK(value("zero") == "no");
  CHECK(value("empty") == "no");
  CHECK(value("flag") == "no");
  CHECK(value("no") == "no");
  CHECK(value("true") == "yes");
  CHECK(value("false") == "no");
}

TEST_CASE("and, or, not, parentheses") {
  CHECK(value("contact.phones or contact.emails") == "yes");
  CHECK(value("contact.phones and contact.emails") == "no");
  CHECK(value("not contact.emails") == "yes");
  CHECK(value("not not kind") == "yes");
  CHECK(value("true or true and false") == "yes");
  CHECK(value("(true or true) and false") == "no");
  CHECK(value("kind == 'order' and not order.paid") == "yes");
}

TEST_CASE("comparisons") {
  CHECK(value("kind == 'ORDER'") == "yes");
  CHECK(value("kind != 'form'") == "yes");
  CHECK(value("order.total > 100000") == "yes");
  CHECK(value("order.total >= 120000.5") == "yes");
  CHECK(value("order.total < 120000.5") == "no");
  CHECK(value("order.total <= 120000.5") == "yes");
  CHECK(value("order.total == 120000.5") == "yes");
  CHECK(value("order.paid == false") == "yes");
  CHECK(value("contact.phones == '+79120003344'") == "yes");
  CHECK(value("contact.phones != '+70000000000'") == "yes");
  CHECK(value("order.absent > 1") == "no");
  CHECK(value("order.absent < 1") == "no");
  CHECK(value("kind > 1") == "no");
  CHECK(value("at < '2026-12-01'") == "yes");
  CHECK(value("kind == geo.city") == "no");
}

TEST_CASE("in") {
  CHECK(value("'реклам' in text") == "yes");
  CHECK(value("'Радио' in text") == "no");
  CHECK(value("'Радио' not in text") == "yes");
  CHECK(value("'+79030006108' in contact.phones") == "yes");
  CHECK(value("'+7903' in contact.phones") == "no");
  CHECK(value("kind in ['form', 'order']") == "yes");
  CHECK(value("kind not in ['form', 'quiz']") == "yes");
  CHECK(value("kind in [geo.city, kind]") == "yes");
  CHECK(value("empty in text") == "no");
  CHECK(value("'x' in absent") == "no");
}

TEST_CASE("words that begin like operators are paths") {
  CHECK(value("order") == "yes");
  CHECK(value("notes or order") == "yes");
  CHECK(value("not.a") == "no");
  CHECK(value("kind and order.total") == "yes");
}

TEST_CASE("mistakes of expressions") {
  CHECK(value("") ==
        "MISTAKE character 1: the condition is empty: write one like contact.phones or 'x' in text");
  CHECK(value("kind = 'order'") == "MISTAKE character 6: a comparison is written '=='");
  CHECK(value("kind | lower == 'x'") == "MISTAKE character 6: filters cannot be used in a condition");
  CHECK(value("(kind") == "MISTAKE character 6: expected ')'");
  CHECK(value("kind kind") == "MISTAKE character 6: expected 'and', 'or' or the end, found 'kind'");
  CHECK(value("kind not 'x'") == "MISTAKE character 10: expected 'in' after 'not'");
  CHECK(value("kind in ['a' 'b']") == "MISTAKE character 14: expected ',' or ']'");
  CHECK(value("kind == 'x") == "MISTAKE character 9: the quote is not closed");
  CHECK(value("kind and") ==
        "MISTAKE character 9: a value is missing here: write a path like contact.name or a text in quotes");
  CHECK(value("kind && text") == "MISTAKE character 6: expected 'and', 'or' or the end, found '&& text'");
  CHECK(value(std::string(10'000, '(') + "a").find("nested deeper than 32") != std::string::npos);
  std::string nots;
  for (int i = 0; i < 10'000; ++i) nots += "not ";
  CHECK(value(nots + "a").find("nested deeper than 32") != std::string::npos);
}

TEST_CASE("hostile texts are searched in linear time") {
  const json::Value scope =
      json::Value::object({{"a", std::string(1'000'000, 'a')}, {"b", std::string(500'000, 'a') + "b"}});
  CHECK_FALSE(Expression::compile("b in a")->evaluate(scope));
}

TEST_CASE("an expression knows its text and its paths") {
  CHECK(Expression().evaluate({}));
  CHECK(Expression().text() == "true");
  CHECK(Expression::compile("a or b.c in [d, 'x']")->paths() == std::vector<std::string>{"a", "b.c", "d"});
}
