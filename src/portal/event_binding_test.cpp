#include "portal/event_binding.hpp"

#include <doctest/doctest.h>

#include "portal/classify.hpp"

using namespace b24gate;
using namespace b24gate::portal;

namespace {

const std::string kHandler = "https://gate.example.com/portal/s";

// The portal's list of handlers, with a failure of one method at will.
struct FakePortal {
  Outcome operator()(const Command& command) {
    asked.push_back(command.method + ' ' + command.params["event"].text());
    if (command.method == failing && (only.empty() || only == command.params["event"].text())) return failure;
    Outcome out;
    out.cls = Class::success;
    const std::pair<std::string, std::string> row{command.params["event"].text(),
                                                  command.params["handler"].text()};
    if (command.method == "event.get") {
      out.result = json::Value(json::Array());
      for (const auto& [event, handler] : rows)
        out.result.push(json::Value::object({{"event", event}, {"handler", handler}, {"offline", "0"}}));
    } else if (command.method == "event.bind") {
      rows.push_back(row);
    } else {
      rows.erase(std::find(rows.begin(), rows.end(), row));
    }
    return out;
  }
  Outcome put_right() {
    return EventBinding([this](const Command& command) { return (*this)(command); }, kHandler).put_right();
  }
  std::vector<std::pair<std::string, std::string>> rows;
  std::vector<std::string> asked;
  std::string failing;
  std::string only;  // the event that it fails for; empty: for all
  Outcome failure;
};

using Rows = std::vector<std::pair<std::string, std::string>>;
const Rows kBound{{"ONEXTERNALCALLSTART", kHandler}, {"ONAPPUNINSTALL", kHandler}};

}  // namespace

TEST_CASE("what is missing is bound, what is there is left") {
  FakePortal portal;
  CHECK(portal.put_right().cls == Class::success);
  CHECK(portal.rows == kBound);
  portal.asked.clear();
  CHECK(portal.put_right().cls == Class::success);
  CHECK(portal.asked == std::vector<std::string>{"event.get "});
}

TEST_CASE("handlers at a former address go, those of other events stay") {
  FakePortal portal;
  portal.rows = {{"OnExternalCallStart", "https://gate.example.com/portal/former"},
                 {"ONCRMLEADADD", "https://other.example.com/"}};
  CHECK(portal.put_right().cls == Class::success);
  CHECK(portal.rows == Rows{{"ONCRMLEADADD", "https://other.example.com/"}, kBound[0], kBound[1]});
}

TEST_CASE("bound already is success, a portal that cannot list them is bound to all the same") {
  FakePortal portal;
  portal.failing = "event.bind";
  portal.failure =
      classify_error("ERROR_CORE", "Unable to set event handler: Handler already binded", 400, true);
  CHECK(portal.put_right().cls == Class::success);
  CHECK(portal.asked.size() == 3);
  portal.failing = "event.get";
  portal.failure = classify_error("ERROR_METHOD_NOT_FOUND", "Method not found!", 404, false);
  CHECK(portal.put_right().cls == Class::success);
  CHECK(portal.rows == kBound);
}

TEST_CASE("a portal without the event of a removal is put right without it") {
  FakePortal portal;
  portal.failing = "event.bind";
  portal.only = "ONAPPUNINSTALL";
  portal.failure = classify_error("ERROR_EVENT_NOT_FOUND", "Event not found", 400, true);
  CHECK(portal.put_right().cls == Class::success);
  CHECK(portal.rows == Rows{kBound[0]});
  portal.failure = classify_error("QUERY_LIMIT_EXCEEDED", "", 503, true);
  CHECK(portal.put_right().cls == Class::throttle);
}

TEST_CASE("any other failure is told, and nothing is taken away after it") {
  FakePortal portal;
  portal.rows = {{"ONAPPUNINSTALL", "https://gate.example.com/portal/former"}};
  portal.failing = "event.bind";
  portal.failure = classify_error("ERROR_EVENT_NOT_FOUND", "Event not found", 400, true);
  CHECK(portal.put_right().code == "ERROR_EVENT_NOT_FOUND");
  CHECK(portal.rows.size() == 1);
  portal.failing = "event.get";
  portal.failure = classify_error("QUERY_LIMIT_EXCEEDED", "", 503, false);
  portal.asked.clear();
  CHECK(portal.put_right().cls == Class::throttle);
  CHECK(portal.asked.size() == 1);
}
