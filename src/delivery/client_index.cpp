#include "delivery/client_index.hpp"

#include "delivery/ask.hpp"
#include "log/messages.hpp"

namespace b24gate::delivery {

ClientIndex::ClientIndex(const config::Current& current, portal::Client& client, portal::Limiter& limiter,
                         Engine& engine, journal::Journal& journal, const Clock& clock,
                         ClientIndexOptions options)
    : ClientIndex(
          current,
          [&](const std::vector<portal::Command>& commands) {
            return delivery::ask(engine, limiter, client, commands, portal::Priority::low);
          },
          journal, clock, options) {}

ClientIndex::ClientIndex(const config::Current& current, Ask ask, journal::Journal& journal,
                         const Clock& clock, ClientIndexOptions options)
    : current_(current),
      ask_(std::move(ask)),
      journal_(journal),
      clock_(clock),
      options_(options),
      thread_([this] { return run_once() ? options_.short_period : options_.period; }) {}

std::optional<ClientReading> ClientIndex::begin() {
  const auto configuration = current_.get();
  auto reader = journal_.reader();
  if (!reader) return std::nullopt;
  std::array<std::string, 3> marks;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    auto mark = journal::mark(*reader, client_mark(client_kinds.at(i)));
    if (!mark) return std::nullopt;
    marks.at(i) = std::move(*mark);
  }
  return ClientReading(configuration->phones.region, configuration->portal.time_zone, marks);
}

bool ClientIndex::run_once() {
  auto reading = begin();
  if (!reading) return false;  // the disk: the journal tells of it
  for (std::size_t requests = 0; requests < options_.requests_per_run; ++requests) {
    const auto commands = reading->next();
    if (commands.empty()) break;
    const TimePoint asked_at = clock_.now();
    const auto outcomes = ask_(commands);
    // Not now: what was read so far is stored, the rest comes soon.
    if (!outcomes || thread_.stopping()) return true;
    reading->take(*outcomes, asked_at);
    if (auto change = reading->change(); change && !journal_.write_now(std::move(change))) return false;
  }
  report(*reading);
  return !reading->done();
}

// What a person must mend is told once, until it is something else.
void ClientIndex::report(const ClientReading& reading) {
  for (const auto kind : reading.read_whole()) log::write(log::clients_read, {log::id("kind", kind)});
  std::map<std::string_view, std::string> now;
  for (const auto& failure : reading.failures()) {
    std::string& what = now[failure.kind];
    what = failure.person ? failure.method + " " + failure.code : told_[failure.kind];
    if (!failure.person || what == told_[failure.kind]) continue;
    log::write(log::clients_not_read, {log::id("kind", failure.kind), log::id("method", failure.method),
                                       log::id("code", failure.code)});
  }
  told_ = std::move(now);
}

}  // namespace b24gate::delivery
