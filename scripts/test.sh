#!/usr/bin/env bash
# Installs what is missing, builds with every compiler and sanitizer, and passes all tests.
#
#   scripts/test.sh          everything, as CI does: all tests with clang's address and undefined sanitizers and with
#                            g++'s thread sanitizer; chaos besides in a plain build, where it is quick enough to be
#                            long, and whether the bench works
#   scripts/test.sh debug    one preset only: release, debug, clang, asan, tsan (for the edit-build-test loop)
#
# Ends with one line: N passed, N failed. Exit code 0 only when nothing failed.
set -uo pipefail
cd "$(dirname "$0")/.."

# A clone elsewhere may use what this one has compiled.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime

presets=("$@")
[ ${#presets[@]} -gt 0 ] || presets=(asan tsan chaos)
jobs=$(nproc)
passed=0
failed=0
began=$SECONDS

say() { printf '\n== %s (%d s)\n' "$*" $((SECONDS - began)); }
finish() {
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

say "packages"
scripts/deps.sh || { failed=1; finish; }

say "format"
if git ls-files '*.cpp' '*.hpp' | xargs -r clang-format-14 --dry-run -Werror; then
  passed=$((passed + 1))
else
  failed=$((failed + 1))
fi

for preset in "${presets[@]}"; do
  build=()
  only=()
  if [ "$preset" = chaos ]; then
    preset=debug
    build=(--target chaos bench)
    only=(-R '^(chaos|bench)$')
  fi
  say "$preset: build"
  if ! cmake --preset "$preset" >"/tmp/b24gate-configure.$$" 2>&1; then
    cat "/tmp/b24gate-configure.$$"
    rm -f "/tmp/b24gate-configure.$$"
    failed=$((failed + 1))
    continue
  fi
  rm -f "/tmp/b24gate-configure.$$"
  if ! cmake --build --preset "$preset" -j "$jobs" "${build[@]}"; then
    failed=$((failed + 1))
    continue
  fi
  say "$preset: tests"
  junit="$PWD/build/$preset/tests.xml"
  ctest --preset "$preset" -j "$jobs" "${only[@]}" --output-junit "$junit"
  total=$(grep -o 'tests="[0-9]*"' "$junit" | head -1 | tr -dc 0-9)
  bad=$(grep -o 'failures="[0-9]*"' "$junit" | head -1 | tr -dc 0-9)
  passed=$((passed + ${total:-0} - ${bad:-0}))
  failed=$((failed + ${bad:-1}))
done

say "done"
finish
