// How other threads speak to a loop: answers, new connections, changes. It may outlive its loop, so that a
// Responder may be used when connection and server are long gone.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "http/fd.hpp"
#include "http/server.hpp"

namespace b24gate::http {

// Which request an answer is for: a connection's slot, and the number of the exchange, which no other one
// ever has.
struct Ticket {
  std::uint32_t slot = 0;
  std::uint64_t exchange = 0;
};

struct Answer {
  Ticket ticket;
  MakeResponse make;
};

// A connection that has been accepted. `counted`: it has its place within the bound already.
struct Arrival {
  Fd socket;
  std::string peer;
  bool counted = false;
};

class Mailbox {
 public:
  using Change = std::function<void()>;
  struct Mail {
    std::vector<Answer> answers;
    std::vector<Arrival> arrivals;
    std::vector<Change> changes;
  };

  // Where an answer given on the loop's own thread goes, without any lock.
  class Owner {
   public:
    virtual void answer(const Answer& answer) = 0;

   protected:
    ~Owner() = default;
  };

  Mailbox();

  // Thread-safe. After close() they do nothing, but that an answer is made by the caller.
  void post(Answer answer);
  void post(Arrival arrival);
  void post(Change change);
  void wake();

  // For the loop's thread only.
  void open(Owner* owner);
  [[nodiscard]] int fd() const { return event_.get(); }
  [[nodiscard]] bool has_mail() const { return has_mail_.load(std::memory_order_acquire); }
  void acknowledge_wake();
  // Swaps what has come with `mail`, which must be empty.
  void collect(Mail& mail);
  // What has come and was not collected is returned in `mail`.
  void close(Mail& mail);

 private:
  // False after close().
  template <class Letter>
  bool add(std::vector<Letter> Mail::*box, Letter& letter);

  Fd event_;
  std::atomic<bool> has_mail_{false};
  std::mutex mutex_;
  Mail mail_;
  bool closed_ = false;
};

}  // namespace b24gate::http
