# Figures, not tests: built and run by hand, in the preset `release` (docs/performance.md). Without optimization and
# sanitizer it is built with the rest, and a test asks whether it still works; no figure is looked at.
add_executable(bench EXCLUDE_FROM_ALL bench/decide.cpp bench/disk.cpp bench/drain.cpp bench/growth.cpp bench/grown.cpp
               bench/instructions.cpp bench/intake.cpp bench/load.cpp bench/main.cpp bench/other.cpp bench/overload.cpp
               bench/own_time.cpp bench/portal_watch.cpp bench/report.cpp bench/size.cpp bench/world.cpp)
target_link_libraries(bench PRIVATE b24_distribution b24_journal b24_chaos PkgConfig::SQLITE)
b24_precompile(bench)
if(CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT B24GATE_SANITIZE)
  set_target_properties(bench PROPERTIES EXCLUDE_FROM_ALL OFF)
  add_test(NAME bench COMMAND bench intake --quick --folder ${CMAKE_CURRENT_BINARY_DIR})
endif()
