// Any bytes as a mapping file and as a file of dictionaries; what is good is put to work.
#include <cstdint>
#include <string_view>

#include "json/value.hpp"
#include "mapping/mapping.hpp"
#include "yaml/node.hpp"

namespace {

class NoSecrets final : public b24gate::yaml::SecretSource {
 public:
  [[nodiscard]] b24gate::Result<std::string> find(std::string_view, std::string_view) const override {
    return b24gate::fail(b24gate::ErrorKind::config, "", "there are no secrets here");
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace b24gate;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  yaml::Problems problems;
  const NoSecrets secrets;
  yaml::Context context{problems, secrets};
  const auto node = yaml::parse(text, "fuzz.yaml", problems);
  if (!node) return 0;
  const auto dictionaries = mapping::read_dictionaries(*node, context);
  const auto mapping = mapping::Mapping::compile(nullptr, &*node, dictionaries, context);
  const json::Value scope =
      json::Value::object({{"text", "x"}, {"contact", json::Value::object({{"name", "Пётр"}})}});
  event::Event draft;
  mapping.override_event(scope, draft);
  static_cast<void>(mapping.creates_lead(scope));
  static_cast<void>(mapping.lead(scope, dictionaries, TimeZone::utc()));
  static_cast<void>(problems.text());
  return 0;
}
