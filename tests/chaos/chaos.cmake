# Chaos: the real daemon is killed again and again while its portal, disk and clock misbehave (docs/delivery.md).
#   build/debug/bin/chaos --seed 5 --minutes 60
add_library(b24_chaos STATIC chaos/clock.cpp chaos/epoch.cpp chaos/gate.cpp chaos/ledger.cpp chaos/load.cpp
                             chaos/schedule.cpp chaos/verdict.cpp)
target_link_libraries(b24_chaos PUBLIC b24_e2e b24_text)
b24_precompile(b24_chaos)

# Preloaded into the daemon, so it brings nothing of ours with it.
add_library(b24_chaos_clock MODULE chaos/clock_shim.cpp)
target_link_libraries(b24_chaos_clock PRIVATE ${CMAKE_DL_LIBS})
target_compile_definitions(b24_chaos PRIVATE CHAOS_CLOCK_SHIM="$<TARGET_FILE:b24_chaos_clock>")
add_dependencies(b24_chaos b24_chaos_clock)

add_executable(chaos chaos/main.cpp)
target_link_libraries(chaos PRIVATE b24_chaos)
b24_precompile(chaos)
add_test(NAME chaos COMMAND chaos)
set_tests_properties(chaos PROPERTIES TIMEOUT 900)

add_executable(chaos_parts_test chaos/gate_test.cpp chaos/schedule_test.cpp $<TARGET_OBJECTS:b24_test_main>)
target_link_libraries(chaos_parts_test PRIVATE b24_chaos)
b24_precompile_tests(chaos_parts_test)
add_test(NAME chaos_parts COMMAND chaos_parts_test)
