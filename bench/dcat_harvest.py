"""Claims about harvesting DCAT-AP: a first harvest of 300 datasets and the same again unchanged, against stock `dcat_rdf`.

    bin/bench dcat

Stock is ckanext-dcat's DCATRDFHarvester in a CKAN with ckanext-harvest and ckanext-dcat alone, on a database of its own;
both sides run in processes of their own, gather, fetch and import one after the other, from the same file on a server on
loopback. Correctness first: each dataset's title and number of resources are the same on both sides, and ours harvested
again writes nothing to CKAN's tables (row versions) and sends nothing to the index. Then rounds, alternating.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.claims import Claim

DATASETS = int(os.environ.get("DATENPLATTFORM_BENCH_DATASETS", "300"))
ROUNDS = int(os.environ.get("DATENPLATTFORM_BENCH_ROUNDS", "3"))
CATALOGUE = Path(os.environ.get("DATENPLATTFORM_SHARED", "../shared")) / "dcat-ap-de" / "catalogues" / "bremen.rdf"
STOCK_PLUGINS = "harvest dcat dcat_rdf_harvester"
STOCK_DATABASE = "ckan_stock"
#: CKAN's tables that hold datasets; a row that is written gets a new version (xmin)
TABLES = ("package", "resource", "package_tag", "tag", "member", "dp_inventory_record")


def catalogue(datasets: int) -> bytes:
    """A real catalogue, as often as needed under other addresses, as RDF/XML."""
    from rdflib import RDF, Graph, URIRef
    from rdflib.namespace import DCAT

    whole = Graph()
    left = datasets
    number = 0
    while left:
        text = CATALOGUE.read_text(encoding="utf-8")
        text = text.replace("/de/datensatz/", f"/de/datensatz/{number}-").replace('nodeID="N', f'nodeID="N{number}x')
        part = Graph().parse(data=text, format="xml")
        for node in sorted(part.subjects(RDF.type, DCAT.Dataset), key=str)[left:]:
            part.remove((node, None, None))
            part.remove((None, None, node))
        left -= len(set(part.subjects(RDF.type, DCAT.Dataset)))
        whole += part
        number += 1
    whole.remove((None, RDF.type, DCAT.Catalog))
    top = URIRef("https://www.transparenz.bremen.de/katalog")
    whole.add((top, RDF.type, DCAT.Catalog))
    for node in whole.subjects(RDF.type, DCAT.Dataset):
        whole.add((top, DCAT.dataset, node))
    return whole.serialize(format="xml", encoding="utf-8")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def served_from(folder: str) -> Iterator[str]:
    """Address of a folder on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def served(content: bytes) -> Iterator[str]:
    """Address of the content on loopback."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "catalog.rdf").write_bytes(content)
        with served_from(folder) as address:
            yield f"{address}/catalog.rdf"


# the two sides, each in a process of its own


def _act(action: str, **data: Any) -> Any:
    import ckan.plugins.toolkit as tk

    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return tk.get_action(action)({"user": site, "ignore_auth": True}, data)


def _source(url: str, kind: str, **settings: Any) -> str:
    _act("organization_create", name="bench", title="Bench")
    given = {"name": "bench-source", "title": "Bench", "url": url, "source_type": kind, "owner_org": "bench", "frequency": "MANUAL"}
    if settings:
        given["config"] = json.dumps(settings)
    return _act("harvest_source_create", **given)["id"]


def _run_stock(source_id: str) -> None:
    """What `ckan harvester run-test` does: gather, then fetch and import each object."""
    from ckanext.harvest import queue
    from ckanext.harvest.model import HarvestJob, HarvestObject

    job: Any = HarvestJob.get(_act("harvest_job_create", source_id=source_id, run=False)["id"])
    harvester: Any = queue.get_harvester("dcat_rdf")
    job.status = "Running"
    job.save()
    for object_id in queue.gather_stage(harvester, job):
        queue.fetch_and_import_stages(harvester, HarvestObject.get(object_id))
    job.status = "Finished"
    job.save()


def _run_ours(source_id: str) -> None:
    from ckanext.datenplattform.harvesters import jobs

    job = jobs.run_source(source_id)
    assert job["status"] == "Finished", job
    assert not job["gather_error_summary"], job["gather_error_summary"]
    assert not job["object_error_summary"], job["object_error_summary"]


def _versions() -> dict[str, list[tuple[Any, ...]]]:
    """Row versions of all tables that hold datasets; a rewritten row has another one."""
    import ckan.model as model
    import sqlalchemy as sa

    session = model.Session
    session.rollback()
    return {
        table: sorted(tuple(row) for row in session.execute(sa.text(f"SELECT xmin::text, ctid::text FROM {table}")))
        for table in TABLES
        if session.execute(sa.text("SELECT to_regclass(:table)"), {"table": table}).scalar()
    }


def _index_version() -> Any:
    """Versions of the documents of datasets, which every write makes newer."""
    import ckan.plugins.toolkit as tk
    from ckan.lib.search.common import make_connection

    wanted = f"+site_id:{tk.config['ckan.site_id']} +dataset_type:dataset"
    found = make_connection().search("*:*", fq=wanted, rows=100000, fl="id,_version_")
    return sorted((item["id"], item["_version_"]) for item in found.docs)


def _brought() -> list[list[Any]]:
    import ckan.model as model

    packages = model.Session.query(model.Package).filter_by(type="dataset", state="active").all()
    found = []
    for package in packages:
        resources = [item for item in package.resources if item.state == "active"]
        found.append([package.title.strip(), len(resources), sorted(item.url for item in resources)])
    return sorted(found)


def _errors() -> list[str]:
    import ckan.model as model
    from ckanext.harvest.model import HarvestGatherError, HarvestObjectError

    found = (model.Session.query(table.message).all() for table in (HarvestGatherError, HarvestObjectError))
    return [message for rows in found for (message,) in rows]


def _side(name: str, url: str) -> dict[str, Any]:
    """First harvest and harvest again, in seconds, and what came."""
    from bench import site

    site.clean()
    run, kind = (_run_stock, "dcat_rdf") if name == "stock" else (_run_ours, "dcat_ap_de")
    source_id = _source(url, kind)
    started = time.perf_counter()
    run(source_id)
    first = time.perf_counter() - started
    rows, index = _versions(), _index_version()
    started = time.perf_counter()
    run(source_id)
    again = time.perf_counter() - started
    same = name == "stock" or (_versions() == rows and _index_version() == index)
    return {"first": first, "again": again, "brought": _brought(), "indexed": len(index), "untouched": same,
            "errors": _errors()}  # fmt: skip


def in_a_process(ini: str, name: str, url: str) -> dict[str, Any]:
    """What `_side` says of one side, "stock" or "ours"."""
    command = [sys.executable, "-m", "bench.dcat_harvest", ini, name, url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1])


# stock's site


def stock_ini(ini: str) -> str:
    """A CKAN with ckanext-harvest and ckanext-dcat alone, on a database of its own beside ours."""
    import ckan.plugins.toolkit as tk
    import sqlalchemy as sa

    address = sa.make_url(tk.config["sqlalchemy.url"])
    engine = sa.create_engine(_superuser(ini, address), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {STOCK_DATABASE}"))
        connection.execute(sa.text(f'CREATE DATABASE {STOCK_DATABASE} OWNER "{address.username}"'))
    engine.dispose()
    theirs = {
        "ckan.plugins": STOCK_PLUGINS,
        "sqlalchemy.url": address.set(database=STOCK_DATABASE).render_as_string(hide_password=False),
        "ckan.site_id": "stock",
        "ckanext.dcat.rdf.profiles": "euro_dcat_ap_3",
    }
    lines = []
    for line in Path(ini).read_text(encoding="utf-8").splitlines():
        key = line.partition("=")[0].strip()
        lines.append(f"{key} = {theirs.pop(key)}" if key in theirs else line)
    text = "\n".join(lines).replace("[app:main]", "[app:main]\n" + "\n".join(f"{k} = {v}" for k, v in theirs.items()))
    path = Path(ini).with_name("stock.ini")
    path.touch(mode=0o600)
    path.write_text(text + "\n", encoding="utf-8")
    ckan = str(Path(sys.executable).parent / "ckan")
    done = subprocess.run([ckan, "-c", str(path), "db", "upgrade"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return str(path)


def _superuser(ini: str, address: Any) -> Any:
    """The address of the stack's own superuser, who may make a database."""
    stack = json.loads(Path(ini).with_name("stack.json").read_text(encoding="utf-8"))
    return address.set(username="postgres", password=stack["passwords"]["postgres"], database="postgres")


def claims() -> list[Claim]:
    """First harvest and unchanged harvest against stock."""
    import ckan.plugins.toolkit as tk

    ini = tk.config["__file__"]
    theirs = stock_ini(ini)
    sides: dict[str, list[dict[str, Any]]] = {"stock": [], "ours": []}
    with served(catalogue(DATASETS)) as url:
        for _round in range(ROUNDS):
            for name, path in (("stock", theirs), ("ours", ini)):
                sides[name].append(in_a_process(path, name, url))
            stock, ours = sides["stock"][-1], sides["ours"][-1]
            counts = (len(ours["brought"]), len(stock["brought"]), ours["indexed"])
            assert counts == (DATASETS, DATASETS, DATASETS), counts
            assert [item[:2] for item in ours["brought"]] == [item[:2] for item in stock["brought"]]
            assert ours["untouched"], "harvesting again wrote something"
    rates = {
        (name, step): statistics.median(DATASETS / found[step] for found in results)
        for name, results in sides.items()
        for step in ("first", "again")
    }
    return [
        Claim(f"first harvest of {DATASETS} datasets", rates["ours", "first"], rates["stock", "first"], 4, unit="datasets/s"),
        Claim(f"harvest of {DATASETS} again, unchanged", rates["ours", "again"], rates["stock", "again"], 20, unit="datasets/s"),
    ]


def main() -> None:
    """One side: ini file, "stock" or "ours", address of the catalogue."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    ini, name, url = sys.argv[1:]
    app = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        print(json.dumps(_side(name, url)))


if __name__ == "__main__":
    main()
