#!/bin/sh
# Fuzzes every reader of foreign bytes, each for so many seconds (60), one after another:
#   scripts/fuzz.sh [SECONDS] [TARGET...]
# Needs a nightly compiler for its coverage; without one it says so and changes nothing, for the kept
# corpus and inputs made from it are part of `make test` on stable.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
if ! cargo +nightly --version >/dev/null 2>&1; then
  echo "fuzz: no nightly compiler here (rustup toolchain install nightly); skipped"
  exit 0
fi
host=$(rustc -vV | sed -n 's/^host: //p')
# What cargo-fuzz sets, less the address sanitizer: our code has no unsafe.
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
 -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=4 -Cdebug-assertions"
export RUSTFLAGS
export CARGO_TARGET_DIR="${FUZZ_TARGET_DIR:-$PWD/fuzz/target}"
cargo +nightly build --release --target "$host" --manifest-path fuzz/Cargo.toml
[ $# -gt 0 ] || set -- $(ls fuzz/corpus)
for target in "$@"; do
  mkdir -p "fuzz/found/$target" fuzz/artifacts
  echo "fuzz: $target, $seconds s"
  "$CARGO_TARGET_DIR/$host/release/$target" -max_total_time="$seconds" -max_len=20000 -timeout=5 -rss_limit_mb=1024 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix="fuzz/artifacts/$target-" "fuzz/found/$target" "fuzz/corpus/$target"
done
