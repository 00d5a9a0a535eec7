#!/usr/bin/env bash
# All tests of the workspace, built once. The last line counts them.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh rust linker ffmpeg-dev ffmpeg git broker publisher python node chromium tmux clock
# A second reader of line protocol: worth having, not worth failing for.
scripts/need.sh influxdb ||
  echo "Debian's influxdb cannot be had: the tests that write to a real InfluxDB 1.6 skip themselves."
scripts/need.sh rtsp ||
  echo "GStreamer's RTSP server cannot be had: the tests with real RTSP cameras skip themselves."
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target"
log=$target/test.log
: >"$log"

[[ -d ../shared/data ]] ||
  echo "No recorded days beside the project (../shared/data): the tests that replay them skip themselves."

# The programs first, with the features the tests are built with: the scenario tests start them.
cargo build --locked --workspace --all-targets

failed=0
if command -v cargo-nextest >/dev/null; then
  cargo nextest run --locked --workspace 2>&1 | tee -a "$log" || failed=1
  cargo test --locked --workspace --doc 2>&1 | tee -a "$log" || failed=1
else
  cargo test --locked --workspace --no-fail-fast 2>&1 | tee -a "$log" || failed=1
fi

shopt -s nullglob
modules=(dashboard/web/tests/*.test.mjs camera-ingest/web/tests/*.test.mjs)
if ((${#modules[@]})); then
  node --test --test-reporter=tap "${modules[@]}" 2>&1 | tee -a "$log" || failed=1
fi

scripts/count-tests.sh "$log"
exit "$failed"
