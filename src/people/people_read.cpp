// Reading employees.yaml and finding what does not fit together in it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/utf8.hpp"
#include "people/people.hpp"

namespace b24gate::people {
namespace {

constexpr std::int64_t unread = -1;

struct EmployeeEntry {
  yaml::Placed<std::int64_t> user_id{unread, {}};
  std::string title;
  yaml::Placed<std::string> extension;
  yaml::Placed<std::string> login;
  yaml::Placed<std::string> schedule;
  yaml::Placed<int> weight{1, {}};
  std::optional<yaml::Placed<int>> max_open;
  std::optional<yaml::Placed<int>> max_per_day;
  std::optional<yaml::Placed<int>> max_per_hour;
};

struct GroupEntry {
  std::vector<yaml::Placed<std::string>> members;
  Choose choose = Choose::round_robin;
};

enum class From { timeman, absence, schedule };

struct PresenceEntry {
  yaml::Placed<std::vector<From>> from{{From::schedule}, {}};
  yaml::Placed<Milliseconds> refresh{PresenceSettings{}.refresh, {}};
  yaml::Placed<Milliseconds> stale_after{PresenceSettings{}.stale_after, {}};
};

struct File {
  yaml::NamedList<WorkingTime> schedules;
  yaml::NamedList<EmployeeEntry> employees;
  yaml::NamedList<GroupEntry> groups;
  yaml::Placed<std::string> account_manager;
  PresenceEntry presence;
};

// Words that rules and the command line give a meaning of their own.
constexpr std::array<std::string_view, 5> reserved{"account_manager", "head", "all", "none", "keep"};

}  // namespace
}  // namespace b24gate::people

namespace b24gate::yaml {

template <>
struct Words<people::Choose> {
  static constexpr std::array<std::pair<std::string_view, people::Choose>, 4> all{
      {{"round_robin", people::Choose::round_robin},
       {"weighted", people::Choose::weighted},
       {"least_loaded", people::Choose::least_loaded},
       {"first_present", people::Choose::first_present}}};
};

template <>
struct Words<people::From> {
  static constexpr std::array<std::pair<std::string_view, people::From>, 3> all{
      {{"timeman", people::From::timeman},
       {"absence", people::From::absence},
       {"schedule", people::From::schedule}}};
};

template <>
struct Shape<people::EmployeeEntry> : ObjectShape<people::EmployeeEntry> {
  using T = people::EmployeeEntry;
  template <class F>
  static void keys(F& f) {
    f.required("user_id", &T::user_id, "Id of the user in the portal.");
    f.optional("title", &T::title, "Name for texts that people read; the key when it is not given.");
    f.optional("extension", &T::extension, "Extension in the PBX, in quotes.");
    f.optional("login", &T::login, "Login at the PBX, where it knows people by that (MegaFon).");
    f.optional("schedule", &T::schedule,
               "One of schedules:. Without it the employee is always within working time.");
    f.optional("weight", &T::weight,
               "Share of enquiries in weighted groups and of load in least_loaded ones. Default 1.");
    f.optional("max_open", &T::max_open, "With so many open leads the employee is passed over.");
    f.optional(
        "max_per_day", &T::max_per_day,
        "With so many enquiries given today, in the zone of the schedule, the employee is passed over.");
    f.optional("max_per_hour", &T::max_per_hour,
               "With so many enquiries given in the last 60 minutes the employee is passed over.");
  }
};

template <>
struct Shape<people::GroupEntry> : ObjectShape<people::GroupEntry> {
  using T = people::GroupEntry;
  template <class F>
  static void keys(F& f) {
    f.required("members", &T::members, "Employees, in order.");
    f.optional("choose", &T::choose, "How one of those present is chosen. Default round_robin.");
  }
};

template <>
struct Shape<people::PresenceEntry> : ObjectShape<people::PresenceEntry> {
  using T = people::PresenceEntry;
  template <class F>
  static void keys(F& f) {
    f.optional("from", &T::from, "What is asked, in order: timeman, absence, schedule. Default [schedule].");
    f.optional("refresh", &T::refresh, "How often the portal is asked. Default 60s.");
    f.optional("stale_after", &T::stale_after, "After so long an answer is no longer believed. Default 10m.");
  }
};

template <>
struct Shape<people::File> : ObjectShape<people::File> {
  using T = people::File;
  template <class F>
  static void keys(F& f) {
    f.optional("schedules", &T::schedules, "Working time, by name.");
    f.required("employees", &T::employees, "People who get leads, by a short name that rules use.");
    f.optional("groups", &T::groups, "Groups of employees, by name.");
    f.required("account_manager", &T::account_manager, "The employee who gets what fits no rule.");
    f.optional("presence", &T::presence, "How it is known who is at work.");
  }
};

}  // namespace b24gate::yaml

namespace b24gate::people {
namespace {

class Checker {
 public:
  explicit Checker(yaml::Context& context) : problems_(context.problems) {}

  void name(std::string_view name, const yaml::Place& place) {
    if (std::find(reserved.begin(), reserved.end(), name) != reserved.end()) {
      problems_.add(place,
                    fmt::format("'{}' is a word with a meaning of its own; choose another name", name));
    }
    if (name.empty() || utf8::trimmed(name) != name || name.find_first_of(",/") != std::string_view::npos) {
      problems_.add(
          place,
          fmt::format("'{}' cannot be a name: it is empty, or has a comma, a slash or outer spaces", name));
    }
  }

  void at_least(int value, int least, std::string_view key, const yaml::Place& place) {
    if (value < least)
      problems_.add(place, fmt::format("{}: expected {} or more, found {}", key, least, value));
  }

  // `owners` remembers who has which value.
  template <class Value>
  void unique(std::map<Value, std::string>& owners, const Value& value, std::string_view key,
              const std::string& name, const yaml::Place& place) {
    const auto [it, added] = owners.emplace(value, name);
    if (!added)
      problems_.add(place, fmt::format("'{}' and '{}' have one {}: {}", it->second, name, key, value));
  }

 private:
  yaml::Problems& problems_;
};

Employee make_employee(yaml::Named<EmployeeEntry>& named) {
  EmployeeEntry& entry = named.value;
  Employee out;
  out.name = named.name;
  out.title = entry.title.empty() ? named.name : entry.title;
  out.place = named.place;
  out.user_id = entry.user_id.value;
  out.extension = std::string(utf8::trimmed(entry.extension.value));
  out.login = std::string(utf8::trimmed(entry.login.value));
  out.schedule = entry.schedule.value;
  out.weight = std::max(1, entry.weight.value);
  if (entry.max_open) out.max_open = entry.max_open->value;
  if (entry.max_per_day) out.max_per_day = entry.max_per_day->value;
  if (entry.max_per_hour) out.max_per_hour = entry.max_per_hour->value;
  return out;
}

std::vector<std::string> employee_names(const std::vector<Employee>& employees) {
  std::vector<std::string> names;
  for (const auto& employee : employees) names.push_back(employee.name);
  return names;
}

}  // namespace

Roster Roster::read(const yaml::Node& root, yaml::Context& context) {
  File file;
  yaml::read(root, context, file);
  Roster out;
  Checker check(context);
  for (auto& named : file.schedules) out.schedules_.push_back({named.name, std::move(named.value)});
  const auto schedules = out.schedule_names();

  std::map<std::int64_t, std::string> user_ids;
  std::map<std::string, std::string> extensions;
  std::map<std::string, std::string> logins;
  for (auto& named : file.employees) {
    const EmployeeEntry& entry = named.value;
    check.name(named.name, named.place);
    Employee employee = make_employee(named);
    if (employee.user_id != unread) {
      if (employee.user_id <= 0) {
        context.problems.add(entry.user_id.place, "user_id: expected the id of a portal user, 1 or more");
      } else {
        check.unique(user_ids, employee.user_id, "user_id", named.name, entry.user_id.place);
      }
    }
    if (!employee.extension.empty()) {
      check.unique(extensions, employee.extension, "extension", named.name, entry.extension.place);
    }
    if (!employee.login.empty()) check.unique(logins, employee.login, "login", named.name, entry.login.place);
    if (!employee.schedule.empty() && !out.schedule(employee.schedule)) {
      context.problems.unknown(entry.schedule.place, "schedule", employee.schedule, schedules);
    }
    check.at_least(entry.weight.value, 1, "weight", entry.weight.place);
    if (entry.max_open) check.at_least(entry.max_open->value, 1, "max_open", entry.max_open->place);
    if (entry.max_per_day)
      check.at_least(entry.max_per_day->value, 1, "max_per_day", entry.max_per_day->place);
    if (entry.max_per_hour)
      check.at_least(entry.max_per_hour->value, 1, "max_per_hour", entry.max_per_hour->place);
    const std::size_t place = out.employees_.size();
    out.employee_at_.emplace(employee.name, place);
    if (employee.user_id > 0) out.user_at_.emplace(employee.user_id, place);
    out.employees_.push_back(std::move(employee));
  }

  const auto employees = employee_names(out.employees_);
  for (auto& named : file.groups) {
    check.name(named.name, named.place);
    if (out.employee(named.name)) {
      context.problems.add(
          named.place,
          fmt::format("group '{}' is named like an employee; rules could not tell them apart", named.name));
    }
    Group group{named.name, named.place, {}, named.value.choose};
    std::set<std::string> seen;
    for (const auto& member : named.value.members) {
      if (!out.employee(member.value)) {
        context.problems.unknown(member.place, "employee", member.value, employees);
      } else if (!seen.insert(member.value).second) {
        context.problems.add(member.place,
                             fmt::format("'{}' is in group '{}' twice", member.value, named.name));
      } else {
        group.members.push_back(member.value);
      }
    }
    if (named.value.members.empty()) {
      context.problems.add(named.place,
                           fmt::format("group '{}' has no members: nobody could be chosen", named.name));
    }
    out.group_at_.emplace(group.name, out.groups_.size());
    out.groups_.push_back(std::move(group));
  }

  const auto& manager = file.account_manager;
  if (out.employee(manager.value)) {
    out.account_manager_ = manager.value;
  } else if (manager.place.line != 0) {
    context.problems.unknown(manager.place, "employee", manager.value, employees);
  }

  out.presence_.from.clear();
  for (const From from : file.presence.from.value) {
    for (const auto& [word, value] : yaml::Words<From>::all) {
      if (value == from) out.presence_.from.emplace_back(word);
    }
  }
  for (const auto* wait : {&file.presence.refresh, &file.presence.stale_after}) {
    if (wait->value <= Milliseconds{0})
      context.problems.add(wait->place, "expected a duration longer than nothing");
  }
  out.presence_.place = file.presence.from.place;
  out.presence_.refresh = file.presence.refresh.value;
  out.presence_.stale_after = file.presence.stale_after.value;
  return out;
}

json::Value Roster::schema(yaml::Schemas& schemas) { return yaml::schema<File>(schemas); }

}  // namespace b24gate::people
