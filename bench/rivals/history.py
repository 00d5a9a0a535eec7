"""The rivals of history: DuckDB and plain SQLite on the raw rows of the same waits.

history.py ROWS.csv FOLDER ENGINE REPEAT SECONDS QUESTION...

ROWS.csv is what `motcua generate --rows` writes; a QUESTION is a list of its columns, `-` for none.
Loads the rows into a table in FOLDER (not measured), asks each question up to REPEAT times, no longer
than SECONDS each but at least once, and prints a JSON line for each: how long every asking took and
what the answer was: [keys..., n, sum of ms, p50 s, p90 s]. Percentiles are nearest rank, of whole
seconds, as everywhere in motcua.
"""

import csv
import json
import os
import sqlite3
import sys
import time

COLUMNS = [
    ("site", "TEXT"), ("date", "TEXT"), ("month", "INTEGER"), ("weekday", "INTEGER"), ("hour", "INTEGER"),
    ("service", "TEXT"), ("field", "TEXT"), ("department", "TEXT"), ("counter", "TEXT"), ("officer", "TEXT"),
    ("wait_ms", "INTEGER"),
]


def duckdb_at(folder, rows):
    import duckdb

    db = duckdb.connect(os.path.join(folder, "rows.duckdb"))
    columns = ", ".join(f"{name} {kind if kind == 'INTEGER' else 'VARCHAR'}" for name, kind in COLUMNS)
    db.execute(f"CREATE TABLE waits ({columns})")
    db.execute(f"COPY waits FROM '{rows}' (HEADER, DELIMITER ',')")
    db.execute("CHECKPOINT")
    return db


def duckdb_asks(db, by):
    keys = "".join(f"{key}, " for key in by)
    group = f"GROUP BY {', '.join(by)}" if by else ""
    sql = (
        f"SELECT {keys}count(*), sum(wait_ms), quantile_disc(wait_ms // 1000, 0.5), quantile_disc(wait_ms // 1000, 0.9) "
        f"FROM waits {group}"
    )
    return lambda: db.execute(sql).fetchall()


def sqlite_at(folder, rows):
    db = sqlite3.connect(os.path.join(folder, "rows.sqlite"))
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA cache_size = -262144")
    db.execute(f"CREATE TABLE waits ({', '.join(f'{name} {kind}' for name, kind in COLUMNS)})")
    with open(rows, newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        next(lines)
        db.executemany(f"INSERT INTO waits VALUES ({', '.join('?' * len(COLUMNS))})", lines)
    db.commit()
    db.execute("ANALYZE")
    return db


def sqlite_asks(db, by):
    keys = "".join(f"{key}, " for key in by)
    part = f"PARTITION BY {', '.join(by)}" if by else ""
    group = f"GROUP BY {', '.join(by)}" if by else ""
    sql = (
        f"SELECT {keys}max(n), sum(wait_ms), "
        "max(CASE WHEN rank = (n * 50 + 99) / 100 THEN wait_ms / 1000 END), "
        "max(CASE WHEN rank = (n * 90 + 99) / 100 THEN wait_ms / 1000 END) "
        f"FROM (SELECT {keys}wait_ms, row_number() OVER ({part} ORDER BY wait_ms) AS rank, "
        f"count(*) OVER ({part}) AS n FROM waits) {group}"
    )
    return lambda: db.execute(sql).fetchall()


def main():
    rows, folder, engine, repeat, seconds, *questions = sys.argv[1:]
    at, asks = {"duckdb": (duckdb_at, duckdb_asks), "sqlite": (sqlite_at, sqlite_asks)}[engine]
    begin = time.perf_counter()
    db = at(folder, rows)
    loaded = time.perf_counter() - begin
    for question in questions:
        by = [] if question == "-" else question.split(",")
        ask = asks(db, by)
        took, answer = [], []
        begun = time.perf_counter()
        while len(took) < int(repeat) and (not took or time.perf_counter() - begun < float(seconds)):
            begin = time.perf_counter()
            answer = ask()
            took.append((time.perf_counter() - begin) * 1e3)
        print(json.dumps({"question": question, "load_s": loaded, "ms": took, "rows": answer}), flush=True)


if __name__ == "__main__":
    main()
