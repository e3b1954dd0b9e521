#include "config/config_file.hpp"

namespace b24gate::config {

const std::vector<std::string>& schema_names() {
  static const std::vector<std::string> names{"config",       "mapping",      "employees",
                                              "distribution", "dictionaries", "texts"};
  return names;
}

std::optional<json::Value> schema_document(std::string_view name) {
  yaml::Schemas schemas;
  if (name == "config") return schemas.document("b24gate: config.yaml", yaml::schema<ConfigFile>(schemas));
  if (name == "mapping")
    return schemas.document("b24gate: mapping of a source", mapping::mapping_schema(schemas));
  if (name == "employees") return schemas.document("b24gate: employees", people::Roster::schema(schemas));
  if (name == "distribution")
    return schemas.document("b24gate: distribution", distribution::Rules::schema(schemas));
  if (name == "dictionaries")
    return schemas.document("b24gate: dictionaries", mapping::dictionaries_schema(schemas));
  if (name == "texts") return schemas.document("b24gate: texts", yaml::schema<Texts>(schemas));
  return std::nullopt;
}

}  // namespace b24gate::config
