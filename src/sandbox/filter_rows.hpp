// The templates of filter.hpp. Included by it only.
#pragma once

#include <algorithm>
#include <map>

#include "base/ascii.hpp"
#include "sandbox/filter.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {

template <class Row>
tl::expected<bool, Failure> matches(const Row& row, const json::Value& filter, const Columns<Row>& columns,
                                    const TimeZone& zone, int depth) {
  if (depth > 8) return refuse("INVALID_ARG_VALUE", "Invalid filter: too deep");
  bool any = false;
  bool all = true;
  bool is_or = false;
  bool empty = true;
  for (const auto& [key, expected] : php::pairs(filter)) {
    if (ascii::lower(key) == "logic") {
      is_or = ascii::lower(expected.text()) == "or";
      continue;
    }
    bool one = false;
    if (php::is_iterable(expected) && json::Value(key).integer()) {
      const auto nested = matches(row, expected, columns, zone, depth + 1);
      if (!nested) return nested;
      one = *nested;
    } else {
      Condition condition = parse_condition(key);
      const auto kind = columns.kind(condition.field);
      if (!kind && columns.unknown == Unknown::ignored) continue;
      if (!kind) {
        return refuse("INVALID_ARG_VALUE",
                      "Invalid filter: field '" + condition.field + "' is not allowed in filter");
      }
      if (condition.op == Operator::equal && !columns.pattern_field.empty() &&
          condition.field == columns.pattern_field) {
        condition.op = Operator::contains;
      }
      one = holds(condition, *kind, columns.value(row, condition.field), expected, zone);
    }
    empty = false;
    any = any || one;
    all = all && one;
  }
  return empty || (is_or ? any : all);
}

template <class Row>
tl::expected<std::vector<const Row*>, Failure> selected(std::vector<const Row*> rows,
                                                        const json::Value& filter, const json::Value& order,
                                                        const Columns<Row>& columns, const TimeZone& zone) {
  // A filter that is wrong is refused even when there is nothing to filter.
  if (const auto checked = matches(Row{}, filter, columns, zone); !checked) {
    return tl::unexpected<Failure>(checked.error());
  }
  std::vector<const Row*> out;
  for (const Row* row : rows) {
    if (*matches(*row, filter, columns, zone)) out.push_back(row);
  }
  const auto keys = php::pairs(order);
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    const auto& field = key->first;
    const auto kind = columns.kind(field);
    if (!kind && columns.unknown == Unknown::refused) {
      return refuse("INVALID_ARG_VALUE", "Invalid order: field '" + field + "' is not allowed in order");
    }
    if (!kind) continue;
    const bool descending = ascii::lower(key->second.text()).starts_with("desc");
    std::vector<std::pair<json::Value, const Row*>> keyed;
    keyed.reserve(out.size());
    for (const Row* row : out) keyed.emplace_back(columns.value(*row, field), row);
    std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
      const int sign = compared(*kind, a.first, b.first, zone);
      return descending ? sign > 0 : sign < 0;
    });
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = keyed[i].second;
  }
  return out;
}

template <class Row>
std::vector<const Row*> paged(std::vector<const Row*> rows, const json::Value& start, Success& envelope) {
  const Page page = parse_page(start);
  envelope.total = page.counted ? static_cast<std::int64_t>(rows.size()) : 0;
  const std::size_t from = std::min(page.from, rows.size());
  const std::size_t to = std::min(from + page_size, rows.size());
  if (page.counted && to < rows.size()) envelope.next = static_cast<std::int64_t>(to);
  return {rows.begin() + static_cast<std::ptrdiff_t>(from), rows.begin() + static_cast<std::ptrdiff_t>(to)};
}

// Pointers to the values of a map, in the order of ids.
template <class Row>
std::vector<const Row*> rows_of(const std::map<std::int64_t, Row>& map) {
  std::vector<const Row*> out;
  out.reserve(map.size());
  for (const auto& [id, row] : map) out.push_back(&row);
  return out;
}

template <class Row>
std::vector<const Row*> rows_of(const std::vector<Row>& list) {
  std::vector<const Row*> out;
  out.reserve(list.size());
  for (const auto& row : list) out.push_back(&row);
  return out;
}

}  // namespace b24gate::sandbox
