#!/usr/bin/env bash
# The one list of Debian packages that b24gate needs to be built, run and tested. Installs only what is missing.
set -euo pipefail

packages=(
  # build
  ca-certificates cmake ninja-build g++ pkg-config git ccache mold
  # checks: the second compiler, its sanitizer runtimes, format and lint
  clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14
  # libraries
  libcpp-httplib-dev libhttp-parser-dev libssl-dev rapidjson-dev libsqlite3-dev libfmt-dev doctest-dev
  libyaml-cpp-dev libphonenumber-dev libre2-dev libstemmer-dev libicu-dev libmaxminddb-dev
  libhowardhinnant-date-dev tzdata libexpected-dev prometheus-cpp-dev libcli11-dev libsystemd-dev
  libpugixml-dev
  # end-to-end tests and the quick start
  curl sqlite3 jq openssl python3
)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "deps: all ${#packages[@]} packages are installed"
  exit 0
fi

echo "deps: installing ${#missing[@]} packages: ${missing[*]}"
sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -q
"${sudo[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"
echo "deps: done"
