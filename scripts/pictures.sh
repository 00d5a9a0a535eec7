#!/usr/bin/env bash
# Takes the pictures of README and docs anew: a demonstration of its own, a real browser, a real
# terminal. Needs aha, chromium, tmux and fonts beside what `make demo` needs.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh rust linker broker chromium tmux pictures
cargo build --locked -p motcua -p motcua-tui
target=$PWD/${CARGO_TARGET_DIR:-target}/debug
pictures=$PWD/docs/pictures
work=$(mktemp -d)
mkdir -p "$pictures"

exec 3< <(exec "$target/motcua" demo --seed 7 --from 2026-11-23T09:15:00+07:00 --mqtt-port 0 --http-port 0 --data-dir "$work/demo" 2>/dev/null)
demo=$!
trap 'kill -TERM "$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; rm -rf "$work"' EXIT
read -r -u 3 ready
http=$(sed -n 's/.*"http":"\([^"]*\)".*/\1/p' <<<"$ready")
site=$(sed -n 's/.*"site":"\([^"]*\)".*/\1/p' <<<"$ready")

# Some minutes of the hall, so that the terminal has something to remember.
sleep "${SETTLE_S:-90}"

browser() { # file, width, height, address
  local root=()
  if [[ $EUID -eq 0 ]]; then root=(--no-sandbox); fi
  chromium --headless "${root[@]}" --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" \
    --autoplay-policy=no-user-gesture-required --window-size="$2,$3" --timeout=6000 \
    --screenshot="$pictures/$1.png" "$4" >/dev/null 2>&1
}
browser wall 1920 1080 "$http/$site/wall?screen=picture"
browser counter 1920 1080 "$http/$site/counter/q5?screen=picture-q5"

tmux -S "$work/tmux" -f /dev/null -u new-session -d -x 160 -y 48 \
  "env TERM=xterm-256color COLORTERM=truecolor XDG_STATE_HOME='$work/state' '$target/tui' --server $http --site $site --theme dark"
sleep 20
tmux -S "$work/tmux" capture-pane -e -p | aha --black --title motcua |
  sed 's|<pre>|<pre style="font: 20px/28px Noto Sans Mono, DejaVu Sans Mono; margin: 12px">|' >"$work/terminal.html"
tmux -S "$work/tmux" kill-server
browser terminal 1950 1370 "file://$work/terminal.html"
ls -l "$pictures"
