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
preset=${B24GATE_PRESET:-release}
cmake --preset "$preset" -DB24GATE_WARNINGS_ARE_ERRORS=OFF >/dev/null
cmake --build --preset "$preset" --target b24gate -j "$(nproc)"
b24gate=$PWD/build/$preset/bin/b24gate

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
SHOP_SECRET=demo-bitrix-site-secret
MARQUIZ_SECRET=demo-marquiz
JIVO_SECRET=demo-jivo
MANGO_KEY=demo-vpbx-key
MANGO_SALT=demo-vpbx-salt
MEGAFON_CRM_TOKEN=demo-crm-token
COMAGIC_SECRET=demo-comagic
TOMORU_SECRET=demo-tomoru
B2BFAMILY_SECRET=demo-b2bfamily
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

step 5 "real bodies of each service come in"
form=application/x-www-form-urlencoded
json=application/json
post() { # path file content-type [referer]
  local name=${2#connectors/}
  printf '%-58s ' "${name/samples\//}"
  curl -sS -o "$home/answer" -w '%{http_code} ' -H "Content-Type: $3" -H "Referer: ${4:-}" --data-binary "@$2" \
    "http://127.0.0.1:$public_port$1"
  head -c 60 "$home/answer"
  echo
}
tilda=connectors/tilda/samples
post /hook/site-tilda/demo-tilda $tilda/probe_form.form $form "https://www.energotech.example/"
post /hook/site-tilda/demo-tilda $tilda/form_basic.form $form "https://www.energotech.example/gpu/"
post /hook/site-tilda/demo-tilda $tilda/form_basic_repeat.form $form "https://www.energotech.example/gpu/"
post /hook/site-tilda/demo-tilda $tilda/form_vacancy_email_only.form $form "https://www.energotech.example/vacancy/"
post /hook/site-tilda/demo-tilda $tilda/order_brackets.form $form "https://www.energotech.example/shop/"
post /crm/configs/import/lead.php connectors/bitrix-site/samples/02-form-add.form $form
post /hook/quiz-marquiz/demo-marquiz connectors/marquiz/samples/lead_full.json $json
post /hook/chat-jivo/demo-jivo connectors/jivo/samples/chat_accepted.json $json
post /hook/chat-jivo/demo-jivo connectors/jivo/samples/chat_finished.json $json
post /hook/pbx-mango/events/call connectors/mango/samples/b01-call-appeared-queue.form $form
post /hook/pbx-mango/events/summary connectors/mango/samples/b07-summary.form $form
post /hook/pbx-megafon connectors/megafon/samples/a7-history-success.form $form
post /hook/calltracking-comagic/demo-comagic connectors/comagic/samples/06-offline-message.json $json
post /hook/robot-tomoru/demo-tomoru connectors/tomoru/samples/03-interrupted-with-answers.json $json

events() { "$b24gate" events --config "$home/config.yaml" "$@"; }
settle() {
  for _ in $(seq 1 150); do
    unfinished=$(events --json |
      jq '[.[] | select(.state == "received" or .state == "delivering" or .state == "waiting")] | length')
    [ "$unfinished" = 0 ] && break
    read -rt 0.2 <> <(:) || true
  done
}
settle
# A letter that a manager sent from the first lead was opened: it says so on that lead.
lead=$(events --json | jq '[.[] | select(.lead)][0].lead.id')
jq --argjson id "$lead" '.custom_data.b24_entity = "lead" | .custom_data.b24_id = $id' \
  connectors/b2bfamily/samples/02-opened.json >"$home/b2bfamily-02-opened.json"
post /hook/letters-b2bfamily/demo-b2bfamily "$home/b2bfamily-02-opened.json" $json

step 6 "the leads, each with a responsible person and the reason why"
settle
events
cat <<TEXT

Look at them in the portal's page:   http://127.0.0.1:$portal_port/
The whole story of one of them:      $b24gate show e1 --config $home/config.yaml
What would become of a body:         $b24gate try site-tilda $tilda/form_basic.form --config $home/config.yaml
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
