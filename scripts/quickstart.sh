#!/usr/bin/env bash
# From nothing to leads: installs packages, builds, starts the sandbox portal and the daemon, posts real webhooks, shows
# the leads, and says what to do next. May be run again at any time; it begins afresh.
#
#   scripts/quickstart.sh          stays until Ctrl-C, so that the page can be looked at
#   scripts/quickstart.sh --once   shows the leads and ends
set -euo pipefail
cd "$(dirname "$0")/.."

once=no
[ "${1:-}" = --once ] && once=yes
portal_port=${B24GATE_SANDBOX_PORT:-8090}
public_port=${B24GATE_PORT:-8080}
admin_port=${B24GATE_ADMIN_PORT:-8081}
home=build/quickstart
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime

step() { printf '\n\033[1m[%s/6] %s\033[0m\n' "$1" "$2"; }

step 1 "packages"
scripts/deps.sh

step 2 "build (a few minutes the first time)"
cmake --preset release >/dev/null
cmake --build --preset release --target b24gate -j "$(nproc)"
b24gate=$PWD/build/release/bin/b24gate

step 3 "the sandbox portal: a stand-in for Bitrix24"
rm -rf "$home"
mkdir -p "$home"
pids=()
stop() {
  trap - EXIT
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
}
trap stop EXIT
trap 'exit 0' INT TERM
wait_for() { # url name
  for _ in $(seq 1 100); do
    curl -fsS -o /dev/null "$1" 2>/dev/null && return 0
    read -rt 0.1 <> <(:) || true
  done
  echo "$2 did not start; see $home/*.log" >&2
  tail -5 "$home"/*.log >&2
  exit 1
}
"$b24gate" sandbox --listen "127.0.0.1:$portal_port" >"$home/sandbox.log" 2>&1 &
pids+=($!)
wait_for "http://127.0.0.1:$portal_port/" "the sandbox"
echo "http://127.0.0.1:$portal_port/"

step 4 "the daemon"
# Secrets stand beside the configuration, as /etc/b24gate/environment does on a server.
cat >"$home/environment" <<ENVIRONMENT
B24_WEBHOOK_URL=http://127.0.0.1:$portal_port/rest/1/sandbox-secret/
TILDA_SECRET=demo-tilda
ANY_SECRET=demo-any
ENVIRONMENT
# The shipped configuration, with this trial's ports and folder instead of a server's.
sed -e "s|^  listen: 0.0.0.0:8080|  listen: 127.0.0.1:$public_port|" \
    -e "s|^  listen: 127.0.0.1:8081|  listen: 127.0.0.1:$admin_port|" \
    -e "s|^  path: /var/lib/b24gate|  path: data|" \
    -e "s|schema=schemas/|schema=../../schemas/|" config.yaml >"$home/config.yaml"
ln -sfn ../../mappings "$home/mappings"
ln -sfn ../../connectors "$home/connectors"
"$b24gate" check --config "$home/config.yaml"
"$b24gate" run --config "$home/config.yaml" 2>"$home/b24gate.log" &
pids+=($!)
wait_for "http://127.0.0.1:$admin_port/readyz" "the daemon"
echo "listens on http://127.0.0.1:$public_port, logs to $home/b24gate.log"

step 5 "real bodies of Tilda"
hook="http://127.0.0.1:$public_port/hook/site-tilda/demo-tilda"
post() { # file content-type referer
  printf '%-44s ' "$(basename "$1")"
  curl -sS -X POST "$hook" -H "Content-Type: $2" -H "Referer: $3" --data-binary "@$1"
  echo
}
samples=connectors/tilda/samples
form=application/x-www-form-urlencoded
post $samples/probe_form.form $form "https://www.energotech.example/"
post $samples/form_basic.form $form "https://www.energotech.example/gpu/"
post $samples/form_basic_repeat.form $form "https://www.energotech.example/gpu/"
post $samples/form_two_phones_entities.form $form "https://www.energotech.example/?utm_source=direct_mail&utm_medium=email"
post $samples/form_vacancy_email_only.form $form "https://www.energotech.example/vacancy/"
post $samples/order_brackets.form $form "https://www.energotech.example/shop/"
post $samples/order_json_body.json application/json "https://www.energotech.example/shop/"

step 6 "the leads, each with a responsible person and the reason why"
for _ in $(seq 1 150); do
  unfinished=$("$b24gate" events --config "$home/config.yaml" --json |
    jq '[.[] | select(.state == "received" or .state == "delivering" or .state == "waiting")] | length')
  [ "$unfinished" = 0 ] && break
  read -rt 0.2 <> <(:) || true
done
"$b24gate" events --config "$home/config.yaml"
cat <<TEXT

Look at them in the portal's page:   http://127.0.0.1:$portal_port/
The whole story of one of them:      $b24gate show e1 --config $home/config.yaml
What would become of a body:         $b24gate try site-tilda $samples/form_basic.form --config $home/config.yaml
Edit mappings/*.yaml, then:          $b24gate check --config $home/config.yaml
                                     $b24gate test --config $home/config.yaml
Health and metrics:                  http://127.0.0.1:$admin_port/readyz  http://127.0.0.1:$admin_port/metrics
Put it to real use:                  README.md, "Put it to real use"
TEXT
if [ "$once" = no ]; then
  echo
  echo "Everything goes on running; press Ctrl-C to stop."
  wait
fi
