// The methods that the stand-in portal knows. One table for each area; Portal joins them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "sandbox/answer.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/store.hpp"

namespace b24gate::sandbox {

// Who asks.
struct Caller {
  std::int64_t application = 0;  // 0: the inbound webhook
  std::string origin;            // http://host:port under which the portal was reached
};

struct Call {
  Store& store;
  Faults& faults;
  TimePoint now;
  std::string_view method;    // lower case
  const json::Value& params;  // an object or an array
  const Caller& caller;

  [[nodiscard]] const json::Value& param(std::string_view name) const { return params[name]; }
};

enum class Access {
  anyone,
  // Closed to webhooks on portals that keep to the documentation, open on others (telephony.md 5.1).
  application_by_docs,
  application,
};

struct Method {
  std::string_view name;   // lower case: the old API does not tell the case apart
  std::string_view scope;  // empty: any webhook may call it
  double seconds;          // execution time that the call claims, for `time` and `operating`
  Outcome (*run)(Call& call);
  Access access = Access::anyone;
};

std::span<const Method> system_methods();    // profile, scope, method.get … (method.get itself is Portal's)
std::span<const Method> item_methods();      // crm.item.*
std::span<const Method> lead_methods();      // crm.lead.*, but for its list
std::span<const Method> old_list_methods();  // crm.lead.list, crm.contact.list, crm.company.list
std::span<const Method> dictionary_methods();  // crm.status.list, crm.category.list, crm.lead.userfield.list
std::span<const Method> search_methods();      // crm.duplicate.findbycomm
std::span<const Method> timeline_methods();    // comments, stage history
std::span<const Method> activity_methods();    // crm.activity.*
std::span<const Method> task_methods();        // tasks.task.*
std::span<const Method> people_methods();      // user.get, department.get, timeman.status, calendar
std::span<const Method> message_methods();     // im.*
std::span<const Method> list_methods();        // lists.*
std::span<const Method> call_methods();        // telephony.externalCall.*, but for records
std::span<const Method> record_methods();      // attachRecord, attachTranscription
std::span<const Method> line_methods();        // telephony.externalLine.*
std::span<const Method> event_methods();       // event.*
std::span<const Method> statistic_methods();   // voximplant.statistic.get

// The second request of an attachRecord that named a file only. `params`, made by Portal::upload: token,
// name, bytes, sha256; no name when the body carried no file. The token serves until it has succeeded once.
Outcome receive_upload(Call& call);

// True for employees who have not been dismissed, by the seed or by a fault.
bool works_here(const Call& call, std::int64_t user);

}  // namespace b24gate::sandbox
