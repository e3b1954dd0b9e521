// Notifications and chat messages. Source: bitrix24/tasks-and-notify.md 6.3, 6.4.
#include <array>

#include "base/ascii.hpp"
#include "sandbox/filter.hpp"
#include "sandbox/methods.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

constexpr std::size_t max_attach = 60'000;

Outcome notify(Call& call, std::string type) {
  const auto& to = call.param("USER_ID").is_null() ? call.param("TO") : call.param("USER_ID");
  const std::int64_t user = php::to_int(to);
  if (user <= 0) return refuse("USER_ID_EMPTY", "User ID can't be empty");
  const std::string message = call.param("MESSAGE").text();
  if (message.empty()) return refuse("MESSAGE_EMPTY", "Message can't be empty");
  if (call.param("ATTACH").text().size() > max_attach)
    return refuse("ATTACH_OVERSIZE", "ATTACH is too large");
  // Not an error: a user who is not there is simply not told.
  if (!works_here(call, user) || call.store.full()) return Success{false, {}, {}};
  Notification sent{++call.store.last.notification, user, std::move(type), message, "", "", call.now};
  // Under a webhook the tag counts only together with CLIENT_ID; the new one replaces the old ones.
  sent.client = call.param("CLIENT_ID").text();
  if (!sent.client.empty()) sent.tag = call.param("TAG").text();
  if (!sent.tag.empty()) {
    std::erase_if(call.store.notifications, [&](const auto& one) {
      return one.second.tag == sent.tag && one.second.client == sent.client && one.second.user == user;
    });
  }
  const std::int64_t id = sent.id;
  call.store.notifications.emplace(id, std::move(sent));
  return Success{id, {}, {}};
}

Outcome notify_system(Call& call) { return notify(call, "system"); }
Outcome notify_personal(Call& call) { return notify(call, "personal"); }
Outcome notify_old(Call& call) {
  return notify(call, ascii::lower(call.param("TYPE").text()) == "system" ? "system" : "personal");
}

Outcome add_message(Call& call) {
  const std::string dialog = call.param("DIALOG_ID").text();
  const std::string text = call.param("MESSAGE").text();
  const bool chat = dialog.starts_with("chat") || dialog.starts_with("sg");
  if (dialog.empty()) return refuse("USER_ID_EMPTY", "Dialog ID can't be empty");
  if (!chat && !works_here(call, php::to_int(dialog))) return refuse("USER_NOT_FOUND", "User not found");
  if (text.empty() && call.param("ATTACH").says_nothing())
    return refuse("MESSAGE_EMPTY", "Message can't be empty");
  if (call.param("ATTACH").text().size() > max_attach)
    return refuse("ATTACH_OVERSIZE", "ATTACH is too large");
  if (call.store.full()) return refuse("ERROR_CORE", "Disk resource exhausted");
  const std::int64_t id = ++call.store.last.message;
  call.store.messages.emplace(id, ChatMessage{id, dialog, text, call.now});
  return Success{id, {}, {}};
}

constexpr std::array<Method, 4> methods{{
    {"im.notify.system.add", "im", 0.05, notify_system},
    {"im.notify.personal.add", "im", 0.05, notify_personal},
    {"im.notify", "im", 0.05, notify_old},
    {"im.message.add", "im", 0.06, add_message},
}};

}  // namespace

std::span<const Method> message_methods() { return methods; }

}  // namespace b24gate::sandbox
