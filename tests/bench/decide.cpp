// How long one decision takes: a tree of 1,000 rules, 500 employees. Beside each figure stands its ratio to a
// plain scan of 1,000 comparisons with the text of the same event, in the same run: a slow machine slows
// both.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "base/utf8.hpp"
#include "bench/parts.hpp"
#include "distribution/distribution.hpp"
#include "mapping/mapping.hpp"
#include "yaml/node.hpp"

namespace b24gate::bench {
namespace {

struct NoSecrets final : yaml::SecretSource {
  [[nodiscard]] Result<std::string> find(std::string_view, std::string_view) const override {
    return fail(ErrorKind::config, "", "no secrets here");
  }
};

constexpr int members = 10;  // of a group

std::string employees(int people) {
  const int groups = people / members;
  std::string out =
      "schedules:\n  office: { days: mon-fri, hours: \"09:00-18:00\", holidays: ru }\nemployees:\n";
  for (int i = 0; i < groups * members; ++i) {
    out += fmt::format(
        "  e{}: {{ user_id: {}, schedule: office, weight: {}, max_open: 50, max_per_day: 90, max_per_hour: "
        "30 }}\n",
        i, i + 1, 1 + i % 3);
  }
  out += "  boss: { user_id: 9000 }\ngroups:\n";
  static constexpr std::string_view ways[] = {"round_robin", "weighted", "least_loaded", "first_present"};
  for (int g = 0; g < groups; ++g) {
    out += fmt::format("  g{}: {{ choose: {}, members: [", g, ways[g % 4]);
    for (int m = 0; m < members; ++m) out += fmt::format("{}e{}", m ? ", " : "", g * members + m);
    out += "] }\n";
  }
  out += "  everybody: { choose: weighted, members: [";
  for (int i = 0; i < groups * members; ++i) out += fmt::format("{}e{}", i ? ", " : "", i);
  return out + "] }\naccount_manager: boss\n";
}

// What the i-th rule asks: regions, words and phrases with exclusions, forms and hours, amounts, patterns.
std::string when(int i) {
  static constexpr std::string_view whens[] = {
      "geo.region: [Область {0}, Край {0}]",
      "text: {{ words: [деталь{0}, \"узел номер{0}\"], not: {{ words: отказ{0} }} }}",
      "form.name: {{ contains: Форма-{0}- }}, time: {{ within: office }}",
      "order.total: {{ above: {1}000000 }}", "utm.campaign: {{ matches: \"^campaign-{0}-\" }}"};
  // Amounts go down, so that none hides the next.
  return fmt::format(fmt::runtime(whens[i % 5]), i + 1, 2000 - i);
}

constexpr std::string_view last_rules =
    "- { name: остальные, when: { kind: form }, assign: everybody }\n- { name: чаты, when: { kind: chat }, "
    "assign: g0 "
    "}\n";

// Twenty directions with 49 rules each.
std::string tree(int groups) {
  std::string out = "rules:\n";
  for (int d = 0; d < 20; ++d) {
    out += fmt::format(
        "- name: направление {0}\n  when: {{ any: {{ fields.direction: Направление {0}, text: {{ words: "
        "[слово{0}, "
        "\"редкая фраза{0}\"] }} }} }}\n  task: {{ title: t, deadline: 4 working hours }}\n  rules:\n",
        d);
    for (int r = 0; r < 49; ++r) {
      out += fmt::format("  - {{ name: правило {}, when: {{ {} }}, assign: g{} }}\n", r, when(d * 49 + r),
                         (d * 49 + r) % groups);
    }
  }
  return out + std::string(last_rules);
}

// So many beside each other: every one is asked.
std::string list(int rules, int groups) {
  std::string out = "rules:\n";
  for (int i = 0; i < rules - 2; ++i)
    out += fmt::format("- {{ name: правило {}, when: {{ {} }}, assign: g{} }}\n", i, when(i), i % groups);
  return out + std::string(last_rules);
}

double microseconds(std::chrono::steady_clock::duration d) {
  return std::chrono::duration<double, std::micro>(d).count();
}

template <class Work>
Spread measure(int rounds, Work work) {
  std::vector<double> times;
  work();  // caches are warm, as in a daemon that has run for a second
  for (int i = 0; i < rounds; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    times.push_back(microseconds(std::chrono::steady_clock::now() - begin));
  }
  return spread(std::move(times));
}

struct Company {
  people::Roster roster;
  distribution::Rules rules;
  double read_ms = 0;
};

Company company(int people, const std::string& rules) {
  Company out;
  yaml::Problems problems;
  const NoSecrets secrets;
  yaml::Context context{problems, secrets};
  if (const auto file = yaml::parse(employees(people), "employees.yaml", problems))
    out.roster = people::Roster::read(*file, context);
  const auto begin = std::chrono::steady_clock::now();
  if (const auto file = yaml::parse(rules, "distribution.yaml", problems))
    out.rules = distribution::Rules::read(*file, out.roster, {}, context);
  out.read_ms = microseconds(std::chrono::steady_clock::now() - begin) / 1'000;
  if (!problems.text().empty()) give_up(problems.text());
  return out;
}

distribution::Circumstances circumstances() {
  distribution::Circumstances out;
  out.presence = [](const people::Employee& employee, TimePoint) {
    return people::Presence{employee.user_id % 7 != 0, "absent since 09:40 (timeman)", "нет на работе"};
  };
  out.load = [](const people::Employee& employee) {
    return std::optional<int>(static_cast<int>(employee.user_id * 7 % 20));
  };
  out.given = [](const people::Employee& employee, TimePoint) {
    return static_cast<int>(employee.user_id % 5);
  };
  return out;
}

json::Value event(const std::string& direction, const std::string& kind, const std::string& text) {
  return json::Value::object({{"kind", kind},
                              {"text", text},
                              {"fields", json::Value::object({{"direction", direction}})},
                              {"form", json::Value::object({{"name", "Обратный звонок"}})},
                              {"geo", json::Value::object({{"region", "Томская область"}})},
                              {"utm", json::Value::object({{"campaign", "brand"}})},
                              {"order", json::Value::object({{"total", "1000"}})}});
}

constexpr const char* sentence = "Здравствуйте, нужна установка мощностью два мегаватта для завода. ";

}  // namespace

int decide(const Options& options, Report& report) {
  const int rounds = options.quick ? 3 : options.count > 0 ? static_cast<int>(options.count) : 500;
  std::string letter;
  for (int i = 0; i < 40; ++i) letter += sentence;

  // What a rule must cost at least: a comparison of a text that is long already.
  const std::string folded = utf8::folded(letter);
  std::vector<std::string> words;
  for (int i = 0; i < 1'000; ++i)
    words.push_back(folded.substr(0, folded.size() - 1) + std::to_string(i % 10));
  volatile int equal = 0;
  const Spread scan = measure(rounds, [&] {
    int found = 0;
    for (const auto& word : words) found += word == folded ? 1 : 0;
    equal = equal + found;
  });
  report.table("one decision");
  report.row("reference: 1,000 comparisons of a letter's text", "us", scan);

  const auto around = circumstances();
  const auto decide_one = [&](const std::string& name, const Company& company, const json::Value& enquiry) {
    distribution::Facts facts;
    facts.scope = mapping::scope_of(enquiry, "site", "Сайт", "webhook");
    facts.at = *parse_iso("2026-03-03T12:00:00+03:00", TimeZone::utc());
    report.row(name, "us",
               measure(rounds, [&] { (void)company.rules.decide(facts, company.roster, around); }),
               scan.median);
  };
  const Company of_tree = company(500, tree(50));
  decide_one("tree of 1,000, 500 people: the last rule, a group of 10", of_tree, event("", "chat", sentence));
  decide_one("tree: the last direction, none of its rules fits", of_tree,
             event("Направление 19", "chat", sentence));
  for (const int people : {10, 500}) {
    for (const int rules : {10, 100, 1'000}) {
      const Company of_list = company(people, list(rules, people / members));
      const std::string name = fmt::format("list of {}, {} people", rules, people);
      decide_one(name + ": all asked, a group of 10", of_list, event("", "chat", sentence));
      decide_one(name + ": all asked, none fits", of_list, event("", "quiz", sentence));
      decide_one(name + ": all asked, a letter of 360 words", of_list, event("", "chat", letter));
      decide_one(name + ": a weighted group of all", of_list, event("", "form", sentence));
      if (rules == 1'000) report.row(name + ": reading and checking the file", "ms", of_list.read_ms);
    }
  }
  return 0;
}

}  // namespace b24gate::bench
