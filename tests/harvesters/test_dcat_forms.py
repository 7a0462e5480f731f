"""Catalogues in all forms through the harvester: pages, what is refused, what one bad record does, what is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckanext.harvest import queue
from ckanext.harvest.model import HarvestJob, HarvestObject
from rdflib import Graph

from ckanext.datenplattform.core import config as core_config
from ckanext.datenplattform.harvesters import jobs, memory, together
from ckanext.datenplattform.harvesters.dcat_ap_de import DcatApDeHarvester
from tests.servers.fault import FaultServer

from .conftest import datasets, errors, run
from .pages import PREFIXES, Pages
from .test_dcat import CATALOGUES

FORMS = {"xml": "application/rdf+xml", "turtle": "text/turtle", "json-ld": "application/ld+json", "nt": "application/n-triples"}
NOTHING = "Es wurde nichts geändert oder gelöscht."


def dataset(number: int, more: str = "") -> str:
    """A dataset in Turtle."""
    return f'<https://x.de/{number}> a dcat:Dataset ; dct:title "Datensatz {number}" ; dct:identifier "n-{number}" {more} .'


@pytest.mark.parametrize("form", FORMS)
def test_pages_in_each_form(make_source: Callable[..., Any], pages: Pages, form: str):
    for page in (1, 2, 3):
        following = f'<> hydra:next "{pages.address}/c?page={page + 1}" .' if page < 3 else ""
        graph = Graph().parse(data=PREFIXES + dataset(page) + following, publicID=f"{pages.address}/c?page={page}")
        # as plain text: many servers do not say what they send
        kind = FORMS[form] if page != 2 else "text/plain"
        pages[f"/c?page={page}"] = (kind, graph.serialize(format=form, encoding="utf-8"))
    source = make_source("dcat_ap_de", f"{pages.address}/c?page=1")

    job = run(source)

    assert errors(job) == []
    assert sorted(datasets(source)) == ["n-1", "n-2", "n-3"]
    assert pages.asked == ["/c?page=1", "/c?page=2", "/c?page=3"]


def test_pages_in_a_circle_bring_nothing(make_source: Callable[..., Any], pages: Pages):
    pages.turtle("/1", dataset(1), f"<> hydra:nextPage <{pages.address}/2> .")
    pages.turtle("/2", dataset(2), f"<> hydra:nextPage <{pages.address}/1> .")
    source = make_source("dcat_ap_de", pages.address + "/1")

    [message] = errors(run(source))

    assert "dieselbe Seite" in message
    assert datasets(source) == {}


XML = b'<?xml version="1.0"?>%s<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">%s</rdf:RDF>'


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("application/rdf+xml", XML % (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>', b"&x;"), "DTD"),
        ("application/rdf+xml", XML % (b'<!DOCTYPE r SYSTEM "ADDRESS/canary">', b""), "DTD"),
        ("application/ld+json", b'{"@context": "ADDRESS/canary"}', "@context"),
        ("application/ld+json", b'{"@context": {"a": ', "JSON"),
        ("application/n-triples", b"Wartung\nbis morgen\n", "Zeile 1"),
        ("text/turtle", b"<https://x.de/1> <https://x.de/2>\n <https://x.de/3> <https://x.de/4> .", "Zeile 2"),
        ("text/html", b"<!doctype html><title>Wartung</title>", "HTML"),
        ("text/turtle", b"", "leer"),
    ],
    ids=["entity", "dtd", "context", "json", "triples", "turtle", "html", "empty"],
)
def test_a_file_that_cannot_be_read_says_why_in_german(
    make_source: Callable[..., Any], pages: Pages, kind: str, content: bytes, words: str
):
    pages["/c"] = (kind, content.replace(b"ADDRESS", pages.address.encode()))
    source = make_source("dcat_ap_de", pages.address + "/c")

    [message] = errors(run(source))

    assert words in message
    assert message.endswith(NOTHING)
    assert pages.asked == ["/c"]


def test_the_official_example_without_full_stop_is_refused_with_its_line(make_source: Callable[..., Any], pages: Pages):
    path = CATALOGUES.parent / "examples" / "DataService.ttl"
    if not path.is_file():
        pytest.skip("the examples are missing: set DATENPLATTFORM_SHARED")
    pages["/c"] = ("text/turtle", path.read_bytes())

    [message] = errors(run(make_source("dcat_ap_de", pages.address + "/c")))

    assert "kein gültiges Turtle: Zeile 13" in message


@pytest.mark.parametrize("fault", ["gzip-bomb", "endless"])
def test_a_bomb_ends_at_the_limit(
    make_source: Callable[..., Any], fault_server: FaultServer, monkeypatch: pytest.MonkeyPatch, fault: str
):
    monkeypatch.setattr(core_config, "deadline", lambda: 20)
    source = make_source("dcat_ap_de", fault_server.url(fault), max_megabytes=5)

    [message] = errors(run(source))

    assert "MB" in message
    assert message.endswith(NOTHING)


def test_a_bad_record_is_told_with_its_line_and_the_others_come(make_source: Callable[..., Any], pages: Pages):
    url = pages.turtle("/c", dataset(1), "<https://x.de/2> a dcat:Dataset .", dataset(3))

    job = run(make_source("dcat_ap_de", url))

    [message] = errors(job)
    assert message.startswith("Zeile 5: ")
    assert job["stats"] == {"added": 2, "updated": 0, "not modified": 0, "errored": 1, "deleted": 0}


def test_a_record_that_does_not_fit_the_form_is_told_and_the_others_come(
    make_source: Callable[..., Any], pages: Pages, monkeypatch: pytest.MonkeyPatch
):
    url = pages.turtle("/c", dataset(1), dataset(2), dataset(3))
    real = DcatApDeHarvester.map_record

    def wrong(self: Any, source: Any, record: Any) -> Any:
        mapped = real(self, source, record)
        if record.remote_id == "n-2":
            mapped.dataset["resources"] = [{"key": "a", "url": "https://x.de/a", "size": "viele"}]
        return mapped

    monkeypatch.setattr(DcatApDeHarvester, "map_record", wrong)
    source = make_source("dcat_ap_de", url)

    job = run(source)

    [message] = errors(job)
    assert "size" in message
    assert sorted(datasets(source)) == ["n-1", "n-3"]
    monkeypatch.setattr(DcatApDeHarvester, "map_record", real)
    assert run(source)["stats"] == {"added": 1, "updated": 0, "not modified": 2, "errored": 0, "deleted": 0}


def test_with_a_line_that_nobody_understands_nothing_counts_as_missing(make_source: Callable[..., Any], pages: Pages):
    def triples(*numbers: int, rest: str = "") -> tuple[str, bytes]:
        graph = Graph().parse(data=PREFIXES + "\n".join(map(dataset, numbers)))
        return "application/n-triples", (graph.serialize(format="nt") + rest).encode()

    pages["/c"] = triples(*range(1, 11))
    source = make_source("dcat_ap_de", pages.address + "/c")
    assert run(source)["stats"]["added"] == 10

    pages["/c"] = triples(*range(2, 11), rest="<https://x.de/1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#ty")
    job = run(source)

    assert job["stats"]["deleted"] == 0
    assert any("Zeile" in message for message in errors(job))
    assert all(row.missing_since is None for row in memory.records(source["id"]).values())

    pages["/c"] = triples(*range(2, 11))
    assert run(source)["stats"]["deleted"] == 1


# what is written


def _versions() -> list[Any]:
    model.Session.rollback()
    tables = ("package", "resource", "package_tag", "member", "dp_inventory_record", "dp_index_behind")
    return [sorted(map(tuple, model.Session.execute(sa.text(f"SELECT xmin::text, ctid::text FROM {table}")))) for table in tables]


def test_an_unchanged_catalogue_writes_nothing_and_a_change_only_itself(make_source: Callable[..., Any], pages: Pages):
    url = pages.turtle("/c", *(dataset(number) for number in range(1, 6)))
    source = make_source("dcat_ap_de", url)
    assert run(source)["stats"]["added"] == 5
    before = _versions()

    assert run(source)["stats"]["not modified"] == 5
    assert _versions() == before

    pages.turtle("/c", *(dataset(number) for number in range(1, 5)), dataset(5, '; dct:description "Neu"'))
    modified = {key: found["metadata_modified"] for key, found in datasets(source).items()}
    job = run(source)
    assert (job["stats"]["updated"], job["stats"]["not modified"]) == (1, 4)
    after = datasets(source)
    assert [key for key, found in after.items() if found["metadata_modified"] != modified[key]] == ["n-5"]
    assert after["n-5"]["notes"] == "Neu"


def test_gathering_twice_after_a_crash_goes_on_one_by_one(
    make_source: Callable[..., Any], pages: Pages, monkeypatch: pytest.MonkeyPatch
):
    """The worker dies after the first chunk is written: what is written stays, the rest comes with the next delivery."""
    monkeypatch.setattr(together, "CHUNK", 2)
    real = together._chunk
    calls: list[int] = []

    class Killed(BaseException):
        pass

    def dies(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise Killed
        return real(*arguments)

    monkeypatch.setattr(together, "_chunk", dies)
    source = make_source("dcat_ap_de", pages.turtle("/c", *(dataset(number) for number in range(1, 6))))
    with pytest.raises(Killed):
        jobs.run_source(source["id"])
    model.Session.rollback()
    assert len(datasets(source)) == 2

    job: Any = model.Session.query(HarvestJob).filter_by(source_id=source["id"]).one()
    harvester: Any = queue.get_harvester("dcat_ap_de")
    ids = harvester.gather_stage(job)
    assert len(ids) == 3
    for object_id in ids:
        queue.fetch_and_import_stages(harvester, HarvestObject.get(object_id))
    jobs.finish(source["id"])

    assert sorted(datasets(source)) == [f"n-{number}" for number in range(1, 6)]
    assert model.Session.query(model.Package).filter_by(type="dataset").count() == 5
    assert {obj.state for obj in model.Session.query(HarvestObject)} == {"COMPLETE"}

