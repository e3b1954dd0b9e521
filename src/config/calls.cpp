#include "config/calls.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace b24gate::config {
namespace {

constexpr std::size_t number_width = 20;  // bitrix24/crm.md 4.10

// Only what tells numbers apart: an 8 in front of a Russian number is its 7.
std::string digits_of(std::string_view number) {
  std::string out;
  for (const char c : number) {
    if (c >= '0' && c <= '9') out += c;
  }
  const bool plus = !number.empty() && number.front() == '+';
  if (!plus && out.size() == 11 && out.front() == '8') out.front() = '7';
  return out;
}

}  // namespace

const CallLine* Calls::line(std::string_view number) const {
  const std::string digits = digits_of(number);
  if (digits.empty()) return nullptr;
  const auto it = std::find_if(lines.begin(), lines.end(),
                               [&](const auto& one) { return digits_of(one.name) == digits; });
  return it == lines.end() ? nullptr : &it->value;
}

std::string Calls::employee_of(std::string_view number) const {
  const CallLine* known = line(number);
  if (known && known->employee) return known->employee->value;
  return employee ? employee->value : std::string();
}

std::string Calls::ordered_by(std::string_view number) const {
  if (!outgoing) return {};
  const std::string digits = digits_of(number);
  for (const auto& line : outgoing->lines) {
    const bool same_number = !digits.empty() && digits_of(line.name) == digits;
    if (same_number || line.name == number) return line.value.value;
  }
  return outgoing->by.value;
}

bool Calls::is_ignored(std::string_view number) const {
  const std::string digits = digits_of(number);
  if (digits.empty()) return false;
  return std::any_of(ignore.begin(), ignore.end(), [&](const std::string& one) {
    const std::string pattern = digits_of(one);
    if (pattern.empty()) return false;
    return one.back() == '*' ? digits.rfind(pattern, 0) == 0 : digits == pattern;
  });
}

bool Calls::is_told(const event::Event& event) const {
  if (!telephony || !event.call || event.kind == event::Kind::lookup) return false;
  const std::string& direction = event.call->direction;
  const bool known = direction == "in" || direction == "out" || (direction == "internal" && internal);
  const std::string number = call_number(event);
  return known && !number.empty() && !is_ignored(number);
}

bool Calls::is_live_state(const event::Event& event) const {
  return live && is_told(event) && !event.call->state.empty() && !event.call->final &&
         event.call->direction != "internal" && !event.call->id.empty();
}

std::string call_number(const event::Event& event) {
  if (!event.call) return {};
  const bool internal = event.call->direction == "internal";
  const std::string& number =
      internal || event.contact.phones.empty() ? event.call->client : event.contact.phones.front();
  const bool readable = internal ? !number.empty() : number.size() > 1 && number.front() == '+';
  return readable && number.size() <= number_width ? number : std::string();
}

}  // namespace b24gate::config

namespace b24gate::yaml {

void Shape<config::CallBacks>::check(const Node&, Context& context, config::CallBacks& out) {
  if (auto deadline = distribution::parse_deadline(out.deadline.value)) {
    out.parsed = std::move(*deadline);
  } else {
    context.problems.add(out.deadline.place, deadline.error().what);
  }
}

void Shape<config::Calls>::check(const Node& node, Context& context, config::Calls& out) {
  for (const auto& line : out.lines) {
    if (line.name.find_first_of("0123456789") == std::string::npos) {
      context.problems.add(line.place,
                           fmt::format("'{}' is no number of ours; write it as \"+74957907591\"", line.name));
    }
  }
  const Node* ignore = node.find("ignore");
  for (std::size_t i = 0; i < out.ignore.size(); ++i) {
    if (out.ignore[i].find_first_of("0123456789") != std::string::npos) continue;
    context.problems.add(
        ignore && ignore->is_list() ? ignore->items()[i].place() : node.place(),
        fmt::format(
            "'{}' is no telephone number; write \"+78005553535\", or \"+7800*\" for all that begin so",
            out.ignore[i]));
  }
}

}  // namespace b24gate::yaml
