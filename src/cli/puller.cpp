#include "cli/puller.hpp"

#include "journal/records.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::cli {
namespace {

outbound::HttpOptions http_options() {
  outbound::HttpOptions options;
  options.version = B24GATE_VERSION;
  return options;
}

std::string mark_name(const std::string& source) { return "pull:" + source; }

}  // namespace

Puller::Puller(const config::Current& current, journal::Journal& journal, intake::Intake& intake,
               const Clock& clock, std::function<double()> random)
    : current_(current),
      journal_(journal),
      intake_(intake),
      clock_(clock),
      transport_(http_options()),
      fetcher_(transport_, resolver_, clock_),
      runner_(parts(std::move(random)), clock_) {}

pull::Parts Puller::parts(std::function<double()> random) {
  pull::Parts out;
  out.fetch = [this](const connector::HttpCall& call, const outbound::FetchOptions& options) {
    return fetcher_.fetch(call, options);
  };
  out.store = [this](const std::string& source, connector::Request request) -> Result<pull::Taken> {
    const auto brought = intake_.feed(source, std::move(request));
    if (!brought) return tl::unexpected(brought.error());
    if (*brought > 0) log::write(log::pull_found, {log::id("source", source), {"events", *brought}});
    return *brought > 0 ? pull::Taken::fresh : pull::Taken::known;
  };
  out.mark = [this](const std::string& source) -> Result<json::Value> {
    auto reader = journal_.reader();
    if (!reader) return tl::unexpected(reader.error());
    const auto text = journal::mark(*reader, mark_name(source));
    if (!text) return tl::unexpected(text.error());
    return text->empty() ? json::Value() : json::parse(*text).value_or(json::Value());
  };
  out.remember = [this](const std::string& source, const json::Value& mark) {
    return journal_.write_now([name = mark_name(source), text = json::write(mark)](journal::Tx& tx) {
      return journal::set_mark(tx, name, text);
    });
  };
  out.jitter = std::move(random);
  out.report = [](const std::string& source, const std::optional<Error>& error) {
    if (error) {
      log::write(log::pull_failed, {log::id("source", source), log::error(*error)});
    } else {
      log::write(log::pull_works, {log::id("source", source)});
    }
  };
  return out;
}

void Puller::start() {
  configure();
  runner_.start();
}

void Puller::configure() {
  const auto configuration = current_.get();
  std::vector<pull::Job> jobs;
  for (const auto& source : configuration->sources) {
    if (source.pull.count() <= 0 || source.capture) continue;
    pull::Job job;
    job.name = source.name;
    job.connector = source.connector;
    job.source = source.settings(configuration->portal.time_zone, configuration->phones.region, clock_.now());
    job.interval = source.pull;
    jobs.push_back(std::move(job));
  }
  runner_.configure(std::move(jobs));
}

bool Puller::stop(Milliseconds grace) { return runner_.stop(grace); }

}  // namespace b24gate::cli
