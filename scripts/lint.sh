#!/usr/bin/env bash
# Format and clang-tidy over the files named, or over all of them. --fix formats in place.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = --fix ]; then
  shift
  git ls-files '*.cpp' '*.hpp' | xargs clang-format-14 -i
fi
git ls-files '*.cpp' '*.hpp' | xargs clang-format-14 --dry-run -Werror
cmake --preset clang >/dev/null
files=("$@")
[ ${#files[@]} -gt 0 ] || mapfile -t files < <(git ls-files 'src/*.cpp' 'connectors/*.cpp')
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy-14 --quiet -p build/clang
