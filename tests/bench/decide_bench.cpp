// How long one decision takes: a tree of 1,000 rules, 500 employees. Prints figures, asserts nothing.
//
//   bench_decide [ROUNDS]
//
// Beside each figure stands its ratio to a plain scan of 1,000 comparisons with the text of the same event,
// in the same run: a slow machine slows both.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "base/utf8.hpp"
#include "distribution/distribution.hpp"
#include "mapping/mapping.hpp"
#include "yaml/node.hpp"

using namespace b24gate;

namespace {

struct NoSecrets final : yaml::SecretSource {
  [[nodiscard]] Result<std::string> find(std::string_view, std::string_view) const override {
    return fail(ErrorKind::config, "", "no secrets here");
  }
};

constexpr int groups = 50;
constexpr int members = 10;

std::string employees() {
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
std::string tree() {
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

// All of them beside each other: every one is asked.
std::string list() {
  std::string out = "rules:\n";
  for (int i = 0; i < 998; ++i)
    out += fmt::format("- {{ name: правило {}, when: {{ {} }}, assign: g{} }}\n", i, when(i), i % groups);
  return out + std::string(last_rules);
}

double microseconds(std::chrono::steady_clock::duration d) {
  return std::chrono::duration<double, std::micro>(d).count();
}

struct Figures {
  double least = 0;
  double median = 0;
  double most = 0;
};

template <class Work>
Figures measure(int rounds, Work work) {
  std::vector<double> times;
  work();  // caches are warm, as in a daemon that has run for a second
  for (int i = 0; i < rounds; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    times.push_back(microseconds(std::chrono::steady_clock::now() - begin));
  }
  std::sort(times.begin(), times.end());
  return {times.front(), times[times.size() / 2], times.back()};
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? std::max(1, std::atoi(arguments[1])) : 500;
  yaml::Problems problems;
  const NoSecrets secrets;
  yaml::Context context{problems, secrets};
  const auto people_file = yaml::parse(employees(), "employees.yaml", problems);
  const auto roster = people_file ? people::Roster::read(*people_file, context) : people::Roster();
  const auto read = [&](const std::string& file) {
    const auto root = yaml::parse(file, "distribution.yaml", problems);
    const auto begin = std::chrono::steady_clock::now();
    auto out = root ? distribution::Rules::read(*root, roster, {}, context) : distribution::Rules();
    fmt::print("{} rules that answer, {} employees; read and checked in {:.0f} ms\n", out.answering().size(),
               roster.employees().size(), microseconds(std::chrono::steady_clock::now() - begin) / 1000);
    return out;
  };
  const auto of_tree = read(tree());
  const auto of_list = read(list());
  if (!problems.text().empty()) {
    fmt::print(stderr, "{}", problems.text());
    return 1;
  }
  fmt::print("\n");

  const std::string sentence = "Здравствуйте, нужна установка мощностью два мегаватта для завода. ";
  std::string long_text;
  for (int i = 0; i < 40; ++i) long_text += sentence;
  const auto event = [&](const std::string& direction, const std::string& kind, const std::string& text) {
    return json::Value::object({{"kind", kind},
                                {"text", text},
                                {"fields", json::Value::object({{"direction", direction}})},
                                {"form", json::Value::object({{"name", "Обратный звонок"}})},
                                {"geo", json::Value::object({{"region", "Томская область"}})},
                                {"utm", json::Value::object({{"campaign", "brand"}})},
                                {"order", json::Value::object({{"total", "1000"}})}});
  };
  std::map<std::string, int> load;
  distribution::Circumstances circumstances;
  circumstances.presence = [](const people::Employee& employee, TimePoint) {
    return people::Presence{employee.user_id % 7 != 0, "absent since 09:40 (timeman)", "нет на работе"};
  };
  circumstances.load = [](const people::Employee& employee) {
    return std::optional<int>(static_cast<int>(employee.user_id * 7 % 20));
  };
  circumstances.given = [](const people::Employee& employee, TimePoint) {
    return static_cast<int>(employee.user_id % 5);
  };

  // What a rule must cost at least: a comparison of a text that is long already.
  const std::string folded = utf8::folded(long_text);
  std::vector<std::string> words;
  for (int i = 0; i < 1000; ++i)
    words.push_back(folded.substr(0, folded.size() - 1) + std::to_string(i % 10));
  volatile int equal = 0;
  const Figures scan = measure(rounds, [&] {
    int found = 0;
    for (const auto& word : words) found += word == folded ? 1 : 0;
    equal = equal + found;
  });
  fmt::print("{:<58} {:>9} {:>9} {:>9} {:>7}\n", "microseconds", "min", "median", "max", "ratio");
  fmt::print("{:<58} {:>9.1f} {:>9.1f} {:>9.1f} {:>7}\n", "reference: 1,000 comparisons of a letter's text",
             scan.least, scan.median, scan.most, 1);

  const auto decide = [&](std::string_view name, const distribution::Rules& rules,
                          const json::Value& enquiry) {
    distribution::Facts facts;
    facts.scope = mapping::scope_of(enquiry, "site", "Сайт", "webhook");
    facts.at = *parse_iso("2026-03-03T12:00:00+03:00", TimeZone::utc());
    const auto chosen = rules.decide(facts, roster, circumstances);
    const Figures took = measure(rounds, [&] { (void)rules.decide(facts, roster, circumstances); });
    fmt::print("{:<58} {:>9.1f} {:>9.1f} {:>9.1f} {:>7.1f}  {}\n", name, took.least, took.median, took.most,
               took.median / scan.median, chosen.rule.empty() ? "(fallback)" : chosen.rule);
  };
  decide("tree, the last rule, a group of 10", of_tree, event("", "chat", sentence));
  decide("tree, the last direction, none of its rules fits", of_tree,
         event("Направление 19", "chat", sentence));
  decide("list, all 1,000 asked, a group of 10", of_list, event("", "chat", sentence));
  decide("list, all 1,000 asked, none fits", of_list, event("", "quiz", sentence));
  decide("list, all 1,000 asked, a letter of 360 words", of_list, event("", "chat", long_text));
  decide("list, 999 asked, a weighted group of 500", of_list, event("", "form", sentence));
}
