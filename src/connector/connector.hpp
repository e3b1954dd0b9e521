// A connector: what one outside service sends, read into events.
//
// One folder in connectors/ per service. A connector is stateless and immutable after construction, so that
// any number of threads may call it. It sees bytes and gives back values: no network, no disk, no clock but
// the one time it is told. Whatever the bytes are, it must return within time linear in their number.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

// What a request turned out to be.
struct Reading {
  Outcome outcome = Outcome::accepted;
  std::string reason;  // why it was ignored, refused or could not be read: a sentence without personal data
  std::vector<event::Event> events;  // drafts: phones, names and texts as they came; see normalize/
  std::vector<json::Value> raw;      // beside each event, what the paths of a mapping's `event:` walk over
  json::Value answer;                // what the vendor expects back; null for the default of intake
  int status = 0;  // the vendor's own status for this answer; 0 for the default of the outcome
};

class Connector {
 public:
  virtual ~Connector() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;

  // The vendor's own proof: a signature, a token in the body. Compared in constant time. The generic places
  // (URL, X-Api-Key, Authorization: Bearer) are intake's business.
  [[nodiscard]] virtual Proof verify(const Request& request, const Source& source) const;

  [[nodiscard]] virtual Reading read(const Request& request, const Source& source) const = 0;

  // The YAML of the default mapping: a good lead without any editing. Lives for the program's life.
  [[nodiscard]] virtual std::string_view default_mapping() const = 0;

  // Takes secrets that the vendor puts into body, query or headers out of a request that is about to be
  // stored.
  virtual void redact(Request& request, const Source& source) const;

  // Whether verify() can prove a request of a source with these options, so that the source needs no secret.
  [[nodiscard]] virtual bool can_prove(const json::Value& /*options*/) const { return false; }

  // Keys that `options:` of a source may have; `check` reports others with the nearest of these.
  [[nodiscard]] virtual std::vector<std::string> option_names() const { return {}; }
};

// Every connector of this build, in alphabetical order. Immutable.
const std::vector<const Connector*>& all();
// Null when there is none of that name.
const Connector* find(std::string_view name);

}  // namespace b24gate::connector
