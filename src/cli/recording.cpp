// The recording of a call, fetched as the daemon would.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>

#include "cli/commands.hpp"
#include "cli/event_choice.hpp"
#include "cli/output.hpp"
#include "event/event.hpp"
#include "outbound/fetch.hpp"
#include "outbound/http_transport.hpp"

namespace b24gate::cli {
namespace {

struct RecordingArguments {
  std::string id;
  std::string file;
};

Result<outbound::Fetched> fetch_recording(const Opened& opened, std::int64_t id, const Clock& clock) {
  auto reader = opened.journal->reader();
  if (!reader) return tl::unexpected(reader.error());
  const auto row = journal::event(*reader, id);
  if (!row) return tl::unexpected(row.error());
  const std::string name = fmt::format("e{}", id);
  if (!*row) return fail(ErrorKind::refused, name, "there is no such event");
  const config::Source* source = opened.configuration->source((*row)->source);
  if (!source) return fail(ErrorKind::refused, name, "its source is not in the configuration");
  const auto data = json::parse((*row)->data);
  if (!data) return tl::unexpected(data.error());
  const event::Event event = event::from_json(*data, opened.configuration->portal.time_zone);
  const auto settings = source->settings(opened.configuration->portal.time_zone,
                                         opened.configuration->phones.region, clock.now());
  const auto call =
      event.call ? source->connector->recording(*event.call, settings, clock.now()) : std::nullopt;
  if (!call) {
    return fail(ErrorKind::refused, name,
                "it names no recording, or the options of its source do not say how to fetch one");
  }
  outbound::HttpOptions options;
  options.version = B24GATE_VERSION;
  outbound::HttpTransport transport(options);
  const outbound::SystemResolver resolver;
  const outbound::Fetcher fetcher(transport, resolver, clock);
  auto fetched = fetcher.fetch(
      *call, outbound::recording_options(settings.options, source->connector->recording_hosts()));
  if (fetched && (fetched->status < 200 || fetched->status > 299)) {
    return fail(ErrorKind::refused, fetched->host,
                fmt::format("the service answered {}; the recording may not be ready yet", fetched->status),
                Ran::yes, Move::ours);
  }
  return fetched;
}

int run_recording(const Common& common, const RecordingArguments& arguments) {
  const auto id = parse_number(arguments.id, 'e');
  if (!id) {
    complain("name one event: e42");
    return usage;
  }
  const SystemClock clock;
  const auto opened = open_or_complain(common, clock, true);
  if (!opened) return wrong;
  const auto fetched = fetch_recording(*opened, *id, clock);
  if (!fetched) {
    complain(fetched.error().text());
    return wrong;
  }
  std::ofstream out(arguments.file, std::ios::binary);
  out << fetched->body;
  out.close();
  if (!out) {
    complain(arguments.file + ": cannot be written");
    return wrong;
  }
  fmt::print("{} bytes, {}\n", fetched->body.size(), fetched->content_type);
  return good;
}

}  // namespace

void add_recording(CLI::App& app, Common& common, Run& run) {
  auto* command = app.add_subcommand("recording", "Fetch the recording of a call into a file");
  auto arguments = std::make_shared<RecordingArguments>();
  command->add_option("id", arguments->id, "An event of the call: e42")->required();
  command->add_option("file", arguments->file, "Where to write it")->required();
  command->callback([&run, &common, arguments] {
    run = [&common, arguments] { return run_recording(common, *arguments); };
  });
}

}  // namespace b24gate::cli
