// What nearly every file includes, parsed once per build instead of once per file (cmake/module.cmake). Only
// headers that rarely change; no file may rely on it: each includes what it uses.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "json/value.hpp"
