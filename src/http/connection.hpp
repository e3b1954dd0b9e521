// One connection of a loop: handshake, requests one after another, answers in their order, end.
//
// All on the loop's thread. While a request is with the handler nothing is read, so pipelined requests wait
// their turn and the client feels it. epoll is edge-triggered: what can be read is remembered in readable_.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "http/framing.hpp"
#include "http/mailbox.hpp"
#include "http/stream.hpp"
#include "http/timers.hpp"

namespace b24gate::http {

class Loop;

class Connection final : public Timed {
 public:
  // `refused`: it came over the bound on connections, is told so and counts nowhere.
  Connection(Loop& loop, Arrival arrival, const tls::Context* context, bool refused, std::uint32_t slot);

  // Events of epoll.
  void on_events(std::uint32_t events);
  void on_deadline();
  // Does all that can be done now.
  void drive();
  // Takes the answer if it is for the request in hand. drive() must follow, unless the handler is just
  // running.
  bool answer(std::uint64_t exchange, const Response& response);
  // The server stops: closes unless a request has begun.
  void stop();
  void close();

  [[nodiscard]] int fd() const { return stream_.fd(); }
  [[nodiscard]] bool is_closed() const { return state_ == State::closed; }
  [[nodiscard]] bool is_refused() const { return refused_; }
  [[nodiscard]] bool in_handler() const { return in_handler_; }
  [[nodiscard]] std::uint32_t slot() const { return slot_; }
  [[nodiscard]] SteadyPoint idle_since() const { return idle_since_; }
  // Whether closing it now would lose nothing that has arrived.
  [[nodiscard]] bool may_be_evicted() const { return state_ == State::lingering || !stream_.has_input(); }

  // The loop's bookkeeping.
  std::list<std::unique_ptr<Connection>>::iterator place;
  bool queued = false;
  bool evictable = false;

 private:
  enum class State {
    handshaking,  // TLS
    reading,      // a request, or waiting for one
    handling,     // the handler has the request
    closing,      // closes when all is sent
    lingering,  // all is sent and said; what still comes is thrown away so that no reset destroys the answer
    closed,
  };
  enum class Due { nothing, request, write, idle, linger };

  [[nodiscard]] std::size_t unsent() const { return out_.size() - out_at_; }
  [[nodiscard]] bool has_pending() const { return pending_at_ < pending_.size(); }
  void set_due(Due due, SteadyPoint at);
  bool shake_hands();
  bool flush();
  bool take_input();
  void consume(std::string_view bytes, bool from_pending);
  void act();
  void settle();
  void end_of_input();
  bool over_memory();
  void dispatch();
  void refuse(const Refusal& refusal);
  void write_error(const Refusal& refusal);
  void finish();
  bool drain();
  void account();

  Loop& loop_;
  Stream stream_;
  const std::string peer_;
  const bool refused_;
  const std::uint32_t slot_;
  State state_ = State::reading;
  Due due_ = Due::nothing;
  bool readable_ = false;
  bool hung_up_ = false;  // the other end has shut its side: read on to the end
  bool ended_ = false;    // and its end has been read
  bool first_ = true;     // no request yet
  bool in_handler_ = false;
  bool linger_ = false;
  std::uint64_t exchange_ = 0;  // of the request in hand; 0: none
  SteadyPoint began_;           // the request's first byte, or the accept
  SteadyPoint idle_since_{};
  Milliseconds request_deadline_;  // as it was when the request began

  Framing framing_;
  std::string pending_;  // read, but of a later request
  std::size_t pending_at_ = 0;
  std::string out_;
  std::size_t out_at_ = 0;
  std::size_t accounted_ = 0;
  std::size_t drained_ = 0;
};

}  // namespace b24gate::http
