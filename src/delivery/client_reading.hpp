// One run of reading the portal's leads, contacts and companies into the local index of clients.
//
// Pure: gives out commands, takes in outcomes, leaves a change for the journal. Each kind of card goes
// through the portal in passes. A pass reads what was changed since the one before began, less `overlap`; the
// first one reads everything. It goes by id (ID > last, in their order, 50 a page), so that a card that is
// changed meanwhile can make no other one slip through between two pages; it is itself read again in the next
// pass, because that one begins where this one *began*, by the portal's own clock (server.time, asked before
// the first page). A pass may take many runs: its mark is stored with its rows, in one transaction.
//
//   crm.lead.list, crm.contact.list, crm.company.list
//     The old methods: with PHONE named in `select` they give every phone of a card and nothing that was not
//     asked for; crm.item.list gives more than the first phone only with select *, all fields of every card
//     (crm.md 4.2 "fm in list", 4.3 "Old methods", quirks 36). Times of the filter carry an offset
//     (reporting-sync "Cursor times"), paging is its "Keyset", the overlap its "Incremental sources".
//   crm.item.list of the companies that cards belong to: their titles.
//
// A filter that was lost would read everything again and again (quirks 45): rows that were not asked for end
// the run as a failure. What was deleted in the portal is not seen: a list does not tell of it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "journal/journal.hpp"
#include "journal/records.hpp"
#include "portal/command.hpp"

namespace b24gate::delivery {

inline constexpr std::array<std::string_view, 3> client_kinds = {"lead", "contact", "company"};
// Of the journal: how far reading that kind has come.
std::string client_mark(std::string_view kind);

class ClientReading {
 public:
  // `marks`: of client_kinds, in their order, as the journal has them. `region` is of phones without a
  // country code: when it is another than before, everything is read anew. `zone`: the portal's.
  ClientReading(std::string region, TimeZone zone, const std::array<std::string, 3>& marks);

  // The commands of the next step, one request. Empty: nothing more to ask in this run.
  [[nodiscard]] std::vector<portal::Command> next() const;
  // REQUIRES: one outcome per command of next(). `asked_at`: our clock before they were sent.
  void take(const std::vector<portal::Outcome>& outcomes, TimePoint asked_at);

  // What the last step brought, to be committed before the next; empty when it brought nothing.
  [[nodiscard]] journal::Journal::Job change();

  // Every kind has come to the end of its pass, or cannot go on in this run.
  [[nodiscard]] bool done() const;

  struct Failure {
    std::string_view kind;
    std::string method;
    std::string code;     // the portal's, or "unexpected_answer"
    bool person = false;  // waiting will not mend it
  };
  // Kinds that had to stop in this run.
  [[nodiscard]] const std::vector<Failure>& failures() const { return failures_; }
  // Kinds of which everything has been read for the first time in this run.
  [[nodiscard]] const std::vector<std::string_view>& read_whole() const { return read_whole_; }

 private:
  struct Kind {
    std::string_view name;
    std::optional<TimePoint> since;  // of the pass; empty: everything
    std::optional<TimePoint> begun;  // by the portal's clock; empty: it has not begun
    std::int64_t last = 0;           // id
    bool stopped = false;            // for this run: at its end, or failed
  };
  struct Sight {
    journal::ClientRow row;
    std::int64_t company = 0;
    std::vector<std::string> phones;
  };

  void take_pages(const std::vector<portal::Outcome>& outcomes);
  void take_page(Kind& kind, const json::Array& rows);
  void take_titles(const std::vector<portal::Outcome>& outcomes);
  // Empty: it is what was asked for.
  [[nodiscard]] bool plausible(const Kind& kind, const json::Array& rows) const;
  void add_sight(const Kind& kind, const json::Value& row);
  void fail(Kind& kind, std::string method, const portal::Outcome* outcome);
  void begin(const portal::Outcome& server_time);
  [[nodiscard]] bool must_begin() const;
  [[nodiscard]] std::vector<std::int64_t> untitled() const;
  [[nodiscard]] portal::Command page(const Kind& kind) const;
  [[nodiscard]] std::string mark_of(const Kind& kind) const;

  const std::string region_;
  const TimeZone zone_;
  std::vector<Kind> kinds_;
  std::vector<Kind> before_;  // as they were before the present step
  std::vector<Sight> sights_;
  std::map<std::int64_t, std::string> titles_;
  bool stepped_ = false;  // sights_ and kinds_ are to be stored
  TimePoint asked_at_{};
  std::vector<Failure> failures_;
  std::vector<std::string_view> read_whole_;
};

}  // namespace b24gate::delivery
