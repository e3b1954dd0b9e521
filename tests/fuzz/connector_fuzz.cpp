// Every connector with every content type: the first byte picks both, the rest is the body. A seed is one
// such byte before a sample of connectors/*/samples.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "connector/connector.hpp"
#include "event/event.hpp"

namespace {

using namespace b24gate;

constexpr const char* types[] = {"", "application/json", "application/x-www-form-urlencoded",
                                 "multipart/form-data; boundary=b"};

connector::Source source() {
  connector::Source out;
  out.secrets = {Secret("SECRET")};
  out.options["api_key"] = "SECRET-KEY";
  return out;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const connector::Source settings = source();
  if (size == 0) return 0;
  const auto& connectors = connector::all();
  const connector::Connector& picked = *connectors[data[0] / std::size(types) % connectors.size()];
  connector::Request request;
  request.method = "POST";
  request.headers = {{"Content-Type", types[data[0] % std::size(types)]}};
  request.body.assign(reinterpret_cast<const char*>(data + 1), size - 1);

  static_cast<void>(picked.verify(request, settings));
  const connector::Reading reading = picked.read(request, settings);
  require(reading.raw.size() == reading.events.size());
  require(reading.events.empty() == (reading.outcome != connector::Outcome::accepted));
  for (const auto& event : reading.events) {
    require(!event.key.empty() && event.key.size() <= 200);
    static_cast<void>(json::write(event::to_json(event, settings.time_zone)));
  }
  picked.redact(request, settings);
  const connector::Reading stored = picked.read(request, settings);
  static_cast<void>(stored);
  return 0;
}
