#include "chaos/load.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include <chrono>
#include <random>
#include <thread>

#include "json/value.hpp"
#include "text/percent.hpp"

namespace b24gate::chaos {
namespace {

constexpr int services = 4;
// Clients of different senders never meet.
constexpr int clients_of_a_sender = 100'000;

struct Posted {
  int status = 0;  // 0: no answer
  std::string body;
};

}  // namespace

struct Load::Sender {
  Sender(std::uint16_t port, std::uint64_t seed, int which) : random(seed), number(which) {
    for (auto* connection : {&first, &second}) {
      *connection = std::make_unique<httplib::Client>("127.0.0.1", port);
      (*connection)->set_keep_alive(true);
      (*connection)->set_tcp_nodelay(true);
      (*connection)->set_connection_timeout(2);
      (*connection)->set_read_timeout(10);
    }
  }

  int below(int bound) { return static_cast<int>(random() % static_cast<std::uint64_t>(bound)); }

  std::mt19937_64 random;
  const int number;
  std::unique_ptr<httplib::Client> first;
  std::unique_ptr<httplib::Client> second;  // for the other one of a pair
  std::vector<int> generations;             // of its clients
  std::vector<Enquiry> old;                 // acknowledged, may be posted once more
  std::thread thread;
};

namespace {

Posted post(httplib::Client& connection, const Enquiry& enquiry) {
  const auto result = connection.Post(enquiry.path.c_str(), enquiry.body, enquiry.content_type.c_str());
  return result ? Posted{result->status, result->body} : Posted{};
}

}  // namespace

std::string Load::sources() {
  return "  chaos-quiz: { title: Квиз, connector: marquiz, secret: quiz-secret }\n"
         "  chaos-calls: { title: Звонки, connector: comagic, secret: calls-secret }\n";
}

std::string Load::distribution() {
  return "rules:\n"
         "  - name: когенерация\n"
         "    when: { text: { words: [когенерация] } }\n"
         "    assign: engineers\n"
         "    task: { title: \"Обработать: {{ lead.TITLE }}\", deadline: 4 working hours }\n"
         "known_client: keep_manager\n"
         "nobody_present: { then: fallback }\n"
         "fallback: { assign: account_manager }\n";
}

std::string Load::employees() {
  return "employees:\n"
         "  ivanov: { user_id: 12, title: Иванов }\n"
         "  petrova: { user_id: 14, title: Петрова }\n"
         "  sidorova: { user_id: 7, title: Сидорова }\n"
         "groups:\n"
         "  engineers: { members: [ivanov, petrova], choose: round_robin }\n"
         "account_manager: sidorova\n";
}

std::string Load::phone(int client) { return fmt::format("+7903{:07}", 1'000'000 + client); }

Load::Load(std::uint16_t port, std::uint64_t seed) : port_(port) {
  for (int i = 0; i < senders; ++i) {
    all_.push_back(std::make_unique<Sender>(port_, seed * senders + static_cast<std::uint64_t>(i), i));
    all_.back()->thread = std::thread([this, sender = all_.back().get()] { run(*sender); });
  }
}

Load::~Load() { stop(); }

void Load::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  for (auto& sender : all_) {
    if (sender->thread.joinable()) sender->thread.join();
  }
}

void Load::grant(int enquiries) {
  const std::lock_guard lock(mutex_);
  granted_ += enquiries;
  changed_.notify_all();
}

std::size_t Load::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}

bool Load::idle() const {
  const std::lock_guard lock(mutex_);
  return granted_ == 0 && busy_ == 0;
}

std::vector<Enquiry> Load::enquiries() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}

std::map<std::string, std::uint64_t> Load::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::vector<std::string> Load::strange() const {
  const std::lock_guard lock(mutex_);
  return strange_;
}

void Load::count(const std::string& what) {
  const std::lock_guard lock(mutex_);
  ++counts_[what];
}

// Waits for a grant; 0 when it is over.
int Load::take_grant(int wanted) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopping_ || granted_ > 0; });
  if (stopping_) return 0;
  const int taken = std::min(wanted, granted_);
  granted_ -= taken;
  ++busy_;
  return taken;
}

void Load::give(std::vector<Enquiry> done) {
  const std::lock_guard lock(mutex_);
  --busy_;
  for (auto& enquiry : done) {
    if (enquiry.acknowledged) ++acknowledged_;
    sent_.push_back(std::move(enquiry));
  }
  changed_.notify_all();
}

Enquiry Load::make(int number, int client, int generation, bool wants_task, int service) const {
  Enquiry out;
  out.client = client;
  out.generation = generation;
  out.wants_task = wants_task;
  const std::string text = fmt::format("{} {}", wants_task ? "Нужна когенерация" : "Вопрос", number);
  const std::string number_of_client = phone(client);
  const std::string local = "8" + number_of_client.substr(2);
  if (service == 0) {
    out.key = fmt::format("tilda:77:{}", number);
    out.path = "/hook/site-tilda/tilda-secret";
    out.content_type = "application/x-www-form-urlencoded";
    out.body = fmt::format("Name=Test&Phone={}&formid=form1&formname=Test&tranid=77:{}&Comments={}", local,
                           number, text::percent_encoded(text));
  } else if (service == 1) {
    out.key = fmt::format("webhook:any:{}", number);
    out.path = "/hook/any/any-secret";
    out.content_type = "application/json";
    // What the client's other enquiries do not say.
    out.email = fmt::format("client{}@example.com", client);
    out.body = fmt::format(R"({{"request_id":"{}","phone":"{}","email":"{}","name":"Test","message":"{}"}})",
                           number, number_of_client, out.email, text);
  } else if (service == 3) {
    // A call that is over: every second one was missed.
    out.key = fmt::format("comagic:call_end:{}", number);
    out.call = fmt::format("chaos-calls:{}", number);
    out.path = "/hook/chaos-calls/calls-secret";
    out.content_type = "application/json";
    out.body = fmt::format(
        R"({{"event":"call_end","call_session_id":{},"direction":"in","contact_phone_number":"{}",)"
        R"("virtual_phone_number":"74950000101","wait_time_duration":7,"talk_time_duration":{},"comment":"{}"}})",
        number, number_of_client.substr(1), number % 2 == 0 ? 30 : 0, text);
  } else {
    const std::string created = fmt::format("2026-03-{:02}T{:02}:{:02}:{:02}.000Z", 1 + number / 86'400,
                                            number / 3'600 % 24, number / 60 % 60, number % 60);
    out.key = fmt::format("marquiz:chaos:{}:{}", created, number_of_client);
    out.path = "/hook/chaos-quiz/quiz-secret";
    out.content_type = "application/json";
    out.body = fmt::format(
        R"({{"contacts":{{"name":"Test","phone":"{}"}},"quiz":{{"id":"chaos","name":"Test"}},"created":"{}",)"
        R"("answers":[{{"q":"Что нужно?","a":"{}"}}]}})",
        local, created, text);
  }
  return out;
}

void Load::run(Sender& sender) {
  const auto over = [this] {
    const std::lock_guard lock(mutex_);
    return stopping_;
  };
  // Posts until there is a 2xx; false when the sender gave up or everything is over.
  const auto deliver = [&](httplib::Client& connection, const Enquiry& enquiry, int tries) {
    for (; tries != 0 && !over(); --tries) {
      const Posted answer = post(connection, enquiry);
      count("posts");
      if (answer.status == 200) {
        const auto said = json::parse(answer.body);
        if (said && (*said)["status"].text() == "duplicate") count("told duplicate");
        return true;
      }
      if (answer.status == 503) {
        count("answered 503");
      } else if (answer.status == 0) {
        count("unanswered");
      } else {
        const std::lock_guard lock(mutex_);
        strange_.push_back(fmt::format("{}: answered {} {}", enquiry.key, answer.status, answer.body));
        return false;
      }
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::milliseconds{15}, [&] { return stopping_; });
    }
    return false;
  };

  for (;;) {
    const bool wants_pair = sender.below(100) < 15;
    const int enquiries = take_grant(wants_pair ? 2 : 1);
    if (enquiries == 0) return;
    // A new client, or one who was here before.
    const int known = static_cast<int>(sender.generations.size());
    const int which = known == 0 || sender.below(100) < 35 ? known : sender.below(known);
    if (which == known) sender.generations.push_back(0);
    const int generation = ++sender.generations[static_cast<std::size_t>(which)];
    const int client = sender.number * clients_of_a_sender + which;
    const int service = sender.below(services);
    const bool gives_up = enquiries == 1 && sender.below(100) < 4;
    std::vector<Enquiry> step;
    for (int i = 0; i < enquiries; ++i) {
      int number = 0;
      {
        const std::lock_guard lock(mutex_);
        number = ++last_number_;
      }
      step.push_back(make(number, client, generation, sender.below(100) < 60, (service + i) % services));
    }
    const int tries = gives_up ? 1 : -1;
    std::thread other;
    if (enquiries == 2) {
      count("pairs");
      other = std::thread([&] { step[1].acknowledged = deliver(*sender.second, step[1], tries); });
    }
    step[0].acknowledged = deliver(*sender.first, step[0], tries);
    if (other.joinable()) other.join();
    for (const auto& enquiry : step) {
      if (!enquiry.acknowledged) count("given up");
      if (enquiry.acknowledged && sender.below(100) < 20) sender.old.push_back(enquiry);
    }
    // Hours later, for all the sender knows.
    if (!sender.old.empty() && sender.below(100) < 20) {
      const auto again = static_cast<std::size_t>(sender.below(static_cast<int>(sender.old.size())));
      count("posted again");
      deliver(*sender.first, sender.old[again], 3);
    }
    give(std::move(step));
  }
}

}  // namespace b24gate::chaos
