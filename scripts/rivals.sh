#!/usr/bin/env bash
# Makes a Python with the rivals of `make bench` in it, once, and prints where it is:
# scripts/rivals.sh FOLDER. Fails with one sentence where the package index cannot be reached.
set -euo pipefail

duckdb=2.0.0
folder=$1
python=$folder/bin/python
if [[ ! -e $folder/duckdb-$duckdb ]]; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "duckdb==$duckdb" >&2 ||
    { echo "rivals.sh: duckdb $duckdb cannot be fetched from the package index" >&2; exit 1; }
  touch "$folder/duckdb-$duckdb"
fi
echo "$python"
