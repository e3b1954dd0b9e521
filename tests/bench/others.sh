#!/usr/bin/env bash
# What a company would have instead of b24gate, under the same load: kept apart from the ordinary bench, because it
# installs things (Debian's nginx, PHP and Node.js; Node-RED by npm, into the folder given).
#
#   tests/bench/others.sh php | node-red  FOLDER
#
# Needs the preset `release` built (bench, b24gate). The table goes to FOLDER/<name>.txt; docs/performance.md has some.
#
#   php       a script behind nginx that makes the lead in the CRM while the client waits; the CRM is an nginx that says
#             yes at once: no round trip, no limits, no refusals, so the best that there can be
#   node-red  a flow that takes a POST and answers it; nothing is kept
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -eq 2 ] || { sed -n '2,11p' "$0"; exit 2; }
name=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
bin=$PWD/build/release/bin
[ -x "$bin/bench" ] || { echo "build the preset release first: cmake --build --preset release --target bench b24gate"; exit 1; }

started=()
trap 'for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done' EXIT
packages() { sudo=; [ "$(id -u)" -eq 0 ] || sudo=sudo; $sudo apt-get install -y -qq "$@" >/dev/null; }
# wait_for PORT: until somebody listens there, two minutes at most.
wait_for() { for _ in $(seq 240); do (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.5; done; echo "nothing listens on $1"; exit 1; }
measure() { "$bin/bench" other --folder "$folder" --out "$folder/$name.txt" --port "$1" --path "$2" --runs 3 --seconds 2; }

case $name in
  php)
    packages nginx-light php-fpm
    cat >"$folder/lead.php" <<'PHP'
<?php
$lead = ['fields' => ['TITLE' => $_POST['formname'] ?? 'form', 'NAME' => $_POST['Name'] ?? '',
                      'PHONE' => [['VALUE' => $_POST['Phone'] ?? '', 'VALUE_TYPE' => 'WORK']]]];
$answer = file_get_contents('http://127.0.0.1:18099/crm.lead.add.json', false, stream_context_create(
  ['http' => ['method' => 'POST', 'header' => "Content-Type: application/json\r\n", 'content' => json_encode($lead)]]));
http_response_code($answer === false ? 502 : 200);
header('Content-Length: 2');
echo 'ok';
PHP
    cat >"$folder/fpm.conf" <<CONF
[global]
daemonize = no
error_log = $folder/fpm.log
[www]
listen = $folder/fpm.sock
listen.mode = 0666
user = $(id -un)
group = $(id -gn)
pm = static
pm.max_children = 16
CONF
    cat >"$folder/nginx.conf" <<CONF
worker_processes auto;
daemon off;
pid $folder/nginx.pid;
error_log $folder/nginx.log;
user $(id -un);
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path $folder/body;
  fastcgi_temp_path $folder/fastcgi; proxy_temp_path $folder/proxy; uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi;
  server { listen 127.0.0.1:18099; default_type application/json; return 200 '{"result":1}'; }
  server {
    listen 127.0.0.1:18080 backlog=4096;
    location / {
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME $folder/lead.php;
      fastcgi_pass unix:$folder/fpm.sock;
    }
  }
}
CONF
    fpm=$(ls /usr/sbin/php-fpm* | head -1)
    as_root=(); [ "$(id -u)" -ne 0 ] || as_root=(--allow-to-run-as-root)
    "$fpm" "${as_root[@]}" --fpm-config "$folder/fpm.conf" &
    started+=($!)
    nginx -c "$folder/nginx.conf" &
    started+=($!)
    wait_for 18080
    measure 18080 /lead
    ;;
  node-red)
    command -v npm >/dev/null || packages nodejs npm
    npm install --loglevel=error --no-audit --no-fund --prefix "$folder" node-red
    cat >"$folder/flows.json" <<'JSON'
[{"id":"t","type":"tab","label":"leads"},
 {"id":"in","z":"t","type":"http in","url":"/lead","method":"post","wires":[["out"]]},
 {"id":"out","z":"t","type":"http response","statusCode":"200","wires":[]}]
JSON
    "$folder/node_modules/.bin/node-red" --userDir "$folder/home" --port 18081 "$folder/flows.json" >"$folder/node-red.log" 2>&1 &
    started+=($!)
    wait_for 18081
    measure 18081 /lead
    ;;
  *)
    echo "$name: php or node-red"
    exit 2
    ;;
esac
