#include "distribution/choose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace b24gate::distribution {
namespace {

struct Member {
  const people::Employee* employee = nullptr;
  std::optional<people::Load> load;
};

std::string open_leads(int count) { return fmt::format("{} open lead{}", count, count == 1 ? "" : "s"); }

std::string russian_load(const people::Load& load) {
  if (load.deals == 0) return fmt::format("наименее загружен (открытых лидов: {})", load.leads);
  return fmt::format("наименее загружен (открытых лидов: {}, сделок: {})", load.leads, load.deals);
}

// By load per weight, without division. An unknown load counts as none.
bool lighter(const Member& a, const Member& b) {
  const auto load = [](const Member& m) -> std::int64_t { return m.load ? m.load->total() : 0; };
  return load(a) * b.employee->weight < load(b) * a.employee->weight;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string counter_key(const people::Group& group, const std::string& employee) {
  return group.name + "/" + employee;
}

std::int64_t counter(const Turns& turns, const std::string& key, std::int64_t bound) {
  const auto it = turns.find(key);
  std::int64_t value = 0;
  if (it == turns.end()) return 0;
  const auto [end, error] = std::from_chars(it->second.data(), it->second.data() + it->second.size(), value);
  if (error != std::errc() || end != it->second.data() + it->second.size()) return 0;
  // Weights may have been edited since: an old counter must not decide for long.
  return std::clamp(value, -bound, bound);
}

class Chooser {
 public:
  Chooser(const people::Group& group, const people::Roster& roster, const AskPresence& presence,
          const Circumstances& circumstances, const Facts& facts)
      : group_(group),
        roster_(roster),
        presence_(presence),
        circumstances_(circumstances),
        turns_(circumstances.turns),
        facts_(facts) {}

  Choice run() {
    for (const auto& name : group_.members) {
      if (const auto* employee = roster_.employee(name)) consider(*employee);
    }
    if (!free_.empty()) {
      begin_with_next();
      switch (group_.choose) {
        case people::Choose::round_robin:
          round_robin();
          break;
        case people::Choose::weighted:
          weighted();
          break;
        case people::Choose::least_loaded:
          least_loaded();
          break;
        case people::Choose::first_present:
          first_present();
          break;
      }
    }
    return std::move(out_);
  }

 private:
  // Puts the employee among those who can be chosen, or says why not.
  void consider(const people::Employee& employee) {
    if (contains(facts_.declined, employee.name)) {
      return pass(employee, "declined", "had it and did not accept it in time", "не принял вовремя");
    }
    const people::Presence& presence = presence_(employee);
    if (!presence.present) {
      return pass(employee, "absent", presence.why.empty() ? "not at work" : presence.why,
                  presence.why_russian.empty() ? "нет на работе" : presence.why_russian);
    }
    Member member{&employee, std::nullopt};
    if (circumstances_.load && (employee.max_open || group_.choose == people::Choose::least_loaded))
      member.load = circumstances_.load(employee);
    if (employee.max_open && member.load && member.load->leads >= *employee.max_open) {
      return pass(employee, "max_open",
                  fmt::format("has {} of at most {}", open_leads(member.load->leads), *employee.max_open),
                  fmt::format("открытых лидов {} при пределе {}", member.load->leads, *employee.max_open));
    }
    if (!has_had_enough(employee)) free_.push_back(member);
  }

  // Passes over whoever was given all that one day or one hour may bring.
  bool has_had_enough(const people::Employee& employee) {
    if (!circumstances_.given) return false;
    if (employee.max_per_day) {
      const int given = circumstances_.given(employee, people::day_begins(roster_, employee, facts_.at));
      if (given >= *employee.max_per_day) {
        pass(employee, "max_per_day",
             fmt::format("was given {} of at most {} today", given, *employee.max_per_day),
             fmt::format("получено за день {} при пределе {}", given, *employee.max_per_day));
        return true;
      }
    }
    if (employee.max_per_hour) {
      const int given = circumstances_.given(employee, facts_.at - std::chrono::hours{1});
      if (given >= *employee.max_per_hour) {
        pass(employee, "max_per_hour",
             fmt::format("was given {} of at most {} in the last hour", given, *employee.max_per_hour),
             fmt::format("получено за час {} при пределе {}", given, *employee.max_per_hour));
        return true;
      }
    }
    return false;
  }

  void pass(const people::Employee& employee, std::string cause, std::string why, std::string why_russian) {
    out_.passed.push_back({employee.name, std::move(why), std::move(why_russian), std::move(cause)});
  }

  // Turns the list so that it begins with the one after whoever had the last turn.
  void begin_with_next() {
    in_file_order_ = free_;
    const auto last = turns_.find(group_.name);
    if (last == turns_.end()) return;
    const auto& members = group_.members;
    const auto had = std::find(members.begin(), members.end(), last->second);
    if (had == members.end()) return;
    // Both lists are in the order of the file: the first who is free and stands behind them is next.
    auto next = free_.begin();
    for (auto at = members.begin(); at != std::next(had) && next != free_.end(); ++at) {
      if (next->employee->name == *at) ++next;
    }
    std::rotate(free_.begin(), next, free_.end());
  }

  void take(const Member& member, std::string reason, std::string reason_russian) {
    out_.chosen = member.employee;
    out_.reason = std::move(reason);
    out_.reason_russian = std::move(reason_russian);
  }

  // The others who were free, each with its sentence.
  template <class Why>
  void pass_others(const std::string& cause, Why why) {
    for (const auto& member : in_file_order_) {
      if (member.employee != out_.chosen) pass(*member.employee, cause, why(member), "");
    }
  }

  void round_robin() {
    take(free_.front(), fmt::format("next in turn of {} present", free_.size()), "следующий по очереди");
    out_.turns[group_.name] = out_.chosen->name;
    pass_others("turn", [&](const Member&) {
      return fmt::format("not in turn: it is the turn of {}", out_.chosen->name);
    });
  }

  void first_present() {
    take(in_file_order_.front(), fmt::format("first in the list of {} present", free_.size()),
         "первый по списку на работе");
    pass_others("list",
                [&](const Member&) { return fmt::format("stands after {} in the list", out_.chosen->name); });
  }

  // Smooth weighted round robin: everybody's counter grows by their weight, the largest is chosen and pays
  // for all. Over a whole round each one's share is exactly their weight, and the turns of one person are
  // spread out.
  void weighted() {
    std::int64_t group_weight = 0;
    for (const auto& name : group_.members) {
      if (const auto* employee = roster_.employee(name)) group_weight += employee->weight;
    }
    std::int64_t total = 0;
    const Member* best = nullptr;
    std::int64_t best_counter = 0;
    std::vector<std::int64_t> counters;
    for (const auto& member : in_file_order_) {
      const std::string& name = member.employee->name;
      const std::int64_t grown =
          counter(turns_, counter_key(group_, name), group_weight) + member.employee->weight;
      counters.push_back(grown);
      total += member.employee->weight;
      if (!best || grown > best_counter) {
        best = &member;
        best_counter = grown;
      }
    }
    counters[static_cast<std::size_t>(best - in_file_order_.data())] -= total;
    for (std::size_t i = 0; i < counters.size(); ++i)
      out_.turns[counter_key(group_, in_file_order_[i].employee->name)] = std::to_string(counters[i]);
    out_.turns[group_.name] = best->employee->name;
    take(*best,
         fmt::format("next by weight of {} present (weight {} of {})", free_.size(), best->employee->weight,
                     total),
         "следующий по очереди с учётом веса");
    pass_others("turn", [&](const Member& member) {
      return fmt::format("not in turn by weight (weight {} of {})", member.employee->weight, total);
    });
  }

  void least_loaded() {
    // The first of equals in the order of turns.
    const Member& best = *std::min_element(free_.begin(), free_.end(), lighter);
    take(best, fmt::format("least loaded of {} present ({})", free_.size(), load_text(best)),
         best.load ? russian_load(*best.load) : std::string("загрузка неизвестна, считается нулевой"));
    out_.turns[group_.name] = out_.chosen->name;
    pass_others("load", [&](const Member& member) {
      if (lighter(best, member)) return "more loaded: " + load_text(member);
      return fmt::format("as loaded ({}), but it is the turn of {}", load_text(member), out_.chosen->name);
    });
  }

  static std::string load_text(const Member& member) {
    std::string out = member.load ? open_leads(member.load->leads) : "load not known, counted as 0";
    if (member.load && member.load->deals > 0)
      out += fmt::format(", {} open deal{}", member.load->deals, member.load->deals == 1 ? "" : "s");
    if (member.employee->weight != 1) out += fmt::format(", weight {}", member.employee->weight);
    return out;
  }

  const people::Group& group_;
  const people::Roster& roster_;
  const AskPresence& presence_;
  const Circumstances& circumstances_;
  const Turns& turns_;
  const Facts& facts_;
  std::vector<Member> free_;           // who can be chosen, beginning with the next in turn
  std::vector<Member> in_file_order_;  // the same in the order of the file
  Choice out_;
};

}  // namespace

Choice choose(const people::Group& group, const people::Roster& roster, const AskPresence& presence,
              const Circumstances& circumstances, const Facts& facts) {
  return Chooser(group, roster, presence, circumstances, facts).run();
}

}  // namespace b24gate::distribution
