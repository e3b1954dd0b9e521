#include "delivery/notices.hpp"

#include <set>

namespace b24gate::delivery {
namespace {

bool stands(Notice::Kind kind) {
  return kind == Notice::Kind::method || kind == Notice::Kind::drift || kind == Notice::Kind::person;
}

}  // namespace

std::string_view name(Notice::Kind kind) {
  switch (kind) {
    case Notice::Kind::method:
      return "method";
    case Notice::Kind::drift:
      return "drift";
    case Notice::Kind::person:
      return "person";
    case Notice::Kind::failed:
      return "failed";
    case Notice::Kind::resumed:
      return "resumed";
  }
  return "method";
}

// REQUIRES: mutex_ is held.
void Notices::untold(Notice notice) {
  const Key key{notice.kind, notice.topic};
  const auto known = untold_.find(key);
  if (known != untold_.end()) notice.times += known->second.times;
  untold_.insert_or_assign(key, std::move(notice));
}

bool Notices::raise(Notice notice) {
  const std::lock_guard lock(mutex_);
  if (!standing_.emplace(Key{notice.kind, notice.topic}, notice).second) return false;
  if (!notice.advice.empty()) untold(std::move(notice));
  return true;
}

bool Notices::settle(Notice::Kind kind, std::string_view topic) {
  const std::lock_guard lock(mutex_);
  const Key key{kind, std::string(topic)};
  untold_.erase(key);
  return standing_.erase(key) > 0;
}

std::vector<Notice> Notices::replace(Notice::Kind kind, std::vector<Notice> notices) {
  const std::lock_guard lock(mutex_);
  std::set<std::string> now;
  std::vector<Notice> fresh;
  for (auto& notice : notices) {
    notice.kind = kind;
    now.insert(notice.topic);
    if (!standing_.emplace(Key{kind, notice.topic}, notice).second) continue;
    untold(notice);
    fresh.push_back(std::move(notice));
  }
  const auto gone = [&](const auto& one) {
    return one.first.first == kind && now.count(one.first.second) == 0;
  };
  std::erase_if(standing_, gone);
  std::erase_if(untold_, gone);
  return fresh;
}

void Notices::mention(Notice notice) {
  const std::lock_guard lock(mutex_);
  untold(std::move(notice));
}

std::vector<Notice> Notices::standing() const {
  const std::lock_guard lock(mutex_);
  std::vector<Notice> out;
  for (const auto& [key, notice] : standing_) out.push_back(notice);
  return out;
}

std::vector<Notice> Notices::take_untold() {
  const std::lock_guard lock(mutex_);
  std::vector<Notice> out;
  for (auto& [key, notice] : untold_) out.push_back(std::move(notice));
  untold_.clear();
  return out;
}

void Notices::put_back(std::vector<Notice> notices) {
  const std::lock_guard lock(mutex_);
  for (auto& notice : notices) {
    const Key key{notice.kind, notice.topic};
    if (stands(notice.kind) && standing_.count(key) == 0) continue;
    const auto newer = untold_.find(key);
    if (newer != untold_.end()) {
      newer->second.times += notice.times;
    } else {
      untold_.emplace(key, std::move(notice));
    }
  }
}

}  // namespace b24gate::delivery
