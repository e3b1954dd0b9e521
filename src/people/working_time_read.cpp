// Reading a schedule: days, hours, zone, holidays.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/utf8.hpp"
#include "people/working_time.hpp"

namespace b24gate::people {
namespace {

const std::vector<std::string>& day_names() {
  static const std::vector<std::string> names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  return names;
}

struct Days {
  std::array<bool, 7> on{true, true, true, true, true, false, false};
};

struct HourRange {
  int from_minute = 0;
  int to_minute = 0;
};
struct Hours {
  std::vector<HourRange> ranges;
};

enum class Holidays { none, ru };

struct Written {
  Days days;
  Hours hours;
  std::optional<TimeZone> time_zone;
  Holidays holidays = Holidays::none;
};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(separator, from), text.size());
    out.push_back(utf8::trimmed(text.substr(from, end - from)));
    from = end + 1;
  }
  return out;
}

std::optional<std::size_t> find_day(std::string_view word, const yaml::Node& node, yaml::Context& context) {
  const auto& names = day_names();
  const std::string folded = utf8::folded(word);
  const auto it = std::find(names.begin(), names.end(), folded);
  if (it != names.end()) return static_cast<std::size_t>(it - names.begin());
  context.problems.unknown(node.place(), "day", word, names);
  return std::nullopt;
}

// "mon-thu,sat" into `out`.
void add_days(const yaml::Node& node, yaml::Context& context, std::array<bool, 7>& out) {
  if (!node.is_scalar()) return yaml::wrong_kind(node, context, "days like mon-fri");
  for (const auto piece : split(node.scalar(), ',')) {
    const std::size_t dash = piece.find('-');
    const auto first = find_day(utf8::trimmed(piece.substr(0, dash)), node, context);
    auto last = first;
    if (dash != std::string_view::npos) last = find_day(utf8::trimmed(piece.substr(dash + 1)), node, context);
    if (!first || !last) continue;
    // fri-mon goes over the week's end.
    for (std::size_t day = *first;; day = (day + 1) % 7) {
      out[day] = true;
      if (day == *last) break;
    }
  }
}

// "09:00" in minutes; 24:00 is the end of the day.
std::optional<int> minute_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 2 || text.size() != colon + 3)
    return std::nullopt;
  int hour = 0;
  int minute = 0;
  const auto number = [](std::string_view digits, int& out) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return error == std::errc() && end == digits.data() + digits.size() && digits.front() != '-';
  };
  if (!number(text.substr(0, colon), hour) || !number(text.substr(colon + 1), minute)) return std::nullopt;
  if (hour > 24 || minute > 59 || (hour == 24 && minute != 0)) return std::nullopt;
  return hour * 60 + minute;
}

void add_hours(const yaml::Node& node, yaml::Context& context, std::vector<HourRange>& out) {
  constexpr std::string_view expected = "hours like \"09:00-18:00\" or \"09:00-13:00, 14:00-18:00\"";
  if (!node.is_scalar()) return yaml::wrong_kind(node, context, expected);
  for (const auto piece : split(node.scalar(), ',')) {
    const std::size_t dash = piece.find('-');
    std::optional<int> from;
    std::optional<int> to;
    if (dash != std::string_view::npos) {
      from = minute_of(utf8::trimmed(piece.substr(0, dash)));
      to = minute_of(utf8::trimmed(piece.substr(dash + 1)));
    }
    if (!from || !to || *from == *to || *from == 24 * 60) {
      context.problems.add(node.place(), fmt::format("expected {}, found '{}'", expected, node.scalar()));
      return;
    }
    if (*to < *from) *to += 24 * 60;
    out.push_back({*from, *to});
  }
}

std::string days_text(const std::array<bool, 7>& days) {
  std::string out;
  for (std::size_t day = 0; day < 7; ++day) {
    if (!days[day]) continue;
    std::size_t last = day;
    while (last + 1 < 7 && days[last + 1]) ++last;
    out += (out.empty() ? "" : ",") + day_names()[day];
    if (last > day) out += "-" + day_names()[last];
    day = last;
  }
  return out;
}

std::string clock_text(int minute) { return fmt::format("{:02}:{:02}", minute / 60, minute % 60); }

}  // namespace
}  // namespace b24gate::people

namespace b24gate::yaml {

template <>
struct Shape<people::Days> {
  static void read(const Node& node, Context& context, people::Days& out) {
    out.on.fill(false);
    if (node.is_list()) {
      for (const auto& item : node.items()) people::add_days(item, context, out.on);
    } else {
      people::add_days(node, context, out.on);
    }
    if (node.is_list() && node.items().empty())
      context.problems.add(node.place(), "no days: name at least one");
  }
  static json::Value schema(Schemas&) {
    json::Value words;
    for (const auto& name : people::day_names()) words.push(name);
    const auto text =
        json::Value::object({{"type", "string"}, {"examples", json::Value::array({"mon-fri"})}});
    const auto list =
        json::Value::object({{"type", "array"}, {"items", json::Value::object({{"enum", words}})}});
    return json::Value::object({{"anyOf", json::Value::array({text, list})}});
  }
};

template <>
struct Shape<people::Hours> {
  static void read(const Node& node, Context& context, people::Hours& out) {
    out.ranges.clear();
    if (node.is_list()) {
      for (const auto& item : node.items()) people::add_hours(item, context, out.ranges);
      if (node.items().empty())
        context.problems.add(node.place(), "no hours: write some like \"09:00-18:00\"");
    } else {
      people::add_hours(node, context, out.ranges);
    }
  }
  static json::Value schema(Schemas&) {
    const auto text = json::Value::object({{"type", "string"},
                                           {"pattern", "^[0-9]{1,2}:[0-9]{2} *-"},
                                           {"examples", json::Value::array({"09:00-18:00"})}});
    const auto list = json::Value::object({{"type", "array"}, {"items", text}});
    return json::Value::object({{"anyOf", json::Value::array({text, list})}});
  }
};

template <>
struct Words<people::Holidays> {
  static constexpr std::array<std::pair<std::string_view, people::Holidays>, 2> all{
      {{"ru", people::Holidays::ru}, {"none", people::Holidays::none}}};
};

template <>
struct Shape<people::Written> : ObjectShape<people::Written> {
  template <class F>
  static void keys(F& f) {
    f.optional("days", &people::Written::days,
               "Working days: mon-fri, mon-thu,sat or [mon, wed, fri]. Default mon-fri.");
    f.required("hours", &people::Written::hours,
               "Working hours: \"09:00-18:00\", several with a comma; \"22:00-06:00\" ends on the next day.");
    f.optional("time_zone", &people::Written::time_zone, "Time zone of the hours. Default Europe/Moscow.");
    f.optional("holidays", &people::Written::holidays,
               "ru: the public holidays of Russia are days off. Default none.");
  }
};

}  // namespace b24gate::yaml

namespace b24gate::people {

WorkingTime WorkingTime::read(const yaml::Node& node, yaml::Context& context) {
  Written written;
  yaml::read(node, context, written);
  WorkingTime out;
  out.days_ = written.days.on;
  for (const auto& range : written.hours.ranges) out.ranges_.push_back({range.from_minute, range.to_minute});
  std::sort(out.ranges_.begin(), out.ranges_.end(),
            [](const Range& a, const Range& b) { return a.from_minute < b.from_minute; });
  out.holidays_ru_ = written.holidays == Holidays::ru;
  if (written.time_zone) {
    out.zone_ = *written.time_zone;
  } else if (auto moscow = TimeZone::find("Europe/Moscow")) {
    out.zone_ = *moscow;
  }
  out.text_ = days_text(out.days_);
  for (const auto& range : out.ranges_) {
    const int to = range.to_minute > 24 * 60 ? range.to_minute - 24 * 60 : range.to_minute;
    out.text_ +=
        (&range == out.ranges_.data() ? " " : ", ") + clock_text(range.from_minute) + "-" + clock_text(to);
  }
  out.text_ += " " + out.zone_.name();
  return out;
}

json::Value WorkingTime::schema(yaml::Schemas& schemas) { return yaml::schema<Written>(schemas); }

}  // namespace b24gate::people
