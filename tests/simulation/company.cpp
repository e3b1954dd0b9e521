#include "simulation/company.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "mapping/mapping.hpp"
#include "yaml/node.hpp"

namespace b24gate::simulation {
namespace {

constexpr std::string_view employees = R"(
schedules:
  moscow: { days: mon-fri, hours: "09:00-13:00, 14:00-18:00", time_zone: Europe/Moscow, holidays: ru }
  tomsk: { days: mon-fri, hours: "09:00-18:00", time_zone: Asia/Tomsk, holidays: ru }
  early: { days: mon-sun, hours: "06:00-15:00", time_zone: Europe/Moscow }
  late: { days: mon-sun, hours: "14:00-23:00", time_zone: Europe/Moscow }
  night: { days: mon-sat, hours: "22:00-06:00", time_zone: Europe/Moscow }
employees:
  turn1: { user_id: 1, schedule: moscow }
  turn2: { user_id: 2, schedule: moscow }
  turn3: { user_id: 3, schedule: tomsk }
  turn4: { user_id: 4, schedule: late }
  share1: { user_id: 11, schedule: moscow, weight: 4 }
  share2: { user_id: 12, schedule: tomsk, weight: 2 }
  share3: { user_id: 13, schedule: moscow }
  share4: { user_id: 14, schedule: early }
  load1: { user_id: 21, schedule: moscow, weight: 2, max_open: 40 }
  load2: { user_id: 22, schedule: tomsk, max_open: 25 }
  load3: { user_id: 23, schedule: late, max_open: 25 }
  desk1: { user_id: 31, schedule: early, max_per_hour: 6 }
  desk2: { user_id: 32, schedule: late, max_per_hour: 6 }
  desk3: { user_id: 33, schedule: night }
  cap1: { user_id: 41, schedule: moscow, max_per_day: 12, max_per_hour: 5 }
  cap2: { user_id: 42, schedule: tomsk, max_per_day: 15 }
  cap3: { user_id: 43, schedule: late, max_per_hour: 4 }
  boss: { user_id: 90 }
groups:
  turn: { members: [turn1, turn2, turn3, turn4] }
  share: { members: [share1, share2, share3, share4], choose: weighted }
  load: { members: [load1, load2, load3], choose: least_loaded }
  desk: { members: [desk1, desk2, desk3], choose: first_present }
  cap: { members: [cap1, cap2, cap3] }
account_manager: boss
)";

constexpr std::string_view rules = R"(
nobody_present: { then: wait }
rules:
  - name: очередь
    when: { fields.direction: очередь }
    assign: turn
    accept_within: 30 working minutes
  - name: доли
    when: { fields.direction: доли }
    assign: share
  - name: загрузка
    when: { text: { words: [загрузка] } }
    assign: load
    accept_within: { time: 2h, then: next }
  - name: дежурные
    when: { kind: chat }
    assign: desk
    nobody_present: { then: next_rule }
  - name: пределы
    when: { any: { kind: chat, fields.direction: пределы } }
    assign: cap
    nobody_present: { then: wait, at_most: 14h }
)";

struct NoSecrets final : yaml::SecretSource {
  [[nodiscard]] Result<std::string> find(std::string_view, std::string_view) const override {
    return fail(ErrorKind::config, "", "no secrets here");
  }
};

}  // namespace

std::uint64_t Random::next() {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

Files read_files() {
  yaml::Problems problems;
  const NoSecrets secrets;
  yaml::Context context{problems, secrets};
  Files out;
  if (const auto root = yaml::parse(std::string(employees), "employees.yaml", problems))
    out.roster = people::Roster::read(*root, context);
  if (const auto root = yaml::parse(std::string(rules), "distribution.yaml", problems))
    out.rules = distribution::Rules::read(*root, out.roster, {}, context);
  if (!problems.text().empty()) throw std::runtime_error(problems.text());
  return out;
}

Attendance::Attendance(const people::Roster& roster, TimePoint begin, int weeks, Random& random)
    : roster_(roster), begin_(begin), slots_(weeks * 7 * 24 * 12) {
  constexpr int slots_of_a_day = 24 * 12;
  std::map<std::string, std::vector<bool>> open;
  for (const auto& name : roster.schedule_names()) {
    const auto* hours = roster.schedule(name);
    for (int i = 0; i < slots_; ++i) open[name].push_back(hours->open_at(begin + i * slot));
  }
  for (const auto& employee : roster.employees()) {
    auto& slots = present_.emplace_back(static_cast<std::size_t>(slots_), true);
    if (employee.schedule.empty()) continue;
    slots = open.at(employee.schedule);
    const auto away = [&](int from, int length) {
      for (int i = from; i < std::min(from + length, slots_); ++i) slots[static_cast<std::size_t>(i)] = false;
    };
    if (random.one_in(2))
      away(random.below(slots_), (1 + random.below(2)) * 7 * slots_of_a_day);  // a vacation
    // Pauses of five minutes to two hours, some of which run over others.
    for (int day = 0; day < weeks * 7; ++day) {
      for (int pause = random.below(4); pause > 0; --pause)
        away(day * slots_of_a_day + random.below(slots_of_a_day), 1 + random.below(24));
    }
  }
}

bool Attendance::present(const std::string& employee, TimePoint at) const {
  const auto* found = roster_.employee(employee);
  const auto place = static_cast<std::size_t>(found - roster_.employees().data());
  return present_[place][static_cast<std::size_t>((at - begin_) / slot)];
}

}  // namespace b24gate::simulation
