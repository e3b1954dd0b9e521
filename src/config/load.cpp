#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "base/os_error.hpp"
#include "config/config_file.hpp"
#include "event/event.hpp"
#include "text/percent.hpp"

namespace b24gate::config {
namespace {

constexpr std::size_t max_file_bytes = 8 * 1024 * 1024;

std::string path_in(const std::string& folder, std::string_view named) {
  return named.empty() ? std::string() : (std::filesystem::path(folder) / named).string();
}

// Reads files of one configuration, keeps their bytes' hash and the list of them.
class Files {
 public:
  Files(std::string folder, yaml::Problems& problems) : folder_(std::move(folder)), problems_(problems) {}

  // `named` is the file as the configuration names it; `from` the place that names it.
  std::optional<yaml::Node> read(const std::string& named, const yaml::Place& from) {
    const std::string path = path_of(named);
    std::error_code ignored;
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path, ignored)) {
      problems_.add(from, fmt::format("the file '{}' cannot be read: {}", named,
                                      file ? "it is a folder" : os_error(errno)));
      return std::nullopt;
    }
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (text.size() > max_file_bytes) {
      problems_.add(from, fmt::format("the file '{}' is larger than 8 MiB", named));
      return std::nullopt;
    }
    files_.push_back(path);
    bytes_ += named + '\0' + text + '\0';
    return yaml::parse(text, named, problems_);
  }

  [[nodiscard]] std::string path_of(const std::string& named) const { return path_in(folder_, named); }
  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }
  [[nodiscard]] std::string hash() const {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size(), digest);
    std::string out;
    for (int i = 0; i < 6; ++i) out += fmt::format("{:02x}", digest[i]);
    return out;
  }

 private:
  std::string folder_;
  yaml::Problems& problems_;
  std::vector<std::string> files_;
  std::string bytes_;
};

std::vector<std::string> connector_names() {
  std::vector<std::string> names;
  for (const auto* connector : connector::all()) names.emplace_back(connector->name());
  return names;
}

// `set:` of a source: every member must be one that events have.
void read_set(const SourceEntry& entry, Source& source, yaml::Context& context) {
  if (entry.set.value.is_null()) return;
  const auto* members = entry.set.value.object_if();
  if (!members) {
    context.problems.add(entry.set.place, "expected a map of event members and values");
    return;
  }
  event::Event scratch;
  for (const auto& [name, value] : *members) {
    if (event::set_member(scratch, name, value)) {
      source.set.set(name, value);
    } else {
      context.problems.unknown(entry.set.place, "event member", name, event::member_names());
    }
  }
}

void read_options(const SourceEntry& entry, Source& source, yaml::Context& context) {
  source.options = entry.options.value;
  if (source.options.is_null() || !source.connector) return;
  const auto* members = source.options.object_if();
  if (!members) {
    context.problems.add(entry.options.place, "expected a map of options");
    return;
  }
  auto known = source.connector->option_names();
  const auto& common = connector::common_option_names();
  known.insert(known.end(), common.begin(), common.end());
  for (const auto& [name, value] : *members) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      context.problems.unknown(entry.options.place, "option", name, known);
    }
  }
}

// A name goes into URLs, metrics and keys.
bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

class Loader {
 public:
  Loader(std::string folder, const yaml::SecretSource& secrets)
      : files_(folder, problems_), context_{problems_, secrets} {
    configuration_->folder = std::move(folder);
  }

  Loaded load(const std::string& name) {
    ConfigFile file;
    if (const auto root = files_.read(name, {name, 0, 0})) {
      yaml::read(*root, context_, file);
      compose(file);
    }
    Loaded out;
    out.files = files_.files();
    out.problems = problems_.sorted();
    for (auto& problem : out.problems) problem.place.file = files_.path_of(problem.place.file);
    if (problems_.empty()) {
      configuration_->hash = files_.hash();
      out.configuration = std::move(configuration_);
    }
    return out;
  }

 private:
  void compose(ConfigFile& file) {
    configuration_->server = std::move(file.server);
    configuration_->admin = std::move(file.admin);
    configuration_->storage = std::move(file.storage);
    configuration_->portal = std::move(file.portal);
    configuration_->phones = std::move(file.phones);
    configuration_->geo = std::move(file.geo);
    configuration_->calls = std::move(file.calls);
    if (configuration_->calls.call_back.parsed.text.empty()) {
      if (auto usual = distribution::parse_deadline(configuration_->calls.call_back.deadline.value))
        configuration_->calls.call_back.parsed = std::move(*usual);
    }
    if (file.dictionaries) {
      if (const auto root = files_.read(file.dictionaries->value, file.dictionaries->place)) {
        configuration_->dictionaries = mapping::read_dictionaries(*root, context_);
      }
    }
    if (file.texts) {
      if (const auto root = files_.read(file.texts->value, file.texts->place)) {
        yaml::read(*root, context_, configuration_->texts);
      }
    }
    bool have_roster = false;
    if (!file.employees.value.empty()) {
      if (const auto root = files_.read(file.employees.value, file.employees.place)) {
        configuration_->roster = people::Roster::read(*root, context_);
        have_roster = true;
      }
    }
    if (!file.distribution.value.empty()) {
      if (const auto root = files_.read(file.distribution.value, file.distribution.place);
          root && have_roster) {
        configuration_->rules =
            distribution::Rules::read(*root, configuration_->roster, configuration_->dictionaries, context_);
      }
    }
    if (have_roster) {
      check_employee(configuration_->portal.administrator);
      if (configuration_->calls.employee) check_employee(*configuration_->calls.employee);
      for (const auto& line : configuration_->calls.lines) {
        if (line.value.employee) check_employee(*line.value.employee);
      }
    }
    for (const auto& entry : file.sources) add_source(entry);
    add_portal();
    if (const auto& outgoing = configuration_->calls.outgoing) {
      check_caller(outgoing->by);
      for (const auto& line : outgoing->lines) check_caller(line.value);
    }
    for (const auto& name : configuration_->rules.robots()) check_robot(name);
    if (file.sources.empty() && !file.employees.value.empty()) {
      problems_.add({"config.yaml", 0, 0}, "no sources: nothing can come in");
    }
  }

  void check_employee(const yaml::Placed<std::string>& name) {
    if (name.value.empty() || configuration_->roster.employee(name.value)) return;
    std::vector<std::string> names;
    for (const auto& employee : configuration_->roster.employees()) names.push_back(employee.name);
    context_.problems.unknown(name.place, "employee", name.value, names);
  }

  // A source of `calls.outgoing`: there, and able to order calls with its options.
  void check_caller(const yaml::Placed<std::string>& name) {
    if (name.value.empty()) return;
    const Source* source = configuration_->source(name.value);
    if (!source) {
      std::vector<std::string> names;
      for (const auto& one : configuration_->sources) names.push_back(one.name);
      context_.problems.unknown(name.place, "source", name.value, names);
    } else if (source->connector &&
               !source->connector->order_call(
                   {"check", "100", "check", "+70000000000", ""},
                   source->settings(configuration_->portal.time_zone, configuration_->phones.region, {}))) {
      problems_.add(
          name.place,
          fmt::format("source '{}' cannot make calls: its connector {} cannot, or its options do not say how",
                      name.value, source->connector->name()));
    }
  }

  // A source of some rule's `robot:`: there, and able to start it with its options.
  void check_robot(const yaml::Placed<std::string>& name) {
    const Source* source = configuration_->source(name.value);
    if (!source) {
      std::vector<std::string> names;
      for (const auto& one : configuration_->sources) names.push_back(one.name);
      context_.problems.unknown(name.place, "source", name.value, names);
      return;
    }
    if (!source->connector) return;
    connector::RobotOrder order;
    order.id = order.agent = "check";
    order.phone = "+70000000000";
    order.callback_url = configuration_->hook_url(*source);
    if (!source->connector->make_robot_batch(
            order, source->settings(configuration_->portal.time_zone, configuration_->phones.region, {}))) {
      problems_.add(
          name.place,
          fmt::format("source '{}' cannot start a robot: its connector {} cannot, or its options do "
                      "not say how (and where results go: callback_url, or server.public_url)",
                      name.value, source->connector->name()));
    }
  }

  void add_source(const yaml::Named<SourceEntry>& named) {
    const SourceEntry& entry = named.value;
    Source source;
    source.name = named.name;
    source.place = named.place;
    source.title = entry.title.empty() ? named.name : entry.title;
    if (!good_name(named.name)) {
      problems_.add(named.place,
                    fmt::format("'{}' cannot stand in a URL; use letters a-z, digits, - and _", named.name));
    }
    if (!entry.connector.value.empty()) {
      source.connector = connector::find(entry.connector.value);
      if (!source.connector) {
        context_.problems.unknown(entry.connector.place, "connector", entry.connector.value,
                                  connector_names());
      }
    }
    if (entry.secret) source.secret = *entry.secret;
    source.previous_secret = entry.previous_secret;
    source.allow = entry.allow;
    source.rate = entry.rate;
    source.time_zone = entry.time_zone;
    source.capture = entry.capture;
    source.pull = entry.pull;
    read_set(entry, source, context_);
    read_options(entry, source, context_);
    if (source.connector && !entry.secret && !source.connector->can_prove(source.options)) {
      problems_.add(
          named.place,
          fmt::format("source '{}' has no secret: anybody could post to it; add secret: ${{env:NAME}}",
                      named.name));
    }
    compile_mapping(entry, source);
    configuration_->sources.push_back(std::move(source));
  }

  // Leads that somebody makes by hand come by themselves as soon as a rule asks who made them, clicks on
  // numbers as soon as there is an application to hear of them.
  void add_portal() {
    const auto& sources = configuration_->sources;
    const auto* portal = connector::find("portal");
    const bool there = std::any_of(sources.begin(), sources.end(),
                                   [&](const Source& one) { return one.connector == portal; });
    const bool wanted = !configuration_->rules.creators().empty() || configuration_->portal.application;
    if (there || !wanted || configuration_->source("portal")) return;
    Source source;
    source.name = "portal";
    source.title = "Портал";
    source.connector = portal;
    source.pull = Milliseconds{0};
    compile_mapping(SourceEntry(), source);
    configuration_->sources.push_back(std::move(source));
  }

  void compile_mapping(const SourceEntry& entry, Source& source) {
    if (!source.connector) return;
    std::optional<yaml::Node> own;
    if (entry.mapping) {
      source.mapping_file = entry.mapping->value;
      own = files_.read(entry.mapping->value, entry.mapping->place);
      if (!own) return;
    }
    const std::string default_name = "connectors/" + std::string(source.connector->name()) + "/mapping.yaml";
    const auto defaults = yaml::parse(source.connector->default_mapping(), default_name, problems_);
    source.mapping = mapping::Mapping::compile(defaults ? &*defaults : nullptr, own ? &*own : nullptr,
                                               configuration_->dictionaries, context_);
  }

  yaml::Problems problems_;
  Files files_;
  yaml::Context context_;
  std::shared_ptr<Configuration> configuration_ = std::make_shared<Configuration>();
};

}  // namespace

connector::Source Source::settings(const TimeZone& zone, const std::string& phone_region,
                                   TimePoint now) const {
  connector::Source out;
  out.name = name;
  if (!secret.empty()) out.secrets.push_back(secret);
  if (previous_secret && now < previous_secret->until) out.secrets.push_back(previous_secret->secret);
  out.options = options;
  out.time_zone = time_zone.value_or(zone);
  out.phone_region = phone_region;
  return out;
}

const Source* Configuration::source(std::string_view name) const {
  const auto it =
      std::find_if(sources.begin(), sources.end(), [&](const Source& s) { return s.name == name; });
  return it == sources.end() ? nullptr : &*it;
}

std::string Configuration::hook_url(const Source& source) const {
  if (server.public_url.value.empty() || source.secret.empty()) return {};
  return fmt::format("{}/hook/{}/{}", server.public_url.value, source.name,
                     text::percent_encoded(source.secret.reveal()));
}

std::string Configuration::path_of(std::string_view path) const { return path_in(folder, path); }

Loaded load(const std::string& file, const yaml::SecretSource& secrets) {
  const std::filesystem::path path(file);
  return Loader(path.parent_path().string(), secrets).load(path.filename().string());
}

yaml::SystemSecrets secrets_of(const std::string& file) {
  return yaml::SystemSecrets((std::filesystem::path(file).parent_path() / "environment").string());
}

std::string default_file() {
  std::error_code ignored;
  return std::filesystem::exists("config.yaml", ignored) ? "config.yaml" : "/etc/b24gate/config.yaml";
}

}  // namespace b24gate::config
