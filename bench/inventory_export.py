"""Claims about exports: 20,000 records as .xlsx, CSV and JSON, each by a process of its own; its time and its peak memory.

    bin/bench inventory

Correctness first: every file holds each dataset that the inventory lead sees once, the CSV read back says what was written,
and a clerk's file holds no fact of another unit's record.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.claims import Claim

KINDS = ("xlsx", "csv", "json")
ROUNDS = 3
SECONDS, MEGABYTES = 60.0, 500.0


def _rows_of(path: Path, kind: str) -> list[dict[str, Any]]:
    if kind == "csv":
        return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), delimiter=";"))
    if kind == "json":
        found = json.loads(path.read_bytes())
        words = {item["name"]: item["label"] for item in found["columns"]}
        return [{words[name]: value for name, value in row.items()} for row in found["rows"]]
    import openpyxl

    lines = openpyxl.load_workbook(path, read_only=True).worksheets[0].iter_rows(values_only=True)
    head = [str(cell) for cell in next(lines)]
    return [dict(zip(head, line, strict=False)) for line in lines]


def _in_a_process(ini: str, user: str, kind: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.inventory_export", ini, user, kind, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def _check(ini: str, folder: Path, units: list[str], rows: dict[str, list[dict[str, Any]]]) -> None:
    packages = {row["id"]: row for row in rows["package"]}
    records = {row["package_id"]: row for row in rows["dp_inventory_record"]}
    secret = {row["package_id"] for row in rows["dp_dataset_access"] if row["confidential"]}
    own = {key for key, row in packages.items() if row["owner_org"] == units[5]}
    entry = {key for key, row in packages.items() if row["state"] == "active" and key not in secret}
    for user, seen, whole in (("bench-lead", set(packages), set(packages)), ("bench-clerk", own | entry, own)):
        path = folder / f"{user}.csv"
        _in_a_process(ini, user, "csv", path)
        found = {row["Kennung im Portal"]: row for row in _rows_of(path, "csv")}
        assert set(found) == seen, (user, len(found), len(seen))
        for key, row in found.items():
            assert (row["Titel"], row["Beschreibung"]) == (packages[key]["title"], packages[key]["notes"]), key
            assert row["Verantwortliche Funktion"] == (records[key]["responsible_function"] if key in whole else ""), key


def claims() -> list[Claim]:
    """Seconds and peak memory for each kind of file."""
    import ckan.plugins.toolkit as tk

    from bench import inventory_find

    ini = tk.config["__file__"]
    units, rows = inventory_find._fill()
    inventory_find._people(units)
    found: list[Claim] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _check(ini, folder, units, rows)
        for kind in KINDS:
            results = [_in_a_process(ini, "bench-lead", kind, folder / f"all.{kind}") for _ in range(ROUNDS)]
            ids = {row["Kennung im Portal"] for row in _rows_of(folder / f"all.{kind}", kind)}
            assert ids == {row["id"] for row in rows["package"]}, (kind, len(ids))
            seconds = sorted(result["seconds"] for result in results)[ROUNDS // 2]
            peak = max(result["peak"] for result in results) / 1_000_000
            what = f"export of {len(ids):,} records as {kind}"
            found.append(Claim(what, seconds, None, SECONDS, "budget", "s"))
            found.append(Claim(f"{what}, memory", peak, None, MEGABYTES, "budget", "MB"))
    return found


def main() -> None:
    """One export: ini file, user, kind, where to write it."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    ini, user, kind, path = sys.argv[1:]
    app = make_app(load_config(ini))
    with app._wsgi_app.test_request_context(environ_overrides={"CKAN_LANG": "de"}):
        from ckanext.datenplattform.inventory import exports

        started = time.perf_counter()
        with open(path, "wb") as file:
            for piece in exports.Export({"user": user}, {}).file(kind):
                file.write(piece)
        seconds = time.perf_counter() - started
    # of this program alone: `getrusage` counts what the process was before, which is the bench itself
    peak = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(json.dumps({"seconds": seconds, "peak": int(peak[0]) * 1024}))


if __name__ == "__main__":
    main()
