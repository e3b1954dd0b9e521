// Connectors read bodies of every service, whoever they were meant for; the last byte picks content type and
// path. The samples of all connectors are the seeds.
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>

#include "connector/connector.hpp"
#include "event/event.hpp"

namespace {

using namespace b24gate;

constexpr const char* types[] = {"", "application/json", "application/x-www-form-urlencoded",
                                 "multipart/form-data; boundary=b"};

constexpr const char* paths[] = {
    "", "/events/call", "/events/summary", "/events/record/added", "/route", "/crm/configs/import/lead.php"};

connector::Source source() {
  connector::Source out;
  out.secrets = {Secret("SECRET")};
  out.options["api_key"] = "SECRET-KEY";
  return out;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void read_anything(const connector::Connector& picked, connector::Request request,
                   const connector::Source& settings) {
  static_cast<void>(picked.verify(request, settings));
  static_cast<void>(picked.verify_failure(request, settings));
  const connector::Reading reading = picked.read(request, settings);
  require(reading.raw.size() == reading.events.size());
  require(reading.events.empty() == (reading.outcome != connector::Outcome::accepted));
  connector::Stored stored;
  for (const auto& event : reading.events) {
    require(!event.key.empty() && event.key.size() <= 200);
    static_cast<void>(json::write(event::to_json(event, settings.time_zone)));
    stored.event_ids.push_back(1);
    if (event.call) static_cast<void>(picked.recording(*event.call, settings, request.received_at));
  }
  static_cast<void>(picked.answer(reading, settings, stored));
  picked.redact(request, settings);
  static_cast<void>(picked.read(request, settings));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const connector::Source settings = source();
  if (size == 0) return 0;
  const std::uint8_t pick = data[size - 1];
  connector::Request request;
  request.method = "POST";
  request.path = paths[pick / std::size(types) % std::size(paths)];
  request.headers = {{"Content-Type", types[pick % std::size(types)]}};
  request.body.assign(reinterpret_cast<const char*>(data), size);
  // A quarter of the connectors each time: which of them changes with every byte.
  std::size_t turn = std::hash<std::string>()(request.body);
  const bool as_query = turn % 16 == 0;
  for (const connector::Connector* picked : connector::all()) {
    if (turn++ % 4 != 0) continue;
    read_anything(*picked, request, settings);
    if (!as_query) continue;
    connector::Request get = request;
    std::swap(get.body, get.query);
    read_anything(*picked, std::move(get), settings);
  }
  return 0;
}
