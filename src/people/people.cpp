#include "people/people.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace b24gate::people {
namespace {

template <class List, class Same>
auto find(const List& list, Same same) -> decltype(list.data()) {
  const auto it = std::find_if(list.begin(), list.end(), same);
  return it == list.end() ? nullptr : &*it;
}

}  // namespace

std::string_view name(Choose choose) {
  switch (choose) {
    case Choose::round_robin:
      return "round_robin";
    case Choose::weighted:
      return "weighted";
    case Choose::least_loaded:
      return "least_loaded";
    case Choose::first_present:
      return "first_present";
  }
  return "round_robin";
}

const Employee* Roster::employee(std::string_view name) const {
  const auto it = employee_at_.find(name);
  return it == employee_at_.end() ? nullptr : &employees_[it->second];
}

const Employee* Roster::by_user_id(std::int64_t user_id) const {
  const auto it = user_at_.find(user_id);
  return it == user_at_.end() ? nullptr : &employees_[it->second];
}

const Employee* Roster::by_extension(std::string_view extension) const {
  if (extension.empty()) return nullptr;
  return find(employees_, [&](const Employee& e) { return e.extension == extension; });
}

const Employee* Roster::by_login(std::string_view login) const {
  if (login.empty()) return nullptr;
  return find(employees_, [&](const Employee& e) { return e.login == login; });
}

const Group* Roster::group(std::string_view name) const {
  const auto it = group_at_.find(name);
  return it == group_at_.end() ? nullptr : &groups_[it->second];
}

const Employee* Roster::account_manager() const { return employee(account_manager_); }

const WorkingTime* Roster::schedule(std::string_view name) const {
  const auto* found = find(schedules_, [&](const NamedSchedule& s) { return s.name == name; });
  return found ? &found->hours : nullptr;
}

std::vector<std::string> Roster::assignable_names() const {
  std::vector<std::string> names;
  for (const auto& employee : employees_) names.push_back(employee.name);
  for (const auto& group : groups_) names.push_back(group.name);
  return names;
}

std::vector<std::string> Roster::schedule_names() const {
  std::vector<std::string> names;
  for (const auto& schedule : schedules_) names.push_back(schedule.name);
  return names;
}

TimePoint day_begins(const Roster& roster, const Employee& employee, TimePoint at) {
  static const TimeZone moscow = TimeZone::find("Europe/Moscow").value_or(TimeZone::utc());
  const WorkingTime* hours = roster.schedule(employee.schedule);
  const TimeZone& zone = hours ? hours->zone() : moscow;
  return zone.to_instant(std::chrono::floor<std::chrono::days>(zone.to_local(at)));
}

PresenceOf presence_by_schedule(const Roster& roster) {
  return [&roster](const Employee& employee, TimePoint at) -> Presence {
    const WorkingTime* hours = roster.schedule(employee.schedule);
    if (!hours) return {true, "has no schedule: always at work", ""};
    if (hours->open_at(at)) return {true, fmt::format("within {} hours (schedule)", employee.schedule), ""};
    return {false, fmt::format("outside {} hours (schedule)", employee.schedule), "вне рабочего времени"};
  };
}

}  // namespace b24gate::people
