// Filters, order and pages of list methods, over any kind of rows.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "json/value.hpp"
#include "sandbox/answer.hpp"

namespace b24gate::sandbox {

// How values of a field compare. Text compares without regard to case, as the portal's database does.
enum class Kind { text, number, time };

enum class Unknown {
  refused,  // crm.item.list: INVALID_ARG_VALUE
  ignored,  // the old lists promise nothing: the condition is lost
};

template <class Row>
struct Columns {
  // Null when there is no such field.
  std::function<std::optional<Kind>(std::string_view field)> kind;
  std::function<json::Value(const Row& row, std::string_view field)> value;
  Unknown unknown = Unknown::ignored;
  // Fields that a filter matches by substring without being asked to (task titles).
  std::string_view pattern_field;
};

enum class Operator { equal, not_equal, greater, greater_equal, less, less_equal, contains, not_contains };

struct Condition {
  Operator op = Operator::equal;
  std::string field;
  bool mask = false;  // =% and %=: the text carries its own per cent signs and is anchored where it has none
};

// "!@stageId" -> not_equal, stageId.
Condition parse_condition(std::string_view key);
bool holds(const Condition& condition, Kind kind, const json::Value& actual, const json::Value& expected,
           const TimeZone& zone);
// Less, equal or greater as -1, 0, 1.
int compared(Kind kind, const json::Value& a, const json::Value& b, const TimeZone& zone);

struct Page {
  std::size_t from = 0;
  bool counted = true;  // start=-1: total is 0 and there is no next
};
Page parse_page(const json::Value& start);
constexpr std::size_t page_size = 50;

// Every row of `rows` for which `filter` holds. Nested groups have numeric keys and a `logic` of AND or OR.
template <class Row>
tl::expected<bool, Failure> matches(const Row& row, const json::Value& filter, const Columns<Row>& columns,
                                    const TimeZone& zone, int depth = 0);

template <class Row>
tl::expected<std::vector<const Row*>, Failure> selected(std::vector<const Row*> rows,
                                                        const json::Value& filter, const json::Value& order,
                                                        const Columns<Row>& columns, const TimeZone& zone);

// The page of `rows` that `start` asks for, and total and next for the envelope.
template <class Row>
std::vector<const Row*> paged(std::vector<const Row*> rows, const json::Value& start, Success& envelope);

}  // namespace b24gate::sandbox

#include "sandbox/filter_rows.hpp"
