#include "delivery/notices.hpp"

#include <doctest/doctest.h>

#include "base/manual_clock.hpp"
#include "delivery/herald.hpp"
#include "yaml/types.hpp"

using namespace b24gate;
using delivery::Notice;
using delivery::Notices;

namespace {

class NoSecrets final : public yaml::SecretSource {
 public:
  [[nodiscard]] Result<std::string> find(std::string_view, std::string_view name) const override {
    if (name == "B24_WEBHOOK_URL") return std::string("https://company.bitrix24.ru/rest/1/secret/");
    return std::string("x");
  }
};

Notice method(const std::string& name) {
  return {Notice::Kind::method, name, "insufficient_scope", name + " is refused", "tick the scope", {}, 1};
}

Notice of(Notice::Kind kind, const std::string& topic, const std::string& what) {
  return {kind, topic, "", what, "", {}, 1};
}

}  // namespace

TEST_CASE("what stands is new once, told once, and gone when it is settled") {
  Notices notices;
  CHECK(notices.raise(method("tasks.task.add")));
  CHECK_FALSE(notices.raise(method("tasks.task.add")));
  CHECK(notices.standing().size() == 1);
  CHECK(notices.take_untold().size() == 1);
  CHECK(notices.take_untold().empty());
  CHECK(notices.settle(Notice::Kind::method, "tasks.task.add"));
  CHECK_FALSE(notices.settle(Notice::Kind::method, "tasks.task.add"));
  CHECK(notices.standing().empty());
  CHECK(notices.raise(method("tasks.task.add")));
}

TEST_CASE("what passes by itself stands, and nobody is disturbed with it") {
  Notices notices;
  Notice throttled = method("crm.item.add");
  throttled.advice.clear();
  CHECK(notices.raise(throttled));
  CHECK(notices.standing().size() == 1);
  CHECK(notices.take_untold().empty());
}

TEST_CASE("what could not be told is told later, unless it was settled meanwhile") {
  Notices notices;
  notices.raise(method("a"));
  notices.raise(method("b"));
  auto untold = notices.take_untold();
  notices.settle(Notice::Kind::method, "a");
  notices.put_back(std::move(untold));
  const auto again = notices.take_untold();
  REQUIRE(again.size() == 1);
  CHECK(again[0].topic == "b");
}

TEST_CASE("a comparison takes the place of the one before: only what is new is told") {
  Notices notices;
  CHECK(notices
            .replace(Notice::Kind::drift,
                     {of(Notice::Kind::drift, "a", "a"), of(Notice::Kind::drift, "b", "b")})
            .size() == 2);
  CHECK(notices.take_untold().size() == 2);
  const auto fresh = notices.replace(Notice::Kind::drift,
                                     {of(Notice::Kind::drift, "b", "b"), of(Notice::Kind::drift, "c", "c")});
  REQUIRE(fresh.size() == 1);
  CHECK(fresh[0].topic == "c");
  CHECK(notices.standing().size() == 2);
}

TEST_CASE("failures are mentioned together: the newest, and how many") {
  Notices notices;
  notices.mention(of(Notice::Kind::failed, "", "e1: no"));
  notices.mention(of(Notice::Kind::failed, "", "e2: no"));
  const auto untold = notices.take_untold();
  REQUIRE(untold.size() == 1);
  CHECK(untold[0].times == 2);
  CHECK(untold[0].what == "e2: no");
  CHECK(notices.standing().empty());
}

TEST_CASE("one notification for each method, one for all drift; a tag for each, in Russian") {
  const auto loaded = config::load(std::string(B24GATE_SOURCE_DIR) + "/config.yaml", NoSecrets());
  REQUIRE(loaded.configuration);
  const auto commands = delivery::notifications(
      *loaded.configuration,
      {method("tasks.task.add"), of(Notice::Kind::drift, "x", "mappings/a.yaml:3:5: no field [b]UF_X"),
       of(Notice::Kind::drift, "y", "mappings/a.yaml:4:5: no stage"), of(Notice::Kind::failed, "", "e2: no")},
      5);
  REQUIRE(commands.size() == 3);
  CHECK(commands[0].method == "im.notify.system.add");
  CHECK(commands[0].params["USER_ID"].integer() == 5);
  CHECK(commands[0].params["TAG"].text() == "B24GATE|admin|method|tasks.task.add");
  CHECK(commands[0].params["MESSAGE"].text().find("вебхуку не хватает права на tasks.task.add") !=
        std::string::npos);
  CHECK(commands[1].params["TAG"].text() == "B24GATE|admin|drift|");
  const std::string drift = commands[1].params["MESSAGE"].text();
  CHECK(drift.find("mappings/a.yaml:4:5: no stage") != std::string::npos);
  CHECK(drift.find("[b]") == std::string::npos);
  CHECK(commands[2].params["MESSAGE"].text().find("обращений: 1") != std::string::npos);
}
