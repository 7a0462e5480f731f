"""Claims about the whole catalogue as RDF: cold, warm after one dataset in a hundred has changed, and its memory.

    bin/bench dcat

The datasets are those of two real catalogues, several times over. Against it stands ckanext-dcat's own way: all pages of
`catalog.ttl`, by its own search and serialiser, with our profile. Both are first compared as graphs. Cold: the store of
written datasets is empty. Warm: what has changed is written within the measured request, nothing is prepared before it; a line
on stderr says how much of it that writing takes. The memory is the peak of a process of its own; for it the rows of the store
are multiplied.
"""

from __future__ import annotations

import json
import operator
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench import site
from bench.claims import Claim

DATASETS = int(os.environ.get("DATENPLATTFORM_BENCH_DATASETS", "1060"))
ROUNDS = 3
SIZES = (2_000, 20_000)
MEGABYTE = 1_000_000
CATALOGUES = ("bremen.rdf", "brandenburg.rdf")


def _act(action: str, **data: Any) -> Any:
    import ckan.plugins.toolkit as tk

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return tk.get_action(action)({"user": user, "ignore_auth": True, "defer_commit": True, "return_id_only": True}, data)


def seed(count: int) -> list[str]:
    """Public datasets; their ids."""
    import ckan.model as model

    from ckanext.datenplattform.access import shared as access
    from ckanext.datenplattform.dcat_ap_de import shared as dcat
    from ckanext.datenplattform.inventory import indexing

    folder = Path(os.environ["DATENPLATTFORM_SHARED"]) / "dcat-ap-de" / "catalogues"
    records = [record for name in CATALOGUES for record in dcat.parse((folder / name).read_bytes())]
    found = [record.dataset for record in records if record.dataset]
    _act("organization_create", name="bench-unit", title="Bench")
    model.Session.commit()
    ids = []
    for number in range(count):
        dataset = dict(found[number % len(found)])
        # an address of its own: the same one twice would be one dataset
        dataset.pop("uri", None)
        resources = [{key: value for key, value in item.items() if key not in ("uri", "key", "id")} for item in dataset["resources"]]
        given = {**dataset, "resources": resources, "name": f"bench-{number}", "owner_org": "bench-unit", "private": True}
        ids.append(_act("package_create", **given))
        if number % 100 == 99 or number == count - 1:
            model.Session.commit()
            model.Session.expunge_all()
    for number, package_id in enumerate(ids):
        access.publish(package_id, str(access.content_hash(package_id)), "bench")
        if number % 100 == 99 or number == count - 1:
            model.Session.commit()
    indexing.index_many(ids, lambda _done: None)
    return ids


def stock() -> list[str]:
    """All pages as ckanext-dcat makes them: its search as anonymous, its serialiser, our profile."""
    from ckanext.dcat.logic import _search_ckan_datasets
    from ckanext.dcat.processors import RDFSerializer

    pages = []
    while True:
        found = _search_ckan_datasets({"user": "", "auth_user_obj": None}, {"page": len(pages) + 1})
        if not found["results"]:
            return pages
        pages.append(RDFSerializer().serialize_catalog({}, found["results"], _format="ttl"))


def ours() -> str:
    """The whole catalogue as a client gets it."""
    from werkzeug.test import Client

    answer = Client(site.app).get("/catalog/full.ttl")
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def _timed(function: Any) -> tuple[Any, float]:
    started = time.perf_counter()
    found = function()
    return found, time.perf_counter() - started


def _same() -> None:
    """Both ways give the same graph: literally, for the profile's addresses are stable and nothing is blank."""
    from rdflib import Graph

    theirs, mine = Graph(), Graph().parse(data=ours(), format="turtle")
    for text in stock():
        theirs.parse(data=text, format="turtle")
    assert set(theirs) == set(mine), (len(set(theirs) - set(mine)), len(set(mine) - set(theirs)))


def _change(ids: list[str]) -> None:
    """A change that needs no decision, in each of these datasets: in the database and in the index."""
    import ckan.model as model
    import sqlalchemy as sa

    from ckanext.datenplattform.inventory import indexing

    with model.Session.get_bind().begin() as at:
        at.execute(sa.text("UPDATE package SET metadata_modified = now() AT TIME ZONE 'UTC' WHERE id = ANY(:ids)"), {"ids": ids})
    indexing.index_many(ids, lambda _done: None)


def _multiply(count: int) -> None:
    """As many public datasets as wanted, by copying rows of the database."""
    import ckan.model as model
    import sqlalchemy as sa

    def columns(at: Any, table: str) -> list[str]:
        query = sa.text("SELECT column_name FROM information_schema.columns WHERE table_name = :table AND is_generated = 'NEVER'")
        return [row.column_name for row in at.execute(query, {"table": table})]

    def copy(at: Any, table: str, changed: dict[str, str], where: str) -> None:
        names = columns(at, table)
        wanted = ", ".join(f'"{name}"' for name in names)
        values = ", ".join(changed.get(name, f'"{table}"."{name}"') for name in names)
        at.execute(sa.text(f'INSERT INTO "{table}" ({wanted}) SELECT {values} FROM "{table}", bench_copies WHERE {where}'))

    with model.Session.get_bind().begin() as at:
        there = at.execute(sa.text("SELECT count(*) FROM package WHERE type = 'dataset'")).scalar() or 0
        if there >= count:
            return
        at.execute(
            sa.text(
                "CREATE TEMPORARY TABLE bench_copies ON COMMIT DROP AS SELECT p.id AS old, gen_random_uuid()::text AS new"
                " FROM (SELECT id FROM package WHERE type = 'dataset' ORDER BY id) p,"
                " generate_series(1, :times) ORDER BY 2 LIMIT :missing"
            ),
            {"times": count // there + 1, "missing": count - there},
        )
        copy(at, "package", {"id": "new", "name": "new", "private": "true"}, "package.id = old")
        copy(at, "resource", {"id": "gen_random_uuid()::text", "package_id": "new"}, "resource.package_id = old")
        copy(at, "package_tag", {"id": "gen_random_uuid()::text", "package_id": "new"}, "package_tag.package_id = old")
        copy(at, "dp_publication", {"id": "gen_random_uuid()::text", "package_id": "new"}, "dp_publication.package_id = old")
        at.execute(sa.text("UPDATE package SET private = false FROM bench_copies WHERE id = new"))


def _clear() -> None:
    from ckanext.datenplattform.dcat_ap_de.export import pieces

    pieces.clear()


def _peak(ini: str, count: int) -> float:
    """Megabytes that a process needs at most that sends the whole catalogue of so many datasets twice: cold, then warm."""
    command = [sys.executable, "-m", "bench.dcat_export", ini, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])["peak"] / MEGABYTE


def _speed(ids: list[str]) -> list[Claim]:
    """The whole catalogue against stock: cold, and warm after a change of one dataset in a hundred."""
    _same()
    times: dict[str, list[float]] = {"stock": [], "cold": [], "warm": [], "still": []}
    for number in range(ROUNDS):
        _clear()
        times["cold"].append(_timed(ours)[1])
        times["stock"].append(_timed(stock)[1])
        _change(ids[number::100])
        times["warm"].append(_timed(ours)[1])
        times["still"].append(_timed(ours)[1])
    _same()
    spent = statistics.median(map(operator.sub, times["warm"], times["still"]))
    print(f"writing the changed 1 % takes {spent * 1000:,.0f} ms of the warm request", file=sys.stderr)
    middle = {name: len(ids) / statistics.median(values) for name, values in times.items()}
    return [
        Claim(f"whole catalogue of {len(ids):,}, cold", middle["cold"], middle["stock"], 5, unit="datasets/s"),
        Claim(f"whole catalogue of {len(ids):,}, warm, 1 % changed", middle["warm"], middle["stock"], 50, unit="datasets/s"),
    ]


def _memory(ini: str) -> list[Claim]:
    """The peak of a process that sends a large catalogue, in that of one that sends a small one."""
    peaks = []
    for size in SIZES:
        _multiply(size)
        _clear()
        peaks.append(_peak(ini, size))
    small, large = SIZES
    return [
        Claim(f"memory at {large:,} datasets, in that at {small:,}", peaks[1] / peaks[0], None, 1.5, "budget", "times"),
    ]


def claims() -> list[Claim]:
    """All of them, on a catalogue made for it."""
    import ckan.plugins.toolkit as tk

    site.clean()
    _clear()
    return [*_speed(seed(DATASETS)), *_memory(tk.config["__file__"])]


def main() -> None:
    """Send the whole catalogue, part by part: ini file, number of datasets that it must hold."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app
    from werkzeug.test import EnvironBuilder, run_wsgi_app

    ini, count = sys.argv[1:]
    app = make_app(load_config(ini))
    for _ in range(2):
        environ = EnvironBuilder("/catalog/full.ttl").get_environ()
        parts, status, _headers = run_wsgi_app(app, environ, buffered=False)
        assert status.startswith("200"), status
        last = b""
        for part in parts:
            last = part
        assert f"# complete: {count}".encode() in last, last[-100:]
    print(json.dumps({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
