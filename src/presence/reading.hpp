// One reading of who is at work: the questions to the portal, and what its answers mean.
//
// Pure: gives out commands, takes in outcomes. Per employee one timeman.status (and now and then one
// timeman.settings), per 50 employees one calendar.accessibility.get and one user.get; 50 commands are one
// request. Sources: presence.md 7.1, 7.3, 7.4.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "people/presence.hpp"
#include "portal/command.hpp"

namespace b24gate::presence {

struct Questions {
  std::vector<std::int64_t> users;     // whether they are dismissed
  std::vector<std::int64_t> settings;  // whether their working day is kept at all
  std::vector<std::int64_t> days;      // the working day
  std::vector<std::int64_t> absences;  // the calendar
};

// What one source came to.
struct Source {
  bool answered = false;  // at least once
  // Nothing was answered, and waiting will not mend it: the portal's code, or "access denied" (timeman.status
  // refuses other people's days without one).
  std::string refused = {};
};

// What a person has to do in the portal when a source ("timeman", "absence") is refused with that code.
std::string refusal_advice(std::string_view source, std::string_view code);

class Reading {
 public:
  // `zone`: the portal's. Absences are asked for around `now`.
  Reading(const Questions& questions, TimeZone zone, TimePoint now);

  // The commands of the next request, at most 50. Empty: nothing more to ask.
  [[nodiscard]] std::vector<portal::Command> next() const;
  // REQUIRES: one outcome per command of next(). `asked_at`: just before they were sent.
  void take(const std::vector<portal::Outcome>& outcomes, TimePoint asked_at);

  struct Heard {
    std::map<std::int64_t, people::UserSignal> users;
    std::map<std::int64_t, bool> tracked;
    std::map<std::int64_t, people::DaySignal> days;
    std::map<std::int64_t, people::AbsenceSignal> absences;
    Source timeman;
    Source absence;
    bool answered = false;  // the portal said something, were it a refusal
  };
  // What was heard so far. Who is not in it was not heard.
  [[nodiscard]] const Heard& heard() const { return heard_; }

 private:
  void take_one(const portal::Command& command, const portal::Outcome& outcome);
  void take_users(const json::Value& rows);
  void take_day(std::int64_t user, const json::Value& day);
  void take_absences(const json::Value& asked, const json::Value& events);

  const TimeZone zone_;
  TimePoint asked_at_{};
  std::vector<portal::Command> commands_;
  std::size_t at_ = 0;
  Heard heard_;
};

}  // namespace b24gate::presence
