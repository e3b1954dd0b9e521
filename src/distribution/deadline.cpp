#include "distribution/deadline.hpp"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "base/nearest.hpp"
#include "base/utf8.hpp"
#include "distribution/distribution.hpp"

namespace b24gate::distribution {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;  // 0: a working day
  bool working;
};

constexpr Unit units[] = {
    {"s", 1'000, false},
    {"m", 60'000, false},
    {"h", 3'600'000, false},
    {"d", 86'400'000, false},
    {"second", 1'000, false},
    {"seconds", 1'000, false},
    {"minute", 60'000, false},
    {"minutes", 60'000, false},
    {"hour", 3'600'000, false},
    {"hours", 3'600'000, false},
    {"day", 86'400'000, false},
    {"days", 86'400'000, false},
    {"working minute", 60'000, true},
    {"working minutes", 60'000, true},
    {"working hour", 3'600'000, true},
    {"working hours", 3'600'000, true},
    {"working day", 0, true},
    {"working days", 0, true},
};

// A year of anything is no deadline.
constexpr std::int64_t longest_milliseconds = std::int64_t{366} * 86'400'000;

TimePoint after(Milliseconds amount, bool working, const people::Roster& roster, std::string_view employee,
                TimePoint from) {
  if (working) {
    const auto* person = roster.employee(employee);
    const auto* hours = person ? roster.schedule(person->schedule) : nullptr;
    if (hours) {
      if (const auto due = hours->add(from, amount)) return *due;
    }
  }
  return from + amount;
}

}  // namespace

Result<Deadline> parse_deadline(std::string_view written) {
  const std::string_view text = utf8::trimmed(written);
  const auto mistake = [&](std::string_view more) {
    return fail(ErrorKind::config, "",
                fmt::format("expected a deadline like 2h, 4 working hours or 1 working day, found '{}'{}",
                            written, more),
                Ran::no, Move::administrator);
  };
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, count);
  if (digits == 0 || digits > 6 || error != std::errc() || count == 0) return mistake("");
  const std::string_view unit = utf8::trimmed(text.substr(digits));
  std::vector<std::string> names;
  for (const auto& known : units) {
    names.emplace_back(known.name);
    if (known.name != unit) continue;
    Deadline out;
    out.text = text;
    out.working = known.working;
    out.amount = Milliseconds{count * known.milliseconds};
    if (known.milliseconds == 0) out.working_days = static_cast<int>(count);
    if (out.amount.count() > longest_milliseconds || out.working_days > 366)
      return mistake("; that is more than a year");
    return out;
  }
  if (const auto near = nearest(unit, names))
    return mistake(fmt::format("; did you mean '{} {}'?", count, *near));
  return mistake("");
}

Milliseconds length_of(const Deadline& deadline, const people::WorkingTime* hours) {
  if (deadline.working_days == 0) return deadline.amount;
  return deadline.working_days * (hours ? hours->day_length() : Milliseconds{std::chrono::hours{24}});
}

TimePoint deadline_of(const TaskPlan& task, const people::Roster& roster, std::string_view employee,
                      TimePoint from) {
  return after(task.amount, task.working, roster, employee, from);
}

TimePoint deadline_of(const Acceptance& acceptance, const people::Roster& roster, std::string_view employee,
                      TimePoint from) {
  return after(acceptance.amount, acceptance.working, roster, employee, from);
}

}  // namespace b24gate::distribution
