#include "http/loop.hpp"

#include <pthread.h>
#include <sys/epoll.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "base/os_error.hpp"
#include "base/thread_name.hpp"
#include "http/response.hpp"

namespace b24gate::http {
namespace {

constexpr Milliseconds longest_wait{3'600'000};

// What a Responder of this loop holds.
struct Reply {
  std::shared_ptr<Mailbox> mailbox;
  Ticket ticket;
  void operator()(MakeResponse make) const { mailbox->post(Answer{ticket, std::move(make)}); }
};

std::string system_text(const char* call) {
  return std::string(call) + ": " + os_error(errno);
}  // NOLINT(concurrency-mt-unsafe)

}  // namespace

Loop::Loop(Shared& shared, const Limits& limits, int listener)
    : shared_(shared), limits_(limits), listener_(listener), mailbox_(std::make_shared<Mailbox>()) {}

Loop::~Loop() { join(); }

Done Loop::start(unsigned number) {
  epoll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  take_reserve();
  if (!epoll_ || !reserve_ || mailbox_->fd() < 0) {
    return fail(ErrorKind::internal, "event loop", system_text("no file descriptors"));
  }
  epoll_event mail{};
  mail.events = EPOLLIN;
  mail.data.ptr = mailbox_.get();
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, mailbox_->fd(), &mail) != 0 || !watch_listener()) {
    return fail(ErrorKind::internal, "event loop", system_text("epoll_ctl"));
  }
  // Signals are for the threads that wait for them.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this, number] {
      name_this_thread("http-" + std::to_string(number));
      run();
    });
  } catch (const std::system_error& error) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return fail(ErrorKind::internal, "event loop", std::string("no thread: ") + error.what());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return {};
}

void Loop::stop(SteadyPoint give_up_at) {
  mailbox_->post(Mailbox::Change([this, give_up_at] { begin_stop(give_up_at); }));
}

void Loop::join() {
  if (thread_.joinable()) thread_.join();
}

void Loop::set_limits(const Limits& limits) {
  mailbox_->post(Mailbox::Change([this, limits] { limits_ = limits; }));
}

void Loop::run() {
  mailbox_->open(this);
  std::array<epoll_event, 256> events{};
  now_ = shared_.clock.steady();
  while (!(stopping_ && ((active_.empty() && idle_.empty()) || now_ >= give_up_at_))) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms());
    now_ = shared_.clock.steady();
    if (mailbox_->has_mail()) take_mail();
    bool arrivals = accept_again_at_ <= now_;
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events.at(static_cast<std::size_t>(i));
      if (event.data.ptr == nullptr) {
        arrivals = true;
      } else if (event.data.ptr == mailbox_.get()) {
        // In this order: a letter posted in between has been woken for by what is acknowledged here.
        mailbox_->acknowledge_wake();
        if (mailbox_->has_mail()) take_mail();
      } else {
        static_cast<Connection*>(event.data.ptr)->on_events(event.events);
      }
    }
    if (arrivals && !stopping_) accept_some();
    run_ready();
    expire();
    publish_oldest_idle();
    bury();
  }
  Mailbox::Mail left;
  mailbox_->close(left);
  for (const Answer& answer : left.answers) static_cast<void>(made(answer.make));
  for (const Arrival& arrival : left.arrivals) {
    if (arrival.counted) shared_.leave_place();
  }
  while (!active_.empty()) active_.front()->close();
  while (!idle_.empty()) idle_.front()->close();
  ready_.clear();
  buried_.clear();
}

int Loop::wait_ms() const {
  if (!ready_.empty()) return 0;
  SteadyPoint next = std::min(accept_again_at_, give_up_at_);
  if (const auto timer = timers_.next()) next = std::min(next, *timer);
  if (next == SteadyPoint::max()) return -1;
  return static_cast<int>(std::clamp(next - now_, Milliseconds{0}, longest_wait).count());
}

void Loop::take_mail() {
  mailbox_->collect(mail_);
  for (const auto& change : mail_.changes) change();
  for (const Answer& answer : mail_.answers) deliver(answer, true);
  for (auto& arrival : mail_.arrivals) adopt(std::move(arrival));
  mail_.changes.clear();
  mail_.answers.clear();
  mail_.arrivals.clear();
}

Responder Loop::responder(Ticket ticket) { return Responder(Reply{mailbox_, ticket}); }

void Loop::answer(const Answer& answer) { deliver(answer, false); }

// An answer given on this thread comes from inside some connection's turn: driving another one there could
// nest without end, so it gets a turn of its own.
void Loop::deliver(const Answer& answer, bool drive) {
  const Response response = made(answer.make);
  if (answer.ticket.slot >= slots_.size()) return;
  Connection* connection = slots_[answer.ticket.slot];
  if (connection == nullptr || !connection->answer(answer.ticket.exchange, response)) return;
  if (drive) {
    connection->drive();
  } else if (!connection->in_handler()) {
    enqueue(*connection);
  }
}

void Loop::begin_stop(SteadyPoint give_up_at) {
  stopping_ = true;
  give_up_at_ = give_up_at;
  accept_again_at_ = SteadyPoint::max();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_, nullptr);
  std::vector<Connection*> all;
  for (const auto& connection : idle_) all.push_back(connection.get());
  for (const auto& connection : active_) all.push_back(connection.get());
  for (Connection* connection : all) connection->stop();
}

void Loop::enqueue(Connection& connection) {
  if (connection.queued) return;
  connection.queued = true;
  ready_.push_back(&connection);
}

void Loop::run_ready() {
  running_.swap(ready_);
  for (Connection* connection : running_) {
    connection->queued = false;
    connection->drive();
  }
  running_.clear();
}

void Loop::expire() {
  while (Timed* timed = timers_.due(now_)) static_cast<Connection*>(timed)->on_deadline();
}

void Loop::bury() {
  for (auto it = buried_.begin(); it != buried_.end();) {
    it = (*it)->queued ? std::next(it) : buried_.erase(it);
  }
}

std::string_view Loop::date() {
  const TimePoint wall = shared_.clock.now();
  const std::int64_t second = to_unix_ms(wall) / 1000;
  if (second != date_second_) {
    date_second_ = second;
    date_ = http_date(wall);
  }
  return date_;
}

void Loop::may_be_evicted(Connection& connection) {
  if (connection.is_refused()) return;
  idle_.splice(idle_.end(), connection.evictable ? idle_ : active_, connection.place);
  connection.evictable = true;
}

void Loop::must_not_be_evicted(Connection& connection) {
  if (!connection.evictable) return;
  active_.splice(active_.end(), idle_, connection.place);
  connection.evictable = false;
}

void Loop::retire(Connection& connection) {
  timers_.remove(connection);
  slots_[connection.slot()] = nullptr;
  free_slots_.push_back(connection.slot());
  load_.fetch_sub(1, std::memory_order_relaxed);
  if (connection.is_refused()) {
    --refused_open_;
  } else {
    shared_.leave_place();
  }
  buried_.splice(buried_.end(), connection.evictable ? idle_ : active_, connection.place);
}

void Loop::publish_oldest_idle() {
  const std::int64_t oldest =
      idle_.empty() ? none_idle : idle_.front()->idle_since().time_since_epoch().count();
  oldest_idle_.store(oldest, std::memory_order_relaxed);
}

}  // namespace b24gate::http
