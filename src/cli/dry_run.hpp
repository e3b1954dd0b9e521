// One request through the whole of b24gate without storing or sending: what `try` and `test` stand on. The
// same code as the daemon's: intake::understand and delivery::plan_enquiry.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "config/configuration.hpp"
#include "connector/connector.hpp"
#include "delivery/plan.hpp"
#include "intake/stored.hpp"

namespace b24gate::cli {

// What a dry run supposes about the world.
struct Suppositions {
  TimePoint at{};
  std::string present;              // "", all, none, or names separated by commas
  std::map<std::string, int> load;  // open leads by employee
  std::string known;                // "", open-lead, client, nobody
  // What was really so when it was decided, instead of the three above.
  std::optional<delivery::Recalled> recalled;
  // Other events of its conversation that were known when it was planned, whenever they come here.
  std::vector<event::Event> also_known;
  bool proved = false;  // the request was let in when it came: its secrets are no longer in it
  // The request's path is that of its own request line, not only what the service appends to its address.
  bool whole = false;
};

struct DryRun {
  intake::Understood understood;
  int status = 200;
  std::string outcome;
  std::string reason;
  std::optional<connector::Answer> answer;   // the service's own; nothing: as `understood` says
  std::vector<delivery::EnquiryPlan> plans;  // of the events that make or change something, in their order
  std::vector<std::string> planned;          // the keys of those events
  std::vector<event::Event> conversations;   // what each event's conversation has come to, in their order
};

class DryRunner {
 public:
  DryRunner(const config::Configuration& configuration, const normalize::GeoDatabase* geo)
      : configuration_(configuration), geo_(geo) {}

  // Requests one after the other: what came before makes a repetition a duplicate, takes turns, and has given
  // its conversation a lead.
  // `checked` says that the secret was right; the vendor's own proof is checked all the same.
  DryRun run(const config::Source& source, connector::Request request, const Suppositions& suppositions);

 private:
  const config::Configuration& configuration_;
  const normalize::GeoDatabase* geo_;
  distribution::Turns turns_;
  // What an earlier request has begun: by source and conversation.
  struct Conversation {
    // Each once.
    void add(const event::Event& event) {
      const auto known = [&](const event::Event& one) { return one.key == event.key; };
      if (std::none_of(events.begin(), events.end(), known)) events.push_back(event);
    }
    std::vector<event::Event> events;
    bool has_lead = false;
    bool registered = false;  // its call in the portal's telephony
    std::vector<journal::DeliveryRow> telephony;
  };

  void answer(const config::Source& source, const connector::Source& settings,
              const Suppositions& suppositions, connector::Stored& stored, DryRun& out) const;
  void plan(const config::Source& source, intake::UnderstoodEvent& one, const Suppositions& suppositions,
            DryRun& out);
  void plan_live(const config::Source& source, const intake::UnderstoodEvent& one, const event::Event& whole,
                 Conversation& conversation, const std::string& number, DryRun& out);
  [[nodiscard]] delivery::Surroundings surroundings(const Suppositions& suppositions) const;

  std::map<std::string, std::int64_t> ids_;  // of events by source and key
  std::map<std::string, std::shared_ptr<Conversation>> conversations_;
  std::int64_t requests_ = 0;
};

// PRODUCT's document of `try --json`.
json::Value document_of(const config::Configuration& configuration, const config::Source& source,
                        const DryRun& run);

// Whether a file of that name holds a whole request, with its request line.
bool is_whole_request(std::string_view name);
// A request out of a file: a body, or with `.http` a whole request. `name` decides by its ending.
struct RequestFile {
  std::string method = "POST";
  std::string path;
  std::string query;
  std::vector<connector::Header> headers;
};
Result<connector::Request> read_request(const std::string& name, const std::string& bytes,
                                        const RequestFile& defaults);
// Bytes of a file, standard input for "-". Fails with the reason.
Result<std::string> read_bytes(const std::string& name);

// Presence and load as supposed; mistakes in names go to `problem`.
people::PresenceOf supposed_presence(const people::Roster& roster, const std::string& present);
// Names in `present` that are no employees.
std::vector<std::string> unknown_names(const people::Roster& roster, const std::string& present);

}  // namespace b24gate::cli
