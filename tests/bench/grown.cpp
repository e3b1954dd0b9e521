#include "bench/grown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "bench/report.hpp"

namespace b24gate::bench {
namespace {

constexpr std::size_t body_bytes = 1'500;
constexpr int measured = 300;

double timed(const std::function<void()>& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count();
}

void must(const Done& done) {
  if (!done) give_up(done.error().text());
}

journal::NewRequest request(std::int64_t number) {
  journal::NewRequest out;
  out.source = "site";
  out.connector = "webhook";
  out.received_at = from_unix_ms(1'790'000'000'000 + number);
  out.method = "POST";
  out.target = "/hook/site/***";
  out.headers = "[]";
  out.body = std::string(body_bytes, 'x');
  out.outcome = "accepted";
  journal::NewEvent event;
  event.key = "k" + std::to_string(number);
  event.kind = "form";
  event.data = fmt::format(R"({{"key":"{}","kind":"form","text":"{}"}})", event.key, std::string(300, 'y'));
  event.identities.push_back({"phone", fmt::format("+7903{:07}", number % 10'000'000)});
  out.events.push_back(std::move(event));
  return out;
}

std::string phone(std::int64_t number) { return fmt::format("+7916{:07}", number * 7 % 10'000'000); }

}  // namespace

Grown::Grown(const std::string& folder) {
  auto opened = journal::Journal::open({folder + "/b24gate.db", "", true, false}, clock_);
  if (!opened) give_up(opened.error().text());
  journal_ = std::move(*opened);
}

void Grown::add(std::int64_t count, bool delivered) {
  constexpr std::int64_t together = 2'000;
  for (std::int64_t done = 0; done < count; done += together) {
    must(journal_->write_now([&](journal::Tx& tx) -> Done {
      for (std::int64_t i = 0; i < std::min(together, count - done); ++i) {
        if (Done one = add_one(tx, delivered); !one) return one;
      }
      return {};
    }));
  }
}

void Grown::add_clients(std::int64_t from, std::int64_t to) {
  constexpr std::int64_t together = 2'000;
  for (std::int64_t at = from; at < to; at += together) {
    must(journal_->write_now([&](journal::Tx& tx) -> Done {
      for (std::int64_t i = at; i < std::min(at + together, to); ++i) {
        if (Done done = remember_one(tx, i); !done) return done;
      }
      return {};
    }));
  }
}

std::vector<double> Grown::store() {
  std::vector<double> micros;
  for (int i = 0; i < measured; ++i) {
    micros.push_back(timed(
        [&] { must(journal_->write_now([&](journal::Tx& tx) -> Done { return add_one(tx, false); })); }));
  }
  return micros;
}

std::vector<double> Grown::claim() {
  std::vector<double> micros;
  auto reader = journal_->reader();
  if (!reader) give_up(reader.error().text());
  for (int i = 0; i < measured; ++i) {
    micros.push_back(timed([&] {
      const auto due = journal::due(*reader, clock_.now(), 25);
      if (!due) give_up(due.error().text());
      for (const auto& row : *due) {
        if (!journal::deliveries_of(*reader, row.id)) give_up("deliveries");
        const auto identities = journal::identities_of(*reader, row.id);
        if (!identities || !journal::known_lead(*reader, *identities, row.id)) give_up("identities");
      }
    }));
  }
  return micros;
}

std::vector<double> Grown::remember(std::int64_t clients) {
  std::vector<double> micros;
  for (std::int64_t i = 0; i < measured; ++i) {
    micros.push_back(timed([&] {
      must(journal_->write_now([&](journal::Tx& tx) -> Done {
        for (std::int64_t j = 0; j < 50; ++j) {
          if (Done done = remember_one(tx, (i * 50 + j) * 7'919 % clients); !done) return done;
        }
        return {};
      }));
    }));
  }
  return micros;
}

std::vector<double> Grown::look_up(std::int64_t clients) {
  std::vector<double> micros;
  auto reader = journal_->reader();
  if (!reader) give_up(reader.error().text());
  for (std::int64_t i = 0; i < measured; ++i) {
    micros.push_back(timed([&] {
      for (std::int64_t j = 0; j < 100; ++j) {
        const auto found = journal::client(*reader, phone((i * 100 + j) * 7'919 % clients));
        if (!found || !*found) give_up("a client is not in the index");
      }
    }));
  }
  return micros;
}

void Grown::deliver_stored() {
  must(journal_->write_now([&](journal::Tx& tx) -> Done {
    for (std::int64_t id = last_ - measured + 1; id <= last_; ++id) {
      if (Done done = journal::set_event_state(tx, id, journal::EventState::delivered, "", std::nullopt, 0);
          !done)
        return done;
    }
    return {};
  }));
}

Done Grown::remember_one(journal::Tx& tx, std::int64_t number) {
  journal::ClientRow card;
  card.name = fmt::format("Client {}", number);
  card.company = "A company of average length";
  card.card = fmt::format("contact:{}", number + 1);
  card.user_id = 12;
  card.seen_at = clock_.now();
  return journal::remember_card(tx, card, {phone(number)});
}

Done Grown::add_one(journal::Tx& tx, bool delivered) {
  auto recorded = journal::record(tx, request(++last_));
  if (!recorded) return fail(recorded.error());
  if (!delivered) return {};
  const std::int64_t id = recorded->event_ids.front();
  journal::Plan plan;
  plan.decision = "{}";
  plan.lead_id = id;
  plan.deliveries.push_back({"lead", "crm.item.add", R"({"fields":{}})", "k"});
  if (Done planned = journal::plan(tx, id, plan); !planned) return planned;
  return journal::set_event_state(tx, id, journal::EventState::delivered, "", std::nullopt, 0);
}

}  // namespace b24gate::bench
