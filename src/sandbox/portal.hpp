// The stand-in portal itself: REST calls in, answers out, without any network.
//
// Thread-safe: one lock around every call. Time comes from the clock; nothing blocks: an answer that must be
// late carries its delay.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"
#include "sandbox/batch.hpp"
#include "sandbox/limits.hpp"
#include "sandbox/methods.hpp"

namespace b24gate::sandbox {

struct PortalOptions {
  std::string secret = "sandbox-secret";
  double rate = 2;               // requests per second that the bucket forgets
  int burst = 50;                // above which requests are refused
  double operating_limit = 480;  // seconds of execution for a method in ten minutes; 0: no limit
  std::vector<std::string> scopes{"crm",   "task",       "tasks",   "im",       "user",
                                  "lists", "department", "timeman", "calendar", "telephony"};
  bool telephony_by_docs = false;  // see Portal::set_telephony
  std::string client_id = "local.sandbox";
  std::string client_secret = "sandbox-secret";  // of the local application
};

struct Reply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  Milliseconds delay{0};
  bool dropped = false;  // the connection is closed without a byte
  // What is POSTed before the answer leaves; the body, an object, then gets "posted": the statuses, 0 for
  // what could not be delivered.
  std::vector<Posting> posts = {};
};

struct RestCall {
  std::string peer;  // the rate is counted for each address
  std::string user;  // of /rest/<user>/<secret>/<method>
  std::string secret;
  std::string method;  // any case; .json at the end is allowed
  json::Value params;
  std::string origin = {};  // http://host:port, as the client names the portal
  // Of the application, from `auth`; absent: the webhook calls.
  std::optional<std::string> access_token = {};
};

// The second request of telephony.externalCall.attachRecord.
struct UploadCall {
  std::string peer;
  std::string token;
  std::string_view body;
  std::string content_type;
};

class Portal {
 public:
  Portal(PortalOptions options, const Clock& clock);

  Reply rest(const RestCall& call);
  // The other address, /rest/api/<user>/<secret>/<method>: tasks.task.add and .get. Source: REST 3.0 in
  // bitrix24/transport.md and tasks-and-notify.md 6.2.
  Reply rest_v3(const RestCall& call, const std::string& idempotency_key);

  // /rest/upload.json: takes the file that attachRecord has asked for.
  Reply upload(const UploadCall& call);

  // /oauth/token/
  Reply oauth(const json::Value& params, const std::string& origin);
  // Installs the application: ONAPPINSTALL goes to `url`. Without one the answer carries the tokens ("form").
  Reply install(const std::string& url, const std::string& origin);
  // A user clicks on a number: {"USER_ID", "PHONE_NUMBER", "LINE_NUMBER"}. 409 when the application has bound
  // no handler.
  Reply click(const json::Value& params, const std::string& origin);

  // The control API and the page look at and change everything through these, under the lock.
  void with_store(const std::function<void(Store&, Faults&)>& use);
  tl::expected<std::int64_t, std::string> add_fault(const json::Value& fault);
  // {"rate", "burst", "operating_limit"}; what is absent stays.
  void set_limits(const json::Value& limits);
  // By the documentation a webhook may not register and finish calls nor keep lines (403 WRONG_AUTH_TYPE);
  // real portals differ (telephony.md 5.1).
  void set_telephony(bool by_docs);
  // Back to the state after the start: objects, faults, counters, limits in use.
  void reset();
  // Everything as one JSON object, newest objects first. `limit` bounds each kind. `readable` adds what the
  // page needs.
  [[nodiscard]] json::Value state(std::size_t limit, bool readable) const;
  // Grows with every call that may have changed something.
  [[nodiscard]] std::uint64_t revision() const;

 private:
  struct Counter {
    std::uint64_t calls = 0;
    std::uint64_t errors = 0;
  };

  Reply refused_request(const RestCall& call, const std::vector<std::string>& commands, bool& refused);
  CommandResult run(const std::string& method, const json::Value& params, const Caller& caller,
                    Milliseconds extra, bool whole_request);
  Outcome dispatch(const std::string& method, const json::Value& params, const Caller& caller);
  Reply answer(const CommandResult& done);
  [[nodiscard]] std::optional<Failure> wrong_authorization(const RestCall& call) const;
  [[nodiscard]] std::string scope_list() const;
  Reply run_v3(const std::string& method, const json::Value& params, const std::string& key, bool for_nobody);
  [[nodiscard]] json::Value time_block(double seconds, double operating, std::int64_t reset_at) const;
  LeakyBucket& bucket_of(const std::string& peer);
  [[nodiscard]] json::Value limits_state() const;

  const PortalOptions options_;
  const Secret secret_;
  const Secret client_secret_;
  const Clock& clock_;
  std::map<std::string_view, Method> methods_;

  struct Kept {
    json::Value params;
    Reply reply;
  };

  // Everything below is guarded by mutex_.
  mutable std::mutex mutex_;
  std::map<std::string, Kept> kept_;  // answers of REST 3.0 by method and Idempotency-Key
  Store store_;
  Faults faults_;
  double rate_;
  int burst_;
  double operating_limit_;
  bool telephony_by_docs_;
  std::map<std::string, LeakyBucket> buckets_;
  OperatingTime operating_;
  std::map<std::string, Counter, std::less<>> counters_;
  std::uint64_t revision_ = 1;
};

// {"error", "error_description"} with its status.
Reply error_reply(const Failure& failure);

}  // namespace b24gate::sandbox
