// The decisions of one round: every worker has one, all of them decide under the engine's lock.
#pragma once

#include <memory>
#include <string>

#include "delivery/engine.hpp"

namespace b24gate::delivery {

class Engine::RoundPlanner final : public Planner {
 public:
  RoundPlanner(Engine& engine, std::shared_ptr<const config::Configuration> configuration)
      : engine_(engine), configuration_(std::move(configuration)) {}

  EnquiryPlan plan(const config::Source& source, const event::Event& event, const event::Event& own,
                   const json::Value& scope, const ClientFacts& client, const std::string& number) override;
  // See Engine::hand_over.
  EnquiryPlan hand_over(const config::Source& source, const event::Event& event, const json::Value& scope,
                        const ClientFacts& client, const std::string& number, const HandOver& what,
                        const std::function<std::int64_t(EnquiryPlan&)>& commit);
  EnquiryPlan plan_given(const config::Source& source, const event::Event& event, const json::Value& scope,
                         const ClientFacts& client, const std::string& number, const HandOver& lead) override;
  EnquiryPlan plan_update(const config::Source& source, const event::Event& event, const event::Event& own,
                          const json::Value& scope, const json::Value& whole, const json::Value& before,
                          const Card& card, const ClientFacts& client, const std::string& number) override;
  EnquiryPlan plan_call_alone(const config::Source& source, const event::Event& event,
                              const event::Event& own, const json::Value& scope, const ClientFacts& client,
                              const std::string& number) override;
  void whose_call(const config::Source& source, const Whose& whose, const event::Call& call) override;

  [[nodiscard]] std::shared_ptr<const portal::PortalSchema> portal() const override {
    return engine_.portal();
  }
  [[nodiscard]] TimePoint now() const override { return engine_.clock_.now(); }
  double random() override { return engine_.random_(); }

  // Many events wait: what can share a request does.
  bool backlog = false;

 private:
  // REQUIRES: the engine's lock.
  [[nodiscard]] Surroundings surroundings() const;
  // What was decided is stored with it and counts for the next decision, before the portal knows of it.
  [[nodiscard]] journal::Assignment assignment_of(const EnquiryPlan& made, bool new_lead, TimePoint at) const;

  Engine& engine_;
  std::shared_ptr<const config::Configuration> configuration_;
};

}  // namespace b24gate::delivery
