// Any service without a connector of its own: JSON, forms, queries. See README.md beside for what is
// recognised.
#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "connector/body.hpp"
#include "connector/connector.hpp"
#include "connector/free_body.hpp"
#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connector/secret_names.hpp"
#include "connectors/default_mapping.hpp"
#include "connectors/webhook/leaves.hpp"
#include "text/form.hpp"

namespace b24gate::connector {
namespace {

// Names under which services send the id of an enquiry, the most telling first.
constexpr std::array<std::string_view, 14> id_names = {
    "event_id",   "eventid",       "request_id", "requestid", "lead_id", "leadid", "tranid",
    "message_id", "submission_id", "order_id",   "uuid",      "guid",    "_id",    "id"};
constexpr std::array<std::string_view, 6> time_names = {"occurred_at", "created_at", "createdat",
                                                        "event_time",  "timestamp",  "date_create"};

std::string scalar_text(const json::Value& value) {
  return value.is_string() || value.is_number() ? std::string(utf8::trimmed(value.text())) : std::string();
}

// "data.id": the value at the dotted path of the option `key:`.
std::string at_path(const json::Value& root, std::string_view path) {
  const json::Value* at = &root;
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t dot = std::min(path.find('.', from), path.size());
    at = &(*at)[path.substr(from, dot - from)];
    from = dot + 1;
  }
  return scalar_text(*at);
}

// The best id among the members of `object` and of the wrappers right below.
std::string find_id(const json::Value& object) {
  const auto* members = object.object_if();
  if (!members) return {};
  std::size_t best = id_names.size();
  std::string id;
  const auto look = [&](const json::Object& among) {
    for (const auto& [key, value] : among) {
      const std::string name = ascii::lower(key);
      const auto rank =
          static_cast<std::size_t>(std::find(id_names.begin(), id_names.end(), name) - id_names.begin());
      if (rank >= best) continue;
      if (std::string text = scalar_text(value); !text.empty() && text != "0") {
        best = rank;
        id = std::move(text);
      }
    }
  };
  look(*members);
  if (!id.empty()) return id;
  for (const auto& [key, member] : *members) {
    const std::string name = ascii::lower(key);
    const bool holds_enquiry =
        name == "data" || name == "payload" || name == "event" || name == "request" || name == "lead";
    if (const auto* below = holds_enquiry ? member.object_if() : nullptr) look(*below);
  }
  return id;
}

bool is_probe(const json::Object& members) {
  if (members.size() != 1) return false;
  const std::string name = ascii::lower(members.begin()->first);
  return name == "test" || name == "ping" || name == "challenge";
}

bool is_time_name(std::string_view name) {
  return std::find(time_names.begin(), time_names.end(), name) != time_names.end();
}

class Webhook final : public Connector {
 public:
  [[nodiscard]] std::string_view name() const override { return "webhook"; }

  [[nodiscard]] Reading read(const Request& request, const Source& source) const override {
    Reading out;
    auto body = request.parsed_body();
    if (!body) return unreadable(std::move(out), body.error());
    if (body->says_nothing()) {
      body = text::parse_form(request.query);
      if (!body) return unreadable(std::move(out), body.error());
    }
    json::Value decoded = without_entities(*body);
    drop_secrets(decoded, names_secret);
    const json::Array one{decoded};
    for (const auto& enquiry : decoded.is_array() ? *decoded.array_if() : one) {
      const auto* members = enquiry.object_if();
      if (!members || members->empty()) continue;
      if (is_probe(*members)) {
        out.outcome = Outcome::probe;
        out.reason = "a test of the webhook";
        continue;
      }
      out.events.push_back(read_event(enquiry, request, source));
      out.raw.push_back(enquiry);
    }
    if (!out.events.empty()) {
      out.outcome = Outcome::accepted;
      out.reason.clear();
    } else if (out.outcome != Outcome::probe) {
      out.outcome = Outcome::ignored;
      out.reason = "the request has no fields";
    }
    return out;
  }

  [[nodiscard]] std::string_view default_mapping() const override { return default_mapping_of("webhook"); }

  void redact(Request& request, const Source& source) const override {
    redact_free(request, names_secret, source.secrets);
  }

  [[nodiscard]] std::vector<std::string> option_names() const override { return {"key", "kind"}; }

 private:
  static Reading unreadable(Reading out, const Error& error) {
    out.outcome = Outcome::unreadable;
    out.reason = error.text();
    return out;
  }

  static event::Event read_event(const json::Value& enquiry, const Request& request, const Source& source) {
    event::Event event;
    event.kind = event::parse_kind(source.options["kind"].text()).value_or(event::Kind::form);
    event.creates_lead = true;
    std::unordered_set<std::string> labels;
    for (const auto& leaf : webhook::leaves_of(enquiry)) read_leaf(event, leaf, source, labels);
    if (event.page.url.empty()) event.page.url = request.header("Referer");
    if (event.subject.empty()) event.subject = event.form.name;
    // An id of an unknown sender is its own at best: two sources may both count from 1.
    const std::string id = id_of(enquiry, source);
    if (id.empty()) {
      set_content_key(event, "webhook", source.name, enquiry, source.time_zone, request.received_at);
    } else {
      event.key = event_key("webhook:" + source.name, id);
    }
    return event;
  }

  static void read_leaf(event::Event& event, const webhook::Leaf& leaf, const Source& source,
                        std::unordered_set<std::string>& labels) {
    const std::string value(utf8::trimmed(leaf.value->text()));
    // A list of labelled answers has its names in values.
    if (value.empty() || value == redacted || names_secret(plain_key(leaf.label))) return;
    for (const auto& secret : source.secrets) {
      if (secret.matches(value)) return;
    }
    if (!event.occurred_at && is_time_name(ascii::lower(leaf.label))) {
      event.occurred_at = parse_iso(value, source.time_zone);
      if (!event.occurred_at) event::set_member(event, "occurred_at", *leaf.value);  // a Unix time
      if (event.occurred_at) return;
    }
    if (take(event, leaf.role, value)) return;
    const bool is_message = leaf.role == Role::comment;
    add_line(event.text, is_message ? std::string() : shown(leaf.label), value);
    if (is_message) return;
    json::Value answer = leaf.value->is_string() ? json::Value(value) : *leaf.value;
    if (labels.insert(leaf.label).second) {
      event.fields.append(leaf.label, std::move(answer));
    } else {
      event.fields.set(leaf.label, std::move(answer));  // a repeated label: the text has both
    }
  }

  static std::string id_of(const json::Value& enquiry, const Source& source) {
    const std::string path = source.options["key"].text();
    return path.empty() ? find_id(enquiry) : at_path(enquiry, path);
  }
};

}  // namespace

const Connector& webhook_connector();
const Connector& webhook_connector() {
  static const Webhook connector;
  return connector;
}

}  // namespace b24gate::connector
