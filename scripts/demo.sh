#!/usr/bin/env bash
# Builds motcua and runs it on this machine with no configuration: sites, services and counters
# appear when a device first names them. Stays until Ctrl-C. Arguments go to `motcua serve`.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh rust linker broker
# The development profile: its libraries are optimised, and it is built in half the time of a release.
cargo build --locked -p motcua --bin motcua

is_free() { ! (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
port() { if is_free "$1"; then echo "$1"; else echo 0; fi; }
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$ready"; }

# In a session of its own: Ctrl-C reaches this script alone, which passes it on once (motcua takes a
# second signal as "at once").
export MOTCUA_LOG=${MOTCUA_LOG:-warn}
program=${CARGO_TARGET_DIR:-target}/debug/motcua
exec 3< <(exec setsid "$program" serve --discover --data-dir data/demo \
  --mqtt-port "$(port 1883)" --http-port "$(port 8080)" "$@")
motcua=$!
trap 'kill -TERM "$motcua" 2>/dev/null || true' INT TERM HUP

if ! read -r -u 3 ready; then
  wait "$motcua"
  exit 1
fi
http=$(field http)
mqtt=$(field mqtt)
cat <<TEXT

  motcua đang chạy · motcua is running

    Trạng thái của các trung tâm · state of all centres   $http/api/v1/sites
    Sức khỏe · health                                     $http/readyz
    Thiết bị gửi sự kiện vào · devices send events to     $mqtt

    Thử ba phút của một trung tâm · try three made-up minutes of a centre (second terminal):
      $program replay docs/examples/three-minutes.csv --shift-to-now --speed 1 --broker $mqtt
      curl $http/api/v1/sites/tam-ky/board

    Dừng: Ctrl-C · stop: Ctrl-C

TEXT
# A signal ends a wait before the program has ended, and more than one may come: wait until it has.
status=0
wait "$motcua" || status=$?
while kill -0 "$motcua" 2>/dev/null; do
  status=0
  wait "$motcua" || status=$?
done
exit "$status"
