"""The full check of a table of a million rows and 20 columns against frictionless validating the same file.

Correctness first, as far as both judge: rows, headings, types of columns and the cells that are not of them. Ours does more
(personal data, utilities, secrets, licence, agreement, encoding, form); all checks run, from the file to the
verdicts. Each run is a process of its own, whose peak memory is read when it ends; three rounds, alternating. Run by itself:

    python -m bench.review_check ours|theirs FILE
"""

from __future__ import annotations

import csv
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.claims import Claim

ROWS = int(os.environ.get("DATENPLATTFORM_BENCH_ROWS", "1000000"))
ROUNDS = 3
MEGABYTE = 1_000_000
HEADINGS = (
    "id", "datum", "strasse", "hausnummer", "plz", "ort", "art", "hoehe", "umfang", "zustand", "bezirk", "lat", "lon", "messwert",
    "einheit", "kontrolle", "bemerkung", "anzahl", "status", "kennung",
)  # fmt: skip
STREETS = ("Hasestraße", "Große Straße", "Lotter Straße", "Natruper Straße", "Martinistraße")
KINDS = ("Winterlinde", "Stieleiche", "Rotbuche", "Spitzahorn", "Platane")


def write(path: Path, rows: int) -> None:
    """A register of trees: a few columns of few values, a few of as many values as rows; some cells of the wrong type."""
    chance = random.Random(6)
    first = date(2015, 1, 1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for number in range(rows):
            row: list[Any] = [
                number, first + timedelta(days=number % 4000), chance.choice(STREETS), chance.randint(1, 250), 49074 + number % 12,
                "Osnabrück", chance.choice(KINDS), round(chance.random() * 30, 1), chance.randint(20, 400), chance.choice("ABCDE"),
                number % 40,
                round(52.2 + chance.random() / 10, 3), round(8 + chance.random() / 10, 3), round(chance.gauss(10, 3), 4), "cm",
                first + timedelta(days=chance.randint(0, 4000)), f"Kontrolle {chance.randint(1, 9999)} ohne Befund", chance.randint(5, 90),
                chance.choice(("ok", "offen", "")), f"BK-{number:07d}",
            ]  # fmt: skip
            if number % 5000 == 4999:
                row[8] = "unbekannt"
            if number % 9000 == 8999:
                row[15] = "2021-02-30"
            writer.writerow(row)


def ours(path: Path) -> dict[str, Any]:
    """All checks over the file."""
    from ckanext.datenplattform.review.checks.registry import CHECKS, run
    from ckanext.datenplattform.review.checks.subject import File, Subject

    dataset = {"title": "Baumkataster", "notes": "Alle Bäume.", "license_id": "cc-zero", "resources": []}
    subject = Subject(dataset, {"personal_data": "none"}, (File("f", "Bäume", "CSV", path=path, sum="s"),), today="2026-11-23")
    # the metadata have a bench of their own (dcat_validate) and need the portal
    verdicts = run(subject, [check for check in CHECKS if check.name != "dcat_ap_de"])
    assert not [item for item in verdicts if item.code == "failed"], verdicts
    table = subject.tables[0][1]
    return {
        "rows": table.rows,
        "types": {column.name: column.type for column in table.columns},
        "errors": {column.name: column.type_errors for column in table.columns if column.type_errors},
    }


def theirs(path: Path) -> dict[str, Any]:
    """frictionless validate."""
    import frictionless

    file = frictionless.Resource(path=path.name, basepath=str(path.parent), format="csv", scheme="file", encoding="utf-8")
    task = file.validate(limit_errors=100_000).tasks[0]
    errors = Counter(error.field_name for error in task.errors if error.type == "type-error")
    assert len(task.errors) == sum(errors.values()), {error.type for error in task.errors}
    return {"rows": task.stats["rows"], "types": {field.name: field.type for field in file.schema.fields}, "errors": dict(errors)}


def _measured(which: str, path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.review_check", which, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def claims() -> list[Claim]:
    """Rows a second of both, and our peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "baeume.csv"
        write(path, ROWS)
        found = {"ours": [], "theirs": []}
        for _ in range(ROUNDS):
            for which, results in found.items():
                results.append(_measured(which, path))
        for one, other in zip(found["ours"], found["theirs"], strict=True):
            assert one["found"] == other["found"], (one["found"], other["found"])
            assert one["found"]["rows"] == ROWS
            assert set(one["found"]["errors"]) == {"umfang", "kontrolle"}
    rates = {which: ROWS / statistics.median(item["seconds"] for item in results) for which, results in found.items()}
    peak = max(item["peak"] for item in found["ours"]) / MEGABYTE
    return [
        Claim(f"full check of {ROWS:,} rows, 20 columns", rates["ours"], rates["theirs"], 5, unit="rows/s"),
        Claim("memory of that check", peak, None, 300, "budget", "MB"),
    ]


def main() -> None:
    """One run in this process, without the time to import."""
    which, path = sys.argv[1:]
    import frictionless  # noqa: F401 - both use it

    import ckanext.datenplattform.review.checks.registry  # noqa: F401

    started = time.perf_counter()
    found = {"ours": ours, "theirs": theirs}[which](Path(path))
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "found": found}))


if __name__ == "__main__":
    main()
