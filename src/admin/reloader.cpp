#include "admin/admin.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::admin {

Reloader::Reloader(std::string file, config::Current& current, metrics::Metrics& metrics, const Clock& clock,
                   Applied applied)
    : file_(std::move(file)),
      current_(current),
      metrics_(metrics),
      clock_(clock),
      applied_(std::move(applied)) {
  last_.at = clock.now();
  metrics_.reload(true, last_.at, current_.get()->hash);
}

ReloadState Reloader::reload() {
  const std::lock_guard turn(one_at_a_time_);
  constexpr std::size_t most_logged = 20;
  config::Loaded loaded = config::load(file_, config::secrets_of(file_));
  ReloadState state;
  state.at = clock_.now();
  state.good = loaded.configuration != nullptr;
  for (const auto& problem : loaded.problems) state.mistakes.push_back(problem.text());
  if (state.good) {
    const auto before = current_.get();
    current_.swap(loaded.configuration);
    applied_(*before, *loaded.configuration);
    log::write(log::reloaded, {log::id("hash", loaded.configuration->hash)});
  } else {
    log::write(log::reload_failed,
               {{"mistakes", state.mistakes.size()}, log::id("in_force", current_.get()->hash)});
    for (std::size_t i = 0; i < state.mistakes.size() && i < most_logged; ++i) {
      log::write(log::config_mistake, {log::id("at", state.mistakes[i])});
    }
  }
  metrics_.reload(state.good, state.at, current_.get()->hash);
  const std::lock_guard lock(mutex_);
  last_ = state;
  return state;
}

ReloadState Reloader::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace b24gate::admin
