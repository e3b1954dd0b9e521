// Who is it: finds the client of an event in the portal by phone and e-mail, and what is open for them.
//
// Pure: gives out commands, takes in outcomes. At most three rounds:
//   1  crm.duplicate.findbycomm, one command per kind of address, without entity_type
//   1b only when a kind came back full (20 hits of one type suppress the types after it): once more per
//      entity_type
//   2  crm.item.list of the leads, contacts and companies found, and of the contacts' deals, with the rows
//      checked against what was asked for; leads are read whole, since only so their phones come along
// The journal's own newest lead of the client is looked at as well: the CRM's search lags behind what was
// just made. Sources: crm.duplicate.findbycomm and its trap: bitrix24/crm.md 4.5, quirks 30, 45.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "event/event.hpp"
#include "journal/records.hpp"
#include "portal/card.hpp"
#include "portal/command.hpp"

namespace b24gate::delivery {

struct OpenLead {
  std::int64_t id = 0;
  std::int64_t assigned_by = 0;
  json::Value fields;  // as read, all of them
};

using portal::Card;

// What the portal knows of the client.
struct ClientFacts {
  bool known = false;
  std::optional<OpenLead> open_lead;  // the newest one whose stage is still in process
  std::optional<Card> open_deal;      // the same of the deals of the client's contacts
  std::optional<OpenLead> card;       // of of_card(): the card as it is, whatever its stage
  std::int64_t contact_id = 0;        // the newest; 0: none
  std::int64_t company_id = 0;
  std::int64_t manager_user_id = 0;  // of the open deal, else of the open lead, the contact, the company
  journal::ClientCalls calls;        // by our own journal
  std::string summary;               // "open lead 123 of 2 leads, contact 5", for show
};

class Recognition {
 public:
  // `journal_lead`: 0, or the lead that an earlier event of the same client made or was attached to.
  // `not_lead`: a lead that is not looked at, since it is the enquiry itself; 0: none.
  Recognition(const event::Contact& contact, std::int64_t journal_lead, std::int64_t not_lead = 0);

  // Reads one card instead: facts().card is empty when it is not there.
  static Recognition of_card(const Card& card);

  // The commands of the next round; empty when the answer is known.
  [[nodiscard]] std::vector<portal::Command> next() const;
  // REQUIRES: one outcome per command of next(), each a success. False: an answer has not the shape that was
  // asked for.
  [[nodiscard]] bool take(const std::vector<portal::Outcome>& outcomes);
  [[nodiscard]] bool done() const { return stage_ == Stage::done; }
  [[nodiscard]] const ClientFacts& facts() const { return facts_; }

 private:
  Recognition() = default;
  enum class Stage { find, find_by_type, read, done };
  struct Asked {
    std::string type;  // PHONE or EMAIL
    std::vector<std::string> values;
  };
  void add_hits(const json::Value& result);
  void plan_reading();
  [[nodiscard]] bool take_rows(const json::Value& result, int entity_type);
  [[nodiscard]] const std::vector<std::int64_t>& asked_ids(int entity_type) const;
  void take_deals(const json::Array& rows);
  void conclude();

  std::vector<Asked> asked_;
  std::vector<Asked> full_;  // kinds of address whose answer may hide hits
  Stage stage_ = Stage::find;
  std::int64_t not_lead_ = 0;
  int card_type_ = 0;  // of of_card(); 0: the client is looked for
  std::vector<std::int64_t> leads_, contacts_, companies_, deals_;
  std::vector<int> reading_;  // entity types of the commands of Stage::read
  std::size_t leads_found_ = 0;
  std::int64_t contact_manager_ = 0;
  std::int64_t company_manager_ = 0;
  ClientFacts facts_;
};

// crm.item.list of our key: what tells after an unclear answer whether the lead was made.
portal::Command find_by_key(int entity_type, const std::string& key);
// Ids of the rows that really carry the key, lowest first: a lost filter returns everything. Nullopt: no
// rows' shape.
std::optional<std::vector<std::int64_t>> ids_with_key(const json::Value& result, const std::string& key);

}  // namespace b24gate::delivery
