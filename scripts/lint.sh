#!/usr/bin/env bash
# Form and rules: formatting, clippy with the house's bans, the architecture, scripts, containers.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh rust linker git
step() { printf '\n== %s\n' "$*"; }

step "cargo fmt --check"
cargo fmt --all --check

step "cargo clippy (bans: clippy.toml, domain/clippy.toml)"
cargo clippy --locked --workspace --all-targets -- -D warnings

step "architecture: imports, outside systems, licences, sizes, words (house/)"
cargo test --locked --quiet -p motcua-house

if command -v cargo-deny >/dev/null; then
  step "cargo deny check (deny.toml)"
  cargo deny check
else
  echo "cargo-deny is not installed: its advisories are not asked; bans and licences were checked by house/."
fi

step "shell scripts"
mapfile -t scripts < <(git ls-files 'scripts/*.sh' .ci/run)
for script in "${scripts[@]}"; do bash -n "$script"; done
if command -v shellcheck >/dev/null; then shellcheck "${scripts[@]}"; fi
echo "${#scripts[@]} read."

step "scripts and styles of the screens: types, rules, what Chromium 87 understands (dashboard/lint)"
scripts/need.sh node
judges=dashboard/lint
if ! cmp -s "$judges/package-lock.json" "$judges/node_modules/.installed"; then
  npm ci --prefix "$judges" --silent --no-audit --no-fund
  cp "$judges/package-lock.json" "$judges/node_modules/.installed"
fi
# The judges first: they refuse what is planted.
node --test --test-reporter=tap "$judges"/tests/*.test.js >"$judges/node_modules/.planted" ||
  { cat "$judges/node_modules/.planted"; exit 1; }
node "$judges/chromium87/javascript.js"
"$judges/node_modules/.bin/eslint" --config "$judges/eslint.config.js" dashboard camera-ingest/web
"$judges/node_modules/.bin/stylelint" --config "$judges/stylelint.config.js" --allow-empty-input 'dashboard/**/*.css' 'camera-ingest/web/**/*.css'
mapfile -t modules < <(git ls-files '*.js' '*.mjs' '*.cjs')
for module in "${modules[@]}"; do node --check "$module"; done
echo "${#modules[@]} modules parsed."

step "docker-compose.yml"
if docker compose version >/dev/null 2>&1; then
  docker compose config --quiet && echo "valid."
else
  echo "docker compose is not installed: not checked."
fi

printf '\nlint: all clear\n'
