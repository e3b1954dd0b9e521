// A connector: what one outside service sends, read into events.
//
// One folder in connectors/ per service. A connector is stateless and immutable after construction, so that
// any number of threads may call it. It sees bytes and gives back values: no network, no disk, no clock but
// the one time it is told. Whatever the bytes are, it must return within time linear in their number.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "event/event.hpp"
#include "json/value.hpp"

namespace b24gate::connector {

using Header = std::pair<std::string, std::string>;

// One HTTP request as a connector sees it.
struct Request {
  std::string method;           // GET or POST
  std::string path;             // what follows /hook/{source}/{secret}, decoded; "" or begins with /
  std::string query;            // as it came, without the ?
  std::vector<Header> headers;  // in order, names as they came
  std::string body;
  std::string client_ip;
  TimePoint received_at;

  // The value of the first header of that name (any case); empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;

  // The body as text::parse_body() reads it by its Content-Type, once for verify() and read(). The reference
  // is good until it is asked for again with another body or type. Not for two threads at once.
  [[nodiscard]] const Result<json::Value>& parsed_body() const;

  struct Parsed;
  mutable std::shared_ptr<const Parsed> parsed = {};  // what parsed_body() keeps, and nobody else's
};

// The configured source that the request is for.
struct Source {
  std::string name;
  std::vector<Secret> secrets;  // those valid now; more than one while a secret is rotated; may be empty
  json::Value options;          // `options:` of the source, secrets resolved; an object or null
  TimeZone time_zone = TimeZone::utc();
  std::string phone_region = "RU";
};

enum class Outcome { accepted, probe, ignored, refused, unreadable };
std::string_view name(Outcome outcome);

// Where the vendor puts its proof, when it is neither in the URL nor in X-Api-Key or Authorization.
enum class Proof {
  absent,  // this request carries no proof of the vendor's own kind
  good,
  bad,
};

// A question that the service asks while it waits: who is this client, to whom shall the call go?
struct Question {
  std::string phone;  // as it came; normalized before it is looked up
};

// What is known of a client without asking the portal.
struct Client {
  std::string name;
  std::string company;
  std::string card;       // lead:12, contact:5; empty when none is known
  std::string card_url;   // the page of the card in the portal
  std::string employee;   // who is responsible, as people call them; empty when nobody in employees.yaml is
  std::string extension;  // their inner number
  std::string login;      // their login at the PBX, where employees.yaml says one
};

// What a request turned out to be.
struct Reading {
  Outcome outcome = Outcome::accepted;
  std::string reason;  // why it was ignored, refused or could not be read: a sentence without personal data
  std::vector<event::Event> events;  // drafts: phones, names and texts as they came; see normalize/
  std::vector<json::Value> raw;      // beside each event, what the paths of a mapping's `event:` walk over
  std::optional<Question> question;  // answer() is told what is known of this client
  json::Value reply;                 // whatever answer() needs to know of the request; stored nowhere
  json::Value answer;                // what the vendor expects back; null for the default of intake
  int status = 0;  // the vendor's own status for this answer; 0 for the default of the outcome
};

// An answer as the vendor wants it. `text` is sent as it is under `content_type` when it is not empty or
// `body` is null; else `body` as JSON.
struct Answer {
  int status = 200;
  json::Value body;
  std::string text;
  std::string content_type;  // empty: application/json for `body`, text/plain for `text`
  std::vector<Header> headers;
  std::vector<Secret> secrets = {};  // what of it is a secret: told to the sender, stored masked
};

// How a request was taken.
struct Stored {
  std::int64_t request_id = 0;
  bool duplicate = false;               // everything in it was there already
  std::vector<std::int64_t> event_ids;  // of the reading's events, in order; a repeated one has its first id
  std::optional<Client> client;         // to the reading's question; nullopt when nobody is known
};

enum class Refusal {
  unauthorized,  // 401
  forbidden,     // 403: not from this address
  method,        // 405
  unreadable,    // 400; also stored
  too_many,      // 429: the sender should come again
  not_stored,    // 503: the sender should come again
};

// Why a proof is bad.
struct Failure {
  std::string_view code = "wrong";  // for the answer
  std::string_view reason = {};     // for the log and for `try`; empty: the secret or signature is wrong
};

// A request that b24gate makes to the vendor: to fetch a recording, to ask what happened.
struct HttpCall {
  std::string method = "GET";
  std::string url;  // may hold secrets: never logged
  std::vector<Header> headers;
  std::string body;
};

// The vendor's answer. status 0: no answer came.
struct HttpAnswer {
  int status = 0;
  std::vector<Header> headers;
  std::string body;
};

// A telephone call that somebody wants to make: the employee's telephone rings first, then the client's.
struct CallOrder {
  std::string id;         // of the order: letters, digits and hyphens, at most 40 characters
  std::string extension;  // of the employee; one of both is never empty
  std::string login;      // of the employee at the PBX
  std::string phone;      // E.164
  std::string line;       // our number that the client shall see, digits; empty: the PBX chooses
};

// A client whom a voice robot shall call: a batch of one number at the robot's service. Making it is never
// repeated, launching it does no harm twice.
struct RobotOrder {
  std::string id;                                            // the batch's name: letters, digits and hyphens
  std::string agent;                                         // which robot
  std::string phone;                                         // E.164
  std::vector<std::pair<std::string, std::string>> columns;  // what the robot is told, and gives back
  std::string callback_url;  // our hook of the source, where results go unless its options say another one
  TimePoint at;
};

// Reads from the vendor what no webhook brought: a conversation of calls and answers, without network of its
// own. One object is one run; it belongs to one thread.
class Pull {
 public:
  virtual ~Pull() = default;
  // The next call; nullopt when the run is over. `wait()` says how long to wait before it.
  virtual std::optional<HttpCall> next() = 0;
  [[nodiscard]] virtual Milliseconds wait() const { return Milliseconds{0}; }
  // REQUIRES: the answer to the last next(). Fails when the run cannot go on; the next run begins afresh.
  virtual Done take(const HttpAnswer& answer) = 0;
  // Requests as if the vendor had sent them, since the last call: they go the way of every webhook, where
  // read() gives them the keys that the webhooks have.
  virtual std::vector<Request> found() = 0;
  // Where the next run goes on from: stored once everything found is on disk. Null: nothing to remember.
  [[nodiscard]] virtual json::Value mark() const { return {}; }
};

class Connector {
 public:
  virtual ~Connector() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;

  // The vendor's own proof: a signature, a token in the body. Compared in constant time. The generic places
  // (URL, X-Api-Key, Authorization: Bearer) are intake's business.
  [[nodiscard]] virtual Proof verify(const Request& request, const Source& source) const;

  [[nodiscard]] virtual Reading read(const Request& request, const Source& source) const = 0;

  // The vendor's own answer, made when the request is on disk; nullopt for the default of intake. Called
  // inside the journal's write: quick, and nothing but values.
  [[nodiscard]] virtual std::optional<Answer> answer(const Reading& reading, const Source& source,
                                                     const Stored& stored) const;
  // The vendor's own way to be refused; nullopt for the default of intake. `why` is a code: "missing",
  // "wrong", or that of verify_failure(); on own_path() always own_path_refusal().
  [[nodiscard]] virtual std::optional<Answer> refusal(Refusal refusal, std::string_view why) const;
  // Why verify() said bad.
  [[nodiscard]] virtual Failure verify_failure(const Request& /*request*/, const Source& /*source*/) const {
    return {};
  }

  // A path on the root of the public listener that this service insists on (/crm/…); its source is the one
  // whose verify() says good. Empty: none.
  [[nodiscard]] virtual std::string_view own_path() const { return {}; }
  // The `why` that refusal() is told on that path, whatever was wrong: it has answers of its own.
  [[nodiscard]] virtual std::string_view own_path_refusal() const { return "own_path"; }

  // How the recording of a call is fetched; nullopt when there is none (yet). Redirects are followed by the
  // fetcher.
  [[nodiscard]] virtual std::optional<HttpCall> recording(const event::Call& call, const Source& source,
                                                          TimePoint now) const;
  // The vendor's own hosts ("app.mango-office.ru", "*.megapbx.ru") that recordings may be fetched from,
  // unless `recording_hosts` of the source says others.
  [[nodiscard]] virtual std::vector<std::string> recording_hosts() const { return {}; }
  // The request that makes the PBX call; nullopt when it cannot, with these options or at all.
  [[nodiscard]] virtual std::optional<HttpCall> order_call(const CallOrder& order,
                                                           const Source& source) const;
  // What the PBX answered to it: the id by which it will tell of that call, empty when that is the order's
  // own, or not told. Fails with Ran::no when the PBX refused (`where` is its code), with Ran::unknown when
  // the answer does not tell whether a telephone rings.
  [[nodiscard]] virtual Result<std::string> ordered(const HttpAnswer& answer) const;
  // The request that makes a batch for a voice robot; nullopt when it cannot, with these options or at all.
  [[nodiscard]] virtual std::optional<HttpCall> make_robot_batch(const RobotOrder& order,
                                                                 const Source& source) const;
  // The id of the batch that was made. Fails with Ran::no when the service refused (`where` is its code;
  // Move::ours: only for now), with Ran::unknown when the answer does not tell whether there is a batch.
  [[nodiscard]] virtual Result<std::string> robot_batch(const HttpAnswer& answer) const;
  // The request that launches a batch; nullopt as above.
  [[nodiscard]] virtual std::optional<HttpCall> launch_robot_batch(const std::string& batch,
                                                                   const Source& source) const;
  // Fails with Move::ours when it should be asked again, else it was refused for good (`where` is the code).
  [[nodiscard]] virtual Done robot_batch_launched(const HttpAnswer& answer) const;
  // A run of reading what no webhook brought, from `mark` of the last complete run (null: the first) up to
  // `now`; null when the source's options do not allow it.
  [[nodiscard]] virtual std::unique_ptr<Pull> pull(const Source& source, const json::Value& mark,
                                                   TimePoint now) const;

  // The YAML of the default mapping: a good lead without any editing. Lives for the program's life.
  [[nodiscard]] virtual std::string_view default_mapping() const = 0;

  // Takes secrets that the vendor puts into body, query or headers out of a request that is about to be
  // stored.
  virtual void redact(Request& request, const Source& source) const;

  // Whether verify() can prove a request of a source with these options, so that the source needs no secret.
  [[nodiscard]] virtual bool can_prove(const json::Value& /*options*/) const { return false; }

  // Keys that `options:` of a source may have, beside those of every source (common_option_names); `check`
  // reports others with the nearest of these.
  [[nodiscard]] virtual std::vector<std::string> option_names() const { return {}; }
};

// Options that every source may have: recording_hosts, recording_private, pull_private.
const std::vector<std::string>& common_option_names();

// Every connector of this build, in alphabetical order. Immutable.
const std::vector<const Connector*>& all();
// Null when there is none of that name.
const Connector* find(std::string_view name);

}  // namespace b24gate::connector
