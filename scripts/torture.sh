#!/usr/bin/env bash
# Every torture scenario (tests called r1_..., r2_...) in its full size, one after another:
#   scripts/torture.sh            all of them; takes hours
#   scripts/torture.sh r1,r7      some of them
# MOTCUA_TORTURE=small: the sizes of `make test`. MOTCUA_SEED: another seed. MOTCUA_SOAK_S: how long R19 takes.
# Each scenario's figures are one line of JSON in target/torture/; the last lines are a table of them.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh rust linker git broker publisher python

only=${1:-}
export MOTCUA_TORTURE=${MOTCUA_TORTURE:-full}
mkdir -p "${CARGO_TARGET_DIR:-target}/torture"
folder=$(cd "${CARGO_TARGET_DIR:-target}/torture" && pwd)
export MOTCUA_FIGURES=$folder/$(date -u +%Y-%m-%dT%H-%M-%SZ).jsonl
log=${MOTCUA_FIGURES%.jsonl}.log

# The tests' names begin with their scenario: r1_, r14_, ...
pattern='r[0-9]+'
[[ -z $only ]] || pattern="(${only//,/|})"
packages=()
for crate in $(grep -rlE "fn ${pattern}_" --include=*.rs --exclude-dir=target . | cut -d/ -f2 | sort -u); do
  # A workspace of its own (fuzz) is not tested from here.
  name=$(sed -n 's/^name = "\(.*\)"/\1/p' "$crate/Cargo.toml" | head -1)
  cargo pkgid --locked -p "$name" >/dev/null 2>&1 && packages+=(-p "$name")
done
((${#packages[@]})) || { echo "torture.sh: no scenario is called '$only'" >&2; exit 64; }

echo "{\"date\":\"$(date -u +%FT%TZ)\",\"commit\":\"$(git rev-parse --short HEAD)\",\"machine\":\"$(nproc) cores, $(uname -sr)\",\"command\":\"make torture${only:+ ONLY=$only}\"}" >"$MOTCUA_FIGURES"

# The program first: the scenarios start it.
cargo build --locked --release -p motcua
failed=0
if command -v cargo-nextest >/dev/null; then
  # A process for each scenario, so that one that is ended takes no other with it.
  cargo nextest run --profile torture --locked --release "${packages[@]}" --no-fail-fast --test-threads 1 --success-output never \
    -E "test(/(^|::)${pattern}_/)" 2>&1 | tee "$log" || failed=1
else
  tests=$(grep -rhoE "fn ${pattern}_[a-z0-9_]+" --include=*.rs --exclude-dir=target . | sed 's/^fn //' | sort -u)
  # shellcheck disable=SC2086
  cargo test --locked --release "${packages[@]}" --no-fail-fast -- --test-threads=1 $tests 2>&1 | tee "$log" || failed=1
fi

if [[ -z $only || ,$only, == *,r8,* ]] && [[ -x scripts/fuzz.sh ]] && cargo +nightly --version >/dev/null 2>&1; then
  scripts/fuzz.sh 2>&1 | tee -a "$log" || failed=1
fi

python3 scripts/torture-table.py "$MOTCUA_FIGURES"
echo "Figures: $MOTCUA_FIGURES"
exit "$failed"
