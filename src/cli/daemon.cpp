#include "cli/daemon.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "admin/admin.hpp"
#include "cli/configured.hpp"
#include "cli/event_binder.hpp"
#include "cli/local_application.hpp"
#include "cli/output.hpp"
#include "cli/puller.hpp"
#include "cli/resources.hpp"
#include "config/configuration.hpp"
#include "delivery/client_index.hpp"
#include "delivery/dialer.hpp"
#include "delivery/engine.hpp"
#include "delivery/follow_up.hpp"
#include "delivery/hand_made.hpp"
#include "delivery/herald.hpp"
#include "delivery/portal_data.hpp"
#include "delivery/recordings.hpp"
#include "delivery/robots.hpp"
#include "http/server.hpp"
#include "intake/intake.hpp"
#include "journal/journal.hpp"
#include "journal/records.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"
#include "outbound/fetch.hpp"
#include "outbound/http_transport.hpp"
#include "outbound/resolver.hpp"
#include "portal/client.hpp"
#include "portal/http_transport.hpp"
#include "portal/limiter.hpp"
#include "presence/staff.hpp"
#include "presence/watch.hpp"
#include "pull/runner.hpp"

namespace b24gate::cli {
namespace {

constexpr Milliseconds listener_grace{2'000};
constexpr Milliseconds engine_grace{4'000};
constexpr Milliseconds portal_data_grace{400};  // each of those that ask the portal now and then
constexpr Milliseconds puller_grace{500};
constexpr pull::Limits order_limits{64 * 1024, Milliseconds{15'000}, 1,
                                    Milliseconds{0}};  // of asking a PBX to call
constexpr Milliseconds tick{500};
constexpr Milliseconds first_look{3'000};    // that deliveries wait for the first reading of who is at work
constexpr Milliseconds prune_pause{60'000};  // between sweeps that found nothing left to do
constexpr std::size_t prune_step = 500;

// Thread-safe: every thread has a generator of its own.
double random_fraction() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

portal::HttpOptions http_options() {
  portal::HttpOptions options;
  options.version = B24GATE_VERSION;
  return options;
}

outbound::HttpOptions fetch_options() {
  outbound::HttpOptions options;
  options.version = B24GATE_VERSION;
  return options;
}

http::Options public_options(const config::Configuration& configuration,
                             std::shared_ptr<const http::tls::Context> tls) {
  http::Options options;
  options.host = configuration.server.listen.host;
  options.port = configuration.server.listen.port;
  // The other half is for the journal and the delivery; two loops on two processors answer no more than one.
  options.threads = std::clamp(std::thread::hardware_concurrency() / 2, 1U, 4U);
  options.tls = std::move(tls);
  return options;
}

http::Limits public_limits(const config::Configuration& configuration) {
  http::Limits limits;
  limits.max_body = configuration.server.max_body.count;
  limits.max_connections = static_cast<std::size_t>(configuration.server.max_connections);
  limits.request_deadline = configuration.server.request_deadline;
  return limits;
}

http::Options admin_options(const config::Configuration& configuration) {
  http::Options options;
  options.host = configuration.admin.listen.host;
  options.port = configuration.admin.listen.port;
  options.limits.max_connections = 64;
  options.limits.max_body = 64 * 1024;
  return options;
}

portal::Allowance allowance_of(const config::Configuration& configuration) {
  return {configuration.portal.plan.rate, configuration.portal.plan.burst};
}

// Keys that are read once: a reload cannot change them under what is running.
std::vector<std::string> needing_restart(const config::Configuration& before,
                                         const config::Configuration& after) {
  std::vector<std::string> keys;
  const auto differ = [&](bool changed, const char* key) {
    if (changed) keys.emplace_back(key);
  };
  const auto same_address = [](const yaml::Address& a, const yaml::Address& b) {
    return a.host == b.host && a.port == b.port;
  };
  differ(!same_address(before.server.listen, after.server.listen), "server.listen");
  differ(before.server.tls.has_value() != after.server.tls.has_value(), "server.tls");
  differ(!same_address(before.admin.listen, after.admin.listen), "admin.listen");
  differ(before.storage.path != after.storage.path, "storage.path");
  differ(before.portal.plan.rate != after.portal.plan.rate ||
             before.portal.plan.burst != after.portal.plan.burst,
         "portal.plan");
  differ(before.geo.database.value != after.geo.database.value, "geo.database");
  return keys;
}

class Daemon {
 public:
  Daemon(std::string file, const std::shared_ptr<const config::Configuration>& configuration,
         Resources resources, std::unique_ptr<journal::Journal> journal)
      : file_(std::move(file)),
        geo_(std::move(resources.geo)),
        journal_(std::move(journal)),
        current_(configuration),
        limiter_(allowance_of(*configuration), clock_, random_fraction),
        transport_(http_options(), clock_),
        client_({configuration->portal.url.value, portal::kMaxCommands,
                 [](const std::string& host) { log::write(log::portal_moved, {log::id("host", host)}); }},
                transport_, limiter_, clock_),
        application_(*journal_, transport_, limiter_, clock_,
                     [this](const portal::Standing& standing) { application_stands(standing); }),
        staff_(*journal_, clock_),
        engine_(current_, *journal_, client_, limiter_, metrics_, clock_, random_fraction),
        reloader_(file_, current_, metrics_, clock_,
                  [this](const config::Configuration& before, const config::Configuration& after,
                         std::vector<yaml::Problem>& mistakes) -> std::function<void()> {
                    return [this, &before, &after, resources = open_resources(after, mistakes)] {
                      apply(before, after, resources);
                    };
                  }),
        intake_(current_, *journal_, metrics_, clock_, geo_.get(), [this] { engine_.poke(); }),
        admin_(current_, *journal_, engine_, limiter_, metrics_, reloader_, staff_, application_.get(),
               clock_),
        public_server_(
            with_limits(public_options(*configuration, std::move(resources.tls)),
                        public_limits(*configuration)),
            [this](http::Request request, http::Responder respond) {
              intake_(std::move(request), std::move(respond));
            },
            clock_),
        admin_server_(
            admin_options(*configuration),
            [this](http::Request request, http::Responder respond) {
              admin_(std::move(request), std::move(respond));
            },
            clock_),
        portal_data_(current_, client_, limiter_, engine_, clock_),
        client_index_(current_, client_, limiter_, engine_, *journal_, clock_),
        herald_(current_, client_, limiter_, engine_, engine_.notices()),
        follow_ups_(current_, client_, limiter_, engine_, *journal_, clock_),
        hand_made_(current_, client_, limiter_, engine_, *journal_, clock_,
                   [this](const std::string& source, connector::Request request) {
                     return intake_.feed(source, std::move(request));
                   }),
        fetch_transport_(fetch_options()),
        fetcher_(fetch_transport_, resolver_, clock_),
        recordings_(current_, client_, limiter_, engine_, *journal_, clock_,
                    [this](const connector::HttpCall& call, const outbound::FetchOptions& options) {
                      return fetcher_.fetch(call, options);
                    }),
        dialer_(
            current_, *journal_, clock_,
            [this](const connector::HttpCall& call, const json::Value& source_options) {
              return ask_service(call, source_options);
            },
            [this] { engine_.poke(); }),
        robots_(
            current_, *journal_, clock_,
            [this](const connector::HttpCall& call, const json::Value& source_options) {
              return ask_service(call, source_options);
            },
            [this] { engine_.poke(); }),
        watch_(current_, client_, limiter_, engine_, staff_, *journal_, clock_),
        event_binder_(current_, application_.get(), limiter_, clock_, [this] { return engine_.lane().open; }),
        puller_(current_, *journal_, intake_, clock_, random_fraction) {}

  int run(const sigset_t& signals) {
    if (const Done prepared = engine_.prepare(); !prepared) return cannot_start(prepared.error());
    if (const Done prepared = staff_.prepare(current_.get()->roster); !prepared)
      return cannot_start(prepared.error());
    engine_.set_availability(staff_);
    engine_.set_application([this](const portal::Command& command) -> std::optional<portal::Outcome> {
      if (application_.get().standing().state == portal::Standing::State::not_configured) return std::nullopt;
      return application_.get().call(command);
    });
    intake_.on_portal_event([this](const std::string& event) {
      if (event == "oncrmleadadd") hand_made_.poke();
      if (event == "onexternalcallstart") dialer_.poke();
    });
    intake_.use_application(application_.get());
    application_.configure(*current_.get());
    // The public one first: whoever sees /readyz answer may post.
    if (const Done started = public_server_.start(); !started) return cannot_start(started.error());
    if (const Done started = admin_server_.start(); !started) return cannot_start(started.error());
    watch_.start();
    log::write(log::started, {log::id("version", B24GATE_VERSION),
                              log::id("config", current_.get()->hash),
                              {"port", int{public_server_.port()}},
                              {"admin_port", int{admin_server_.port()}}});
    sd_notify(0, "READY=1");
    // A backlog is not given out before we know who is at work, unless the portal lets us wait for that.
    watch_.wait_first(first_look);
    engine_.start();
    portal_data_.start();
    client_index_.start();
    herald_.start();
    follow_ups_.start();
    hand_made_.start();
    recordings_.start();
    dialer_.start();
    robots_.start();
    event_binder_.start();
    puller_.start();
    loop(signals);
    return stop();
  }

 private:
  static http::Options with_limits(http::Options options, const http::Limits& limits) {
    options.limits = limits;
    return options;
  }

  static int cannot_start(const Error& error) {
    log::write(log::cannot_start, {log::error(error)});
    return wrong;
  }

  // Until a signal says to stop. Between signals: the watchdog, the journal's health, old data.
  void loop(const sigset_t& signals) {
    const timespec wait{0, static_cast<long>(tick.count()) * 1'000'000};
    for (;;) {
      const int signal = sigtimedwait(&signals, nullptr, &wait);
      if (signal == SIGTERM || signal == SIGINT) return;
      if (signal == SIGHUP) reload();
      sd_notify(0, "WATCHDOG=1");
      watch_journal();
      prune();
    }
  }

  void reload() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000LL + now.tv_nsec / 1'000)
                     .c_str());
    reloader_.reload();
    sd_notify(0, "READY=1");
  }

  // What a person must mend is logged and told once, as for a method that the portal refuses.
  void application_stands(const portal::Standing& standing) {
    using portal::Standing;
    constexpr const char* topic = "вызовы локального приложения";
    if (standing.state != Standing::State::broken)
      engine_.notices().settle(delivery::Notice::Kind::method, topic);
    switch (standing.state) {
      case Standing::State::not_configured:
        break;
      case Standing::State::not_installed:
        log::write(log::application_absent,
                   {log::id("reason", standing.reason), log::id("advice", standing.advice)});
        break;
      case Standing::State::ready:
        log::write(log::application_ready);
        event_binder_.poke();
        break;
      case Standing::State::broken:
        log::write(log::application_broken,
                   {log::id("reason", standing.reason), log::id("advice", standing.advice)});
        engine_.notices().raise({delivery::Notice::Kind::method, topic, standing.code,
                                 "the local application cannot be used: " + standing.reason, standing.advice,
                                 clock_.now(), 1});
        break;
    }
  }

  // Nothing here can fail: what can was made before.
  void apply(const config::Configuration& before, const config::Configuration& after,
             const Resources& resources) {
    public_server_.set_limits(public_limits(after));
    if (after.server.tls && before.server.tls) public_server_.set_tls(resources.tls);
    if (before.portal.url.value.reveal() != after.portal.url.value.reveal())
      client_.set_url(after.portal.url.value);
    application_.configure(after);
    event_binder_.poke();
    for (const auto& key : needing_restart(before, after))
      log::write(log::needs_restart, {log::id("key", key)});
    puller_.configure();
    engine_.poke();
  }

  void watch_journal() {
    const journal::Health health = journal_->health();
    if (health.healthy == was_healthy_) return;
    was_healthy_ = health.healthy;
    if (health.healthy) {
      log::write(log::journal_healthy);
    } else {
      log::write(log::journal_unhealthy, {log::id("reason", health.reason)});
    }
  }

  // Removes what is kept no longer, then makes the file smaller by it: a small step at a time, so that no
  // webhook waits behind it.
  void prune() {
    const auto& keep = current_.get()->storage.keep;
    if ((!keep.raw_requests && !keep.events) || pruning_ || clock_.steady() < next_prune_.load()) return;
    const TimePoint now = clock_.now();
    const auto before = [&](const std::optional<Milliseconds>& age) {
      return age ? std::optional<TimePoint>(now - *age) : std::nullopt;
    };
    pruning_ = true;
    auto removed = std::make_shared<std::int64_t>(0);
    auto given_back = std::make_shared<std::int64_t>(0);
    journal_->write(
        [raw = before(keep.raw_requests), events = before(keep.events), removed,
         given_back](journal::Tx& tx) -> Done {
          auto count = journal::prune(tx, raw, events, prune_step);
          if (!count) return tl::unexpected(count.error());
          *removed = *count;
          if (*count > 0) return {};
          auto pages = journal::give_back(tx);
          if (!pages) return tl::unexpected(pages.error());
          *given_back = *pages;
          return {};
        },
        [this, removed, given_back](const Done& done) {
          if (!done || (*removed == 0 && *given_back == 0)) {
            next_prune_ = clock_.steady() + prune_pause;
          } else if (*removed > 0) {
            log::write(log::journal_pruned, {{"rows", *removed}});
          }
          pruning_ = false;
        });
  }

  // One request that makes a service do something.
  Result<outbound::Fetched> ask_service(const connector::HttpCall& call,
                                        const json::Value& source_options) const {
    outbound::FetchOptions options = pull::fetch_options(call, source_options, order_limits);
    options.max_redirects = 0;
    return fetcher_.fetch(call, options);
  }

  int stop() {
    sd_notify(0, "STOPPING=1");
    log::write(log::stopping);
    public_server_.stop(listener_grace);
    const bool engine_ended = engine_.stop(engine_grace);
    const bool puller_ended = puller_.stop(puller_grace);
    const bool index_ended = client_index_.stop(portal_data_grace);
    const bool herald_ended = herald_.stop(portal_data_grace);
    const bool follow_ups_ended = follow_ups_.stop(portal_data_grace);
    const bool hand_made_ended = hand_made_.stop(portal_data_grace);
    const bool recordings_ended = recordings_.stop(portal_data_grace);
    const bool dialer_ended = dialer_.stop(portal_data_grace);
    const bool robots_ended = robots_.stop(portal_data_grace);
    const bool watch_ended = watch_.stop(portal_data_grace);
    const bool binder_ended = event_binder_.stop(portal_data_grace);
    const bool data_ended = portal_data_.stop(portal_data_grace);
    const bool all = data_ended && engine_ended && puller_ended && index_ended && herald_ended &&
                     watch_ended && follow_ups_ended && dialer_ended && robots_ended && hand_made_ended &&
                     recordings_ended && binder_ended;
    admin_server_.stop(Milliseconds{0});
    if (!all) {
      // An exchange with the portal is still open and may last a minute more. Everything is on disk: it is
      // marked as sent and will be looked for after the next start. The threads of that exchange are left as
      // they are (which ThreadSanitizer would call a leak: CMakePresets.json tells it not to).
      log::write(log::stopped, {log::id("unfinished", "yes")});
      _exit(good);
    }
    journal_.reset();
    log::write(log::stopped);
    return good;
  }

  const SystemClock clock_;
  const std::string file_;
  std::shared_ptr<const normalize::GeoDatabase> geo_;
  std::unique_ptr<journal::Journal> journal_;
  config::Current current_;
  metrics::Metrics metrics_;
  portal::Limiter limiter_;
  portal::HttpTransport transport_;
  portal::Client client_;
  LocalApplication application_;
  presence::Staff staff_;
  delivery::Engine engine_;
  admin::Reloader reloader_;
  intake::Intake intake_;
  admin::Admin admin_;
  http::Server public_server_;
  http::Server admin_server_;
  delivery::PortalData portal_data_;
  delivery::ClientIndex client_index_;
  delivery::Herald herald_;
  delivery::FollowUps follow_ups_;
  delivery::HandMade hand_made_;
  outbound::HttpTransport fetch_transport_;
  const outbound::SystemResolver resolver_;
  const outbound::Fetcher fetcher_;
  delivery::Recordings recordings_;
  delivery::Dialer dialer_;
  delivery::Robots robots_;
  presence::Watch watch_;
  EventBinder event_binder_;
  Puller puller_;
  bool was_healthy_ = true;
  std::atomic<bool> pruning_{false};
  std::atomic<SteadyPoint> next_prune_{SteadyPoint{}};
};

}  // namespace

int run_daemon(const std::string& file) {
  // Each thread would get a heap of its own, and of each some megabytes stay behind after a burst; two are as
  // quick.
  mallopt(M_ARENA_MAX, 2);
  // Blocked before any thread exists, so that every thread inherits it and signals are taken in one place.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A broken pipe and a file that grew to its limit are errors of one call, not of the process.
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  umask(0077);

  const auto configuration = configuration_or_complain({file});
  if (!configuration) return wrong;
  std::vector<yaml::Problem> unusable;
  Resources resources = open_resources(*configuration, unusable);
  for (const auto& problem : unusable) {
    log::write(log::cannot_start, {log::error({ErrorKind::config, problem.place.text(), problem.what, Ran::no,
                                               Move::administrator, nullptr})});
  }
  if (!unusable.empty()) return wrong;
  const std::string database = journal_file(*configuration);
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(database).parent_path(), failed);
  static const SystemClock clock;
  auto journal = journal::Journal::open({database, "", true, false}, clock);
  if (!journal) {
    log::write(log::cannot_start, {log::error(journal.error())});
    return wrong;
  }
  const auto alone = (*journal)->lock();
  if (!alone || !*alone) {
    const Error error = alone ? Error{ErrorKind::disk,
                                      database,
                                      "another b24gate uses this journal; stop it first",
                                      Ran::no,
                                      Move::administrator,
                                      nullptr}
                              : alone.error();
    log::write(log::cannot_start, {log::error(error)});
    return wrong;
  }
  return Daemon(file, configuration, std::move(resources), std::move(*journal)).run(signals);
}

}  // namespace b24gate::cli
