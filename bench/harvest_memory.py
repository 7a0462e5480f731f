"""A claim about memory: harvesting a catalogue of 500 MB in N-Triples takes less than 500 MB, its import included.

    bin/bench harvest_memory

The catalogue is a real one, as often as needed under other addresses. The platform remembers all but some 900 of its records as
unchanged, as after an earlier harvest: so the whole file is fetched, read and compared, and the import of the new ones is
measured too, in minutes instead of a quarter of an hour. The peak is that of a process of its own that runs the whole job.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import dcat_harvest, site
from bench.claims import Claim

MEGABYTE = 1_000_000
SIZE = int(os.environ.get("DATENPLATTFORM_BENCH_MEGABYTES", "500"))
#: Copies of the catalogue whose records are new.
NEW = 6
NAME = "catalog.nt"


def _copies(text: str, count: int) -> Iterator[str]:
    for number in range(count):
        yield text.replace("/de/datensatz/", f"/de/datensatz/{number}-").replace("_:N", f"_:N{number}x")


def _write(path: Path, count: int, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        for copy in _copies(text, count):
            file.write(copy)


def _remember(source_id: str, text: str, count: int) -> int:
    """Note the records of all copies but the first as harvested; how many records one copy has."""
    import ckan.model as model
    import sqlalchemy as sa
    from ckanext.harvest.model import HarvestSource

    from ckanext.datenplattform.core.clock import utcnow
    from ckanext.datenplattform.dcat_ap_de import shared as dcat
    from ckanext.datenplattform.harvesters import sources
    from ckanext.datenplattform.harvesters.dcat_ap_de import _remote
    from ckanext.datenplattform.harvesters.model import HarvestRecord
    from ckanext.datenplattform.harvesters.records import from_json, to_json

    source = sources.load(HarvestSource.get(source_id))
    harvester: Any = sources.harvesters()["dcat_ap_de"]
    [first] = _copies(text, 1)
    with dcat.read(first.encode(), "nt") as catalogue:
        patterns = [to_json(_remote(found)) for found in catalogue.records() if found.dataset]
    # any dataset will do: it is neither read nor written
    package_id = dcat_harvest._act("package_create", name="bench-known", title="Bench", owner_org="bench")["id"]
    now = utcnow()
    for number in range(NEW, count):
        records = [from_json(pattern.replace("/de/datensatz/0-", f"/de/datensatz/{number}-")) for pattern in patterns]
        rows = [
            {"source_id": source_id, "remote_id": record.remote_id, "package_id": package_id, "first_seen": now, "last_seen": now,
             "content_hash": harvester.hash_of(source, record), "state": {}}
            for record in records
        ]  # fmt: skip
        model.Session.execute(sa.insert(HarvestRecord), rows)
    model.Session.commit()
    return len(patterns)


def _measured(ini: str, source_id: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.harvest_memory", ini, source_id]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1])


def claims() -> list[Claim]:
    """The peak of the job's process, after it was counted what came."""
    import ckan.plugins.toolkit as tk
    from rdflib import Graph

    text = Graph().parse(dcat_harvest.CATALOGUE, format="xml").serialize(format="nt")
    count = SIZE * MEGABYTE // len(text.encode()) + 1
    site.clean()
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder) / NAME, count, text)
        size = (Path(folder) / NAME).stat().st_size
        assert size >= SIZE * MEGABYTE, size
        with dcat_harvest.served_from(folder) as address:
            source_id = dcat_harvest._source(f"{address}/{NAME}", "dcat_ap_de", max_records=1_000_000)
            each = _remember(source_id, text, count)
            found = _measured(tk.config["__file__"], source_id)
    assert found["stats"] == {"added": NEW * each, "not modified": (count - NEW) * each}, found["stats"]
    name = f"harvest of {size / MEGABYTE:,.0f} MB of N-Triples: {count * each:,} records, {NEW * each:,} of them new"
    return [Claim(name, found["peak"] / MEGABYTE, None, 500, "budget", "MB")]


def main() -> None:
    """The whole job: ini file, id of the source."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    ini, source_id = sys.argv[1:]
    app = make_app(load_config(ini))
    import ckan.plugins.toolkit as tk

    # what docs/operations.md says of files of more than 200 MB
    tk.config["ckanext.datenplattform.core.http.max_bytes"] = 2 * SIZE * MEGABYTE
    tk.config["ckanext.datenplattform.core.http.deadline"] = 3600
    with app._wsgi_app.test_request_context():
        from ckanext.datenplattform.harvesters import jobs

        job = jobs.run_source(source_id)
    assert job["status"] == "Finished", job
    assert not job["gather_error_summary"], job["gather_error_summary"]
    stats = {name: number for name, number in job["stats"].items() if number}
    print(json.dumps({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "stats": stats}))


if __name__ == "__main__":
    main()
