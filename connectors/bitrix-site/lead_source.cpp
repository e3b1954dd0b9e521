#include "connectors/bitrix-site/lead_source.hpp"

#include <string>

#include "base/utf8.hpp"

namespace b24gate::bitrix_site {
namespace {

struct LeadSource {
  std::string_view id;
  std::string_view name;
};

constexpr LeadSource sources[] = {
    {"CALL", "звонок"},
    {"EMAIL", "электронная почта"},
    {"WEB", "веб-сайт"},
    {"ADVERTISING", "реклама"},
    {"PARTNER", "существующий клиент"},
    {"RECOMMENDATION", "по рекомендации"},
    {"TRADE_SHOW", "выставка"},
    {"WEBFORM", "crm-форма"},
    {"CALLBACK", "обратный звонок"},
    {"RC_GENERATOR", "генератор продаж"},
    {"STORE", "интернет-магазин"},
    {"OTHER", "другое"},
};

}  // namespace

std::string_view lead_source_id(std::string_view id_or_name) {
  const std::string wanted = utf8::folded(utf8::trimmed(id_or_name).substr(0, 100));
  for (const auto& source : sources) {
    if (wanted == source.name || wanted == utf8::folded(source.id)) return source.id;
  }
  return {};
}

}  // namespace b24gate::bitrix_site
