#include "connectors/bitrix-site/order.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "connector/labels.hpp"

namespace b24gate::bitrix_site {
namespace {

using connector::add_line;

// Cuts zeros off the end, down to `least` places.
std::string without_zeros(std::string_view text, std::size_t least) {
  text = utf8::trimmed(text);
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::string(text);
  const bool is_number = std::all_of(text.begin() + static_cast<std::ptrdiff_t>(dot) + 1, text.end(),
                                     [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number) return std::string(text);
  while (text.size() > dot + 1 + least && text.back() == '0') text.remove_suffix(1);
  if (text.back() == '.') text.remove_suffix(1);
  return std::string(text);
}

std::string with(std::string first, std::string_view separator, const std::string& second) {
  if (first.empty() || second.empty()) return first + second;
  return first + std::string(separator) + second;
}

bool is_nothing(const std::string& price) { return price.find_first_not_of("0.") == std::string::npos; }

std::string item_line(std::size_t number, const event::OrderItem& item, const std::string& unit) {
  std::string line = std::to_string(number) + ". " + item.name;
  if (!item.quantity.empty()) line += ", " + item.quantity + " " + (unit.empty() ? "шт" : unit);
  if (!item.price.empty()) line += " × " + item.price;
  return line;
}

}  // namespace

std::string order_subject(const event::Order& order, const OrderDetails& details) {
  return with("Заказ", " ", details.number.empty() ? order.id : details.number);
}

std::string order_text(const event::Order& order, const OrderDetails& details) {
  std::string text;
  add_line(text, "Заказ", details.number.empty() ? order.id : details.number);
  add_line(text, "Статус", details.status);
  if (order.canceled) add_line(text, "Отменён", with("да", ", ", details.cancel_reason));
  for (std::size_t i = 0; i < order.items.size(); ++i) {
    const std::string unit = i < details.units.size() ? details.units[i] : std::string();
    add_line(text, "", item_line(i + 1, order.items[i], unit));
  }
  const std::string price = is_nothing(details.delivery_price) ? std::string() : details.delivery_price;
  add_line(text, "Доставка", with(details.delivery, ", ", price));
  add_line(text, "Оплата", details.payment);
  add_line(text, "Купоны", details.coupons);
  add_line(text, "Итого", order.total.empty() ? std::string() : with(order.total, " ", order.currency));
  if (order.paid) add_line(text, "Оплачено", with("да", ", ", details.paid_at));
  add_line(text, "Комментарий покупателя", details.user_comment);
  add_line(text, "Комментарий менеджера", details.manager_comment);
  add_line(text, "ИНН", details.inn);
  add_line(text, "КПП", details.kpp);
  return text;
}

std::string money(std::string_view text) { return without_zeros(text, 2); }
std::string quantity(std::string_view text) { return without_zeros(text, 0); }

}  // namespace b24gate::bitrix_site
