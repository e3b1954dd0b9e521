#include "delivery/dialer.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "delivery/attempt.hpp"
#include "event/event.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::delivery {
namespace {

using journal::DeliveryState;

constexpr Milliseconds tick{100};
constexpr Milliseconds every{2'000};             // without a poke
constexpr std::chrono::seconds watch_after{10};  // a poke: until what was clicked is planned

std::string conversation_of(const config::Source& source, const std::string& call_id) {
  return fmt::format("{}/call/{}", source.name, call_id);
}

}  // namespace

struct Dialer::Task {
  journal::DeliveryRow delivery;
  std::int64_t event_id = 0;
  TimePoint ordered_at;
  event::Event event;
  std::shared_ptr<const config::Configuration> configuration;
};

Dialer::Dialer(const config::Current& current, journal::Journal& journal, const Clock& clock, Fetch fetch,
               std::function<void()> changed)
    : current_(current),
      journal_(journal),
      clock_(clock),
      fetch_(std::move(fetch)),
      changed_(std::move(changed)),
      thread_([this] { return turn(); }) {}

Milliseconds Dialer::turn() {
  const SteadyPoint now = clock_.steady();
  if (poked_.exchange(false)) watch_until_ = now + watch_after;
  const bool watching = watch_until_ && now < *watch_until_;
  if (!watching && looked_ && now - *looked_ < every) return tick;
  looked_ = now;
  const auto tasks = open();
  if (!tasks) {
    log::write(log::journal_unreadable, {log::error(tasks.error())});
    return tick;
  }
  for (const auto& task : *tasks) {
    if (thread_.stopping()) break;
    handle(task);
  }
  return tick;
}

Result<std::vector<Dialer::Task>> Dialer::open() {
  auto reader = journal_.reader();
  if (!reader) return tl::unexpected(reader.error());
  const auto configuration = current_.get();
  std::vector<Task> out;
  const Done read = reader->snapshot([&](journal::Reader& snapshot) -> Done {
    auto rows = journal::open_orders(snapshot);
    if (!rows) return tl::unexpected(rows.error());
    for (auto& row : *rows) {
      auto event = journal::event(snapshot, row.event_id);
      if (!event) return tl::unexpected(event.error());
      const auto data = *event ? json::parse((*event)->data) : tl::unexpected(Error());
      if (!data) continue;
      Task task{std::move(row), (*event)->id, (*event)->received_at,
                event::from_json(*data, configuration->portal.time_zone), configuration};
      if (task.event.call) out.push_back(std::move(task));
    }
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return out;
}

void Dialer::handle(const Task& task) {
  namespace why = why_not_called;
  const Order order = order_of(task.delivery);
  const TimePoint now = clock_.now();
  if (order.by.empty()) return fail(task, why::not_configured, "", "calls.outgoing is not configured");
  // Of a clock that was set back nothing can be known.
  if (now - task.ordered_at > order_life || now + order_life < task.ordered_at)
    return fail(task, why::late, "", "it was ordered too long ago");
  const config::Source* source = task.configuration->source(order.by);
  if (!source || !source->connector)
    return fail(task, why::not_configured, "", "its PBX is not in the configuration any more");
  if (order.call.phone.empty()) return fail(task, why::refused, "", "the number cannot be called");
  if (order.call.extension.empty() && order.call.login.empty())
    return fail(task, why::nobody, "", "nobody's telephone is known: extension: in employees.yaml");
  const auto call = source->connector->order_call(
      order.call,
      source->settings(task.configuration->portal.time_zone, task.configuration->phones.region, now));
  if (!call) return fail(task, why::nobody, "", "the PBX cannot call for this employee");
  place(task, *source, *call);
}

void Dialer::place(const Task& task, const config::Source& source, const connector::HttpCall& call) {
  namespace why = why_not_called;
  const Order order = order_of(task.delivery);
  const Done marked = journal_.write_now([&](journal::Tx& tx) -> Done {
    if (Done done = journal::mark_sent(tx, {task.delivery.id}, clock_.now()); !done) return done;
    return journal::tie(tx, task.event_id, conversation_of(source, order.call.id));
  });
  if (!marked) return;  // discarded meanwhile, or the journal says so itself: nothing left
  const auto fetched = fetch_(call, source.options);
  if (!fetched) {
    // Not even its beginning has left: that much is certain.
    if (fetched.error().ran == Ran::no) return fail(task, why::unreachable, "", fetched.error().what);
    return unclear(task, fetched.error().what, 0);
  }
  const auto id = source.connector->ordered({fetched->status, fetched->headers, fetched->body});
  if (id) return taken(task, source, *id, fetched->status);
  if (id.error().ran == Ran::no) return fail(task, why::refused, id.error().where, id.error().what);
  unclear(task, id.error().what, fetched->status);
}

void Dialer::taken(const Task& task, const config::Source& source, const std::string& id, int status) {
  auto result = attempt_at(clock_.now(), task.delivery, DeliveryState::confirmed, "", status);
  result.result = json::write(json::Value::object({{"callid", id}}));
  log::write(log::call_ordered, {{"event", task.event_id}, log::id("source", source.name)});
  write([result, event = task.event_id,
         tied = id.empty() ? std::string() : conversation_of(source, id)](journal::Tx& tx) -> Done {
    if (Done done = journal::record_attempt(tx, result); !done) return done;
    if (tied.empty()) return journal::look_again(tx, event);
    if (Done done = journal::tie(tx, event, tied); !done) return done;
    return journal::look_again(tx, event);
  });
  changed_();
}

void Dialer::unclear(const Task& task, const std::string& what, int status) {
  const auto result = attempt_at(clock_.now(), task.delivery, DeliveryState::unclear, what, status);
  log::write(log::call_not_ordered,
             {{"event", task.event_id}, log::id("why", why_not_called::silent), log::id("reason", what)});
  const auto told = order_notification(*task.configuration, task.event,
                                       order_failure(why_not_called::silent, ""), task.event_id);
  write([result, event = task.event_id, told](journal::Tx& tx) -> Done {
    if (Done done = journal::record_attempt(tx, result); !done) return done;
    if (Done done = journal::add_delivery(tx, event, told); !done) return done;
    return journal::look_again(tx, event);
  });
  changed_();
}

void Dialer::fail(const Task& task, std::string_view why, std::string_view code, const std::string& what) {
  auto result = attempt_at(clock_.now(), task.delivery, DeliveryState::discarded, what, 0);
  result.attempt.code = code;
  result.result = order_failure(why, code);
  log::write(log::call_not_ordered,
             {{"event", task.event_id}, log::id("why", why), log::id("code", code), log::id("reason", what)});
  const auto told = order_notification(*task.configuration, task.event, result.result, task.event_id);
  write([result, event = task.event_id, told](journal::Tx& tx) -> Done {
    if (Done done = journal::record_attempt(tx, result); !done) return done;
    if (Done done = journal::add_delivery(tx, event, told); !done) return done;
    return journal::look_again(tx, event);
  });
  changed_();
}

void Dialer::write(const journal::Journal::Job& job) {
  const Done done = journal_.write_now(job);
  if (!done) log::write(log::journal_unhealthy, {log::error(done.error())});
}

}  // namespace b24gate::delivery
