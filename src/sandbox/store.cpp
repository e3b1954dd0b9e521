#include "sandbox/store.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace b24gate::sandbox {
namespace {

const json::Value& nothing() {
  static const json::Value value;
  return value;
}

// What stands before an extension: "+7 916 … доб. 5", "… ext 5", "… x5", "…,5", "…;5", "…#5".
std::string_view without_extension(std::string_view phone) {
  for (const std::string_view mark : {"доб", "ext", "x", ",", ";", "#"}) {
    if (const auto at = phone.find(mark); at != std::string_view::npos && at > 0) phone = phone.substr(0, at);
  }
  return phone;
}

std::string normal_phone(std::string_view phone) {
  std::string digits;
  for (const char c : without_extension(phone)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  if (digits.starts_with("00")) {
    digits.erase(0, 2);
  } else if (digits.starts_with("011")) {
    digits.erase(0, 3);
  } else if (digits.starts_with("0")) {
    digits.erase(0, 1);
  }
  if (digits.size() >= 11 && digits.front() == '8') digits.front() = '7';
  return digits;
}

}  // namespace

const json::Value& Item::value(std::string_view name) const {
  const json::Value* found = values.find(name);
  return found != nullptr ? *found : nothing();
}

bool Item::has(std::string_view multifield_type) const {
  return std::any_of(multifields.begin(), multifields.end(),
                     [&](const Multifield& entry) { return entry.type == multifield_type; });
}

bool Store::full() const {
  std::size_t count = comments.size() + activities.size() + tasks.size() + notifications.size() +
                      messages.size() + stage_moves.size() + list_elements.size() + open_calls.size() +
                      finished_calls.size() + lines.size();
  for (const auto& kind : items) count += kind.size();
  return count >= max_objects;
}

Item* Store::item(std::int64_t type, std::int64_t id) {
  if (!known_entity(type)) return nullptr;
  const auto found = of(type).find(id);
  return found == of(type).end() ? nullptr : &found->second;
}

const Item* Store::item(std::int64_t type, std::int64_t id) const {
  if (!known_entity(type)) return nullptr;
  const auto found = of(type).find(id);
  return found == of(type).end() ? nullptr : &found->second;
}

User* Store::user(std::int64_t id) {
  const auto found =
      std::find_if(users.begin(), users.end(), [&](const User& user) { return user.id == id; });
  return found == users.end() ? nullptr : &*found;
}

const User* Store::user(std::int64_t id) const {
  const auto found =
      std::find_if(users.begin(), users.end(), [&](const User& user) { return user.id == id; });
  return found == users.end() ? nullptr : &*found;
}

const Status* Store::status(std::string_view entity, std::string_view status_id) const {
  const auto found = std::find_if(statuses.begin(), statuses.end(), [&](const Status& status) {
    return status.entity == entity && status.status_id == status_id;
  });
  return found == statuses.end() ? nullptr : &*found;
}

const Status* Store::first_status(std::string_view entity) const {
  const auto found = std::find_if(statuses.begin(), statuses.end(),
                                  [&](const Status& status) { return status.entity == entity; });
  return found == statuses.end() ? nullptr : &*found;
}

std::string Store::deal_stages(std::int64_t category) {
  return category == 0 ? "DEAL_STAGE" : "DEAL_STAGE_" + std::to_string(category);
}

std::string normal_communication(std::string_view type, std::string_view value) {
  if (type == "PHONE") return normal_phone(value);
  if (type == "EMAIL") return utf8::folded(utf8::trimmed(value));
  return std::string(value);
}

}  // namespace b24gate::sandbox
