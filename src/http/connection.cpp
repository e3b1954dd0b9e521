#include "http/connection.hpp"

#include <sys/epoll.h>

#include "http/loop.hpp"
#include "http/response.hpp"

namespace b24gate::http {
namespace {

constexpr int turn_budget = 32;  // steps before the other connections get their turn
constexpr std::size_t send_batch = 64 * 1024;
constexpr std::size_t keep_capacity = 64 * 1024;
constexpr Milliseconds linger_time{5'000};
constexpr std::size_t linger_bytes = 64 * 1024 * 1024;

constexpr Refusal too_many_connections{503, "too_many_connections", "the server has no free connection"};
constexpr Refusal no_memory{503, "overloaded", "too many requests are being read, try again later"};
constexpr Refusal too_late{408, "request_timeout", "the request did not come in time"};
constexpr Refusal cut_off{400, "bad_request", "the request ended too early"};

void release_if_large(std::string& text) {
  text.clear();
  if (text.capacity() > keep_capacity) std::string().swap(text);
}

}  // namespace

Connection::Connection(Loop& loop, Arrival arrival, const tls::Context* context, bool refused,
                       std::uint32_t slot)
    : loop_(loop),
      stream_(std::move(arrival.socket), context),
      peer_(std::move(arrival.peer)),
      refused_(refused),
      slot_(slot),
      began_(loop.now()),
      request_deadline_(loop.limits().request_deadline) {
  set_due(Due::request, began_ + request_deadline_);
  if (stream_.is_tls()) {
    state_ = State::handshaking;
  } else if (refused_) {
    write_error(too_many_connections);
  }
}

void Connection::set_due(Due due, SteadyPoint at) {
  due_ = due;
  loop_.set_deadline(*this, at);
}

void Connection::on_events(std::uint32_t events) {
  if (state_ == State::closed) return;
  if ((events & EPOLLRDHUP) != 0) hung_up_ = true;
  // TLS may wait for either direction whatever it is asked to do.
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0 || stream_.is_tls()) readable_ = true;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return close();
  drive();
}

void Connection::drive() {
  for (int steps = turn_budget; state_ != State::closed; --steps) {
    if (steps == 0) {
      loop_.enqueue(*this);
      break;
    }
    if (state_ == State::handshaking) {
      if (!shake_hands()) break;
      continue;
    }
    // Answers to pipelined requests leave together.
    if (unsent() > 0 && (state_ != State::reading || !has_pending() || unsent() >= send_batch) && !flush())
      break;
    if (state_ == State::closing) {
      finish();
    } else if (state_ == State::lingering) {
      if (!drain()) break;
    } else if (state_ == State::handling || !take_input()) {
      break;
    }
  }
  if (state_ != State::closed) account();
}

bool Connection::shake_hands() {
  const Io io = stream_.handshake();
  if (io.state == Io::State::blocked) return false;
  if (io.state != Io::State::done) {
    close();
  } else if (refused_) {
    write_error(too_many_connections);
  } else {
    state_ = State::reading;
    readable_ = true;
  }
  return true;
}

// False when the client takes no more for now, or the connection is closed.
bool Connection::flush() {
  while (unsent() > 0) {
    const Io io = stream_.write(out_.data() + out_at_, unsent());
    if (io.state == Io::State::done) {
      out_at_ += io.bytes;
    } else if (io.state == Io::State::blocked) {
      if (due_ != Due::write) set_due(Due::write, loop_.now() + loop_.limits().write_deadline);
      return false;
    } else {
      close();
      return false;
    }
  }
  release_if_large(out_);
  out_at_ = 0;
  if (due_ == Due::write) set_due(Due::nothing, SteadyPoint::max());
  return true;
}

// False when there is nothing to read for now.
bool Connection::take_input() {
  if (has_pending()) {
    consume(std::string_view(pending_).substr(pending_at_), true);
    return true;
  }
  if (ended_) {
    end_of_input();
    return true;
  }
  if (!readable_) {
    settle();
    return false;
  }
  auto& scratch = loop_.scratch();
  const Io io = stream_.read(scratch.data(), scratch.size());
  switch (io.state) {
    case Io::State::done:
      // A short read has emptied the socket; more bytes would bring another event.
      if (io.bytes < scratch.size() && !stream_.is_tls() && !hung_up_) readable_ = false;
      consume({scratch.data(), io.bytes}, false);
      return true;
    case Io::State::blocked:
      readable_ = false;
      settle();
      return false;
    case Io::State::ended:
      ended_ = true;
      return true;
    case Io::State::failed:
      close();
      return true;
  }
  return false;
}

void Connection::consume(std::string_view bytes, bool from_pending) {
  if (framing_.state() == Framing::State::idle) {
    framing_.begin(loop_.limits());
  }
  const bool was_idle = framing_.state() == Framing::State::idle;
  const std::size_t used = framing_.feed(bytes);
  if (was_idle && framing_.state() != Framing::State::idle) {
    loop_.must_not_be_evicted(*this);
    if (!first_) {
      began_ = loop_.now();
      request_deadline_ = loop_.limits().request_deadline;
    }
  }
  if (from_pending) {
    pending_at_ += used;
    if (!has_pending()) {
      release_if_large(pending_);
      pending_at_ = 0;
    }
  } else if (used < bytes.size()) {
    pending_.assign(bytes.substr(used));
    pending_at_ = 0;
  }
  act();
}

// Looks at what framing has found.
void Connection::act() {
  switch (framing_.state()) {
    case Framing::State::idle:
    case Framing::State::head:
      return;
    case Framing::State::refused:
      return refuse(framing_.refusal());
    case Framing::State::whole:
      if (framing_.has_body() && over_memory()) return refuse(no_memory);
      return dispatch();
    case Framing::State::body:
      if (over_memory()) return refuse(no_memory);
      if (framing_.wants_continue()) out_ += "HTTP/1.1 100 Continue\r\n\r\n";
      return;
  }
}

// There is nothing to read: what is waited for, and until when?
void Connection::settle() {
  if (framing_.state() != Framing::State::idle || first_) {
    if (due_ != Due::request) set_due(Due::request, began_ + request_deadline_);
    return;
  }
  if (loop_.stopping()) return close();
  if (due_ == Due::idle && evictable) return;
  idle_since_ = loop_.now();
  set_due(Due::idle, idle_since_ + loop_.limits().idle);
  loop_.may_be_evicted(*this);
}

void Connection::end_of_input() {
  const bool begun = framing_.state() != Framing::State::idle;
  if (begun) {
    refuse(cut_off);
  } else {
    close();
  }
}

bool Connection::over_memory() {
  const Shared& shared = loop_.shared();
  const std::size_t others = shared.buffered.load(std::memory_order_relaxed) - accounted_;
  return others + framing_.buffered() > shared.max_buffered.load(std::memory_order_relaxed);
}

void Connection::dispatch() {
  state_ = State::handling;
  first_ = false;
  exchange_ = loop_.next_exchange();
  set_due(Due::nothing, SteadyPoint::max());
  LoopCounters::add(loop_.count().requests);
  Request request = framing_.take();
  request.peer = peer_;
  request.received_at = loop_.shared().clock.now();
  in_handler_ = true;
  try {
    loop_.shared().handler(std::move(request), loop_.responder({slot_, exchange_}));
  } catch (...) {
    // The Responder died with the handler's frame and has answered 500.
  }
  in_handler_ = false;
}

bool Connection::answer(std::uint64_t exchange, const Response& response) {
  if (state_ != State::handling || exchange_ != exchange) return false;
  exchange_ = 0;
  if (response.status == 0) {
    state_ = State::closing;
    return true;
  }
  Frame frame;
  frame.date = loop_.date();
  frame.server_name = loop_.shared().server_name;
  frame.keep_alive = framing_.keep_alive() && !response.close && !loop_.stopping();
  frame.say_keep_alive = framing_.version_1_0();
  frame.without_body = framing_.is_head();
  append_response(out_, response, frame);
  state_ = frame.keep_alive ? State::reading : State::closing;
  framing_.begin(loop_.limits());
  return true;
}

void Connection::refuse(const Refusal& refusal) {
  LoopCounters::add(loop_.count().refused_requests);
  write_error(refusal);
}

void Connection::write_error(const Refusal& refusal) {
  Response response = error_response(refusal.status, refusal.code, refusal.message);
  if (refusal.status == 503) response.headers.emplace_back("Retry-After", "1");
  Frame frame;
  frame.date = loop_.date();
  frame.server_name = loop_.shared().server_name;
  frame.keep_alive = false;
  frame.without_body = framing_.is_head();
  append_response(out_, response, frame);
  state_ = State::closing;
  linger_ = true;
  set_due(Due::nothing, SteadyPoint::max());
  framing_.begin(loop_.limits());
  release_if_large(pending_);
  pending_at_ = 0;
}

// All is sent. Closing a socket with unread bytes makes a reset, which may destroy the answer on its way.
void Connection::finish() {
  if (ended_ || !(linger_ || has_pending() || stream_.has_input())) return close();
  stream_.shut_write();
  state_ = State::lingering;
  readable_ = true;
  release_if_large(pending_);
  pending_at_ = 0;
  idle_since_ = loop_.now();
  set_due(Due::linger, idle_since_ + linger_time);
  loop_.may_be_evicted(*this);
}

// False when nothing comes for now.
bool Connection::drain() {
  auto& scratch = loop_.scratch();
  const Io io = stream_.read_raw(scratch.data(), scratch.size());
  if (io.state == Io::State::blocked) return false;
  drained_ += io.bytes;
  if (io.state != Io::State::done || drained_ > linger_bytes) close();
  return true;
}

void Connection::on_deadline() {
  switch (due_) {
    case Due::nothing:
      return;
    case Due::request:
      LoopCounters::add(loop_.count().timed_out);
      // A client that has sent nothing has asked nothing.
      if (state_ != State::reading || framing_.state() == Framing::State::idle) return close();
      refuse(too_late);
      return drive();
    case Due::write:
      LoopCounters::add(loop_.count().timed_out);
      return close();
    case Due::idle:
    case Due::linger:
      return close();
  }
}

void Connection::stop() {
  if (state_ == State::handling || state_ == State::closing || state_ == State::closed) return;
  if (state_ != State::reading) return close();
  readable_ = true;  // a request may have come that has not been looked at
  drive();
  if (state_ == State::reading && framing_.state() == Framing::State::idle && !has_pending() && unsent() == 0)
    close();
}

void Connection::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  framing_.begin(loop_.limits());
  release_if_large(pending_);
  pending_at_ = 0;
  account();
  stream_.close();
  loop_.retire(*this);
}

void Connection::account() {
  const std::size_t holds = framing_.state() == Framing::State::whole
                                ? pending_.size() - pending_at_
                                : framing_.buffered() + pending_.size() - pending_at_;
  if (holds == accounted_) return;
  loop_.shared().buffered.fetch_add(holds - accounted_, std::memory_order_relaxed);  // wraps around for less
  accounted_ = holds;
}

}  // namespace b24gate::http
