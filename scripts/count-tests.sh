#!/usr/bin/env bash
# Adds up what nextest ("Summary ... N passed"), cargo test ("test result: ...") and node --test
# ("# pass N") say in a log.
set -euo pipefail

awk '
  function number_before(word,   part) {
    return match($0, "[0-9]+ " word) ? substr($0, RSTART, RLENGTH - length(word) - 1) + 0 : 0
  }
  /^ *Summary \[/ || /^test result:/ {
    seen += 1
    passed += number_before("passed")
    failed += number_before("failed") + number_before("timed out")
    skipped += number_before("skipped") + number_before("ignored")
  }
  /^# pass [0-9]+$/ { seen += 1; passed += $3 }
  /^# (fail|cancelled) [0-9]+$/ { failed += $3 }
  /^# (skipped|todo) [0-9]+$/ { skipped += $3 }
  END {
    if (!seen) { print "tests: none ran"; exit 1 }
    printf "tests: %d passed, %d failed, %d skipped\n", passed, failed, skipped
  }
' "$1"
