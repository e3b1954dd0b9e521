// `calls:` of config.yaml: how telephone calls get into the portal. Plain values.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "distribution/deadline.hpp"
#include "event/event.hpp"
#include "yaml/shape.hpp"
#include "yaml/types.hpp"

namespace b24gate::config {

// One call that two services tell of.
struct JoinCalls {
  enum class Lines { any, same };
  Milliseconds within{60'000};  // of each other's beginning; 0: calls are never joined
  Lines lines = Lines::any;     // a tracker's number is another one than the PBX's: any
};

// Whom a missed call is given to: the first of these who is somebody and at work.
enum class CallBackTo {
  manager,      // whoever is responsible for the client
  last_talked,  // the employee of the client's newest call that was answered
  rules,        // whom the rules choose
  line,         // `employee` of the line
};

struct CallBacks {
  bool task = true;
  yaml::Placed<std::string> deadline{"30 working minutes", {}};
  distribution::Deadline parsed;  // of `deadline`
  std::vector<CallBackTo> to{CallBackTo::manager, CallBackTo::last_talked, CallBackTo::rules,
                             CallBackTo::line};
};

struct CallLine {
  std::string title;
  std::optional<yaml::Placed<std::string>> employee;
  std::optional<std::vector<CallBackTo>> call_back;
};

struct CallRecords {
  enum class By { automatic, link, upload };
  bool attach = true;
  By by = By::automatic;  // link: the portal fetches it itself; automatic: a link where the address needs
                          // no key of ours, else an upload
  yaml::Bytes max_size{64 * 1024 * 1024};
  Milliseconds patience{std::chrono::hours{24}};  // how long the vendor is asked again
};

// Calls that employees order in the portal, by a click on a number.
struct Outgoing {
  yaml::Placed<std::string> by;                      // the source whose PBX makes them
  yaml::NamedList<yaml::Placed<std::string>> lines;  // our number -> another source
};

struct Calls {
  bool telephony = true;      // false: calls are lines on cards, the portal's telephony hears nothing
  bool live = true;           // calls are registered while they ring, with a card at the employee's screen
  bool internal = false;      // calls between colleagues are written too
  Milliseconds quiet{2'000};  // after the last word on a call until it is finished in the portal
  JoinCalls join;
  std::vector<std::string> ignore;                    // numbers, "+7800*" for all that begin so
  std::optional<yaml::Placed<std::string>> employee;  // of lines that name nobody; else the account manager
  yaml::NamedList<CallLine> lines;
  CallBacks call_back;
  CallRecords records;
  std::optional<Outgoing> outgoing;

  // Null when nothing is said about that number.
  [[nodiscard]] const CallLine* line(std::string_view number) const;
  // The employee who stands for a line, as configured; empty: the account manager.
  [[nodiscard]] std::string employee_of(std::string_view number) const;
  // The source whose PBX makes a call that was ordered from that line; empty: calls.outgoing says none.
  [[nodiscard]] std::string ordered_by(std::string_view number) const;
  [[nodiscard]] bool is_ignored(std::string_view number) const;
  // The portal's telephony is told of such a call, when it is over at the latest.
  [[nodiscard]] bool is_told(const event::Event& event) const;
  // A state of a live call that a card at somebody's screen can show.
  [[nodiscard]] bool is_live_state(const event::Event& event) const;
};

// The client's number as the portal's telephony takes it, of a call between colleagues the inner one; empty:
// it is hidden or no number, and the call cannot be told.
std::string call_number(const event::Event& event);

}  // namespace b24gate::config

namespace b24gate::yaml {

template <>
struct Words<config::JoinCalls::Lines> {
  static constexpr std::array<std::pair<std::string_view, config::JoinCalls::Lines>, 2> all{
      {{"any", config::JoinCalls::Lines::any}, {"same", config::JoinCalls::Lines::same}}};
};

template <>
struct Words<config::CallBackTo> {
  static constexpr std::array<std::pair<std::string_view, config::CallBackTo>, 4> all{
      {{"manager", config::CallBackTo::manager},
       {"last_talked", config::CallBackTo::last_talked},
       {"rules", config::CallBackTo::rules},
       {"line", config::CallBackTo::line}}};
};

template <>
struct Words<config::CallRecords::By> {
  static constexpr std::array<std::pair<std::string_view, config::CallRecords::By>, 3> all{
      {{"automatic", config::CallRecords::By::automatic},
       {"link", config::CallRecords::By::link},
       {"upload", config::CallRecords::By::upload}}};
};

template <>
struct Shape<config::JoinCalls> : ObjectShape<config::JoinCalls> {
  template <class F>
  static void keys(F& f) {
    f.optional("within", &config::JoinCalls::within,
               "How far apart two services may say that one call began. Default 60s; 0s: never joined.");
    f.optional(
        "lines", &config::JoinCalls::lines,
        "any: whatever line each names (a tracker has numbers of its own); same: the line must be one. "
        "Default any.");
  }
};

template <>
struct Shape<config::CallBacks> : ObjectShape<config::CallBacks> {
  template <class F>
  static void keys(F& f) {
    f.optional("task", &config::CallBacks::task, "A missed call becomes a task to call back. Default yes.");
    f.optional("deadline", &config::CallBacks::deadline,
               "Of that task: 30 working minutes, 1h. Default 30 working minutes.");
    f.optional("to", &config::CallBacks::to,
               "Whose task it is: the first of these who is at work. Default [manager, last_talked, rules, "
               "line].");
  }
  static void check(const Node& node, Context& context, config::CallBacks& out);
};

template <>
struct Shape<config::CallLine> : ObjectShape<config::CallLine> {
  template <class F>
  static void keys(F& f) {
    f.optional("title", &config::CallLine::title, "Name of the line for people.");
    f.optional("employee", &config::CallLine::employee,
               "Whose calls are those that no employee of ours answered or missed.");
    f.optional("call_back", &config::CallLine::call_back, "`call_back.to` for this line.");
  }
};

template <>
struct Shape<config::CallRecords> : ObjectShape<config::CallRecords> {
  template <class F>
  static void keys(F& f) {
    f.optional("attach", &config::CallRecords::attach, "Records are attached to their calls. Default yes.");
    f.optional("by", &config::CallRecords::by,
               "link: the portal fetches the record from the service itself; upload: b24gate fetches it and "
               "sends it on; automatic: a link where the address needs no key. Default automatic.");
    f.optional("max_size", &config::CallRecords::max_size, "Longer records are not fetched. Default 64MiB.");
    f.optional("patience", &config::CallRecords::patience,
               "How long a record that is not ready is asked for again. Default 24h.");
  }
};

template <>
struct Shape<config::Outgoing> : ObjectShape<config::Outgoing> {
  template <class F>
  static void keys(F& f) {
    f.required("by", &config::Outgoing::by, "The source whose PBX makes the calls.");
    f.optional("lines", &config::Outgoing::lines,
               "Lines of the portal whose calls another source makes: \"+74957907591\": pbx-megafon.");
  }
};

template <>
struct Shape<config::Calls> : ObjectShape<config::Calls> {
  template <class F>
  static void keys(F& f) {
    f.optional(
        "telephony", &config::Calls::telephony,
        "no: calls are lines on cards, and the portal's telephony hears nothing of them. Default yes.");
    f.optional("live", &config::Calls::live,
               "The card of a call is shown while it rings, where the service tells of it. Default yes.");
    f.optional("internal", &config::Calls::internal, "Calls between colleagues are written too. Default no.");
    f.optional("quiet", &config::Calls::quiet,
               "How long after the last word on a call it is finished in the portal. Default 2s.");
    f.optional("join", &config::Calls::join, "When two services tell of one call.");
    f.optional("ignore", &config::Calls::ignore,
               "Numbers whose calls are kept in the journal only: [\"+78005553535\", \"+7800*\"].");
    f.optional("employee", &config::Calls::employee,
               "Whose calls are those of lines that name nobody. Default: the account manager.");
    f.optional("lines", &config::Calls::lines, "Our numbers, as +74957907591.");
    f.optional("call_back", &config::Calls::call_back, "What becomes of missed calls.");
    f.optional("records", &config::Calls::records, "Records of calls.");
    f.optional("outgoing", &config::Calls::outgoing, "Calls that are ordered by a click in the portal.");
  }
  static void check(const Node& node, Context& context, config::Calls& out);
};

}  // namespace b24gate::yaml
