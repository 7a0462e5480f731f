"""Real catalogues in DCAT-AP.de, served on loopback, into private datasets."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import ckan.model as model
import pytest

from .conftest import datasets, errors, run

CATALOGUES = Path(os.environ.get("DATENPLATTFORM_SHARED", "../shared")) / "dcat-ap-de" / "catalogues"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def catalogues() -> Iterator[str]:
    """Address of a folder with the catalogues."""
    if not CATALOGUES.is_dir():
        pytest.skip("the real catalogues are missing: set DATENPLATTFORM_SHARED")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(CATALOGUES)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("name", "count"), [("bremen", 153), ("brandenburg", 112)])
def test_none_of_a_real_catalogue_is_lost(make_source: Callable[..., Any], catalogues: str, name: str, count: int):
    source = make_source("dcat_ap_de", f"{catalogues}/{name}.rdf")

    job = run(source)

    assert errors(job) == []
    assert job["stats"]["added"] == count
    assert len(datasets(source)) == count
    assert model.Session.query(model.Package).filter_by(type="dataset", private=False).count() == 0
    remarks = [text for entry in job["report"]["remarks"].values() for text in entry["remarks"]]
    if name == "bremen":
        assert any("Dat" in text for text in remarks), remarks[:5]

    again = run(source)
    assert again["stats"]["not modified"] == count
