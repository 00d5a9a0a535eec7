"""Prints the figures of a torture run as a table: torture-table.py FILE.jsonl"""

import json
import sys

NOT_IN_THE_LAST_COLUMN = ("scenario", "size", "what", "n", "seconds", "seed")


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    for row in (row for row in rows if "scenario" not in row):
        print(", ".join(f"{key}: {value}" for key, value in row.items()))
    scenarios = [row for row in rows if "scenario" in row]
    scenarios.sort(key=lambda row: (int("".join(c for c in row["scenario"] if c.isdigit()) or 0), row.get("what", "")))
    print("| scenario | size | what | n | seconds | figures |\n|---|---|---|---:|---:|---|")
    for row in scenarios:
        figures = ", ".join(f"{k} {v}" for k, v in row.items() if k not in NOT_IN_THE_LAST_COLUMN)
        first = [str(row.get(key, "")) for key in ("scenario", "size", "what", "n", "seconds")]
        print("| " + " | ".join(first) + f" | {figures} |")


main()
