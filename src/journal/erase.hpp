// One person's data leaves the journal (152-FZ), while what counts and what keeps duplicates away stays.
//
// What belongs to a person: every event with their phone or e-mail, and every event of the same conversation
// (a recording has no phone of its own). Of such an event a skeleton stays: source, kind, times, state, the
// employee, the card in the portal, its key. docs/journal.md has the whole list.
//
// Threads: any. Works beside the daemon: a worker that has the event in hand sends nothing more, and what it
// still writes down holds nothing of the person.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "journal/journal.hpp"
#include "journal/records.hpp"

namespace b24gate::journal {

struct Erased {
  std::int64_t events = 0;
  std::int64_t discarded = 0;  // of them: were unfinished or failed
  std::int64_t deliveries = 0;
  std::int64_t attempts = 0;
  std::int64_t clients = 0;          // rows of the index of clients
  std::int64_t unclear = 0;          // operations whose answer is not known: they may be in the portal
  std::set<std::int64_t> requests;   // whose raw bytes went
  std::set<std::string> cards;       // lead:12, deal:5: where the person is in the portal
  std::set<std::string> identities;  // phone:+7…, email:…: by which else these events were known
};

// What erase_person() would remove now.
Result<Erased> count_person(Reader& reader, const Identity& identity);
// Removes it, in steps so small that no webhook waits behind one; what comes in meanwhile is included. An
// interrupted call is gone on with by the next one. REQUIRES: not on the writer's thread.
Result<Erased> erase_person(Journal& journal, const Identity& identity, TimePoint now);

// Requests with raw bytes in which no event was recognised: nobody can say whose they are.
Result<std::int64_t> unread_requests(Reader& reader);

// Whether the event is a skeleton.
Result<bool> is_erased(Session& session, std::int64_t event_id);

}  // namespace b24gate::journal
