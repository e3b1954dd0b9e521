// The people who get leads: employees, groups, schedules. Read from mappings/employees.yaml.
//
// Immutable after reading, thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "people/working_time.hpp"
#include "yaml/shape.hpp"
#include "yaml/types.hpp"

namespace b24gate::people {

struct Employee {
  std::string name;   // the key in the file: ivanov
  std::string title;  // `title:` for texts people read; the key when it is not given
  yaml::Place place;
  std::int64_t user_id = 0;  // in the portal
  std::string extension;     // of the PBX; empty: none
  std::string login;         // at the PBX; empty: none
  std::string schedule;      // name of a schedule; empty: none, always within working time
  int weight = 1;
  std::optional<int> max_open;      // open leads
  std::optional<int> max_per_day;   // enquiries given on one calendar day, see day_begins
  std::optional<int> max_per_hour;  // enquiries given in the last 60 minutes
};

enum class Choose { round_robin, weighted, least_loaded, first_present };
std::string_view name(Choose choose);

struct Group {
  std::string name;
  yaml::Place place;
  std::vector<std::string> members;  // names of employees, in order, each known
  Choose choose = Choose::round_robin;
};

struct PresenceSettings {
  std::vector<std::string> from{
      "schedule"};  // timeman, absence, schedule; the first that knows something decides
  Milliseconds refresh{60'000};
  Milliseconds stale_after{600'000};
  yaml::Place place = {};  // of `from:`; line 0 when it is not written
};

class Roster {
 public:
  // Mistakes go to the context: unknown schedule or member, two employees with one user_id, extension or
  // login, a group named like an employee or like a word that rules know, an empty group, a member twice, no
  // account_manager.
  static Roster read(const yaml::Node& root, yaml::Context& context);
  static json::Value schema(yaml::Schemas& schemas);

  [[nodiscard]] const Employee* employee(std::string_view name) const;
  [[nodiscard]] const Employee* by_user_id(std::int64_t user_id) const;
  [[nodiscard]] const Employee* by_extension(std::string_view extension) const;
  [[nodiscard]] const Employee* by_login(std::string_view login) const;
  [[nodiscard]] const Group* group(std::string_view name) const;
  [[nodiscard]] const Employee* account_manager() const;  // null only when the file had mistakes
  [[nodiscard]] const WorkingTime* schedule(std::string_view name) const;
  [[nodiscard]] const std::vector<Employee>& employees() const { return employees_; }
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  [[nodiscard]] const PresenceSettings& presence() const { return presence_; }
  // Names of employees and groups, and of schedules: for references and "did you mean".
  [[nodiscard]] std::vector<std::string> assignable_names() const;
  [[nodiscard]] std::vector<std::string> schedule_names() const;

 private:
  struct NamedSchedule {
    std::string name;
    WorkingTime hours;
  };
  // Names and ids to places in the lists: a decision asks for each member of a group.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Index = std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>>;
  std::vector<Employee> employees_;
  std::vector<Group> groups_;
  Index employee_at_;
  Index group_at_;
  std::unordered_map<std::int64_t, std::size_t> user_at_;
  std::vector<NamedSchedule> schedules_;
  std::string account_manager_;
  PresenceSettings presence_;
};

// Whether somebody may be chosen now, and the sentence that says why not (or why).
struct Presence {
  bool present = true;
  std::string why;  // "outside office hours (schedule)", "absent since 09:40 (timeman)"
  // The same for the timeline, where people of the portal read it: "вне рабочего времени". Empty: "нет на
  // работе".
  std::string why_russian = {};
};
// Asked once per candidate; must not block.
using PresenceOf = std::function<Presence(const Employee&, TimePoint)>;
// What an employee has in hand: open leads, those on their way to the portal included, and open deals.
struct Load {
  Load() = default;
  Load(int open_leads, int open_deals = 0) : leads(open_leads), deals(open_deals) {}
  int leads = 0;
  int deals = 0;
  [[nodiscard]] int total() const { return leads + deals; }
};
// Nullopt when it is not known.
using LoadOf = std::function<std::optional<Load>(const Employee&)>;
// How many enquiries we have given to an employee at `since` or later, known clients of theirs included. Must
// not block.
using GivenOf = std::function<int(const Employee&, TimePoint since)>;

// Midnight of the calendar day in which `at` lies, in the zone of the employee's schedule; in that of Moscow
// for somebody without one, as for a schedule that names no zone.
TimePoint day_begins(const Roster& roster, const Employee& employee, TimePoint at);

// By the employee's schedule alone. The roster must outlive the answer.
PresenceOf presence_by_schedule(const Roster& roster);

}  // namespace b24gate::people
