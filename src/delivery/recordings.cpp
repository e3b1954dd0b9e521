#include "delivery/recordings.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <vector>

#include "delivery/ask.hpp"
#include "delivery/telephony.hpp"
#include "event/event.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"
#include "outbound/allowed_hosts.hpp"

namespace b24gate::delivery {
namespace {

using journal::DeliveryState;
using portal::Class;

constexpr std::chrono::seconds pause{5};
constexpr std::size_t most_records = 20;               // of one turn
constexpr std::size_t most_inline = 10 * 1024 * 1024;  // as text in the request; longer ones are uploaded
constexpr std::array<Milliseconds, 6> waits{std::chrono::minutes{1},  std::chrono::minutes{1},
                                            std::chrono::minutes{2},  std::chrono::minutes{5},
                                            std::chrono::minutes{15}, std::chrono::hours{1}};

std::string base64(const std::string& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return out;
}

// By what it is, not by what it is called: wav, mp3, or nothing that the portal takes.
std::string kind_of(const std::string& bytes) {
  if (bytes.rfind("RIFF", 0) == 0) return "wav";
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  if (bytes.rfind("ID3", 0) == 0) return "mp3";
  if (bytes.size() > 2 && byte(0) == 0xFF && (byte(1) & 0xE0) == 0xE0) return "mp3";
  return {};
}

// The portal can fetch it by itself: nothing but the address is needed.
bool is_plain(const connector::HttpCall& call) {
  return call.method == "GET" && call.headers.empty() && call.body.empty();
}

std::string multipart(const std::string& field, const std::string& file, const std::string& bytes,
                      const std::string& boundary) {
  return fmt::format(
             "--{}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: "
             "application/octet-stream\r\n\r\n",
             boundary, field, file) +
         bytes + fmt::format("\r\n--{}--\r\n", boundary);
}

}  // namespace

struct Recordings::Record {
  journal::DeliveryRow delivery;
  journal::EventRow event;
  std::string call_id;  // empty: the call is not finished in the portal yet
  bool lost = false;    // there is no call in the portal, and there will be none
};

Recordings::Recordings(const config::Current& current, portal::Client& client, portal::Limiter& limiter,
                       Engine& engine, journal::Journal& journal, const Clock& clock, Fetch fetch)
    : current_(current),
      client_(client),
      limiter_(limiter),
      engine_(engine),
      journal_(journal),
      clock_(clock),
      fetch_(std::move(fetch)),
      thread_([this] { return turn(); }) {}

Milliseconds Recordings::turn() {
  if (!engine_.lane().open) return pause;
  const auto records = open();
  if (!records) {
    log::write(log::journal_unreadable, {log::error(records.error())});
    return pause;
  }
  std::map<std::int64_t, Wait> known;
  for (const auto& record : *records) {
    const auto it = waits_.find(record.delivery.id);
    if (it != waits_.end()) known.insert(*it);
  }
  waits_ = std::move(known);
  for (const auto& record : *records) {
    if (thread_.stopping()) break;
    handle(record);
  }
  return pause;
}

Result<std::vector<Recordings::Record>> Recordings::open() {
  auto reader = journal_.reader();
  if (!reader) return fail(reader.error());
  std::vector<Record> out;
  const Done read = reader->snapshot([&](journal::Reader& snapshot) -> Done {
    auto rows = journal::open_records(snapshot);
    if (!rows) return fail(rows.error());
    for (auto& row : *rows) {
      if (out.size() >= most_records) break;
      const auto wait = waits_.find(row.id);
      if (wait != waits_.end() && wait->second.until > clock_.steady()) continue;
      auto event = journal::event(snapshot, row.event_id);
      if (!event) return fail(event.error());
      if (!*event) continue;
      auto own = journal::deliveries_of(snapshot, row.event_id);
      if (!own) return fail(own.error());
      auto conversation = journal::conversation_of(snapshot, row.event_id);
      if (!conversation) return fail(conversation.error());
      std::vector<journal::DeliveryRow> all = std::move(conversation->telephony);
      for (auto& one : *own) {
        if (one.state != DeliveryState::discarded) all.push_back(std::move(one));
      }
      Record record{std::move(row), std::move(**event), {}, false};
      bool finish = false;
      for (const auto& one : all) {
        if (one.name != journal::finish_name) continue;
        finish = true;
        if (one.state == DeliveryState::confirmed) record.call_id = registered_call(all);
      }
      record.lost = !finish && clock_.now() - record.event.received_at > std::chrono::minutes{10};
      out.push_back(std::move(record));
    }
    return {};
  });
  if (!read) return fail(read.error());
  return out;
}

void Recordings::handle(const Record& record) {
  const auto configuration = current_.get();
  const bool late = clock_.now() - record.event.received_at > configuration->calls.records.patience;
  if (record.call_id.empty()) {
    if (record.lost) return give_up(record, "its call is not in the portal's telephony");
    if (late) return give_up(record, "its call was not finished in the portal in time");
    return;
  }
  if (late && waits_[record.delivery.id].failures > 0)
    return give_up(record, "the service has not given it in time");
  attach(record);
}

void Recordings::attach(const Record& record) {
  const auto params = params_of(record);
  if (!params) return;
  const Done marked = journal_.write_now([id = record.delivery.id, now = clock_.now()](journal::Tx& tx) {
    return journal::mark_sent(tx, {id}, now);
  });
  if (!marked) return;  // discarded meanwhile, or the journal says so itself
  const auto outcomes =
      ask(engine_, limiter_, client_, {{record.delivery.method, *params}}, portal::Priority::low);
  if (!outcomes) return later(record, "the portal's allowance is used up for now");
  answered(record, outcomes->front());
}

std::optional<json::Value> Recordings::params_of(const Record& record) {
  const auto configuration = current_.get();
  const config::Source* source = configuration->source(record.event.source);
  const auto data = json::parse(record.event.data);
  if (!source || !data) {
    give_up(record, "its source is not in the configuration");
    return std::nullopt;
  }
  const event::Event event = event::from_json(*data, configuration->portal.time_zone);
  const auto settings =
      source->settings(configuration->portal.time_zone, configuration->phones.region, clock_.now());
  const auto call =
      event.call ? source->connector->recording(*event.call, settings, clock_.now()) : std::nullopt;
  if (!call) {
    give_up(record, "the options of the source do not say how to fetch it");
    return std::nullopt;
  }
  outbound::FetchOptions options =
      outbound::recording_options(settings.options, source->connector->recording_hosts());
  options.max_bytes = configuration->calls.records.max_size.count;
  const config::CallRecords::By by = configuration->calls.records.by;
  const bool link =
      by == config::CallRecords::By::link ||
      (by == config::CallRecords::By::automatic && is_plain(*call) && !waits_[record.delivery.id].by_upload);
  const std::string name = fmt::format("e{}", record.event.id);
  if (link) {
    const auto url = outbound::parse_url(call->url);
    if (!url || !url->secure || !outbound::allows(options.hosts, *url)) {
      give_up(record, "its address is not one that records may come from (recording_hosts)");
      return std::nullopt;
    }
    return json::Value::object(
        {{"CALL_ID", record.call_id}, {"FILENAME", name + ".mp3"}, {"RECORD_URL", call->url}});
  }
  const auto fetched = fetch_(*call, options);
  if (!fetched) {
    if (fetched.error().kind == ErrorKind::network) {
      later(record, fetched.error().what);
    } else {
      give_up(record, fetched.error().what);
    }
    return std::nullopt;
  }
  if (fetched->status < 200 || fetched->status > 299 || fetched->body.empty()) {
    later(record, fmt::format("the service answered {}", fetched->status));
    return std::nullopt;
  }
  const std::string kind = kind_of(fetched->body);
  if (kind.empty()) {
    give_up(record, fmt::format("the portal takes wav and mp3 only, this is {}", fetched->content_type));
    return std::nullopt;
  }
  const std::string file = name + "." + kind;
  if (fetched->body.size() > most_inline) {
    upload(record, fetched->body, file);
    return std::nullopt;
  }
  return json::Value::object(
      {{"CALL_ID", record.call_id}, {"FILENAME", file}, {"FILE_CONTENT", base64(fetched->body)}});
}

// A long one goes to an address that the portal names first.
void Recordings::upload(const Record& record, const std::string& bytes, const std::string& file) {
  const Done marked = journal_.write_now([id = record.delivery.id, now = clock_.now()](journal::Tx& tx) {
    return journal::mark_sent(tx, {id}, now);
  });
  if (!marked) return;
  const json::Value params = json::Value::object({{"CALL_ID", record.call_id}, {"FILENAME", file}});
  const auto outcomes =
      ask(engine_, limiter_, client_, {{record.delivery.method, params}}, portal::Priority::low);
  if (!outcomes) return later(record, "the portal's allowance is used up for now");
  portal::Outcome outcome = outcomes->front();
  const std::string where = outcome.result["uploadUrl"].text();
  if (outcome.cls != Class::success || where.empty()) return answered(record, outcome);
  const std::string& rest = current_.get()->portal.url.value.reveal();
  const auto portal = outbound::parse_url(rest);
  const auto target = outbound::parse_url(where);
  if (!portal || !target || target->host != portal->host)
    return give_up(record, "the portal wants it uploaded to another host");
  const std::string boundary = fmt::format("b24gate-{}-{}", record.event.id, record.delivery.id);
  connector::HttpCall call;
  call.method = "POST";
  call.url = where;
  call.headers.emplace_back("Content-Type", "multipart/form-data; boundary=" + boundary);
  call.body = multipart(outcome.result["fieldName"].text(), file, bytes, boundary);
  outbound::FetchOptions options;
  options.hosts = {(portal->secure ? "" : "http://") + portal->authority()};
  options.inside = outbound::Inside::all;
  const auto sent = fetch_(call, options);
  if (!sent) return later(record, sent.error().what);
  const auto body = json::parse(sent->body);
  if (sent->status < 200 || sent->status > 299 || !body || !(*body)["error"].is_null())
    return later(record, fmt::format("the portal answered {} to the upload", sent->status));
  outcome.result = *body;
  answered(record, outcome);
}

void Recordings::answered(const Record& record, const portal::Outcome& outcome) {
  if (outcome.cls == Class::success) {
    journal::AttemptResult result;
    result.delivery_id = record.delivery.id;
    result.state = DeliveryState::confirmed;
    result.result = json::write(outcome.result);
    result.attempt.at = clock_.now();
    result.attempt.duration_ms = outcome.took.count();
    result.attempt.http_status = outcome.http_status;
    result.attempt.outcome = portal::name(outcome.cls);
    waits_.erase(record.delivery.id);
    write([result, event = record.event.id](journal::Tx& tx) -> Done {
      if (Done done = journal::record_attempt(tx, result); !done) return done;
      return journal::look_again(tx, event);
    });
    engine_.poke();
    return;
  }
  // The portal could not fetch it by itself: it may be ready later, or only for us.
  if (outcome.cls == Class::permanent && outcome.description.find("Server returns") != std::string::npos) {
    waits_[record.delivery.id].by_upload = true;
    return later(record, "the portal could not fetch it");
  }
  const bool passes = outcome.cls == Class::throttle || outcome.cls == Class::retry_safe ||
                      outcome.cls == Class::ambiguous || outcome.cls == Class::not_executed ||
                      (outcome.cls == Class::auth && outcome.scope != portal::Scope::object);
  if (passes) return later(record, outcome.code.empty() ? "no answer from the portal" : outcome.code);
  give_up(record, "the portal refused it: " + outcome.code);
}

void Recordings::later(const Record& record, const std::string& why) {
  Wait& wait = waits_[record.delivery.id];
  const auto step = std::min<std::size_t>(static_cast<std::size_t>(wait.failures), waits.size() - 1);
  wait.until = clock_.steady() + waits[step];
  ++wait.failures;
  journal::AttemptResult result;
  result.delivery_id = record.delivery.id;
  result.state = DeliveryState::waiting;
  result.reason = why;
  result.attempt.at = clock_.now();
  result.attempt.outcome = portal::name(Class::retry_safe);
  result.attempt.answer = why;
  write([result](journal::Tx& tx) { return journal::record_attempt(tx, result); });
}

void Recordings::give_up(const Record& record, const std::string& why) {
  waits_.erase(record.delivery.id);
  log::write(log::record_not_attached, {{"event", record.event.id}, log::id("reason", why)});
  write([id = record.delivery.id, event = record.event.id, why](journal::Tx& tx) -> Done {
    if (Done done = journal::give_up(tx, id, why); !done) return done;
    return journal::look_again(tx, event);
  });
  engine_.poke();
}

void Recordings::write(const journal::Journal::Job& job) {
  const Done done = journal_.write_now(job);
  if (!done) log::write(log::journal_unhealthy, {log::error(done.error())});
}

}  // namespace b24gate::delivery
