#include "delivery/drift.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace b24gate::delivery {
namespace {

using Fields = std::vector<std::pair<std::string, yaml::Place>>;

class Comparison {
 public:
  Comparison(const config::Configuration& configuration, const portal::PortalSchema& schema)
      : configuration_(configuration), schema_(schema) {}

  std::vector<yaml::Problem> run() {
    const yaml::Place portal{"config.yaml", 0, 0};
    note(portal, schema_.check_mode());
    for (const char* scope : {"crm", "im", "task", "user", "department"})
      note(portal, schema_.check_scope(scope));
    for (const auto& source : configuration_.sources) {
      lead_fields(source.mapping.crm_fields());
      values(source.mapping.constants());
      card_fields(source.mapping.card_fields());
      values(source.mapping.card_constants());
    }
    lead_fields(configuration_.rules.crm_fields());
    values(configuration_.rules.constants());
    for (const auto& employee : configuration_.roster.employees())
      note(employee.place, schema_.check_user(employee.user_id));
    required_fields();
    return problems_.sorted();
  }

 private:
  void lead_fields(const Fields& fields) {
    for (const auto& [name, place] : fields) note(place, schema_.check_lead_field(name));
  }

  // A later event may land on a lead or on a deal: a field that one of them has is good.
  void card_fields(const Fields& fields) {
    for (const auto& [name, place] : fields) {
      const Done lead = schema_.check_lead_field(name);
      if (lead || schema_.check_deal_field(name)) continue;
      note(place, lead);
    }
  }

  void values(const std::vector<mapping::ConstantField>& fields) {
    for (const auto& field : fields) {
      const auto* dictionary = configuration_.dictionaries.find(field.dictionary);
      if (!dictionary) {
        note(field.place, schema_.check_lead_value(field.name, field.value));
        continue;
      }
      std::set<std::string> sorted;  // so that the same is told in the same order
      for (const auto& [key, value] : dictionary->entries) sorted.insert(value);
      for (const auto& value : sorted) note(field.place, schema_.check_lead_value(field.name, value));
    }
  }

  // A field that the portal requires and no mapping fills stops every lead.
  void required_fields() {
    for (const auto* field : schema_.required_lead_fields()) {
      for (const auto& source : configuration_.sources) {
        const auto fields = source.mapping.crm_fields();
        const bool filled = std::any_of(fields.begin(), fields.end(), [&](const auto& one) {
          return one.first == field->upper_name || one.first == field->name;
        });
        if (!filled) {
          problems_.add(opened(source.place), "the portal requires the field " + field->upper_name +
                                                  " of every lead; fill it in the mapping of this source");
        }
      }
    }
  }

  [[nodiscard]] yaml::Place opened(yaml::Place place) const {
    place.file = configuration_.path_of(place.file);
    return place;
  }

  void note(const yaml::Place& place, const Done& result) {
    if (result) return;
    const Error& error = result.error();
    // What could not be read is one problem, not one of each line that would have been compared.
    const bool unread = error.kind == ErrorKind::refused;
    const yaml::Place at = opened(unread ? yaml::Place{"config.yaml", 0, 0} : place);
    const std::string what = unread ? error.where + " " + error.what : error.what;
    if (told_.insert(at.text() + what).second) problems_.add(at, what);
  }

  const config::Configuration& configuration_;
  const portal::PortalSchema& schema_;
  yaml::Problems problems_;
  std::set<std::string> told_;
};

}  // namespace

std::vector<yaml::Problem> drift(const config::Configuration& configuration,
                                 const portal::PortalSchema& schema) {
  return Comparison(configuration, schema).run();
}

}  // namespace b24gate::delivery
