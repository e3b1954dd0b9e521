#include "distribution/subjects.hpp"

#include <algorithm>

#include "event/event.hpp"

namespace b24gate::distribution {
namespace {

std::vector<std::string> all_names() {
  std::vector<std::string> names = event::member_names();
  // Members that are no texts and what the scope of conditions has beside the event.
  for (const char* more : {"key",
                           "kind",
                           "occurred_at",
                           "creates_lead",
                           "reference",
                           "source",
                           "source.name",
                           "source.title",
                           "connector",
                           "channel",
                           "company",
                           "enquiry_type",
                           "contact.messengers.type",
                           "contact.messengers.id",
                           "call.started_at",
                           "call.recording.id",
                           "call.recording.url",
                           "chat.messages.from",
                           "chat.messages.text",
                           "order.items.name",
                           "order.items.quantity",
                           "order.items.price",
                           "created_by",
                           "client.known",
                           "client.manager",
                           "client.open_lead",
                           "time"}) {
    if (std::find(names.begin(), names.end(), more) == names.end()) names.emplace_back(more);
  }
  return names;
}

bool begins_with_step(std::string_view name, std::string_view path) {
  return name.size() > path.size() && name.substr(0, path.size()) == path &&
         (name[path.size()] == '.' || name[path.size()] == '[');
}

}  // namespace

const std::vector<std::string>& subject_names() {
  static const std::vector<std::string> names = all_names();
  return names;
}

bool is_subject(std::string_view name) {
  if (begins_with_step(name, "fields")) return true;
  // "contact.messengers.0.id" is about contact.messengers.id.
  std::string plain;
  for (std::size_t from = 0; from < name.size();) {
    const std::size_t end = std::min(name.find('.', from), name.size());
    std::string_view step = name.substr(from, end - from);
    step = step.substr(0, step.find('['));
    if (step.find_first_not_of("0123456789") != std::string_view::npos) {
      if (!plain.empty()) plain += '.';
      plain += step;
    }
    from = end + 1;
  }
  const auto& names = subject_names();
  return std::any_of(names.begin(), names.end(), [&](const std::string& known) {
    return known == plain || begins_with_step(known, plain);
  });
}

std::vector<std::string> values_of(std::string_view name) {
  if (name == "kind") return event::kind_names();
  if (name == "call.direction") return {"in", "out", "internal"};
  if (name == "call.outcome") {
    return {"answered", "missed", "busy", "rejected", "no_answer", "unavailable", "blocked", "unknown"};
  }
  if (name == "email.status") {
    return {"sent",    "delivered", "opened",       "clicked",   "attachment_opened",
            "replied", "bounced",   "unsubscribed", "not_opened"};
  }
  if (name == "geo.from") return {"payload", "phone", "ip"};
  if (name == "client.known") return {"true", "false"};
  return {};
}

}  // namespace b24gate::distribution
