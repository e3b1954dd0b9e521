#include "delivery/robots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "delivery/attempt.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::delivery {
namespace {

using journal::DeliveryState;

constexpr Milliseconds every{2'000};
constexpr Seconds first_pause{10};
constexpr Seconds longest_pause{600};

}  // namespace

struct Robots::Task {
  journal::DeliveryRow delivery;
  TimePoint received_at;
  RobotCall call;
  bool called_before = false;  // by an earlier plan of the same event
  std::shared_ptr<const config::Configuration> configuration;
};

Robots::Robots(const config::Current& current, journal::Journal& journal, const Clock& clock, Fetch fetch,
               std::function<void()> changed)
    : current_(current),
      journal_(journal),
      clock_(clock),
      fetch_(std::move(fetch)),
      changed_(std::move(changed)),
      thread_([this] { return turn(); }) {}

Milliseconds Robots::turn() {
  const auto tasks = open();
  if (!tasks) {
    log::write(log::journal_unreadable, {log::error(tasks.error())});
    return every;
  }
  for (const auto& task : *tasks) {
    if (thread_.stopping()) break;
    const auto wait = waits_.find(task.delivery.id);
    if (wait == waits_.end() || clock_.steady() >= wait->second.until) handle(task);
  }
  return every;
}

Result<std::vector<Robots::Task>> Robots::open() {
  auto reader = journal_.reader();
  if (!reader) return tl::unexpected(reader.error());
  const auto configuration = current_.get();
  std::vector<Task> out;
  const Done read = reader->snapshot([&](journal::Reader& snapshot) -> Done {
    auto rows = journal::open_robots(snapshot);
    if (!rows) return tl::unexpected(rows.error());
    for (auto& row : *rows) {
      const auto event = journal::event(snapshot, row.event_id);
      if (!event) return tl::unexpected(event.error());
      const auto all = journal::deliveries_of(snapshot, row.event_id);
      if (!all) return tl::unexpected(all.error());
      if (!*event) continue;
      Task task;
      task.received_at = (*event)->received_at;
      task.call = robot_call_of(row, (*event)->lead_id);
      task.called_before = std::any_of(all->begin(), all->end(), [&](const auto& one) {
        return one.name == journal::robot_name && one.id < row.id && one.sent_at.has_value();
      });
      task.delivery = std::move(row);
      task.configuration = configuration;
      out.push_back(std::move(task));
    }
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return out;
}

void Robots::handle(const Task& task) {
  const TimePoint now = clock_.now();
  const config::Source* source = task.configuration->source(task.call.source);
  if (const std::string batch = robot_batch_of(task.delivery); !batch.empty()) {
    if (source && source->connector) return launch(task, *source, batch);
    return again(task,
                 fmt::format("source '{}' is not in the configuration; batch {} waits to be launched",
                             task.call.source, batch),
                 "", 0);
  }
  if (task.delivery.state == DeliveryState::sent || task.delivery.state == DeliveryState::unclear)
    return end(
        task,
        fmt::format("its service was asked, and the answer is lost: look there whether there is a batch "
                    "'{}', and launch it or call by hand",
                    task.call.order.id),
        "", 0);
  if (task.called_before) return end(task, "it was told to call for this enquiry before", "", 0);
  // Of a clock that was set back nothing can be known.
  if (now - task.received_at > robot_life || now + robot_life < task.received_at)
    return end(task, "the enquiry is older than a day", "", 0);
  if (!source || !source->connector)
    return end(task, fmt::format("source '{}' is not in the configuration any more", task.call.source), "",
               0);
  connector::RobotOrder order = task.call.order;
  order.at = now;
  order.callback_url = task.configuration->hook_url(*source);
  const auto call = source->connector->make_robot_batch(
      order, source->settings(task.configuration->portal.time_zone, task.configuration->phones.region, now));
  if (!call) return end(task, fmt::format("the options of source '{}' do not say how", source->name), "", 0);
  make(task, *source, *call);
}

void Robots::make(const Task& task, const config::Source& source, const connector::HttpCall& call) {
  const Done marked = journal_.write_now(
      [&](journal::Tx& tx) { return journal::mark_sent(tx, {task.delivery.id}, clock_.now()); });
  if (!marked) return;  // discarded meanwhile, or the journal says so itself: nothing left
  const auto fetched = fetch_(call, source.options);
  const int status = fetched ? fetched->status : 0;
  const auto batch = fetched ? source.connector->robot_batch({status, fetched->headers, fetched->body})
                             : Result<std::string>(tl::unexpected(fetched.error()));
  if (!batch) {
    const Error& error = batch.error();
    const std::string code = fetched ? error.where : std::string();
    if (error.ran != Ran::no)
      return end(task,
                 fmt::format("{}: look there whether there is a batch '{}', and launch it or call by hand",
                             error.what, task.call.order.id),
                 code, status);
    // Not even its beginning has left, or the service says itself that it is only for now.
    if (!fetched || error.move == Move::ours) return again(task, error.what, code, status);
    return end(task, error.what, code, status);
  }
  auto result =
      attempt_at(clock_.now(), task.delivery, DeliveryState::waiting, "made, to be launched", status);
  result.attempt.outcome = portal::name(portal::Class::success);
  result.result = robot_result(*batch);
  waits_.erase(task.delivery.id);
  if (write(task, result)) launch(task, source, *batch);
}

void Robots::launch(const Task& task, const config::Source& source, const std::string& batch) {
  const auto call = source.connector->launch_robot_batch(
      batch,
      source.settings(task.configuration->portal.time_zone, task.configuration->phones.region, clock_.now()));
  if (!call)
    return again(task,
                 fmt::format("the options of source '{}' do not say how; batch {} waits to be launched",
                             source.name, batch),
                 "", 0);
  const auto fetched = fetch_(*call, source.options);
  const int status = fetched ? fetched->status : 0;
  const Done launched =
      fetched ? source.connector->robot_batch_launched({status, fetched->headers, fetched->body})
              : Done(tl::unexpected(fetched.error()));
  if (launched) {
    log::write(log::robot_started,
               {{"event", task.delivery.event_id}, log::id("source", source.name), log::id("batch", batch)});
    waits_.erase(task.delivery.id);
    write(task, attempt_at(clock_.now(), task.delivery, DeliveryState::confirmed, "", status));
    return changed_();
  }
  const Error& error = launched.error();
  const std::string code = fetched ? error.where : std::string();
  if (!fetched || error.move == Move::ours)
    return again(task, fmt::format("batch {} waits to be launched: {}", batch, error.what), code, status);
  end(task,
      fmt::format("{}: look there at batch {}, whether it runs, and launch it or call by hand", error.what,
                  batch),
      code, status);
}

void Robots::again(const Task& task, const std::string& why, std::string_view code, int status) {
  Wait& wait = waits_[task.delivery.id];
  const Seconds pause = std::min(longest_pause, first_pause * (1 << std::min(wait.tries, 6)));
  wait.until = clock_.steady() + pause;
  auto result = attempt_at(clock_.now(), task.delivery, DeliveryState::waiting, why, status);
  result.attempt.code = code;
  // Once per outage and event is enough.
  if (wait.tries++ == 0)
    log::write(log::robot_waits,
               {{"event", task.delivery.event_id}, log::id("code", code), log::id("reason", why)});
  write(task, result);
}

void Robots::end(const Task& task, const std::string& why, std::string_view code, int status) {
  auto result = attempt_at(clock_.now(), task.delivery, DeliveryState::discarded, why, status);
  result.attempt.code = code;
  log::write(log::robot_not_started,
             {{"event", task.delivery.event_id}, log::id("code", code), log::id("reason", why)});
  waits_.erase(task.delivery.id);
  write(task, result);
  changed_();
}

bool Robots::write(const Task& task, const journal::AttemptResult& result) {
  const bool over = result.state != DeliveryState::waiting;
  const Done done = journal_.write_now([&](journal::Tx& tx) -> Done {
    if (Done recorded = journal::record_attempt(tx, result); !recorded) return recorded;
    return over ? journal::look_again(tx, task.delivery.event_id) : Done();
  });
  if (!done) log::write(log::journal_unhealthy, {log::error(done.error())});
  return done.has_value();
}

}  // namespace b24gate::delivery
