#include "connectors/tilda/payment.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "connector/body.hpp"
#include "connector/labels.hpp"
#include "connectors/tilda/money.hpp"
#include "text/form.hpp"

namespace b24gate::tilda {
namespace {

using connector::add_line;

std::string member(const json::Value& object, std::string_view key) {
  const json::Value& value = object[key];
  return value.is_string() || value.is_number() ? std::string(utf8::trimmed(value.text())) : std::string();
}

enum class Before { space, digit };

// "Name x 2": cuts the count off the end of `text`. The sign is x in either alphabet, or ×, after a space; in
// "1x5000" it stands after a digit.
std::optional<std::string> take_count(std::string_view& text, Before expected) {
  std::size_t start = text.size();
  while (start > 0 && ((text[start - 1] >= '0' && text[start - 1] <= '9') || text[start - 1] == '.')) --start;
  const auto count = decimal(text.substr(start));
  std::string_view before = utf8::trimmed(text.substr(0, start));
  if (!count) return std::nullopt;
  for (const std::string_view sign : {"x", "х", "×", "X", "Х"}) {
    if (before.size() <= sign.size() || before.substr(before.size() - sign.size()) != sign) continue;
    before.remove_suffix(sign.size());
    const bool is_digit = before.back() >= '0' && before.back() <= '9';
    if (expected == Before::space ? before.back() != ' ' : !is_digit) return std::nullopt;
    text = utf8::trimmed(before);
    return count;
  }
  return std::nullopt;
}

// "Name - 1x5000": cuts off the count and the price.
std::optional<std::pair<std::string, std::string>> take_count_and_price(std::string_view& text) {
  const std::size_t dash = text.rfind(" - ");
  if (dash == std::string_view::npos) return std::nullopt;
  std::string_view rest = utf8::trimmed(text.substr(dash + 3));
  const auto price = take_count(rest, Before::digit);
  const auto count = price ? decimal(rest) : std::nullopt;
  if (!count) return std::nullopt;
  text = utf8::trimmed(text.substr(0, dash));
  return std::pair(*count, *price);
}

event::OrderItem item_of_object(const json::Value& product) {
  event::OrderItem item;
  item.name = member(product, "name");
  std::string options;
  if (const auto* list = product["options"].array_if()) {
    for (const auto& option : *list) {
      const std::string variant = member(option, "variant");
      if (variant.empty()) continue;
      if (!options.empty()) options += ", ";
      const std::string name = member(option, "option");
      options += name.empty() ? variant : name + ": " + variant;
    }
  }
  if (!options.empty()) item.name += " (" + options + ")";
  item.quantity = member(product, "quantity");
  item.price = member(product, "price");
  if (item.quantity.empty()) item.quantity = "1";
  if (item.price.empty()) item.price = unit_price(member(product, "amount"), item.quantity);
  return item;
}

// The products whatever they are packed in.
std::vector<const json::Value*> products_of(const json::Value& payment) {
  std::vector<const json::Value*> out;
  const json::Value& products = payment["products"];
  if (const auto* list = products.array_if()) {
    for (const auto& product : *list) out.push_back(&product);
  } else if (const auto* members = products.object_if(); members && !members->find("name")) {
    for (const auto& [key, product] : *members)
      out.push_back(&product);  // brackets with gaps in their numbers
  } else if (!products.says_nothing()) {
    out.push_back(&products);
  }
  return out;
}

void add_item(std::string& text, std::size_t number, const event::OrderItem& item,
              const json::Value& product) {
  std::string line = std::to_string(number) + ". " + item.name;
  if (const std::string sku = member(product, "sku"); !sku.empty()) line += ", арт. " + sku;
  if (!item.quantity.empty()) line += ", " + item.quantity + " шт.";
  if (!item.price.empty()) line += " × " + item.price;
  add_line(text, "", line);
}

}  // namespace

json::Value payment_object(const json::Value& value) {
  if (value.is_object()) return connector::without_entities(value);
  const auto* text = value.string();
  if (!text) return {};
  if (auto plain = json::parse(*text); plain && plain->is_object())
    return connector::without_entities(*plain);
  // Here the entities are those of the JSON text itself.
  auto decoded = json::parse(text::decode_entities(*text));
  return decoded && decoded->is_object() ? std::move(*decoded) : json::Value();
}

bool is_paid(const json::Value& payment) {
  const std::string number = member(payment, "systranid");
  return !number.empty() && number != "0";
}

event::OrderItem item_of_text(std::string_view product) {
  event::OrderItem item;
  std::string_view name = utf8::trimmed(product);
  constexpr std::string_view identical = "≡";
  std::size_t sign = name.rfind(identical);
  std::size_t length = identical.size();
  if (sign == std::string_view::npos) {
    sign = name.rfind('=');
    length = 1;
  }
  const auto total = sign == std::string_view::npos ? std::nullopt : decimal(name.substr(sign + length));
  if (total) {
    name = utf8::trimmed(name.substr(0, sign));
    if (const auto both = take_count_and_price(name)) {
      item.quantity = both->first;
      item.price = both->second;
    } else if (const auto count = take_count(name, Before::space)) {
      item.quantity = *count;
      item.price = unit_price(*total, *count);
    } else {
      item.quantity = "1";
      item.price = *total;
    }
  }
  item.name = name;
  return item;
}

event::Order order_of(const json::Value& payment) {
  event::Order order;
  order.id = member(payment, "orderid");
  order.total = member(payment, "amount");
  order.currency = member(payment, "currency");
  order.paid = is_paid(payment);
  for (const auto* product : products_of(payment)) {
    event::OrderItem item = product->is_object() ? item_of_object(*product) : item_of_text(product->text());
    if (!item.name.empty()) order.items.push_back(std::move(item));
  }
  return order;
}

std::string order_text(const json::Value& payment, const event::Order& order) {
  std::string text;
  add_line(text, "Заказ", order.id);
  const auto products = products_of(payment);
  std::size_t number = 0;
  for (std::size_t i = 0; i < products.size() && number < order.items.size(); ++i) {
    const bool is_named = products[i]->is_object() ? !item_of_object(*products[i]).name.empty()
                                                   : !utf8::trimmed(products[i]->text()).empty();
    if (!is_named) continue;
    add_item(text, number + 1, order.items[number], *products[i]);
    ++number;
  }
  constexpr std::pair<std::string_view, std::string_view> lines[] = {
      {"promocode", "Промокод"},
      {"discountvalue", "Размер скидки"},
      {"discount", "Скидка"},
      {"subtotal", "Сумма до скидки и доставки"},
      {"delivery", "Доставка"},
      {"delivery_price", "Стоимость доставки"},
      {"delivery_fio", "Получатель"},
      {"delivery_zip", "Индекс"},
      {"delivery_city", "Город доставки"},
      {"delivery_address", "Адрес доставки"},
      {"delivery_comment", "Комментарий к доставке"},
  };
  for (const auto& [key, label] : lines) {
    const std::string value = member(payment, key);
    if (key == "subtotal" && value == order.total) continue;
    add_line(text, label, value);
  }
  std::string total = order.total;
  if (!total.empty() && !order.currency.empty()) total += " " + order.currency;
  add_line(text, "Итого", total);
  const std::string system = member(payment, "sys");
  if (order.paid) {
    add_line(text, "Оплачено", system.empty() || system == "none" ? "да" : "да, " + system);
  } else if (!system.empty() && system != "none") {
    add_line(text, "Оплачено", "нет, " + system);
  }
  return text;
}

}  // namespace b24gate::tilda
