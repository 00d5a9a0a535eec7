#!/usr/bin/env bash
# Builds motcua, its terminal and what looks at cameras, and runs the simulated centre on this machine: `motcua demo`, which
# prints where to look. Stays until Ctrl-C. Arguments go to `motcua demo`.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh rust linker broker
cameras=(-p motcua-camera-ingest)
scripts/need.sh ffmpeg-dev || {
  cameras=()
  echo "FFmpeg's libraries are missing: the demonstration runs without its real camera." >&2
}
# The development profile: its libraries are optimised, and it is built in half the time of a release.
cargo build --locked -p motcua -p motcua-tui "${cameras[@]}" --bins

is_free() { ! (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# The usual port, or any free one where another program has it; one that is named is that or none.
port() {
  local flag=$1 usual=$2
  shift 2
  [[ " $* " != *" $flag"[\ =]* ]] || return 0
  echo "$flag"
  if is_free "$usual"; then echo "$usual"; else echo 0; fi
}
mapfile -t ports < <(port --mqtt-port 1883 "$@"; port --http-port 8080 "$@")

# The ready line on stdout is for programs; a person at a terminal reads the addresses on stderr.
[[ ! -t 1 ]] || exec >/dev/null
exec "${CARGO_TARGET_DIR:-target}/debug/motcua" demo "${ports[@]}" "$@"
