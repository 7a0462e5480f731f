"""Uploads that are too large, by page, API and command line: a German answer that says what to do; the file is not read."""

from __future__ import annotations

import http.client
import io
import json
import tracemalloc
from typing import Any
from urllib.parse import urlsplit

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from werkzeug.test import Client, EnvironBuilder

from ckanext.datenplattform.inventory import sheets
from ckanext.datenplattform.inventory.model_imports import InventoryImport, InventoryImportFile
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")

LARGE = 50 * sheets.MEGABYTE
HEAD = b'--x\r\nContent-Disposition: form-data; name="upload"; filename="a.csv"\r\n\r\n'
API = ["/api/3/action/inventory_import", "/api/action/inventory_import"]


@pytest.fixture
def headers(unit):
    token = f.act("api_token_create", user=f.editor_of(unit)["name"], name="t")["token"]
    return {"Authorization": token, "Content-Type": "multipart/form-data; boundary=x", "Accept-Language": "de"}


@pytest.fixture
def connection(live_site):
    found = http.client.HTTPConnection(urlsplit(live_site).netloc, timeout=60)
    yield found
    found.close()


def told(text: str) -> str:
    """What the answer says: of the API its error, of the page all."""
    if text.startswith("{"):
        found = json.loads(text)
        assert found["success"] is False
        [said] = found["error"]["upload"]
        return said
    return text


def nothing_kept() -> bool:
    model.Session.rollback()
    return model.Session.query(InventoryImport).count() == model.Session.query(InventoryImportFile).count() == 0


@pytest.mark.parametrize("path", ["/inventar/import", *API])
def test_fifty_megabytes_are_refused_before_a_byte_of_them_is_read(connection, headers, path):
    connection.putrequest("POST", path)
    for name, value in {**headers, "Content-Length": str(LARGE)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    # the file itself is never sent
    answer = connection.getresponse()
    said = told(answer.read().decode())
    assert answer.status == 413
    assert "close" in (answer.getheader("Connection") or "")
    assert "größer als 30 MB" in said
    assert "Bitte teilen Sie sie auf" in said
    assert nothing_kept()


class Endless(io.RawIOBase):
    """A file without an end; `taken` are the bytes that were read of it."""

    taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        text = (b"" if self.taken else HEAD) + b"Titel;Stelle;Text\r\n" * (len(buffer) // 19 + 1)
        size = len(buffer)
        buffer[:] = text[:size]
        self.taken += size
        return size


@pytest.mark.parametrize("path", ["/inventar/import", API[0]])
def test_a_file_that_hides_its_length_is_read_no_further_than_allowed(app, headers, path):
    file = Endless()
    environ = {"wsgi.input": file, "wsgi.input_terminated": True, "REMOTE_ADDR": "127.0.0.1"}
    builder = EnvironBuilder(path=path, method="POST", headers=headers, environ_overrides=environ)
    answer = Client(app.flask_app).open(builder)
    assert answer.status_code == 413
    assert "größer als 30 MB" in told(answer.get_data(as_text=True))
    assert file.taken <= sheets.LARGEST + 2 * sheets.MEGABYTE
    assert nothing_kept()


@pytest.mark.parametrize("path", API)
def test_what_fits_comes_through_the_api(connection, headers, unit, path):
    content = HEAD + f"Titel;Zuständige Stelle\nBäume;{unit['title']}".encode() + (
        b'\r\n--x\r\nContent-Disposition: form-data; name="dry_run"\r\n\r\ntrue\r\n--x--\r\n'
    )
    connection.request("POST", path, body=content, headers=headers)
    found: Any = json.loads(connection.getresponse().read())
    assert found["result"]["report"]["counts"] == {"create": 1, "change": 0, "same": 0, "problems": 0}


def test_a_large_file_of_this_machine_is_not_read_either(tmp_path):
    file = tmp_path / "groß.csv"
    with file.open("wb") as hole:
        hole.truncate(LARGE)
    tracemalloc.start()
    try:
        with pytest.raises(tk.ValidationError) as refused:
            f.act("inventory_import", path=str(file))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert "upload" in refused.value.error_dict
