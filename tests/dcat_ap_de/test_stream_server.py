"""A stream that breaks, on the server that is run in earnest: the client must notice."""

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path

import ckan.model as model
import pytest
import sqlalchemy as sa

from tests.tree import ROOT

from .. import factories
from .test_export import public_dataset

pytestmark = pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index")

START = 60  # seconds


@pytest.fixture
def server(request, tmp_path):
    """Port of a gunicorn of its own, on the tests' database."""
    address = tmp_path / "port"
    command = [
        sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--workers", "1", "--threads", "2", "--worker-class", "gthread",
        "--log-file", str(address), "lib.wsgi:application",
    ]  # fmt: skip
    env = {**os.environ, "CKAN_INI": str(Path(request.config.option.ckan_ini).resolve()), "PYTHONPATH": f"{ROOT}:{ROOT / 'bin'}"}
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _port(address, process)
    finally:
        process.terminate()
        process.wait(20)


def _port(log, process):
    until = time.monotonic() + START
    while time.monotonic() < until and process.poll() is None:
        text = log.read_text() if log.exists() else ""
        if "Listening at: http://127.0.0.1:" in text:
            return int(text.split("http://127.0.0.1:")[1].split()[0])
        time.sleep(0.2)
    raise AssertionError(log.read_text() if log.exists() else "gunicorn did not start")


def fetch(port, path):
    """(status, text) of an answer; raises what http.client raises when the connection breaks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_client_notices_a_torn_catalogue(server):
    public_dataset(factories.unit(), title="Lang", notes="Sehr lang. " * 20_000)
    for ending in ("nt", "jsonld"):
        status, text = fetch(server, f"/catalog/full.{ending}")
        assert status == 200
        assert text.endswith("# complete: 1\n" if ending == "nt" else "]}\n")
    with model.Session.get_bind().begin() as at:
        at.execute(sa.text("DELETE FROM dp_dcat_concept"))
    for ending in ("nt", "jsonld"):
        with pytest.raises(http.client.IncompleteRead):
            fetch(server, f"/catalog/full.{ending}")
