// One event in a real journal, its Work, and a portal whose answers the test writes.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/manual_clock.hpp"
#include "delivery/work.hpp"
#include "journal/testing/fixture.hpp"
#include "yaml/types.hpp"

namespace b24gate::delivery::testing {

using journal::DeliveryState;
using journal::EventState;
using journal::testing::Fixture;
using portal::Class;

class NoSecrets final : public yaml::SecretSource {
 public:
  [[nodiscard]] Result<std::string> find(std::string_view, std::string_view name) const override {
    if (name == "B24_WEBHOOK_URL") return std::string("https://company.bitrix24.ru/rest/1/secret/");
    return std::string("x");
  }
};

class Bench final : public delivery::Planner {
 public:
  Bench()
      : Bench(
            "site-tilda",
            R"({"key":"tilda:1:2","kind":"form","creates_lead":true,"contact":{"name":"Пётр","phones":["+79030001101"]}})") {
  }

  // `change`: what the configuration of the tests does not say.
  Bench(const std::string& source, const std::string& event,
        const std::function<void(config::Configuration&)>& change = {}) {
    auto loaded = config::load(std::string(B24GATE_SOURCE_DIR) + "/config.yaml", NoSecrets());
    REQUIRE(loaded.configuration);
    auto configuration = std::make_shared<config::Configuration>(*loaded.configuration);
    if (change) change(*configuration);
    configuration_ = std::move(configuration);
    id_ = record(source, event);
    load();
  }

  // Another event; of the conversation call/c1 when it has a call.
  std::int64_t record(const std::string& source, const std::string& event) {
    const auto parsed = json::parse(event).value();
    auto request = Fixture::request(parsed["key"].text(), "+79030001101");
    request.source = source;
    request.events[0].data = event;
    if (!parsed["call"].is_null()) {
      request.events[0].kind = parsed["kind"].text();
      request.events[0].urgent =
          !parsed["call"]["state"].is_null() || !parsed["call"]["ordered_by"].is_null();
      if (!parsed["call"]["ordered_by"].is_null()) request.events[0].occurred_at = now();
      request.events[0].identities.push_back({std::string(journal::conversation_kind), source + "/call/c1"});
    }
    return fixture_.record(request)->event_ids.at(0);
  }
  // Whose way is followed from now on.
  void turn_to(std::int64_t event) {
    id_ = event;
    load();
  }
  void give_lead(std::int64_t event, std::int64_t lead) {
    REQUIRE(fixture_.journal->write_now([&](journal::Tx& tx) { return journal::set_lead(tx, event, lead); }));
  }

  // Begins afresh with what the journal holds, as after a restart or a wait.
  void load() {
    auto reader = fixture_.journal->reader();
    const auto identities = journal::identities_of(*reader, id_).value();
    work = std::make_unique<Work>(
        configuration_,
        delivery::Claim{*journal::event(*reader, id_).value(), journal::deliveries_of(*reader, id_).value(),
                        0, journal::conversation_of(*reader, id_).value(),
                        journal::calls_of(*reader, identities, id_).value()},
        *this);
    go_on();
  }

  // What the engine does between exchanges.
  void go_on() {
    work->advance();
    commit();
    while (work->needs_reload()) {
      auto reader = fixture_.journal->reader();
      work->reload(journal::deliveries_of(*reader, id_).value());
      work->advance();
      commit();
    }
  }

  void answer(const std::vector<portal::Outcome>& outcomes) {
    const auto wishes = work->wishes();
    REQUIRE(wishes.size() == outcomes.size());
    std::vector<std::int64_t> leaving;
    for (const auto& wish : wishes) {
      if (wish.write) leaving.push_back(wish.delivery_id);
    }
    REQUIRE(
        fixture_.journal->write_now([&](journal::Tx& tx) { return journal::mark_sent(tx, leaving, now()); }));
    work->take(outcomes);
    commit();
    go_on();
  }

  // The wishes leave; what became of them is never told.
  void leave() {
    std::vector<std::int64_t> leaving;
    for (const auto& wish : work->wishes()) leaving.push_back(wish.delivery_id);
    REQUIRE(
        fixture_.journal->write_now([&](journal::Tx& tx) { return journal::mark_sent(tx, leaving, now()); }));
  }

  std::vector<std::string> methods() const {
    std::vector<std::string> out;
    for (const auto& wish : work->wishes()) out.push_back(wish.command.method);
    return out;
  }

  journal::EventRow event() {
    auto reader = fixture_.journal->reader();
    return *journal::event(*reader, id_).value();
  }
  std::vector<journal::DeliveryRow> deliveries() {
    auto reader = fixture_.journal->reader();
    return journal::deliveries_of(*reader, id_).value();
  }
  std::vector<journal::AttemptRow> attempts(const std::string& name) {
    auto reader = fixture_.journal->reader();
    return journal::attempts_of(*reader, delivery(name).id).value();
  }
  journal::DeliveryRow delivery(const std::string& name) {
    for (auto& row : deliveries()) {
      if (row.name == name && row.state != DeliveryState::discarded) return row;
    }
    FAIL("no delivery " << name);
    return {};
  }

  delivery::EnquiryPlan plan(const config::Source& source, const event::Event& event, const event::Event& own,
                             const json::Value& scope, const delivery::ClientFacts& client,
                             const std::string& number) override {
    delivery::Surroundings surroundings;
    surroundings.presence = [](const people::Employee&, TimePoint) { return people::Presence{}; };
    surroundings.load = [](const people::Employee&) { return std::optional<int>(); };
    surroundings.head_of = [](std::int64_t) { return std::int64_t{0}; };
    surroundings.now = now();
    surroundings.v3_tasks_by = v3_tasks_by;
    return delivery::plan_enquiry(*configuration_, source, event, own, scope, client, surroundings, number);
  }
  delivery::EnquiryPlan plan_given(const config::Source& source, const event::Event& event,
                                   const json::Value& scope, const delivery::ClientFacts& client,
                                   const std::string& number, const delivery::HandOver& lead) override {
    auto made =
        delivery::plan_hand_over(*configuration_, source, event, scope, client, plain(), number, lead);
    made.attach_to = lead.lead_id;
    return made;
  }
  delivery::EnquiryPlan plan_update(const config::Source& source, const event::Event& event,
                                    const event::Event& own, const json::Value& scope,
                                    const json::Value& whole, const json::Value& before,
                                    const delivery::Card& card, const delivery::ClientFacts& client,
                                    const std::string& number) override {
    return delivery::plan_update(*configuration_, source, event, own, scope, whole, before, card, client,
                                 plain(), number);
  }
  delivery::EnquiryPlan plan_call_alone(const config::Source& source, const event::Event& event,
                                        const event::Event& own, const json::Value& scope,
                                        const delivery::ClientFacts& client,
                                        const std::string& number) override {
    return delivery::plan_call_alone(*configuration_, source, event, own, scope, client, plain(), number);
  }
  void whose_call(const config::Source&, const delivery::Whose& whose, const event::Call&) override {
    unknown_people.push_back(whose.unknown);
  }
  [[nodiscard]] std::shared_ptr<const portal::PortalSchema> portal() const override { return portal_; }
  [[nodiscard]] TimePoint now() const override { return fixture_.clock.now(); }
  double random() override { return 0.5; }

  ManualClock& clock() { return fixture_.clock; }
  journal::Journal& journal() { return *fixture_.journal; }
  [[nodiscard]] const std::shared_ptr<const config::Configuration>& configuration() const {
    return configuration_;
  }
  void know_portal(portal::PortalSchema schema) {
    portal_ = std::make_shared<const portal::PortalSchema>(std::move(schema));
  }
  std::unique_ptr<Work> work;
  std::int64_t v3_tasks_by = 0;
  std::vector<std::string> unknown_people;  // whom calls named, as the work told it

 private:
  [[nodiscard]] delivery::Surroundings plain() const {
    delivery::Surroundings surroundings;
    surroundings.head_of = [](std::int64_t) { return std::int64_t{0}; };
    surroundings.now = now();
    return surroundings;
  }

  void commit() {
    for (auto& job : work->changes()) REQUIRE(fixture_.journal->write_now(job));
  }

  Fixture fixture_;
  std::shared_ptr<const config::Configuration> configuration_;
  std::shared_ptr<const portal::PortalSchema> portal_;
  std::int64_t id_ = 0;
};

inline portal::Outcome success(const std::string& result) {
  portal::Outcome out;
  out.cls = Class::success;
  out.result = json::parse(result).value();
  return out;
}

inline portal::Outcome failure(Class cls, std::string code = "",
                               portal::Scope scope = portal::Scope::object) {
  portal::Outcome out;
  out.cls = cls;
  out.scope = scope;
  out.code = std::move(code);
  return out;
}

inline const std::string created = R"({"item":{"id":77}})";

}  // namespace b24gate::delivery::testing
