// The payment field of Tilda: a cart and what became of its payment.
#pragma once

#include <string>
#include <string_view>

#include "event/event.hpp"
#include "json/value.hpp"

namespace b24gate::tilda {

// The field as an object, from any of its three encodings; null when it holds none. `value` as it came,
// entities not yet decoded: they are decoded here, once.
json::Value payment_object(const json::Value& value);

// True when the payment system has given the payment a number: "0" means not paid yet.
bool is_paid(const json::Value& payment);

event::Order order_of(const json::Value& payment);

// The order for people: its lines, delivery, discount, total.
std::string order_text(const json::Value& payment, const event::Order& order);

// A product that is written as one text: "Name=1000", "Name (sku, options) x 1 ≡ 960", "Name - 1x5000 =
// 5000".
event::OrderItem item_of_text(std::string_view product);

}  // namespace b24gate::tilda
