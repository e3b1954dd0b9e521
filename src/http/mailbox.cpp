#include "http/mailbox.hpp"

#include <sys/eventfd.h>

#include <utility>

#include "http/response.hpp"

namespace b24gate::http {
namespace {

// The mailbox is compared, not the loop: it is alive as long as anybody can ask, so its address is nobody
// else's.
thread_local const Mailbox* mailbox_here = nullptr;
thread_local Mailbox::Owner* owner_here = nullptr;

}  // namespace

Mailbox::Mailbox() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

template <class Letter>
bool Mailbox::add(std::vector<Letter> Mail::*box, Letter& letter) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    (mail_.*box).push_back(std::move(letter));
    first = !has_mail_.exchange(true, std::memory_order_release);
  }
  if (first) wake();
  return true;
}

void Mailbox::post(Answer answer) {
  if (mailbox_here == this) {
    owner_here->answer(answer);
  } else if (!add(&Mail::answers, answer)) {
    static_cast<void>(made(answer.make));
  }
}

void Mailbox::post(Arrival arrival) { add(&Mail::arrivals, arrival); }

void Mailbox::post(Change change) { add(&Mail::changes, change); }

void Mailbox::wake() { ::eventfd_write(event_.get(), 1); }

void Mailbox::open(Owner* owner) {
  mailbox_here = this;
  owner_here = owner;
}

void Mailbox::acknowledge_wake() {
  eventfd_t count = 0;
  ::eventfd_read(event_.get(), &count);
}

void Mailbox::collect(Mail& mail) {
  const std::lock_guard lock(mutex_);
  std::swap(mail, mail_);
  has_mail_.store(false, std::memory_order_relaxed);
}

void Mailbox::close(Mail& mail) {
  mailbox_here = nullptr;
  owner_here = nullptr;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  std::swap(mail, mail_);
}

}  // namespace b24gate::http
