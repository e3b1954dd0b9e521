#include "mapping/mapping.hpp"

#include <algorithm>

#include "mapping/lead_fields.hpp"
#include "mapping/mapping_file.hpp"

namespace b24gate::mapping {

struct LeadField {
  std::string name;
  yaml::Place place;  // of the name
  FieldValue value;
};

namespace {

// Filled from the contact, unless a line of the mapping is about them.
struct ContactField {
  std::string_view name;
  std::string_view member;
};
constexpr ContactField contact_fields[] = {{"PHONE", "phones"}, {"EMAIL", "emails"}, {"IM", "messengers"}};

template <class Line>
auto find_line(std::vector<Line>& lines, const std::string& name, std::string Line::*key) {
  return std::find_if(lines.begin(), lines.end(), [&](const Line& line) { return line.*key == name; });
}

// What events take: texts, lists of texts, and lists of objects as they are.
json::Value gathered(const std::vector<const json::Value*>& found) {
  if (found.size() == 1) return *found.front();
  json::Array out;
  for (const auto* value : found) {
    if (const auto* elements = value->array_if()) {
      out.insert(out.end(), elements->begin(), elements->end());
    } else {
      out.push_back(*value);
    }
  }
  return json::Value(std::move(out));
}

void put(json::Object& fields, const std::string& name, const json::Value& value) {
  json::Value taken = crm_value(name, value);
  if (!taken.says_nothing()) fields.append(name, std::move(taken));
}

void evaluate(const std::vector<LeadField>& fields, const json::Value& scope,
              const Dictionaries& dictionaries, const TimeZone& zone, Lead& out) {
  for (const auto& field : fields) {
    auto evaluated = field.value.evaluate(scope, dictionaries, zone);
    if (evaluated.rejected) {
      if (!out.rejected) out.rejected = field.name + ": " + evaluated.note;
    } else if (!evaluated.note.empty()) {
      out.notes.push_back(field.name + ": " + evaluated.note);
    }
    put(out.fields, field.name, evaluated.value);
  }
}

std::vector<std::pair<std::string, yaml::Place>> names_of(const std::vector<LeadField>& fields) {
  std::vector<std::pair<std::string, yaml::Place>> out;
  for (const auto& field : fields) out.emplace_back(field.name, field.place);
  return out;
}

std::vector<ConstantField> constants_of(const std::vector<LeadField>& fields) {
  std::vector<ConstantField> out;
  for (const auto& field : fields) field.value.add_constants(field.name, field.place, out);
  return out;
}

}  // namespace

struct Mapping::Compiled {
  std::vector<EventLine> event;
  std::vector<SetLine> set;
  std::vector<LeadField> lead;
  std::vector<LeadField> card;
  std::vector<std::string> silenced;  // fields of the contact that a line without a value takes back
  Expression create_lead_when;
  OnRepeat on_repeat = OnRepeat::attach;
  std::vector<MappingTest> tests;

  // Adds a file's lines; those with the same name take the place of earlier ones.
  void add(MappingFile file, const Dictionaries& dictionaries, yaml::Context& context) {
    for (auto& line : file.event.lines) {
      const auto known = find_line(event, line.member, &EventLine::member);
      if (known != event.end()) {
        *known = std::move(line);
      } else {
        event.push_back(std::move(line));
      }
    }
    for (auto& line : file.set.lines) {
      const auto known = find_line(set, line.member, &SetLine::member);
      if (known != set.end()) {
        *known = std::move(line);
      } else {
        set.push_back(std::move(line));
      }
    }
    for (auto& line : file.lead.lines) {
      add_line(lead, line, dictionaries, context);
      if (!line.node && is_multifield(line.name)) silenced.push_back(line.name);
    }
    for (auto& line : file.card.lines) add_line(card, line, dictionaries, context);
    if (file.on_repeat) on_repeat = *file.on_repeat;
    if (file.create_lead_when) create_lead_when = std::move(file.create_lead_when->value);
    for (auto& test : file.tests) {
      MappingTest out{test.place,
                      std::move(test.name),
                      std::move(test.request),
                      std::move(test.headers),
                      std::move(test.path),
                      std::move(test.query),
                      {}};
      for (auto& line : test.expect.lines)
        out.expect.emplace_back(std::move(line.path), std::move(line.value));
      tests.push_back(std::move(out));
    }
  }

  static void add_line(std::vector<LeadField>& fields, const LeadLine& line, const Dictionaries& dictionaries,
                       yaml::Context& context) {
    const auto known = find_line(fields, line.name, &LeadField::name);
    if (!line.node) {
      if (known != fields.end()) fields.erase(known);
      return;
    }
    LeadField field{line.name, line.place, FieldValue::read(*line.node, dictionaries, context)};
    if (line.name.empty()) return;  // a mistake that is reported already
    if (known != fields.end()) {
      *known = std::move(field);
    } else {
      fields.push_back(std::move(field));
    }
  }

  [[nodiscard]] bool says_about(std::string_view name) const {
    return std::any_of(lead.begin(), lead.end(),
                       [&](const LeadField& field) { return field.name == name; }) ||
           std::find(silenced.begin(), silenced.end(), name) != silenced.end();
  }
};

Mapping Mapping::compile(const yaml::Node* defaults, const yaml::Node* file, const Dictionaries& dictionaries,
                         yaml::Context& context) {
  auto compiled = std::make_shared<Compiled>();
  for (const yaml::Node* node : {defaults, file}) {
    if (!node || node->is_null()) continue;
    MappingFile read;
    yaml::read(*node, context, read);
    compiled->add(std::move(read), dictionaries, context);
  }
  Mapping out;
  out.compiled_ = std::move(compiled);
  return out;
}

void Mapping::override_event(const json::Value& raw, event::Event& draft) const {
  if (!compiled_) return;
  for (const auto& line : compiled_->event) {
    for (const auto& path : line.paths) {
      const auto found = path.find_all(raw);
      if (found.empty()) continue;
      event::set_member(draft, line.member, gathered(found));
      break;
    }
  }
  for (const auto& line : compiled_->set) event::set_member(draft, line.member, line.value);
}

bool Mapping::creates_lead(const json::Value& scope) const {
  return !compiled_ || compiled_->create_lead_when.evaluate(scope);
}

const std::string& Mapping::create_lead_when() const {
  static const Expression always;
  return compiled_ ? compiled_->create_lead_when.text() : always.text();
}

Lead Mapping::lead(const json::Value& scope, const Dictionaries& dictionaries, const TimeZone& zone) const {
  Lead out;
  if (compiled_) evaluate(compiled_->lead, scope, dictionaries, zone, out);
  for (const auto& [name, member] : contact_fields) {
    if (!compiled_ || !compiled_->says_about(name))
      put(out.fields, std::string(name), scope["contact"][member]);
  }
  return out;
}

Lead Mapping::card(const json::Value& scope, const Dictionaries& dictionaries, const TimeZone& zone) const {
  Lead out;
  if (compiled_) evaluate(compiled_->card, scope, dictionaries, zone, out);
  return out;
}

OnRepeat Mapping::on_repeat() const { return compiled_ ? compiled_->on_repeat : OnRepeat::attach; }

const std::vector<MappingTest>& Mapping::tests() const {
  static const std::vector<MappingTest> none;
  return compiled_ ? compiled_->tests : none;
}

std::vector<std::pair<std::string, yaml::Place>> Mapping::crm_fields() const {
  return compiled_ ? names_of(compiled_->lead) : std::vector<std::pair<std::string, yaml::Place>>();
}

std::vector<std::pair<std::string, yaml::Place>> Mapping::card_fields() const {
  return compiled_ ? names_of(compiled_->card) : std::vector<std::pair<std::string, yaml::Place>>();
}

std::vector<ConstantField> Mapping::constants() const {
  return compiled_ ? constants_of(compiled_->lead) : std::vector<ConstantField>();
}

std::vector<ConstantField> Mapping::card_constants() const {
  return compiled_ ? constants_of(compiled_->card) : std::vector<ConstantField>();
}

json::Value mapping_schema(yaml::Schemas& schemas) { return yaml::schema<MappingFile>(schemas); }

}  // namespace b24gate::mapping
