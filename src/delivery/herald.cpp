#include "delivery/herald.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "delivery/ask.hpp"

namespace b24gate::delivery {
namespace {

constexpr std::chrono::seconds pause{5};
constexpr std::chrono::minutes after_failure{1};
constexpr std::size_t most_lines = 10;  // of one notification

const mapping::Template& text_of(const config::Texts& texts, const Notice& notice) {
  switch (notice.kind) {
    case Notice::Kind::drift:
      return texts.admin_drift;
    case Notice::Kind::person:
      return texts.admin_person;
    case Notice::Kind::failed:
      return texts.admin_failed;
    case Notice::Kind::resumed:
      return texts.admin_resumed;
    case Notice::Kind::method:
      break;
  }
  if (notice.code == "insufficient_scope") return texts.admin_scope;
  return texts.admin_method;
}

portal::Command notification(const config::Configuration& configuration, const std::vector<Notice>& alike,
                             std::int64_t user_id) {
  const Notice& first = alike.front();
  json::Array lines;
  int times = 0;
  for (const auto& notice : alike) {
    times += notice.times;
    if (lines.size() < most_lines) lines.emplace_back(notice.what);
  }
  json::Value about = json::Value::object({{"topic", first.topic},
                                           {"code", first.code},
                                           {"what", first.what},
                                           {"advice", first.advice},
                                           {"times", times},
                                           {"more", static_cast<std::int64_t>(alike.size() - lines.size())},
                                           {"since", to_iso(first.since, configuration.portal.time_zone)}});
  about["lines"] = json::Value(std::move(lines));
  const json::Value scope = json::Value::object({{"notice", std::move(about)}});
  const std::string tag = fmt::format("B24GATE|admin|{}|{}", name(first.kind),
                                      first.kind == Notice::Kind::method ? first.topic : "");
  return {"im.notify.system.add",
          json::Value::object(
              {{"USER_ID", user_id},
               {"MESSAGE", text_of(configuration.texts, first)
                               .render(scope, configuration.dictionaries, configuration.portal.time_zone)},
               {"TAG", tag},
               {"SUB_TAG", "B24GATE"},
               {"CLIENT_ID", "b24gate"}})};
}

}  // namespace

std::vector<portal::Command> notifications(const config::Configuration& configuration,
                                           const std::vector<Notice>& notices, std::int64_t user_id) {
  std::map<std::pair<Notice::Kind, std::string>, std::vector<Notice>> alike;
  for (const auto& notice : notices)
    alike[{notice.kind, notice.kind == Notice::Kind::method ? notice.topic : ""}].push_back(notice);
  std::vector<portal::Command> out;
  for (const auto& [key, group] : alike) out.push_back(notification(configuration, group, user_id));
  return out;
}

Herald::Herald(const config::Current& current, portal::Client& client, portal::Limiter& limiter,
               Engine& engine, Notices& notices)
    : current_(current),
      client_(client),
      limiter_(limiter),
      engine_(engine),
      notices_(notices),
      thread_([this] { return turn(); }) {}

Milliseconds Herald::turn() {
  if (!engine_.lane().open) return pause;
  auto untold = notices_.take_untold();
  if (untold.empty()) return pause;
  const auto configuration = current_.get();
  const auto* named = configuration->roster.employee(configuration->portal.administrator.value);
  const auto schema = engine_.portal();
  const std::int64_t user_id = named ? named->user_id : schema ? schema->owner() : 0;
  const auto outcomes = user_id > 0
                            ? ask(engine_, limiter_, client_, notifications(*configuration, untold, user_id),
                                  portal::Priority::normal)
                            : std::nullopt;
  if (!outcomes) {
    notices_.put_back(std::move(untold));
    return pause;
  }
  const bool told = std::all_of(outcomes->begin(), outcomes->end(), [](const portal::Outcome& outcome) {
    return outcome.cls == portal::Class::success;
  });
  if (told) return pause;
  // Telling is a help, not a promise: it is in the log, and /readyz shows it.
  notices_.put_back(std::move(untold));
  return after_failure;
}

}  // namespace b24gate::delivery
