#include "e2e/world.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>

namespace b24gate::e2e {

World::World(WorldOptions options)
    : port(free_port()),
      admin_port(free_port()),
      portal_port(free_port()),
      folder(options.name),
      options_(std::move(options)) {
  std::filesystem::create_directory_symlink(source_file("connectors"), folder.path() + "/connectors");
  std::filesystem::copy(source_file("mappings"), folder.path() + "/mappings");
  write_config();
}

void World::write_config(const std::string& replace, const std::string& by) {
  std::string text = fmt::format(
      "server:\n  listen: 127.0.0.1:{}\n{}"
      "admin:\n  listen: 127.0.0.1:{}\n"
      "storage:\n  path: data\n"
      "portal: {{ url: \"http://127.0.0.1:{}/rest/1/sandbox-secret/\", plan: {{ box: {{ rate: {}, burst: {} "
      "}} }}, {} }}\n"
      "sources:\n"
      "  site-tilda: {{ title: Сайт, connector: tilda, secret: tilda-secret, mapping: mappings/tilda.yaml "
      "}}\n"
      "  any: {{ connector: webhook, secret: any-secret, mapping: mappings/anything.yaml }}\n{}"
      "employees: mappings/employees.yaml\n"
      "distribution: mappings/distribution.yaml\n"
      "dictionaries: mappings/dictionaries.yaml\n",
      port, options_.server, admin_port, options_.portal_through > 0 ? options_.portal_through : portal_port,
      options_.rate, options_.burst, options_.portal, options_.sources);
  if (!replace.empty()) {
    const std::size_t at = text.find(replace);
    REQUIRE(at != std::string::npos);
    text.replace(at, replace.size(), by);
  }
  folder.write("config.yaml", text);
}

void World::start_sandbox() {
  sandbox_ = Process({program(), "sandbox", "--listen", fmt::format("127.0.0.1:{}", portal_port), "--rate",
                      std::to_string(options_.rate), "--burst", std::to_string(options_.burst)},
                     {}, folder.path() + "/sandbox.log");
  REQUIRE(wait_until([&] { return request("GET", portal_port, "/sandbox/state").status == 200; }));
}

void World::launch_daemon() {
  daemon_ =
      Process({program(), "run", "--config", config()}, options_.environment, folder.path() + "/daemon.log");
}

void World::start_daemon() {
  launch_daemon();
  const bool ready =
      wait_until([&] { return !daemon_.running() || request("GET", admin_port, "/readyz").status == 200; });
  REQUIRE_MESSAGE((ready && daemon_.running()), log());
}

Answer World::post(const std::string& source_and_secret, const std::string& body,
                   const std::string& content_type,
                   const std::vector<std::pair<std::string, std::string>>& headers) const {
  return request("POST", port, "/hook/" + source_and_secret, body, content_type, headers);
}

std::string World::form(int number, const std::string& phone, const std::string& more) {
  return fmt::format("Name=Test&Phone={}&formid=form1&formname=Test&tranid=77:{}{}", phone, number, more);
}

json::Value World::portal() const { return request("GET", portal_port, "/sandbox/state").json(); }

std::vector<json::Value> World::leads() const {
  const json::Value state = portal();
  std::vector<json::Value> ours;
  REQUIRE(state["leads"].is_array());
  for (const auto& lead : *state["leads"].array_if()) {
    if (lead["item"]["originatorId"].text() == "b24gate") ours.push_back(lead["item"]);
  }
  return ours;
}

void World::fault(const std::string& json) const {
  REQUIRE(request("POST", portal_port, "/sandbox/faults", json, "application/json").status == 201);
}

void World::no_faults() const { REQUIRE(request("DELETE", portal_port, "/sandbox/faults").status == 200); }

Output World::run(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), program());
  arguments.push_back("--config");
  arguments.push_back(config());
  return command(arguments);
}

json::Value World::events() const {
  auto events = json::parse(run({"events", "--json"}).text, {64, 10'000'000});
  return events ? std::move(*events) : json::Value();
}

json::Array World::event_list() const {
  const json::Value all = events();
  return all.is_array() ? *all.array_if() : json::Array();
}

void World::make_certificate(const std::string& name) const {
  const std::string path = folder.path() + "/" + name;
  const Output made = command({"/usr/bin/env", "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                               "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name, "-days", "2",
                               "-keyout", path + ".key", "-out", path + ".pem"});
  REQUIRE_MESSAGE(made.code == 0, made.errors);
}

json::Array World::comments() const {
  const json::Value state = portal();
  const auto* list = state["comments"].array_if();
  return list ? *list : json::Array();
}

bool World::settled(int limit_s) const {
  return wait_until(
      [&] {
        const json::Value all = events();
        if (!all.is_array()) return false;
        for (const auto& event : *all.array_if()) {
          const std::string state = event["state"].text();
          if (state == "received" || state == "delivering" || state == "waiting") return false;
        }
        return true;
      },
      limit_s);
}

}  // namespace b24gate::e2e
