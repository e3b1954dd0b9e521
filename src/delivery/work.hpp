// One event's way through the portal, step by step: recognise, plan, send, look for what is unclear.
//
// A Work belongs to one thread at a time and does no input or output: it says which commands it wishes, is
// told their outcomes, and leaves changes for the journal. The engine carries both, many works in one batch.
//
// The state machine of deliveries, drawn in docs/delivery.md, is enforced here and nowhere else.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "delivery/plan.hpp"
#include "delivery/recognise.hpp"
#include "delivery/telephony.hpp"
#include "event/event.hpp"
#include "journal/journal.hpp"
#include "journal/records.hpp"
#include "portal/command.hpp"
#include "portal/schema.hpp"

namespace b24gate::delivery {

// What a work asks of the engine besides commands.
class Planner {
 public:
  virtual ~Planner() = default;
  // Decides and plans; turns are taken under the engine's lock.
  virtual EnquiryPlan plan(const config::Source& source, const event::Event& event, const event::Event& own,
                           const json::Value& scope, const ClientFacts& client,
                           const std::string& number) = 0;
  // The same for a lead that somebody made by hand.
  virtual EnquiryPlan plan_given(const config::Source& source, const event::Event& event,
                                 const json::Value& scope, const ClientFacts& client,
                                 const std::string& number, const HandOver& lead) = 0;
  virtual EnquiryPlan plan_update(const config::Source& source, const event::Event& event,
                                  const event::Event& own, const json::Value& scope, const json::Value& whole,
                                  const json::Value& before, const Card& card, const ClientFacts& client,
                                  const std::string& number) = 0;
  virtual EnquiryPlan plan_call_alone(const config::Source& source, const event::Event& event,
                                      const event::Event& own, const json::Value& scope,
                                      const ClientFacts& client, const std::string& number) = 0;
  // The service named somebody whom employees.yaml does not know, or does know again.
  virtual void whose_call(const config::Source& source, const Whose& whose, const event::Call& call) = 0;
  // The portal's fields and people; null when they are not known.
  [[nodiscard]] virtual std::shared_ptr<const portal::PortalSchema> portal() const = 0;
  [[nodiscard]] virtual TimePoint now() const = 0;
  // In [0, 1).
  virtual double random() = 0;
};

// An event in hand, with what the journal knows beside it.
struct Claim {
  journal::EventRow event;
  std::vector<journal::DeliveryRow> deliveries;
  std::int64_t known_lead = 0;  // that an earlier event of the same client made or was attached to
  journal::Conversation conversation;
  journal::ClientCalls calls;  // of the client; read for calls only
};

struct Wish {
  portal::Command command;
  bool write = false;
  std::int64_t delivery_id = 0;  // of a write: marked as sent before it leaves
  bool urgent = false;           // of a live call: before everything else
  bool alone = false;            // in a request of its own, never in a batch
  bool of_call = false;          // by the local application, where there is one
};

// What nobody has to wait for: `register`, `finish`, `show`, `hide`, `bind` of a call, and what others than
// the engine carry out: `record`, `order`, `robot`.
bool is_of_call(const journal::DeliveryRow& delivery);
// Of those the latter: Recordings, the Dialer and Robots have them.
bool is_in_other_hands(const journal::DeliveryRow& delivery);

class Work {
 public:
  Work(std::shared_ptr<const config::Configuration> configuration, Claim claim, Planner& planner);

  // Goes on as far as it can without the portal; call after construction and after each take() and reload().
  void advance();
  // The commands of the next step. Empty: finished for now, or the plan must be stored first
  // (needs_reload()).
  [[nodiscard]] std::vector<Wish> wishes() const;
  // REQUIRES: one outcome per wish, in order.
  void take(const std::vector<portal::Outcome>& outcomes);
  // The engine could not send: the lane is closed or the method is held back. Nothing ran.
  void postpone(const std::string& reason, TimePoint until);

  // Changes for the journal since the last call, to be committed in order.
  [[nodiscard]] std::vector<journal::Journal::Job> changes();
  // The plan was stored: its deliveries must be read again.
  [[nodiscard]] bool needs_reload() const { return needs_reload_; }
  void reload(std::vector<journal::DeliveryRow> deliveries);

  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] const journal::EventRow& event() const { return row_; }
  // It waits for its call to go on, which is no trouble of anybody's.
  [[nodiscard]] bool waits_for_call() const { return waits_for_call_; }
  // The last outcome that concerned the portal or a method as a whole, if the step met one.
  [[nodiscard]] const std::optional<portal::Outcome>& trouble() const { return trouble_; }

 private:
  // What the event is to become while nothing is planned yet.
  enum class Aim {
    enquiry,  // a lead, or a line on the client's open one
    update,   // a change of card_
    attach,   // a line on whatever the client has
    give,     // a person for card_, which somebody made by hand
    live,     // a call that is going on: its card at somebody's screen
    call,     // a call that belongs to no card
  };
  enum class Step { recognise, look, send, none };
  struct Target {
    std::size_t delivery;  // index; of a look-up: what is looked for
  };

  void write_down_lost_attempts();
  void understand(const journal::Conversation& conversation);
  void aim(const journal::Conversation& conversation, std::int64_t known_lead);
  void aim_without_card(std::int64_t known_lead);
  void wait_for_conversation();
  void plan_live();
  void plan_ordered();
  // How far the call of this event has come.
  void follow_call(const std::vector<event::Event>& events);
  // When the call may be finished in the portal; the past: now.
  [[nodiscard]] TimePoint call_settles() const;
  // Whether a delivery of the call may go now; when not, `call_next_` says when to look again.
  [[nodiscard]] bool call_ready(journal::DeliveryRow& delivery);
  // Of `order`: when to look again at what became of it. Settles what the PBX has never answered.
  [[nodiscard]] TimePoint order_looked_at(journal::DeliveryRow& order);
  // The order that came to nothing; null: there is none.
  [[nodiscard]] const journal::DeliveryRow* failed_order() const;
  [[nodiscard]] std::optional<Card> card_of_call() const;
  void compose_late(journal::DeliveryRow& delivery);
  void wait_for_call();
  [[nodiscard]] std::string call_id() const;
  [[nodiscard]] const journal::DeliveryRow* own(std::string_view name) const;
  // The transitions that only deliveries of calls have; false: the usual ones hold.
  bool take_call_answer(journal::DeliveryRow& delivery, const portal::Outcome& outcome);
  void give_up(journal::DeliveryRow& delivery, const portal::Outcome& outcome, std::string reason);
  bool change_person(journal::DeliveryRow& delivery, const portal::Outcome& outcome);
  void bind_call(const json::Value& result);
  // Another event's registration of the same call came first: this one is given up.
  bool yield_call(const journal::DeliveryRow& registered);
  bool register_again(journal::DeliveryRow& finish);
  // Nothing of the event is open but what its call needs: nobody has to wait for it.
  [[nodiscard]] bool is_call_alone() const;
  [[nodiscard]] journal::Parking parking() const;
  void plan();
  [[nodiscard]] std::optional<EnquiryPlan> make_plan();
  void store_plan(EnquiryPlan made, const std::string& client);
  void choose_step();
  void take_recognition(const std::vector<portal::Outcome>& outcomes);
  void take_look_up(journal::DeliveryRow& delivery, const portal::Outcome& outcome);
  void take_sent(journal::DeliveryRow& delivery, const portal::Outcome& outcome);
  void begin_again();
  // A refusal of one value: the delivery is changed so that it can go without it. False: it cannot.
  bool leave_out(journal::DeliveryRow& delivery, const portal::Outcome& outcome);
  void confirm(journal::DeliveryRow& delivery, const portal::Outcome& outcome);
  void attempt(const journal::DeliveryRow& delivery, const portal::Outcome& outcome);
  void wait_after(const portal::Outcome& outcome, std::string_view what);
  void settle_later(const journal::DeliveryRow& delivery);
  void set_state(journal::EventState state, std::string reason, std::optional<TimePoint> next_at,
                 int attempts);
  void fail_event(std::string reason);
  void set_lead(std::int64_t lead_id);
  void remember_client();
  [[nodiscard]] portal::Command command_of(const journal::DeliveryRow& delivery) const;
  [[nodiscard]] std::optional<portal::Command> look_up_of(const journal::DeliveryRow& delivery) const;
  [[nodiscard]] bool ready(journal::DeliveryRow& delivery);

  std::shared_ptr<const config::Configuration> configuration_;
  const config::Source* source_ = nullptr;
  journal::EventRow row_;
  std::vector<journal::DeliveryRow> deliveries_;
  Planner& planner_;
  event::Event event_;
  json::Value scope_;
  event::Event whole_;  // the conversation as far as it has come, with this event
  json::Value before_;  // the same without it, as a scope; null when there was nothing
  std::int64_t known_lead_ = 0;
  Aim aim_ = Aim::enquiry;
  Card card_;                     // of Aim::update
  std::optional<Card> own_card_;  // of the conversation; taken when the one that is named is not there
  std::unique_ptr<Recognition> recognition_;
  Step step_ = Step::none;
  std::vector<std::size_t> targets_;  // deliveries that the wishes of this step are about
  std::vector<journal::Journal::Job> changes_;
  std::optional<portal::Outcome> trouble_;
  std::optional<TimePoint> not_before_;  // of the step: an unclear delivery settles until then
  journal::Conversation conversation_;
  journal::ClientCalls calls_;
  std::vector<std::string> open_legs_;  // ids of calls that were told live and have no final record
  std::optional<TimePoint> talking_at_, ended_at_;  // as the live states tell
  std::optional<TimePoint> call_next_;              // when the call must be looked at again
  bool lead_gone_ = false;                          // the open lead that should have taken the enquiry
  bool final_names_person_ = false;                 // of the call
  bool waits_for_call_ = false;
  bool to_plan_ = false;  // without asking the portal who the client is
  bool needs_reload_ = false;
  bool finished_ = false;
};

}  // namespace b24gate::delivery
