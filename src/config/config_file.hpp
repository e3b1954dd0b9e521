// The shape of config.yaml, before the files that it names are read.
#pragma once

#include <array>
#include <string>
#include <utility>

#include "config/configuration.hpp"
#include "yaml/shape.hpp"
#include "yaml/types.hpp"

namespace b24gate::config {

struct SourceEntry {
  yaml::Placed<std::string> connector;
  std::string title;
  std::optional<Secret> secret;
  std::optional<PreviousSecret> previous_secret;
  std::optional<yaml::Placed<std::string>> mapping;
  yaml::Placed<json::Value> options;
  yaml::Placed<json::Value> set;
  std::vector<yaml::Network> allow;
  std::optional<Rate> rate;
  std::optional<TimeZone> time_zone;
  bool capture = false;
  Milliseconds pull{std::chrono::hours{1}};
};

struct ConfigFile {
  Server server;
  Admin admin;
  Storage storage{"/var/lib/b24gate", {}};
  Portal portal;
  yaml::NamedList<SourceEntry> sources;
  yaml::Placed<std::string> employees;
  yaml::Placed<std::string> distribution;
  std::optional<yaml::Placed<std::string>> dictionaries;
  std::optional<yaml::Placed<std::string>> texts;
  Phones phones;
  Geo geo;
  Calls calls;
};

}  // namespace b24gate::config

namespace b24gate::yaml {

template <>
struct Shape<config::Tls> : ObjectShape<config::Tls> {
  template <class F>
  static void keys(F& f) {
    f.required("certificate", &config::Tls::certificate, "PEM file with the certificate and its chain.");
    f.required("key", &config::Tls::key, "PEM file with the private key.");
  }
};

template <>
struct Shape<config::Server> : ObjectShape<config::Server> {
  template <class F>
  static void keys(F& f) {
    f.optional("listen", &config::Server::listen,
               "Address and port of the public listener. Default 0.0.0.0:8080.");
    f.optional("tls", &config::Server::tls,
               "Certificate and key; without them the listener speaks plain HTTP.");
    f.optional("max_body", &config::Server::max_body, "Largest body that is accepted. Default 10MiB.");
    f.optional("trusted_proxies", &config::Server::trusted_proxies,
               "Networks of proxies whose X-Forwarded-For is believed. Default: none.");
    f.optional("max_connections", &config::Server::max_connections, "Connections at one time. Default 4096.");
    f.optional("request_deadline", &config::Server::request_deadline,
               "Time for a whole request, whatever the pace of its bytes. Default 30s.");
    f.optional("public_url", &config::Server::public_url,
               "How the portal reaches this listener: https://gate.example.com. Needed for events of the "
               "application.");
  }
  static void check(const Node& node, Context& context, config::Server& server);
};

template <>
struct Shape<config::Admin> : ObjectShape<config::Admin> {
  template <class F>
  static void keys(F& f) {
    f.optional("listen", &config::Admin::listen,
               "Address and port of the admin listener. Default 127.0.0.1:8081.");
    f.optional("users", &config::Admin::users,
               "Names and passwords; required when it listens beyond loopback.");
  }
  static void check(const Node& node, Context& context, const config::Admin& admin);
};

template <>
struct Shape<config::Keep> : ObjectShape<config::Keep> {
  template <class F>
  static void keys(F& f) {
    f.optional("raw_requests", &config::Keep::raw_requests,
               "How long raw requests are kept. Default: for ever.");
    f.optional("events", &config::Keep::events, "How long finished events are kept. Default: for ever.");
  }
};

template <>
struct Shape<config::Storage> : ObjectShape<config::Storage> {
  template <class F>
  static void keys(F& f) {
    f.optional("path", &config::Storage::path, "Folder of b24gate.db. Default /var/lib/b24gate.");
    f.optional("keep", &config::Storage::keep, "How long data is kept.");
  }
};

template <>
struct Shape<config::Plan> {
  static void read(const Node& node, Context& context, config::Plan& out);
  static json::Value schema(Schemas& schemas);
};

template <>
struct Shape<config::Application> : ObjectShape<config::Application> {
  template <class F>
  static void keys(F& f) {
    f.required("client_id", &config::Application::client_id, "From the card of the local application.");
    f.required("client_secret", &config::Application::client_secret,
               "From the card of the local application.");
    f.optional("key", &config::Application::key,
               "What the application's tokens are encrypted with in the journal. Default: client_secret.");
    f.optional("previous_key", &config::Application::previous_key,
               "While the key is rotated: the former one (or the former client_secret).");
    f.optional("oauth_server", &config::Application::oauth_server,
               "Where tokens are renewed. Default https://oauth.bitrix.info/oauth/token/.");
  }
  static void check(const Node& node, Context& context, const config::Application& application);
};

template <>
struct Shape<config::Portal> : ObjectShape<config::Portal> {
  template <class F>
  static void keys(F& f) {
    f.required("url", &config::Portal::url, "Inbound webhook: https://company.bitrix24.ru/rest/1/secret/.");
    f.optional(
        "plan", &config::Portal::plan,
        "standard (2 requests/s, burst 50), enterprise (5 and 250), or { box: { rate: 10, burst: 50 } }.");
    f.optional("application_token", &config::Portal::application_token,
               "Token of the portal's outgoing webhooks.");
    f.optional("secret", &config::Portal::secret, "Secret of POST /portal/{secret}.");
    f.optional("application", &config::Portal::application,
               "The local application of the portal, for what it refuses to webhooks: calls, events.");
    f.optional("time_zone", &config::Portal::time_zone, "The company's time zone. Default Europe/Moscow.");
    f.optional("settle", &config::Portal::settle,
               "How long an unclear create is left alone before it is looked for and repeated. Default 60s.");
    f.optional("retry", &config::Portal::retry,
               "Waits between attempts; the last one repeats for ever. Default [5s, 30s, 2m, 10m, 30m, 1h].");
    f.optional("rest_v3", &config::Portal::rest_v3,
               "Tasks by REST 3.0 where the portal has it, with the portal's own protection against doubles. "
               "Default true.");
    f.optional("administrator", &config::Portal::administrator,
               "Employee who is told in the portal what a person must mend. Default: the webhook's owner.");
  }
  static void check(const Node& node, Context& context, config::Portal& portal);
};

template <>
struct Shape<config::Rate> {
  static void read(const Node& node, Context& context, config::Rate& out);
  static json::Value schema(Schemas& schemas);
};

template <>
struct Shape<config::PreviousSecret> : ObjectShape<config::PreviousSecret> {
  template <class F>
  static void keys(F& f) {
    f.required("value", &config::PreviousSecret::secret, "The secret that is being replaced.");
    f.required("until", &config::PreviousSecret::until_text,
               "Until when it is valid: 2026-12-01T00:00:00+03:00.");
  }
  static void check(const Node& node, Context& context, config::PreviousSecret& out);
};

template <>
struct Shape<config::SourceEntry> : ObjectShape<config::SourceEntry> {
  template <class F>
  static void keys(F& f) {
    f.required("connector", &config::SourceEntry::connector, "The service that sends: tilda, webhook, …");
    f.optional("title", &config::SourceEntry::title, "Name of the source for people: {{ source.title }}.");
    f.optional("secret", &config::SourceEntry::secret, "Secret in the URL, X-Api-Key or Authorization.");
    f.optional("previous_secret", &config::SourceEntry::previous_secret,
               "While the secret is rotated: the old one and until when it is valid.");
    f.optional("mapping", &config::SourceEntry::mapping,
               "Mapping file; without it the connector's default is used.");
    f.optional("options", &config::SourceEntry::options, "Keys and settings of the connector; see its page.");
    f.optional("set", &config::SourceEntry::set, "Members put into every event of this source.");
    f.optional("allow", &config::SourceEntry::allow, "Networks that may post; without it everybody may.");
    f.optional("rate", &config::SourceEntry::rate,
               "Most requests in a time, like 10/s or 600/m. Default: no limit.");
    f.optional("time_zone", &config::SourceEntry::time_zone,
               "Of times that the service sends without one. Default: the portal's.");
    f.optional("capture", &config::SourceEntry::capture,
               "true: requests are kept and shown, but not read; b24gate retry reads them later.");
    f.optional(
        "pull", &config::SourceEntry::pull,
        "How often the service is asked for what no webhook brought, where the connector can. Default 1h; "
        "0s: never.");
  }
};

template <>
struct Shape<config::Phones> : ObjectShape<config::Phones> {
  template <class F>
  static void keys(F& f) {
    f.optional("region", &config::Phones::region, "Country of numbers without a country code. Default RU.");
  }
};

template <>
struct Shape<config::Geo> : ObjectShape<config::Geo> {
  template <class F>
  static void keys(F& f) {
    f.optional("database", &config::Geo::database,
               "MaxMind city database (.mmdb) for the place of an IP address.");
  }
};

template <>
struct Shape<config::ConfigFile> : ObjectShape<config::ConfigFile> {
  template <class F>
  static void keys(F& f) {
    f.optional("server", &config::ConfigFile::server, "The public listener.");
    f.optional("admin", &config::ConfigFile::admin, "The admin listener: health, metrics, pages.");
    f.optional("storage", &config::ConfigFile::storage, "Where the journal lies and how long it keeps what.");
    f.required("portal", &config::ConfigFile::portal, "The Bitrix24 portal.");
    f.required("sources", &config::ConfigFile::sources, "The services that send enquiries, by name.");
    f.required("employees", &config::ConfigFile::employees, "File with employees, groups and schedules.");
    f.required("distribution", &config::ConfigFile::distribution, "File with the rules of distribution.");
    f.optional("dictionaries", &config::ConfigFile::dictionaries, "File with dictionaries.");
    f.optional("texts", &config::ConfigFile::texts, "File with the texts of comments and notifications.");
    f.optional("phones", &config::ConfigFile::phones, "How phone numbers are read.");
    f.optional("geo", &config::ConfigFile::geo, "Where geography comes from besides payload and phone.");
    f.optional("calls", &config::ConfigFile::calls, "How telephone calls get into the portal.");
  }
};

}  // namespace b24gate::yaml
