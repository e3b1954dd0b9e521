#include "simulation/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "mapping/mapping.hpp"
#include "simulation/company.hpp"

namespace b24gate::simulation {
namespace {

using distribution::Decision;

constexpr Milliseconds hour{3'600'000};
constexpr Milliseconds day{24 * hour};

struct Enquiry {
  int number = 0;
  TimePoint came;
  distribution::Facts facts;
  std::string group;  // whose enquiry it is, by the rules as this model knows them
  std::string manager;
  std::optional<TimePoint> until;  // it waits no longer than that
};

class Run {
 public:
  explicit Run(const Settings& settings)
      : settings_(settings),
        random_(settings.seed),
        begin_(*parse_iso("2026-04-13T00:00:00+03:00", TimeZone::utc())),
        files_(read_files()),
        original_(files_),
        attendance_(original_.roster, begin_, settings.weeks, random_) {}

  Outcome all() {
    for (int i = 0; i < attendance_.slots(); ++i) {
      now_ = begin_ + i * Attendance::slot;
      if (settings_.restarts && i % (24 * 12) == 0) files_ = read_files();
      close_leads();
      expire();
      give_out();
      pass_on();
      for (int count = arrivals(); count > 0; --count) {
        // Within the slot, in order.
        now_ += Milliseconds{random_.below(static_cast<int>(Attendance::slot.count() / 400))};
        arrive();
      }
    }
    return std::move(out_);
  }

 private:
  // Enquiries of one slot: more in the day than at night, and now and then a campaign.
  int arrivals() {
    if (random_.one_in(700)) return 100;
    const auto hour_of_day = (to_unix_ms(now_) / hour.count() + 3) % 24;
    return random_.one_in(hour_of_day >= 8 && hour_of_day < 20 ? 2 : 8) ? 1 : 0;
  }

  void arrive() {
    static constexpr std::string_view events[] = {R"({"kind":"form","fields":{"direction":"Очередь"}})",
                                                  R"({"kind":"quiz","fields":{"direction":"доли"}})",
                                                  R"({"kind":"form","text":"Вопрос о загрузках станций"})",
                                                  R"({"kind":"chat","text":"Здравствуйте"})",
                                                  R"({"kind":"form","fields":{"direction":"пределы"}})"};
    static constexpr std::string_view groups[] = {"turn", "share", "load", "desk", "cap"};
    const auto which = static_cast<std::size_t>(random_.below(5));
    Enquiry enquiry;
    enquiry.number = ++out_.enquiries;
    enquiry.came = now_;
    enquiry.facts.scope = mapping::scope_of(*json::parse(events[which]), "site", "Сайт", "webhook");
    enquiry.group = groups[which];
    if (random_.one_in(12)) {
      const auto& all = original_.roster.employees();
      const auto& manager = all[static_cast<std::size_t>(random_.below(static_cast<int>(all.size())))];
      enquiry.manager = manager.name;
      enquiry.facts.client = {true, manager.user_id, 0};
    }
    give(std::move(enquiry), true);
  }

  // Whether the employee could be given an enquiry now, by this model alone.
  bool suitable(const people::Employee& employee) {
    if (!attendance_.present(employee.name, now_)) return false;
    if (employee.max_open && open_[employee.name] >= *employee.max_open) return held_back();
    // Summer time is unknown in Russia: midnight is at a fixed distance from that of Greenwich.
    const Milliseconds offset = employee.schedule == "tomsk" ? 7 * hour : 3 * hour;
    const TimePoint midnight{(now_.time_since_epoch() + offset) / day * day - offset};
    if (employee.max_per_day && given_since(employee.name, midnight) >= *employee.max_per_day)
      return held_back();
    if (employee.max_per_hour && given_since(employee.name, now_ - hour) >= *employee.max_per_hour)
      return held_back();
    return true;
  }

  bool held_back() {
    ++out_.held_back;
    return false;
  }

  std::vector<const people::Employee*> suitable_of(const std::string& group, const Enquiry& enquiry) {
    std::vector<const people::Employee*> out;
    for (const auto& name : original_.roster.group(group)->members) {
      const auto& declined = enquiry.facts.declined;
      const auto* employee = original_.roster.employee(name);
      if (std::find(declined.begin(), declined.end(), name) == declined.end() && suitable(*employee))
        out.push_back(employee);
    }
    return out;
  }

  int given_since(const std::string& name, TimePoint since) {
    const auto& given = given_[name];
    return static_cast<int>(
        std::count_if(given.begin(), given.end(), [&](TimePoint at) { return at >= since; }));
  }

  // True when somebody has it now, or it waits no more.
  bool give(Enquiry enquiry, bool just_came) {
    enquiry.facts.at = now_;
    distribution::Circumstances circumstances;
    circumstances.presence = [this](const people::Employee& employee, TimePoint at) {
      const bool there = attendance_.present(employee.name, at);
      return people::Presence{there, there ? "" : "absent", ""};
    };
    circumstances.load = [this](const people::Employee& employee) {
      return std::optional(open_[employee.name]);
    };
    circumstances.given = [this](const people::Employee& employee, TimePoint since) {
      return given_since(employee.name, since);
    };
    circumstances.turns = turns_;
    const Decision decision = files_.rules.decide(enquiry.facts, files_.roster, circumstances);
    out_.transcript += fmt::format("{} {} {}", to_unix_ms(now_), enquiry.number,
                                   json::write(distribution::to_json(decision)));
    for (const auto& [key, turn] : decision.turns) out_.transcript += fmt::format(" {}={}", key, turn);
    out_.transcript += '\n';
    check(enquiry, decision);
    for (const auto& [key, turn] : decision.turns) turns_[key] = turn;
    if (!decision.waits_for.empty()) {
      if (!just_came) return false;
      ++out_.waited;
      // The first decision says how long.
      enquiry.until = decision.waits_until;
      waiting_.push_back(std::move(enquiry));
      return false;
    }
    ++open_[decision.employee];
    given_[decision.employee].push_back(now_);
    if (decision.acceptance && random_.one_in(15)) {
      enquiry.facts.declined.push_back(decision.employee);
      const TimePoint due = deadline_of(*decision.acceptance, files_.roster, decision.employee, now_);
      unaccepted_.emplace(due, std::move(enquiry));
    }
    return true;
  }

  void check(const Enquiry& enquiry, const Decision& decision) {
    const auto expect = [&](bool right, std::string_view what) {
      if (right || out_.mistakes.size() >= 100) return;
      out_.mistakes.push_back(fmt::format("enquiry {} at {}: {}: {}", enquiry.number, to_unix_ms(now_), what,
                                          json::write(distribution::to_json(decision))));
    };
    const auto& declined = enquiry.facts.declined;
    const bool manager_may = !enquiry.manager.empty() &&
                             std::find(declined.begin(), declined.end(), enquiry.manager) == declined.end();
    if (manager_may && attendance_.present(enquiry.manager, now_)) {
      ++out_.kept;
      expect(decision.employee == enquiry.manager, "the client's manager is there");
      return expect(decision.turns.empty(), "the client's manager takes nobody's turn");
    }
    expect((decision.tell_manager != 0) == (manager_may && enquiry.manager != decision.employee),
           "the absent manager is told");
    std::string group = enquiry.group;
    auto could = suitable_of(group, enquiry);
    if (could.empty() && group == "desk") could = suitable_of(group = "cap", enquiry);
    if (could.empty()) {
      expect(decision.employee == "boss" && decision.waits_for == group, "nobody can have it: it waits");
      expect(decision.waits_until == (group == "cap" ? std::optional(now_ + 14 * hour) : std::nullopt),
             "the limit on waiting");
      return expect(decision.turns.empty(), "waiting takes nobody's turn");
    }
    const auto chosen = std::find_if(could.begin(), could.end(), [&](const people::Employee* one) {
      return one->name == decision.employee;
    });
    expect(chosen != could.end(), "whoever is absent, full or has declined is not chosen");
    expect(decision.waits_for.empty(), "nobody waits while somebody can have it");
    expect(decision.group == group, "the group");
    if (chosen == could.end()) return;
    int weights = 0;
    for (const auto* one : could) weights += one->weight;
    for (const auto* one : could) {
      Share& share = out_.shares[one->name];
      ++share.could;
      if (one == *chosen) ++share.got;
      share.due += group == "share" ? double(one->weight) / weights : 1.0 / double(could.size());
      if (group == "load") {
        expect(open_[(*chosen)->name] * one->weight <= open_[one->name] * (*chosen)->weight,
               "the least loaded is chosen");
      }
    }
    if (group == "desk") expect(chosen == could.begin(), "the first in the list is chosen");
  }

  void expire() {
    std::erase_if(waiting_, [&](const Enquiry& enquiry) {
      const bool over = enquiry.until && *enquiry.until <= now_;
      if (over) ++out_.expired;
      return over;
    });
  }

  // Whether somebody can have a waiting enquiry now, by this model alone.
  bool somebody_for(const Enquiry& enquiry) {
    const auto& declined = enquiry.facts.declined;
    if (!enquiry.manager.empty() && attendance_.present(enquiry.manager, now_) &&
        std::find(declined.begin(), declined.end(), enquiry.manager) == declined.end())
      return true;
    return !suitable_of(enquiry.group, enquiry).empty() ||
           (enquiry.group == "desk" && !suitable_of("cap", enquiry).empty());
  }

  // The oldest first. Those for whom the model sees nobody are asked about now and then: they must go on
  // waiting.
  void give_out() {
    std::deque<Enquiry> still;
    for (; !waiting_.empty(); waiting_.pop_front()) {
      Enquiry& enquiry = waiting_.front();
      const bool decide = somebody_for(enquiry) || random_.one_in(200);
      if (!decide || !give(enquiry, false)) still.push_back(std::move(enquiry));
    }
    waiting_ = std::move(still);
  }

  void pass_on() {
    while (!unaccepted_.empty() && unaccepted_.begin()->first <= now_) {
      Enquiry enquiry = std::move(unaccepted_.begin()->second);
      unaccepted_.erase(unaccepted_.begin());
      ++out_.passed_on;
      --open_[enquiry.facts.declined.back()];
      give(std::move(enquiry), true);
    }
  }

  // Everybody works off what they have.
  void close_leads() {
    for (auto& [name, count] : open_) {
      if (count > 0 && random_.one_in(18)) --count;
    }
  }

  Settings settings_;
  Random random_;
  TimePoint begin_;
  TimePoint now_;
  Files files_;     // what decides
  Files original_;  // what the model knows
  Attendance attendance_;
  distribution::Turns turns_;
  std::map<std::string, int> open_;
  std::map<std::string, std::vector<TimePoint>> given_;
  std::deque<Enquiry> waiting_;
  std::multimap<TimePoint, Enquiry> unaccepted_;
  Outcome out_;
};

}  // namespace

Outcome run(const Settings& settings) { return Run(settings).all(); }

}  // namespace b24gate::simulation
