// The non-working days of Russia, for `holidays: ru` of a schedule.
//
// Non-working holidays: article 112 of the Labour Code (1-8 January, 23 February, 8 March, 1 and 9 May, 12
// June, 4 November). Transfers: government decrees No 1314 of 10.08.2023 (for 2024), No 1335 of 04.10.2024
// (for 2025) and No 1466 of 24.09.2025 (for 2026). Other years follow the article alone: a holiday on a
// Saturday or Sunday moves to the next working day, those of January stay where they are, and there are no
// working Saturdays. The decree for a year comes out in the autumn before it: add it to holidays.cpp.
// Holidays of single regions are not known here.
#pragma once

#include <cstdint>
#include <optional>

namespace b24gate::people {

// True: a day off, whatever its weekday; false: a Saturday that is worked; nullopt: the day is as its weekday
// says. `day` counts from 1970-01-01.
std::optional<bool> russian_day_off(std::int64_t day);

}  // namespace b24gate::people
