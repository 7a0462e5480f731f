"""Claims about imports: ten thousand rows in one run against as many `package_create`, and the memory of the worker.

    bin/bench inventory

Correctness first: a row of the import is what `package_create` makes of the same facts, all rows are found by the search,
and the same file again changes nothing. Then three rounds, alternating: 100 stock calls, an import of 10,000 rows in a
process of its own, as a worker would do it, whose peak memory is read when it ends.
"""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from typing import Any

from bench.claims import Claim

ROWS = int(os.environ.get("DATENPLATTFORM_BENCH_ROWS", "10000"))
SAMPLE = 300
ROUNDS = 3
MEGABYTE = 1_000_000
HEADS: tuple[str, ...] = (
    "key", "title", "owner_org", "notes", "theme", "tag_string", "frequency", "license_id", "temporal_coverage.start",
    "contact.name", "contact.email", "responsible_function", "source_class", "source_system", "personal_data", "openness",
    "confidentiality", "legal_basis",
)  # fmt: skip


def cells(number: int, unit: str) -> dict[str, str]:
    """A row as a town might have it; headings are the names of the columns, so that the language does not count."""
    return {
        "key": f"{unit}-{number}", "title": f"Verzeichnis {number} der Straßenbäume", "owner_org": unit,
        "notes": f"Alle Bäume im Bezirk {number % 40} mit Art, Höhe, Umfang und letzter Kontrolle.", "theme": "ENVI",
        "tag_string": f"Bäume, Bezirk {number % 40}, Grünflächen", "frequency": "ANNUAL", "license_id": "dl-de/by-2-0",
        "temporal_coverage.start": "01.01.1998", "contact.name": "Servicestelle", "contact.email": "gruen@example.org",
        "responsible_function": "Baumkontrolle", "source_class": "department", "source_system": f"Baumkataster {number % 7}",
        "personal_data": "none", "openness": "open", "confidentiality": "normal", "legal_basis": "Verkehrssicherung",
    }  # fmt: skip


def sheet(unit: str, rows: int) -> bytes:
    """The rows as CSV."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, HEADS, delimiter=";")
    writer.writeheader()
    writer.writerows(cells(number, unit) for number in range(rows))
    return buffer.getvalue().encode()


def dataset(number: int, unit: str) -> dict[str, Any]:
    """The public-able facts of the same row, for `package_create`."""
    row = cells(number, unit)
    return {
        "name": f"stock-{unit}-{number}", "title": row["title"], "owner_org": unit, "notes": row["notes"], "theme": ["ENVI"],
        "tag_string": row["tag_string"].replace(", ", ","), "frequency": row["frequency"], "license_id": row["license_id"],
        "temporal_coverage": [{"start": "1998-01-01"}], "private": True,
        "contact": [{"name": row["contact.name"], "email": row["contact.email"]}],
    }  # fmt: skip


def _act(action: str, **data: Any) -> Any:
    import ckan.plugins.toolkit as tk

    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return tk.get_action(action)({"user": site, "ignore_auth": True}, data)


def _import(unit: str, rows: int) -> dict[str, Any]:
    import ckan.model as model
    import ckan.plugins.toolkit as tk

    from ckanext.datenplattform.inventory import import_jobs
    from ckanext.datenplattform.inventory.model_imports import InventoryImport

    user = model.User.get(tk.config["ckan.site_id"])
    assert user is not None
    started = time.perf_counter()
    row_id = import_jobs.create(sheet(unit, rows), "bench.csv", user.id, "de", "queued").id
    import_jobs.run(row_id, system=True)
    seconds = time.perf_counter() - started
    row = model.Session.get_one(InventoryImport, row_id, populate_existing=True)
    assert row.state == "done", (row.state, row.message, (row.report or {}).get("problems", [])[:3])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": seconds, "peak": peak, "counts": row.report["counts"]}


def _in_a_process(ini: str, unit: str, rows: int) -> dict[str, Any]:
    """One import in a process of its own."""
    command = [sys.executable, "-m", "bench.inventory_import", ini, unit, str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def _correct(ini: str) -> None:
    import ckan.model as model

    _act("organization_create", name="bench-probe", title="Probe")
    assert _in_a_process(ini, "bench-probe", 20)["counts"] == {"create": 20, "change": 0, "same": 0, "problems": 0}
    assert _in_a_process(ini, "bench-probe", 20)["counts"] == {"create": 0, "change": 0, "same": 20, "problems": 0}
    model.Session.rollback()
    stock = _act("package_create", **dataset(3, "bench-probe"))
    title = cells(3, "bench-probe")["title"]
    rows = model.Session.query(model.Package).filter_by(title=title).all()
    ours = _act("package_show", id=next(row.id for row in rows if row.id != stock["id"]))
    own = {"id", "name", "metadata_created", "metadata_modified", "tags"}
    assert {k: v for k, v in ours.items() if k not in own} == {k: v for k, v in stock.items() if k not in own}
    assert {tag["name"] for tag in ours["tags"]} == {tag["name"] for tag in stock["tags"]}
    found = _act("package_search", fq="organization:bench-probe", include_private=True, rows=0)
    assert found["count"] == 21, found["count"]


def claims() -> list[Claim]:
    """Rate of an import against stock calls, and its peak memory."""
    import ckan.plugins.toolkit as tk

    from bench import site

    ini = tk.config["__file__"]
    site.clean()
    _correct(ini)
    stock: list[float] = []
    ours: list[float] = []
    peaks: list[float] = []
    for number in range(ROUNDS):
        unit = f"bench-import-{number}"
        _act("organization_create", name=unit, title=unit.title())
        started = time.perf_counter()
        for item in range(SAMPLE // ROUNDS):
            _act("package_create", **dataset(item, unit))
        stock.append(SAMPLE // ROUNDS / (time.perf_counter() - started))
        result = _in_a_process(ini, unit, ROWS)
        assert result["counts"]["create"] == ROWS
        ours.append(ROWS / result["seconds"])
        peaks.append(result["peak"] / MEGABYTE)
        found = _act("package_search", fq=f"organization:{unit}", include_private=True, rows=0)["count"]
        assert found == ROWS + SAMPLE // ROUNDS, found
    return [
        Claim(f"import of {ROWS:,} rows", statistics.median(ours), statistics.median(stock), 4, unit="rows/s"),
        Claim("memory of the import worker", max(peaks), None, 500, "budget", "MB"),
    ]


def main() -> None:
    """One import: ini file, unit, number of rows."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    ini, unit, rows = sys.argv[1:]
    app = make_app(load_config(ini))
    with app._wsgi_app.app_context():
        print(json.dumps(_import(unit, int(rows))))


if __name__ == "__main__":
    main()
