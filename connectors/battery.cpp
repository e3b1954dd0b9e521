#include "connectors/battery.hpp"

#include <doctest/doctest.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/utf8.hpp"
#include "normalize/normalize.hpp"

namespace b24gate::connector::battery {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

// "/hook/tilda/SECRET/events/call?x=1" -> path "/events/call", query "x=1". Other addresses stay whole.
void set_target(Request& request, std::string target) {
  if (const auto mark = target.find('?'); mark != std::string::npos) {
    request.query = target.substr(mark + 1);
    target.erase(mark);
  }
  if (target.compare(0, 6, "/hook/") == 0) {
    std::size_t at = target.find('/', 6);
    if (at != std::string::npos) at = target.find('/', at + 1);
    target = at == std::string::npos ? "" : target.substr(at);
  }
  request.path = target;
}

Request http_request(const std::string& text) {
  Request request;
  std::size_t at = 0;
  const auto line = [&] {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string out = text.substr(at, end - at);
    at = std::min(end + 1, text.size());
    if (!out.empty() && out.back() == '\r') out.pop_back();
    return out;
  };
  std::istringstream first(line());
  std::string target;
  first >> request.method >> target;
  set_target(request, target);
  for (std::string header = line(); !header.empty(); header = line()) {
    const std::size_t colon = header.find(':');
    REQUIRE(colon != std::string::npos);
    request.headers.emplace_back(header.substr(0, colon),
                                 std::string(utf8::trimmed(header.substr(colon + 1))));
  }
  request.body = text.substr(at);
  return request;
}

Request request_of(const std::filesystem::path& path) {
  const std::string content = content_of(path);
  if (path.extension() == ".http") return http_request(content);
  Request request;
  request.method = "POST";
  request.body = content;
  std::string type = "text/plain";
  if (path.extension() == ".json") type = "application/json";
  if (path.extension() == ".form") type = "application/x-www-form-urlencoded";
  if (path.extension() == ".xml") type = "application/xml";
  request.headers = {{"Content-Type", type}};
  return request;
}

void override_request(Request& request, const YAML::Node& entry) {
  if (entry["path"]) request.path = entry["path"].as<std::string>();
  if (entry["query"]) request.query = entry["query"].as<std::string>();
  if (entry["method"]) request.method = entry["method"].as<std::string>();
  if (entry["received_at"]) {
    request.received_at = parse_iso(entry["received_at"].as<std::string>(), TimeZone::utc()).value();
  }
  for (const auto& header : entry["headers"]) {
    request.headers.emplace_back(header.first.as<std::string>(), header.second.as<std::string>());
  }
}

}  // namespace

Samples load_samples(const Connector& connector) {
  const std::filesystem::path folder =
      std::filesystem::path(B24GATE_SOURCE_DIR) / "connectors" / std::string(connector.name()) / "samples";
  const YAML::Node index = YAML::LoadFile((folder / "index.yaml").string());
  Samples out;
  out.source.name = std::string(connector.name());
  out.source.secrets = {Secret("SECRET")};
  out.source.time_zone = TimeZone::find("Europe/Moscow").value();
  if (index["name"]) out.source.name = index["name"].as<std::string>();
  if (index["secret"]) out.source.secrets = {Secret(index["secret"].as<std::string>())};
  for (const auto& option : index["options"]) {
    json::Value& value = out.source.options[option.first.as<std::string>()];
    if (option.second.IsScalar()) value = option.second.as<std::string>();
    for (const auto& element : option.second.IsSequence() ? option.second : YAML::Node())
      value.push(element.as<std::string>());
  }
  for (const auto& value : index["secret_values"]) out.secret_values.push_back(value.as<std::string>());
  std::set<std::string> listed = {"index.yaml", "README.md"};
  for (const auto& entry : index["samples"]) {
    Sample sample;
    sample.file = entry.first.as<std::string>();
    listed.insert(sample.file);
    REQUIRE_MESSAGE(std::filesystem::exists(folder / sample.file), sample.file);
    sample.request = request_of(folder / sample.file);
    sample.request.received_at = from_unix_ms(1'795'418'400'000);
    override_request(sample.request, entry.second);
    for (const auto& line : entry.second) {
      const auto key = line.first.as<std::string>();
      if (line.second.IsScalar()) sample.expected.emplace_back(key, line.second.as<std::string>());
      if (!line.second.IsSequence()) continue;
      for (const auto& element : line.second) sample.expected.emplace_back(key, element.as<std::string>());
    }
    out.samples.push_back(std::move(sample));
  }
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    CHECK_MESSAGE(listed.count(file.path().filename().string()) == 1, file.path().string(),
                  " is not in index.yaml");
  }
  return out;
}

Reading read_anything(const Connector& connector, const Request& request, const Source& source) {
  Reading reading;
  CHECK_NOTHROW(static_cast<void>(connector.verify(request, source)));
  CHECK_NOTHROW(reading = connector.read(request, source));
  Request stored = request;
  CHECK_NOTHROW(connector.redact(stored, source));
  if (reading.outcome == Outcome::accepted) {
    CHECK_FALSE(reading.events.empty());
  } else {
    CHECK_FALSE(reading.reason.empty());
    CHECK(reading.events.empty());
  }
  CHECK(reading.raw.size() == reading.events.size());
  for (auto& event : reading.events) {
    CHECK_FALSE(event.key.empty());
    CHECK(event.key.size() <= 200);
    CHECK(utf8::valid(event.key));
    CHECK(event.key.compare(0, connector.name().size() + 1, std::string(connector.name()) + ":") == 0);
    CHECK_NOTHROW(normalize::normalize(event, {}));
    CHECK_NOTHROW(static_cast<void>(json::write(event::to_json(event, source.time_zone))));
  }
  return reading;
}

}  // namespace b24gate::connector::battery
