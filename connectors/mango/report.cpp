#include "connectors/mango/report.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "base/utf8.hpp"

namespace b24gate::mango {
namespace {

enum Column : std::size_t {
  records,
  start,
  finish,
  answer,
  from_extension,
  from_number,
  to_extension,
  to_number,
  disconnect_reason,
  line_number,
  location,
  create,
  entry_id,
  columns
};

using Leg = std::array<std::string_view, columns>;

std::optional<Leg> leg_of(std::string_view line) {
  Leg out;
  std::size_t column = 0;
  for (std::size_t at = 0; at <= line.size() && column < columns; ++column) {
    const std::size_t end = std::min(line.find(';', at), line.size());
    std::string_view value = utf8::trimmed(line.substr(at, end - at));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    out[column] = value;
    at = end + 1;
  }
  if (column < columns || out[entry_id].empty()) return std::nullopt;
  return out;
}

std::int64_t number(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out > 0 ? out : 0;
}

std::int64_t created(const Leg& leg) {
  const std::int64_t group = number(leg[create]);
  return group > 0 ? group : number(leg[start]);
}

bool is_answered(const Leg& leg) {
  return number(leg[answer]) > 0 && (leg[location] == "abonent" || leg[location].empty());
}
bool is_outgoing(const Leg& leg) { return !leg[from_extension].empty() && leg[to_extension].empty(); }
bool is_internal(const Leg& leg) { return !leg[from_extension].empty() && !leg[to_extension].empty(); }
bool is_incoming(const Leg& leg) { return leg[from_extension].empty(); }

// The client's leg of an outgoing call; null for other calls. A callback rings the employee first, in a leg
// that looks incoming and names the client: then the outgoing leg dials that same number.
const Leg* outgoing_leg(const std::vector<Leg>& legs) {
  if (is_outgoing(legs.front())) return &legs.front();
  const Leg& first = legs.front();
  if (!is_incoming(first) || first[from_number].empty() || first[to_extension].empty()) return nullptr;
  const auto dialled = std::find_if(legs.begin(), legs.end(), [&](const Leg& leg) {
    return is_outgoing(leg) && leg[to_number] == first[from_number];
  });
  return dialled == legs.end() ? nullptr : &*dialled;
}

json::Value party(std::string_view extension, std::string_view phone) {
  json::Value out = json::Value::object();
  if (!extension.empty()) out["extension"] = extension;
  if (!phone.empty()) out["number"] = phone;
  return out;
}

template <class Test>
const Leg* first_of(const std::vector<Leg>& legs, Test test) {
  const auto found = std::find_if(legs.begin(), legs.end(), test);
  return found == legs.end() ? nullptr : &*found;
}

// REQUIRES: `legs` are of one call, by their start.
json::Value summary_of(const std::vector<Leg>& legs) {
  const Leg& first = legs.front();
  const Leg* out = outgoing_leg(legs);
  const bool internal = !out && is_internal(first);
  const Leg* talk = nullptr;
  json::Value from;
  json::Value to = json::Value::object();
  if (out) {
    talk = first_of(legs, [&](const Leg& leg) {
      return is_answered(leg) && is_outgoing(leg) && leg[to_number] == (*out)[to_number];
    });
    from = party((*out)[from_extension], (*out)[from_number]);
    to = party("", (*out)[to_number]);
  } else {
    talk = first_of(legs, is_answered);
    const Leg* rang = talk ? talk : first_of(legs, [](const Leg& leg) { return !leg[to_extension].empty(); });
    from = party(internal ? first[from_extension] : "", first[from_number]);
    if (rang) to = party((*rang)[to_extension], (*rang)[to_number]);
  }
  std::int64_t begin = created(first);
  const Leg* last = &first;
  std::string_view line;
  for (const Leg& leg : legs) {
    if (created(leg) > 0) begin = std::min(begin, created(leg));
    if (number(leg[finish]) >= number((*last)[finish])) last = &leg;
    if (line.empty()) line = leg[line_number];
  }
  json::Value summary = json::Value::object({{"entry_id", first[entry_id]},
                                             {"call_direction", out        ? 2
                                                                : internal ? 0
                                                                           : 1},
                                             {"from", from},
                                             {"to", to}});
  if (!line.empty()) summary["line_number"] = line;
  summary["create_time"] = begin;
  summary["talk_time"] = talk ? number((*talk)[answer]) : 0;
  summary["end_time"] = number((*last)[finish]);
  summary["disconnect_reason"] = number((*(out && !talk ? out : last))[disconnect_reason]);
  return summary;
}

// "[id1,id2]"
void add_recordings(std::vector<std::string>& out, std::string_view list) {
  if (!list.empty() && list.front() == '[') list.remove_prefix(1);
  if (!list.empty() && list.back() == ']') list.remove_suffix(1);
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const std::string id(utf8::trimmed(list.substr(at, end - at)));
    at = end + 1;
    constexpr std::size_t most_recordings = 100;  // of one call
    if (!id.empty() && out.size() < most_recordings && std::find(out.begin(), out.end(), id) == out.end())
      out.push_back(id);
  }
}

}  // namespace

std::vector<ReportedCall> read_report(std::string_view csv) {
  std::vector<std::vector<Leg>> calls;
  std::unordered_map<std::string_view, std::size_t> known;
  for (std::size_t at = 0; at < csv.size();) {
    const std::size_t end = std::min(csv.find('\n', at), csv.size());
    const auto leg = leg_of(csv.substr(at, end - at));
    at = end + 1;
    if (!leg || created(*leg) == 0) continue;  // a heading, or half a line
    const auto [entry, is_new] = known.emplace((*leg)[entry_id], calls.size());
    if (is_new) calls.emplace_back();
    calls[entry->second].push_back(*leg);
  }
  std::vector<ReportedCall> out;
  out.reserve(calls.size());
  for (auto& legs : calls) {
    std::sort(legs.begin(), legs.end(), [](const Leg& a, const Leg& b) {
      const std::int64_t first = number(a[start]);
      const std::int64_t second = number(b[start]);
      return first != second ? first < second : a < b;  // the same whatever the order of the lines
    });
    ReportedCall call;
    call.entry_id = legs.front()[entry_id];
    call.summary = summary_of(legs);
    call.created = call.summary["create_time"].integer().value_or(0);
    call.finished = call.summary["end_time"].integer().value_or(0);
    for (const Leg& leg : legs) add_recordings(call.recordings, leg[records]);
    out.push_back(std::move(call));
  }
  return out;
}

}  // namespace b24gate::mango
