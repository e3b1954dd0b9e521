// A mapping: one source's way from what came to the fields of a lead, as its YAML says.
//
// A mapping file adds to and overrides the connector's default mapping, line by line. Both are compiled into
// one Mapping when the configuration is read: immutable, thread-safe, no parsing at run time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.hpp"
#include "mapping/dictionary.hpp"
#include "mapping/path.hpp"
#include "mapping/template.hpp"
#include "yaml/shape.hpp"
#include "yaml/types.hpp"

namespace b24gate::mapping {

enum class OnRepeat { attach, new_lead, update };  // attach | new | update

// One entry of `tests:`.
struct MappingTest {
  yaml::Place place;
  std::string name;
  yaml::Placed<std::string>
      request;  // a file, relative to the mapping file: a body, or a whole request (.http)
  std::vector<std::string> headers;  // "Name: value"
  std::string path;
  std::string query;
  std::vector<std::pair<yaml::Placed<std::string>, json::Value>> expect;  // dotted path -> value
};

// What became of the lead's fields.
struct Lead {
  json::Object fields;  // by the portal's old names: TITLE, STATUS_ID, UF_CRM_…; empty values are left out
  std::vector<std::string> notes;  // what was skipped and why, for show and the timeline
  std::optional<std::string>
      rejected;  // a dictionary said reject: no lead may be made until a person mends it
};

// A text that a CRM field gets whatever the event says, as far as that is known beforehand.
struct ConstantField {
  std::string name;
  std::string value;
  yaml::Place place;
  std::string dictionary;  // not empty: any of its values, instead of `value`
};

class Mapping {
 public:
  // `defaults` is the connector's own YAML (a mistake in it is a mistake of the program, reported like any
  // other under the name connectors/<name>/mapping.yaml); `file` the administrator's, null when the source
  // has none.
  static Mapping compile(const yaml::Node* defaults, const yaml::Node* file, const Dictionaries& dictionaries,
                         yaml::Context& context);

  // Applies `event:`: for each line the first path that says something in `raw` replaces the draft's own
  // reading.
  void override_event(const json::Value& raw, event::Event& draft) const;
  // create_lead_when over the event's scope.
  [[nodiscard]] bool creates_lead(const json::Value& scope) const;
  // The expression as it is written, for reasons.
  [[nodiscard]] const std::string& create_lead_when() const;
  // `lead:` over the scope, then `overrides` (a rule's `lead:`). PHONE, EMAIL, WEB and IM are filled from the
  // contact unless the mapping says otherwise: as [{"VALUE": …, "VALUE_TYPE": "WORK"}].
  [[nodiscard]] Lead lead(const json::Value& scope, const Dictionaries& dictionaries,
                          const TimeZone& zone) const;
  // `card:` over the scope: fields of the lead or deal that a later event of a conversation belongs to.
  [[nodiscard]] Lead card(const json::Value& scope, const Dictionaries& dictionaries,
                          const TimeZone& zone) const;
  [[nodiscard]] OnRepeat on_repeat() const;
  [[nodiscard]] const std::vector<MappingTest>& tests() const;
  // Names of the fields that `lead:` writes, with their places, and what is known of their values: for the
  // comparison with the portal.
  [[nodiscard]] std::vector<std::pair<std::string, yaml::Place>> crm_fields() const;
  [[nodiscard]] std::vector<ConstantField> constants() const;
  // The same of `card:`, whose fields belong to leads and deals.
  [[nodiscard]] std::vector<std::pair<std::string, yaml::Place>> card_fields() const;
  [[nodiscard]] std::vector<ConstantField> card_constants() const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

// A value of `lead:`: a template; a list of templates; or { lookup: dictionary, from: template, otherwise:
// skip | reject | default: VALUE }. Compiled, with its place; shared with the rules' `lead:`.
class FieldValue {
 public:
  static FieldValue read(const yaml::Node& node, const Dictionaries& dictionaries, yaml::Context& context);
  static json::Value schema(yaml::Schemas& schemas);
  enum class Otherwise { skip, reject, value };
  struct Evaluated {
    json::Value
        value;  // as the templates gave it; crm_value (lead_fields.hpp) makes it what the portal takes
    std::string
        note;  // why it is empty, when a look-up found nothing: Russian for people; English when rejected
    bool rejected = false;
  };
  [[nodiscard]] Evaluated evaluate(const json::Value& scope, const Dictionaries& dictionaries,
                                   const TimeZone& zone) const;
  // What it gives whatever the event says: its text, or the values of its dictionary and its default.
  void add_constants(const std::string& field, const yaml::Place& place,
                     std::vector<ConstantField>& out) const;
  [[nodiscard]] const yaml::Place& place() const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

// What templates, expressions and conditions see of an event: its JSON at the top level, and besides it
// source: { name, title }, connector, kind, company, channel. `extra` members are added on top (lead, client,
// decision).
json::Value scope_of(json::Value event_json, std::string_view source, std::string_view source_title,
                     std::string_view connector);

// Reports paths of templates and expressions whose first step is neither a member of events nor of `also`.
void check_paths(const std::vector<std::string>& paths, const std::vector<std::string>& also,
                 const yaml::Place& place, yaml::Context& context);

json::Value mapping_schema(yaml::Schemas& schemas);

}  // namespace b24gate::mapping
