#include "connectors/jivo/answer.hpp"

namespace b24gate::jivo {
namespace {

// "lead:501" -> "Лид в CRM", "№ 501".
json::Value card_line(const std::string& card) {
  const std::size_t colon = card.find(':');
  if (colon == std::string::npos) return {};
  const std::string type = card.substr(0, colon);
  const char* title = type == "lead"      ? "Лид в CRM"
                      : type == "contact" ? "Контакт в CRM"
                      : type == "company" ? "Компания в CRM"
                      : type == "deal"    ? "Сделка в CRM"
                                          : "Карточка в CRM";
  return json::Value::object({{"title", title}, {"content", "№ " + card.substr(colon + 1)}});
}

}  // namespace

json::Value ok() { return json::Value::object({{"result", "ok"}}); }

json::Value ok_with(const connector::Client& client) {
  json::Value out = ok();
  if (!client.card_url.empty()) out["crm_link"] = client.card_url;
  json::Array lines;
  if (auto card = card_line(client.card); !card.is_null()) lines.push_back(std::move(card));
  if (!client.employee.empty())
    lines.push_back(json::Value::object({{"title", "Ответственный"}, {"content", client.employee}}));
  if (!client.company.empty())
    lines.push_back(json::Value::object({{"title", "Компания"}, {"content", client.company}}));
  if (!lines.empty()) out["custom_data"] = json::Value(std::move(lines));
  if (!client.name.empty()) out["contact_info"] = json::Value::object({{"name", client.name}});
  out["enable_assign"] = true;
  return out;
}

}  // namespace b24gate::jivo
