# Warnings are errors with both compilers; the hardening flags are those Debian builds its own daemons with.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

# On for everybody who works on b24gate; who only builds it must not be stopped by what another compiler finds.
option(B24GATE_WARNINGS_ARE_ERRORS "Warnings stop the build" ON)
set(B24GATE_WERROR "")
if(B24GATE_WARNINGS_ARE_ERRORS)
  set(B24GATE_WERROR -Werror)
endif()
add_compile_options(-Wall -Wextra -Wpedantic ${B24GATE_WERROR} -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                    -Wold-style-cast -Wcast-qual -Wnull-dereference -Wformat=2 -fstack-protector-strong)
# Everywhere alike, so that all modules can share one precompiled header.
add_compile_options(-pthread)
add_link_options(-pthread)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports null dereferences, overlaps and overflows inside the standard library's own inlined code.
  add_compile_options(-Wno-null-dereference -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

# For the sanitizers: fast enough to run the tests, quick to build, readable stacks.
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1")
set(CMAKE_C_FLAGS_SANITIZE "-O1 -g1")

# g++ 12 with a sanitizer sees uninitialised members in variants that are copied from braces; clang, which compiles the
# same files, does not. For the folders that build many such values.
set(B24GATE_FALSE_ALARMS "")
if(B24GATE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(B24GATE_FALSE_ALARMS -Wno-maybe-uninitialized)
endif()

if(B24GATE_SANITIZE)
  add_compile_options(-fsanitize=${B24GATE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${B24GATE_SANITIZE})
  add_compile_definitions(B24GATE_SANITIZED)
else()
  add_compile_definitions($<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=2>)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
