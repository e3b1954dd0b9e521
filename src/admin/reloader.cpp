#include "admin/admin.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::admin {

Reloader::Reloader(std::string file, config::Current& current, metrics::Metrics& metrics, const Clock& clock,
                   Prepare prepare)
    : file_(std::move(file)),
      current_(current),
      metrics_(metrics),
      clock_(clock),
      prepare_(std::move(prepare)) {
  last_.at = clock.now();
  metrics_.reload(true, last_.at, current_.get()->hash);
}

ReloadState Reloader::reload() {
  const std::lock_guard turn(one_at_a_time_);
  constexpr std::size_t most_logged = 20;
  config::Loaded loaded = config::load(file_, config::secrets_of(file_));
  const std::shared_ptr<const config::Configuration> before = current_.get();
  std::function<void()> put_in_force;
  if (loaded.configuration) put_in_force = prepare_(*before, *loaded.configuration, loaded.problems);
  ReloadState state;
  state.at = clock_.now();
  state.good = loaded.problems.empty();
  for (const auto& problem : loaded.problems) state.mistakes.push_back(problem.text());
  if (state.good) {
    current_.swap(loaded.configuration);
    put_in_force();
  }
  // Told last: whoever reads the log finds /readyz and the metrics saying the same.
  remember(state);
  if (state.good) {
    log::write(log::reloaded, {log::id("hash", loaded.configuration->hash)});
  } else {
    log::write(log::reload_failed, {{"mistakes", state.mistakes.size()}, log::id("in_force", before->hash)});
    for (std::size_t i = 0; i < state.mistakes.size() && i < most_logged; ++i) {
      log::write(log::config_mistake, {log::id("at", state.mistakes[i])});
    }
  }
  return state;
}

void Reloader::remember(const ReloadState& state) {
  metrics_.reload(state.good, state.at, current_.get()->hash);
  const std::lock_guard lock(mutex_);
  last_ = state;
}

ReloadState Reloader::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace b24gate::admin
