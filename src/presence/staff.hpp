// The people who get leads, as they are now: at work or not, how loaded, what they were given. Everything
// that decisions ask about them is kept here; the portal's words come from Watch, an administrator's from
// set_away().
//
// Thread-safe. In memory, backed by the journal: what was set by hand and what was given out is committed
// with what caused it; the portal's words are stored now and then, so that a restart does not begin blind,
// and are believed only while they are young.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "journal/journal.hpp"
#include "people/availability.hpp"
#include "people/presence.hpp"
#include "presence/given.hpp"
#include "presence/loads.hpp"
#include "presence/reading.hpp"

namespace b24gate::presence {

// What the portal said of everybody.
struct Known {
  std::map<std::int64_t, people::Signals> by_user;  // `away` is empty here
  people::Silence silence;
};

class Staff final : public people::Availability {
 public:
  // Both must outlive it.
  Staff(journal::Journal& journal, const Clock& clock);

  // Takes in what the journal kept. REQUIRES: before anything else.
  Done prepare(const people::Roster& roster);

  people::PresenceOf presence(const people::Roster& roster, const TimeZone& portal_zone) override;
  people::LoadOf load() override;
  people::GivenOf given() override;
  void gave(std::int64_t event, const people::Employee& employee, TimePoint at) override;
  void landed(std::int64_t event, std::int64_t lead) override;

  [[nodiscard]] std::shared_ptr<const Known> known() const;
  // Everybody who is away by hand, as the journal has it: what another process set is seen at once. When the
  // journal cannot be read, what was read last.
  [[nodiscard]] std::map<std::string, people::Away> away();
  // Their effect is there when `done` is called without an error; on the journal's thread.
  void set_away(std::string employee, people::Away away, std::function<void(Done)> done);
  void set_back(std::string employee, std::function<void(Done)> done);

  // By Watch. A source that was refused stays so until it answers.
  void hear(const Reading::Heard& heard);
  // Everything the portal has said, as a change of the journal.
  [[nodiscard]] journal::Journal::Job remember() const;
  // What a pass read of one kind; what is to be stored. `begun`: by our clock, when the pass began.
  std::vector<journal::OpenCard> take(const LoadReading::Kind& kind, TimePoint begun);
  // Drops what was planned longer than a minute ago and has been discarded since.
  void settle();

 private:
  journal::Journal& journal_;
  const Clock& clock_;

  mutable std::mutex mutex_;
  // State below is protected by mutex_.
  std::shared_ptr<const Known> known_ = std::make_shared<const Known>();
  std::shared_ptr<const std::map<std::string, people::Away>> away_ =
      std::make_shared<const std::map<std::string, people::Away>>();
  static constexpr std::int64_t unread = -1;
  std::int64_t away_version_ = unread;  // of Journal::changes_by_others
  std::uint64_t away_changes_ = 0;      // of ours
  Given given_;
  Loads loads_;

  // These lock by themselves.
  std::shared_ptr<const std::map<std::string, people::Away>> fresh_away();
  void note_change(const Done& written);
};

// Where the readers of the portal go on: names of journal marks.
inline constexpr std::string_view signals_mark = "presence";
std::string load_mark(std::string_view kind);

// The portal's words as text and back; what cannot be read is left out.
std::string to_text(const Known& known);
Known known_from(std::string_view text);

}  // namespace b24gate::presence
