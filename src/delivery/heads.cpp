#include "delivery/heads.hpp"

#include <map>
#include <memory>

#include "portal/schema.hpp"

namespace b24gate::delivery {
namespace {

constexpr std::chrono::hours daily{24};
constexpr std::chrono::minutes soon{1};

}  // namespace

Heads::Heads(portal::Client& client, portal::Limiter& limiter, Engine& engine, const Clock& clock)
    : client_(client), limiter_(limiter), engine_(engine), clock_(clock) {}

Heads::~Heads() { stop(); }

void Heads::start() {
  thread_ = std::thread([this] { run(); });
}

void Heads::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Heads::run() {
  for (;;) {
    const Milliseconds pause = refresh() ? Milliseconds{daily} : Milliseconds{soon};
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, pause, [&] { return stopping_; })) return;
  }
}

bool Heads::refresh() {
  auto schema = std::make_shared<portal::PortalSchema>();
  for (auto ask = schema->questions(); !ask.empty();) {
    // While the lane is closed the engine's probe alone speaks to the portal.
    if (!engine_.lane().open || limiter_.take(ask, portal::Priority::normal).count() > 0) return false;
    ask = schema->absorb(ask, client_.call(ask));
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
  }
  if (schema->users().empty()) return false;
  engine_.set_heads([schema](std::int64_t user_id) -> std::int64_t {
    const auto user = schema->users().find(user_id);
    if (user == schema->users().end()) return 0;
    for (const auto department : user->second.departments) {
      if (const auto head = schema->head_of(department); head && *head != user_id) return *head;
    }
    return 0;
  });
  return true;
}

}  // namespace b24gate::delivery
