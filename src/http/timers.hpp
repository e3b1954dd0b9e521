// Deadlines of one loop: a binary heap of objects that know their own place in it.
//
// A deadline that moves later only changes a field: the heap learns of it when the old time comes. So a
// kept-alive connection, whose deadline moves with every request, costs nothing here. One thread; the heap
// owns nothing, and a Timed must be removed before it dies.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/time.hpp"

namespace b24gate::http {

class Timers;

class Timed {
 public:
  [[nodiscard]] SteadyPoint deadline() const { return deadline_; }

 protected:
  Timed() = default;
  ~Timed() = default;

 private:
  friend class Timers;
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
  SteadyPoint deadline_ = SteadyPoint::max();
  SteadyPoint key_ = SteadyPoint::max();  // what the heap sorts by; never later than deadline_
  std::size_t position_ = nowhere;
};

class Timers {
 public:
  // SteadyPoint::max() means none.
  void set(Timed& timed, SteadyPoint deadline) {
    timed.deadline_ = deadline;
    if (timed.position_ == Timed::nowhere) {
      if (deadline == SteadyPoint::max()) return;
      timed.position_ = heap_.size();
      timed.key_ = deadline;
      heap_.push_back(&timed);
      up(timed.position_);
    } else if (deadline < timed.key_) {
      timed.key_ = deadline;
      up(timed.position_);
    }
  }

  void remove(Timed& timed) {
    timed.deadline_ = SteadyPoint::max();
    const std::size_t at = timed.position_;
    if (at == Timed::nowhere) return;
    timed.position_ = Timed::nowhere;
    Timed* last = heap_.back();
    heap_.pop_back();
    if (last == &timed) return;
    place(at, last);
    up(at);
    down(last->position_);
  }

  // The next object whose deadline has come, taken out; nullptr when there is none.
  Timed* due(SteadyPoint now) {
    while (!heap_.empty() && heap_.front()->key_ <= now) {
      Timed* first = heap_.front();
      if (first->deadline_ <= now) {
        remove(*first);
        return first;
      }
      if (first->deadline_ == SteadyPoint::max()) {
        remove(*first);
      } else {
        first->key_ = first->deadline_;
        down(0);
      }
    }
    return nullptr;
  }

  // When to look again at the latest.
  [[nodiscard]] std::optional<SteadyPoint> next() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front()->key_;
  }

  [[nodiscard]] std::size_t size() const { return heap_.size(); }

 private:
  void place(std::size_t at, Timed* timed) {
    heap_[at] = timed;
    timed->position_ = at;
  }

  void up(std::size_t at) {
    Timed* moving = heap_[at];
    while (at > 0) {
      const std::size_t parent = (at - 1) / 2;
      if (heap_[parent]->key_ <= moving->key_) break;
      place(at, heap_[parent]);
      at = parent;
    }
    place(at, moving);
  }

  void down(std::size_t at) {
    Timed* moving = heap_[at];
    for (;;) {
      std::size_t child = 2 * at + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && heap_[child + 1]->key_ < heap_[child]->key_) ++child;
      if (moving->key_ <= heap_[child]->key_) break;
      place(at, heap_[child]);
      at = child;
    }
    place(at, moving);
  }

  std::vector<Timed*> heap_;
};

}  // namespace b24gate::http
