// An order of the shop, however it came: for people as text, money as the contract writes it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/event.hpp"

namespace b24gate::bitrix_site {

// What an order says beside event::Order.
struct OrderDetails {
  std::string number;  // for people; may have a prefix
  std::string status;
  std::string delivery;
  std::string delivery_price;
  std::string payment;
  std::string paid_at;
  std::string cancel_reason;
  std::string user_comment;
  std::string manager_comment;
  std::string inn;
  std::string kpp;
  std::string coupons;
  std::vector<std::string> units;  // beside event::Order::items
};

// The heading for people: "Заказ 1027/26".
std::string order_subject(const event::Order& order, const OrderDetails& details);
std::string order_text(const event::Order& order, const OrderDetails& details);

// "77801.0000" -> "77801.00": zeros beyond the second place say nothing.
std::string money(std::string_view text);
// "2.0000" -> "2", "2.5000" -> "2.5".
std::string quantity(std::string_view text);

}  // namespace b24gate::bitrix_site
