// What the stand-in portal keeps of telephone calls, and what several methods do with them.
// Source: bitrix24/telephony.md.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "json/value.hpp"
#include "sandbox/answer.hpp"

namespace b24gate::sandbox {

struct Call;
struct Store;

// A lead, contact or company by type and number; type 0: nobody.
struct Client {
  std::int64_t type = 0;
  std::int64_t id = 0;

  [[nodiscard]] bool known() const { return type != 0; }
  bool operator==(const Client&) const = default;
};

// The bytes themselves are not kept.
struct Record {
  std::int64_t file = 0;
  std::string name;
  std::size_t bytes = 0;  // 0 when the portal was given an address: the sandbox downloads nothing
  std::string sha256;     // lower-case hex; empty with an address
  std::string url;
};

enum CallType { outgoing = 1, incoming = 2, redirected = 3, callback = 4, informational = 5 };

struct PhoneCall {
  std::string id;                // externalCall.<32 hex>.<unix seconds>
  std::string external_id;       // EXTERNAL_CALL_ID
  std::int64_t application = 0;  // 0: a webhook, or the portal itself
  std::int64_t user = 0;
  std::string phone;  // digits
  std::string line;
  std::string call_list;
  std::int64_t type = incoming;
  TimePoint start;  // CALL_START_DATE, or when it was registered
  Client client;
  bool client_created = false;
  std::set<std::int64_t> screens;  // users who see the card; empty once the call is finished
};

// A row of the statistics.
struct FinishedCall {
  std::int64_t id = 0;
  PhoneCall call;
  std::int64_t duration = 0;  // seconds
  std::string code;           // STATUS_CODE
  std::string reason;
  std::optional<std::int64_t> vote;
  double cost = 0;
  std::string currency;
  std::int64_t activity = 0;  // 0: none
  std::optional<Record> record;
  std::string record_url;  // RECORD_URL of finish, which is obsolete
  std::int64_t transcript = 0;

  [[nodiscard]] bool answered() const { return duration > 0; }
};

struct Line {
  std::string number;
  std::string name;
  bool auto_create = true;  // CRM_AUTO_CREATE
  std::int64_t id = 0;
};

// Where attachRecord has told a client to send the file.
struct Upload {
  std::string call;
};

constexpr std::size_t max_line = 50;

// Digits of a number that the portal takes: at most 15 with or without a plus and the usual separators. Empty
// for what is no number.
std::string phone_digits(std::string_view phone);
// Everybody with this number, in the order in which the portal chooses: open leads, contacts, companies,
// newest first.
std::vector<Client> clients_of(const Call& call, std::string_view digits);
// The title of a lead or company, the name of a contact; empty when it is not there any more.
std::string client_name(const Store& store, const Client& client);
// Gives the call its number and keeps it.
PhoneCall& open_call(Call& call, PhoneCall fresh);
// A call that the portal begins itself because `user` has clicked on a number: outgoing, on the user's
// screen, the application's. Refuses as register does.
tl::expected<PhoneCall, Failure> click_to_call(Call& call);
// The data of ONEXTERNALCALLSTART.
json::Value call_start_data(const Store& store, const PhoneCall& open, const std::string& dialled);
void ensure_line(Store& store, const std::string& number);
FinishedCall* finished_call(Store& store, std::string_view call_id);

// Replaces the record of a finished call. Result: FILE_ID.
std::int64_t keep_record(Store& store, FinishedCall& finished, Record record);
std::string sha256_hex(std::string_view bytes);

// For the control API.
json::Array open_calls_state(const Store& store, std::size_t limit);
json::Array finished_calls_state(const Store& store, std::size_t limit);
json::Array lines_state(const Store& store);

}  // namespace b24gate::sandbox
