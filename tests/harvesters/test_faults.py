"""Sources that fail: the job ends with a reason in German, nothing is lost, others run on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import ckan.model as model
import pytest

from ckanext.datenplattform.core import config as core_config
from ckanext.datenplattform.harvesters import memory
from tests import factories
from tests.servers.fault import FaultServer
from tests.servers.process import Server

from .conftest import datasets, errors, run

#: fault → a word of the German message
FAULTS = {
    "status/500": "Fehler 500",
    "status/404": "Fehler 404",
    "html": "Webseite",
    "empty": "leere Antwort",
    "broken-json": "JSON",
    "deep-json": "JSON",
    "broken-xml": "JSON",
    "truncated": "abgebrochen",
    "reset": "nicht erreich",
    "reset-midway": "abgebrochen",
    "redirect-private": "internen Netz",
    "redirect-file": "",
    "redirect-loop": "leitet",
    "empty-page": "Things",
}
XML_FAULTS = {
    "html": "Webseite",
    "empty": "leere Antwort",
    "broken-xml": "XML",
    "xxe": "DTD",
    "external-dtd": "DTD",
    "billion-laughs": "DTD",
    "broken-json": "XML",
}


@pytest.mark.parametrize(
    ("kind", "fault", "word"),
    [
        *(("sensorthings", fault, word) for fault, word in FAULTS.items()),
        *(("wfs", fault, word) for fault, word in XML_FAULTS.items()),
        ("dcat_ap_de", "html", "HTML"),
        ("dcat_ap_de", "xxe", ""),
        ("dcat_ap_de", "broken-xml", ""),
        ("dcat_ap_de", "status/503", "503"),
    ],
)
def test_a_job_ends_with_a_reason(make_source: Callable[..., Any], fault_server: FaultServer, kind: str, fault: str, word: str):
    source = make_source(kind, fault_server.url(*fault.split("/")), title="Sensorik Nord")

    job = run(source)

    [message] = errors(job)
    assert message.startswith("Quelle „Sensorik Nord“: ")
    assert message.endswith("Es wurde nichts geändert oder gelöscht.")
    assert word in message, message
    assert not any(path.startswith("/canary") for path in fault_server.hits)
    assert datasets(source) == {}


@pytest.mark.parametrize("fault", ["hang", "slow-drip", "endless", "gzip-bomb"])
def test_time_and_size_have_an_end(make_source: Callable[..., Any], fault_server: FaultServer, monkeypatch: pytest.MonkeyPatch, fault: str):
    monkeypatch.setattr(core_config, "read_timeout", lambda: 1)
    monkeypatch.setattr(core_config, "deadline", lambda: 2)
    source = make_source("sensorthings", fault_server.url(fault), max_megabytes=5)

    [message] = errors(run(source))

    assert "Sekunden" in message or "MB" in message


@pytest.mark.parametrize("fault", ["same-next", "endless-next", "half-pages"])
def test_pages_without_end_or_half_a_list_bring_nothing(
    make_source: Callable[..., Any], fault_server: FaultServer, monkeypatch: pytest.MonkeyPatch, fault: str
):
    """The start page of the service is the same for every path here, so `Things` is asked for directly."""
    from ckanext.datenplattform.harvesters.sensorthings_client import Client

    monkeypatch.setattr(Client, "things_url", lambda self: fault_server.url(fault, "Things"))
    source = make_source("sensorthings", fault_server.url(fault), max_megabytes=1)

    [message] = errors(run(source))

    assert {"same-next": "dieselbe Seite", "endless-next": "", "half-pages": "500"}[fault] in message
    assert datasets(source) == {}
    assert len(fault_server.hits) < 20_000


def test_nothing_vanishes_because_a_source_failed(make_source: Callable[..., Any], mapserver: Server, fault_server: FaultServer):
    fault_server.upstream = mapserver.url
    source = make_source("wfs", fault_server.url("proxy"))
    assert run(source)["stats"]["added"] == 4

    for fault in ("status/500", "html", "broken-xml", "empty", "reset"):
        fault_server.fault = fault
        job = run(source)
        assert job["stats"]["deleted"] == 0
        assert all(row.missing_since is None for row in memory.records(source["id"]).values()), fault
    fault_server.fault = None
    assert run(source)["stats"]["not modified"] == 4


def test_a_layer_that_vanishes_is_marked_archived_and_comes_back(make_source: Callable[..., Any], mapserver: Server):
    source = make_source("wfs", mapserver.url, download=False)
    run(source)
    # As if it had had 20 more layers until now: then one missing is no mass.
    package = datasets(source)["ms:spielplaetze"]["id"]
    for number in range(20):
        row = memory.record(source["id"], f"früher-{number}")
        row.package_id, row.archived_at = f"p-{number}", None
    model.Session.commit()
    _only(source, ["ms:baumkataster", "ms:stadtteile", "ms:behindertenparkplaetze"])
    for number in range(20):
        model.Session.delete(memory.record(source["id"], f"früher-{number}"))
    model.Session.commit()

    job = run(source)
    assert job["stats"]["deleted"] == 0
    assert any("auf einmal" in message for message in errors(job))
    assert [row.remote_id for row in memory.waiting(source["id"])] == ["ms:spielplaetze"]
    assert factories.act("inventory_record_show", id=package)["vanished_at"] is None

    done = factories.act("harvest_source_confirm_vanish", id=source["id"])
    assert done == {"vanished": ["ms:spielplaetze"]}
    assert factories.act("inventory_record_show", id=package)["vanished_at"]
    assert factories.act("package_show", id=package)["state"] == "active"

    row = memory.record(source["id"], "ms:spielplaetze")
    row.missing_since -= timedelta(days=8)
    model.Session.commit()
    run(source)
    assert factories.act("inventory_record_show", id=package)["archived_at"]
    assert factories.act("package_show", id=package)["state"] == "active"

    _only(source, [])
    run(source)
    record = factories.act("inventory_record_show", id=package)
    assert (record["vanished_at"], record["archived_at"]) == (None, None)
    assert datasets(source)["ms:spielplaetze"]["id"] == package


def _only(source: dict[str, Any], layers: list[str]) -> None:
    import json

    found = factories.act("harvest_source_show", id=source["id"])
    config = json.dumps({"download": False, **({"layers": layers} if layers else {})})
    factories.act("harvest_source_patch", id=found["id"], config=config)


def test_one_broken_record_does_not_stop_the_others(
    make_source: Callable[..., Any], mapserver: Server, fault_server: FaultServer, monkeypatch: pytest.MonkeyPatch
):
    from ckanext.datenplattform.harvesters.wfs import WfsHarvester

    real = WfsHarvester.map_record

    def broken(self: Any, source: Any, record: Any) -> Any:
        if record.remote_id == "ms:stadtteile":
            raise RuntimeError("kaputt")
        return real(self, source, record)

    monkeypatch.setattr(WfsHarvester, "map_record", broken)
    source = make_source("wfs", mapserver.url, download=False)

    job = run(source)

    assert job["stats"]["added"] == 3
    [message] = errors(job)
    assert "unerwarteter Fehler" in message
    assert "kaputt" not in message
    monkeypatch.setattr(WfsHarvester, "map_record", real)
    assert run(source)["stats"] == {"added": 1, "updated": 0, "not modified": 3, "errored": 0, "deleted": 0}


def test_a_server_that_dies_in_the_middle_of_a_series_loses_nothing(
    make_source: Callable[..., Any],
    sensorthings_server: Server,
    fault_server: FaultServer,
    monkeypatch: pytest.MonkeyPatch,
):
    from ckanext.datenplattform.harvesters import sensorthings_series

    monkeypatch.setattr(sensorthings_series, "BATCH", 100)
    fault_server.upstream = sensorthings_server.url
    source = make_source("sensorthings", fault_server.url("proxy"), things_filter="properties/kind eq 'groundwater'")
    real = sensorthings_series.RowMaker.rows
    read = []

    def rows(self: Any, observation: Any) -> Any:
        read.append(1)
        if len(read) == 300:
            fault_server.fault = "reset"
        return real(self, observation)

    monkeypatch.setattr(sensorthings_series.RowMaker, "rows", rows)
    job = run(source)
    assert any("nicht erreich" in message or "brach" in message for message in errors(job)), errors(job)
    series = datasets(source)["groundwater"]["resources"][0]["id"]
    before = factories.act("datastore_search", resource_id=series, limit=0)["total"]
    assert 0 < before < 8 * 192

    fault_server.fault = None
    again = run(source)
    assert (errors(again), again["report"]["remarks"]) == ([], {})
    assert factories.act("datastore_search", resource_id=series, limit=0)["total"] == 8 * 192
