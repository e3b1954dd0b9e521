# b24_module(NAME DEPS ...): the folder's *.cpp become the library b24_NAME, its *_test.cpp the test NAME_test.
# Unit tests stand beside the code they test, everywhere.
add_library(b24_test_main OBJECT ${CMAKE_SOURCE_DIR}/tests/main.cpp)

# One precompiled header for all modules: parsing the standard library is most of a small file's compile time.
file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cpp "")
add_library(b24_precompiled STATIC ${CMAKE_BINARY_DIR}/precompiled.cpp)
target_link_libraries(b24_precompiled PUBLIC fmt::fmt date::date-tz)
target_include_directories(b24_precompiled PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_precompile_headers(b24_precompiled PRIVATE ${CMAKE_SOURCE_DIR}/src/precompiled.hpp)

function(b24_precompile target)
  target_precompile_headers(${target} REUSE_FROM b24_precompiled)
  target_link_libraries(${target} PRIVATE fmt::fmt date::date-tz)
endfunction()

# The same for tests, with doctest. Under a sanitizer without optimization: a file of tests is a thousand assertions, and
# it is their compiling that takes the time.
set(B24GATE_TEST_OPTIONS $<$<CONFIG:Sanitize>:-O0>)
add_library(b24_precompiled_tests STATIC ${CMAKE_BINARY_DIR}/precompiled.cpp)
target_link_libraries(b24_precompiled_tests PUBLIC fmt::fmt date::date-tz)
target_include_directories(b24_precompiled_tests PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(b24_precompiled_tests PRIVATE ${B24GATE_TEST_OPTIONS})
target_precompile_headers(b24_precompiled_tests PRIVATE ${CMAKE_SOURCE_DIR}/src/precompiled.hpp <doctest/doctest.h>)

function(b24_precompile_tests target)
  target_precompile_headers(${target} REUSE_FROM b24_precompiled_tests)
  target_compile_options(${target} PRIVATE ${B24GATE_TEST_OPTIONS})
  target_link_libraries(${target} PRIVATE fmt::fmt date::date-tz)
endfunction()

function(b24_module name)
  cmake_parse_arguments(ARG "" "" "DEPS;TEST_DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(b24_${name} STATIC ${sources})
    target_link_libraries(b24_${name} PUBLIC ${ARG_DEPS})
    b24_precompile(b24_${name})
  else()
    add_library(b24_${name} INTERFACE)
    target_link_libraries(b24_${name} INTERFACE ${ARG_DEPS})
  endif()
  if(tests)
    add_executable(${name}_test ${tests} $<TARGET_OBJECTS:b24_test_main>)
    target_link_libraries(${name}_test PRIVATE b24_${name} ${ARG_TEST_DEPS})
    target_compile_definitions(${name}_test PRIVATE B24GATE_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                               B24GATE_BINARY_DIR="${CMAKE_BINARY_DIR}")
    b24_precompile_tests(${name}_test)
    add_test(NAME ${name} COMMAND ${name}_test)
  endif()
endfunction()
