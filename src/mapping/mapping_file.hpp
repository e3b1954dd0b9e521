// The shape of a mapping file: what is written, with places, before two files are made into one Mapping.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mapping/mapping.hpp"
#include "mapping/template_shape.hpp"

namespace b24gate::mapping {

struct EventLine {
  std::string member;
  yaml::Place place;
  std::vector<Path> paths;  // empty: the line takes back what the connector's default says
};

struct LeadLine {
  std::string name;     // the old spelling
  std::string written;  // as it stands in the file
  yaml::Place place;
  const yaml::Node* node = nullptr;  // null: the line takes back what the connector's default says
};

struct SetLine {
  std::string member;
  yaml::Place place;
  json::Value value;
};

struct ExpectLine {
  yaml::Placed<std::string> path;
  json::Value value;
};

struct EventLines {
  std::vector<EventLine> lines;
};
struct LeadLines {
  std::vector<LeadLine> lines;
};
struct SetLines {
  std::vector<SetLine> lines;
};
struct ExpectLines {
  std::vector<ExpectLine> lines;
};

struct TestRead {
  yaml::Place place;
  std::string name;
  yaml::Placed<std::string> request;
  std::vector<std::string> headers;
  std::string path;
  std::string query;
  ExpectLines expect;
};

// Valid as long as the YAML tree that it was read from.
struct MappingFile {
  EventLines event;
  LeadLines lead;
  LeadLines card;
  std::optional<OnRepeat> on_repeat;
  std::optional<PlacedExpression> create_lead_when;
  SetLines set;
  std::vector<TestRead> tests;
};

}  // namespace b24gate::mapping

namespace b24gate::yaml {

template <>
struct Words<mapping::OnRepeat> {
  static constexpr std::array<std::pair<std::string_view, mapping::OnRepeat>, 3> all = {
      {{"attach", mapping::OnRepeat::attach},
       {"new", mapping::OnRepeat::new_lead},
       {"update", mapping::OnRepeat::update}}};
};

template <>
struct Shape<mapping::EventLines> {
  static void read(const Node& node, Context& context, mapping::EventLines& out);
  static json::Value schema(Schemas& schemas);
};

template <>
struct Shape<mapping::LeadLines> {
  static void read(const Node& node, Context& context, mapping::LeadLines& out);
  static json::Value schema(Schemas& schemas);
};

template <>
struct Shape<mapping::SetLines> {
  static void read(const Node& node, Context& context, mapping::SetLines& out);
  static json::Value schema(Schemas& schemas);
};

template <>
struct Shape<mapping::ExpectLines> {
  static void read(const Node& node, Context& context, mapping::ExpectLines& out);
  static json::Value schema(Schemas& schemas);
};

template <>
struct Shape<mapping::TestRead> : ObjectShape<mapping::TestRead> {
  template <class F>
  static void keys(F& f) {
    f.required("name", &mapping::TestRead::name, "What the test shows.");
    f.required("request", &mapping::TestRead::request,
               "A file beside the mapping: the body of a request, or a whole request (.http).");
    f.optional("headers", &mapping::TestRead::headers, "Headers of the request: \"Name: value\".");
    f.optional("path", &mapping::TestRead::path, "What follows the secret in the path.");
    f.optional("query", &mapping::TestRead::query, "The query, without the ?.");
    f.required("expect", &mapping::TestRead::expect,
               "Dotted paths (event.kind, lead.TITLE) and their values.");
  }
  static void check(const Node& node, Context& context, mapping::TestRead& out);
};

template <>
struct Shape<mapping::MappingFile> : ObjectShape<mapping::MappingFile> {
  template <class F>
  static void keys(F& f) {
    f.optional(
        "event", &mapping::MappingFile::event,
        "Members of the event and the paths they are read from; the first path that says something wins.");
    f.optional("lead", &mapping::MappingFile::lead, "Fields of the lead and their templates.");
    f.optional("card", &mapping::MappingFile::card,
               "Fields of the lead or deal that a later event belongs to, written whenever they change.");
    f.optional("on_repeat", &mapping::MappingFile::on_repeat,
               "When the client already has an open lead: attach (the default), new or update.");
    f.optional("create_lead_when", &mapping::MappingFile::create_lead_when,
               "A condition; an event for which it is false makes no lead.");
    f.optional("set", &mapping::MappingFile::set, "Members that every event of the source gets.");
    f.optional("tests", &mapping::MappingFile::tests,
               "Requests and what must come of them, for b24gate test.");
  }
};

}  // namespace b24gate::yaml
