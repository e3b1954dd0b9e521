#include "distribution/why_not.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace b24gate::distribution {
namespace {

using Kind = Condition::Kind;

// As people of the portal call them; another member goes by its own name.
struct Name {
  std::string_view member;
  std::string_view russian;
};
constexpr Name names[] = {{"kind", "вид обращения"},
                          {"channel", "канал"},
                          {"company", "компания"},
                          {"enquiry_type", "тип обращения"},
                          {"text", "текст"},
                          {"subject", "тема"},
                          {"form.name", "форма"},
                          {"form.id", "форма"},
                          {"page.url", "страница"},
                          {"geo.country", "страна"},
                          {"geo.region", "регион"},
                          {"geo.city", "город"},
                          {"source.name", "источник"},
                          {"call.line", "линия"},
                          {"order.total", "сумма заказа"},
                          {"created_by", "кто создал"},
                          {"client.known", "клиент известен"},
                          {"client.manager", "менеджер клиента"},
                          {"client.open_lead", "открытый лид"}};

std::string russian_name(const std::string& member) {
  for (const auto& name : names) {
    if (name.member == member) return std::string(name.russian);
  }
  constexpr std::string_view fields = "fields.";
  if (member.compare(0, fields.size(), fields) == 0) return "поле «" + member.substr(fields.size()) + "»";
  return member;
}

std::string listed(const std::vector<std::string>& texts) {
  constexpr std::size_t most = 3;
  std::string out;
  for (std::size_t i = 0; i < std::min(texts.size(), most); ++i) out += (i == 0 ? "" : ", ") + texts[i];
  return texts.size() > most ? out + ", …" : out;
}

// What a condition asks for, as if it were so.
WhyNot asked(const Vocabulary& vocabulary, const Condition& condition) {
  if (condition.kind == Kind::within) {
    const std::string& hours = vocabulary.hours_names[condition.subject];
    return {"time within " + hours, "время: " + hours};
  }
  const bool group =
      condition.kind == Kind::all || condition.kind == Kind::any || condition.kind == Kind::none;
  if (group) {
    if (condition.children.empty()) return {"nothing", "ничего"};
    WhyNot out = asked(vocabulary, condition.children.front());
    if (condition.kind == Kind::none) out = {"not: " + out.english, "кроме: " + out.russian};
    if (condition.children.size() > 1) {
      out.english += ", …";
      out.russian += ", …";
    }
    return out;
  }
  const Subject& subject = vocabulary.subjects[condition.subject];
  const std::string name = russian_name(subject.name);
  const std::string texts = listed(condition.texts);
  const std::string in = subject.dictionary.empty() ? "" : fmt::format(" ({})", subject.dictionary);
  switch (condition.kind) {
    case Kind::equal:
      return {fmt::format("{}{} is {}", subject.name, in, texts), fmt::format("{}{}: {}", name, in, texts)};
    case Kind::contains:
      return {fmt::format("{} contains {}", subject.name, texts),
              fmt::format("{} содержит: {}", name, texts)};
    case Kind::words:
      return {fmt::format("{} has the words {}", subject.name, texts),
              fmt::format("{}, слова: {}", name, texts)};
    case Kind::matches:
      return {fmt::format("{} matches {}", subject.name, texts),
              fmt::format("{} по образцу: {}", name, texts)};
    case Kind::above:
      return {fmt::format("{} above {}", subject.name, condition.bound),
              fmt::format("{} больше {}", name, condition.bound)};
    case Kind::below:
      return {fmt::format("{} below {}", subject.name, condition.bound),
              fmt::format("{} меньше {}", name, condition.bound)};
    default:
      return {fmt::format("{}{} is there", subject.name, in), fmt::format("{}{} указано", name, in)};
  }
}

}  // namespace

WhyNot why_not(Observation& observation, const Vocabulary& vocabulary, const Condition& condition) {
  if (condition.kind == Kind::all) {
    for (const auto& child : condition.children) {
      if (!observation.holds(child)) return why_not(observation, vocabulary, child);
    }
  }
  if (condition.kind == Kind::any) {
    WhyNot out;
    for (const auto& child : condition.children) {
      WhyNot one = why_not(observation, vocabulary, child);
      out.english += (out.english.empty() ? "" : "; ") + one.english;
      out.russian += (out.russian.empty() ? "" : "; ") + one.russian;
    }
    return out;
  }
  if (condition.kind == Kind::none) {
    for (const auto& child : condition.children) {
      if (!observation.holds(child)) continue;
      const WhyNot excluded = asked(vocabulary, child);
      return {"excluded: " + excluded.english, "исключено: " + excluded.russian};
    }
  }
  const WhyNot wanted = asked(vocabulary, condition);
  return {"not so: " + wanted.english, "не " + wanted.russian};
}

}  // namespace b24gate::distribution
