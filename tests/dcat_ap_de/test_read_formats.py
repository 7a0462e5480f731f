"""The four forms of RDF: the same datasets from each, in memory and from disk; what is broken is named by its line."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph

from ckanext.datenplattform.dcat_ap_de import read_formats
from ckanext.datenplattform.dcat_ap_de.shared import Unreadable, parse, read

from .shapes import SHARED, needs_shared

FORMS = {"rdf": "xml", "ttl": "turtle", "jsonld": "json-ld", "nt": "nt"}
DATASET = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/dcat#Dataset> ."
TITLE = "<http://purl.org/dc/terms/title>"
IDENTIFIER = "<http://purl.org/dc/terms/identifier>"


def lines(*statements: str) -> bytes:
    """N-Triples."""
    return "\n".join(statements).encode()


@pytest.fixture(scope="module")
def bremen() -> Graph:
    """A real catalogue."""
    return Graph().parse(SHARED / "catalogues" / "bremen.rdf", format="xml")


@needs_shared
@pytest.mark.parametrize("memory", [10**9, 0], ids=["memory", "disk"])
@pytest.mark.parametrize("ending", FORMS)
def test_the_same_datasets_from_each_form(bremen: Graph, tmp_path: Path, ending: str, memory: int):
    path = tmp_path / f"catalog.{ending}"
    bremen.serialize(path, format=FORMS[ending], encoding="utf-8")
    wanted = {record.remote_id: record for record in parse(SHARED / "catalogues" / "bremen.rdf")}

    with read(path, memory=memory) as catalogue:
        found = {record.remote_id: record for record in catalogue.records()}

    assert found.keys() == wanted.keys()
    assert {key: record.dataset for key, record in found.items()} == {key: record.dataset for key, record in wanted.items()}
    assert {key: sorted(record.warnings) for key, record in found.items()} == {
        key: sorted(record.warnings) for key, record in wanted.items()
    }
    # JSON-LD's parser tells no lines
    assert all(bool(record.line) == (ending != "jsonld") for record in found.values())


@needs_shared
@pytest.mark.parametrize("ending", FORMS)
def test_a_form_is_recognised_by_its_first_characters(ending: str):
    graph = Graph().parse(SHARED / "examples" / "Dataset-und-Distribution.ttl")
    content = graph.serialize(format=FORMS[ending], encoding="utf-8")

    assert [record.remote_id for record in parse(content)] == ["12345678-9abc-4729-9044-f4d4ceaed491"]


@needs_shared
@pytest.mark.parametrize("path", sorted(SHARED.rglob("*.*")), ids=lambda path: path.name)
def test_every_file_at_hand_is_read_or_refused_with_its_line(path: Path):
    if path.name == "README.md" or path.name == "profile.md":
        return
    if path.name == "DataService.ttl":
        with pytest.raises(Unreadable, match=r"\b13\b"):
            parse(path)
        return
    records = list(parse(path, base="https://example.org/"))
    assert [record.error for record in records if record.error] == []
    assert all(record.dataset["title"] for record in records)
    assert bool(records) == (path.parent.name in ("catalogues", "examples"))


@pytest.mark.parametrize("ending", FORMS)
@pytest.mark.parametrize("name", ["next", "nextPage"])
def test_the_next_page_by_hydra(ending: str, name: str):
    graph = Graph().parse(
        data=f"""@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
        <https://x.de/catalog?page=1> a hydra:PagedCollection ; hydra:{name} "https://x.de/catalog?page=2" ."""
    )
    content = graph.serialize(format=FORMS[ending], encoding="utf-8")

    assert read(content, ending, base="https://x.de/catalog").next_page == "https://x.de/catalog?page=2"
    assert read(b"<https://x.de/1> <https://x.de/2> <https://x.de/3> .", "nt").next_page is None


def test_a_relative_address_of_the_next_page():
    content = b'<https://x.de/c> <http://www.w3.org/ns/hydra/core#next> "?page=2" .'
    assert read(content, "nt", base="https://x.de/catalog.nt?page=1").next_page == "https://x.de/catalog.nt?page=2"


# what is broken


def test_a_broken_line_costs_that_line_and_no_other():
    good, bad = parse(
        lines(
            f"<http://x.de/1> {DATASET}",
            f'<http://x.de/1> {TITLE} "Gut" .',
            f"<http://x.de/2> {DATASET}",
            f'<http://x.de/2> {TITLE} "Auch gut" .',
            "<http://x.de/2> <http://purl.org/dc/terms/publisher> _:amt .",
            '_:amt <http://xmlns.com/foaf/0.1/name> "Amt ohne Ende .',
        ),
        "nt",
    )

    assert (good.dataset["title"], good.warnings) == ("Gut", [])
    assert bad.dataset["title"] == "Auch gut"
    [warning] = bad.warnings
    assert "6" in warning


def test_a_broken_line_that_bears_the_id_stops_its_record_alone():
    good, bad = parse(
        lines(
            f"<http://x.de/1> {DATASET}",
            f'<http://x.de/1> {TITLE} "Gut" .',
            f"<http://x.de/2> {DATASET}",
            f'<http://x.de/2> {TITLE} "Ohne Kennung" .',
            f'<http://x.de/2> {IDENTIFIER} "zwei',
        ),
        "nt",
    )

    assert good.error is None
    assert bad.error is not None
    assert "5" in bad.error
    assert bad.unknown


def test_a_broken_line_of_nobody_is_told_at_the_end():
    good, lost = parse(lines(f"<http://x.de/1> {DATASET}", f'<http://x.de/1> {TITLE} "Gut" .', "Kraut und Rüben"), "nt")

    assert good.warnings == []
    assert lost.error is not None
    assert "3" in lost.error
    assert (lost.line, lost.unknown) == (3, True)


@pytest.mark.parametrize(
    "content",
    [b"dies ist\nkein RDF\n", b"kein RDF\n" * 2000 + b"<http://x.de/1> <http://x.de/2> <http://x.de/3> .\n", b"x" * 9_000_000],
    ids=["text", "much", "one line"],
)
def test_what_is_no_n_triples_is_refused(content: bytes):
    with pytest.raises(Unreadable, match=r"\b1\b"):
        parse(content, "nt")


def test_signs_of_n_triples():
    [record] = parse(
        lines(
            "# Ein Hinweis",
            "",
            f"\ufeff<http://x.de/mit leer> {DATASET}",
            f'<http://x.de/mit leer> {TITLE} "Stra\\u00DFe \\"A\\"\\nzwei\\\\"@de . # dahinter',
            f'<http://x.de/mit leer> {TITLE} "kaputt \\uD800" .',
        ),
        "nt",
    )
    assert record.dataset["title"] == 'Straße "A"\nzwei\\'
    assert len(record.warnings) == 1


def test_a_bad_record_is_named_by_its_line():
    [xml] = parse(
        b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#">

        <dcat:Dataset rdf:about="http://x.de/1"/></rdf:RDF>"""
    )
    [turtle] = parse(b"@prefix dcat: <http://www.w3.org/ns/dcat#> .\n\n\n<http://x.de/1> a dcat:Dataset .")
    [triples] = parse(lines("", f"<http://x.de/1> {DATASET}"), "nt")

    assert [(record.line, bool(record.error and str(record.line) in record.error)) for record in (xml, turtle, triples)] == [
        (3, True),
        (4, True),
        (2, True),
    ]


@pytest.mark.parametrize("memory", [10**9, 0], ids=["memory", "disk"])
def test_series_that_are_part_of_each_other_and_versions_in_a_circle(memory: int):
    content = b"""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
    <http://x.de/s1> a dcat:DatasetSeries ; dcat:inSeries <http://x.de/s2> .
    <http://x.de/s2> a dcat:DatasetSeries ; dcat:inSeries <http://x.de/s1> .
    <http://x.de/1> a dcat:Dataset ; dct:title "A" ; dcat:inSeries <http://x.de/s1> ; dct:isVersionOf <http://x.de/2> .
    <http://x.de/2> a dcat:Dataset ; dct:title "B" ; dcat:inSeries <http://x.de/s2> ; dct:isVersionOf <http://x.de/1>, <http://x.de/2> ."""
    with read(content, memory=memory) as catalogue:
        records = list(catalogue.records())
    titles = [record.dataset["title"] for record in records if record.dataset.get("title") in ("A", "B")]
    assert titles == ["A", "B"]


def test_a_dataset_as_large_as_a_catalogue_stops_itself_alone():
    many = [f'<http://x.de/1> <http://www.w3.org/ns/dcat#keyword> "Wort {number}" .' for number in range(21_000)]
    giant = (f"<http://x.de/1> {DATASET}", f'<http://x.de/1> {TITLE} "Riese" .', *many)
    content = lines(*giant, f"<http://x.de/2> {DATASET}", f'<http://x.de/2> {TITLE} "B" .')
    with read(content, "nt", memory=0) as catalogue:
        large, good = catalogue.records()
    assert large.error
    assert good.dataset["title"] == "B"


# JSON-LD


@pytest.fixture
def web() -> Iterator[tuple[str, list[str]]]:
    """A server that would give a context, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/context.jsonld", asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "shape",
    [
        {"@context": "URL"},
        {"@context": [{"a": "https://x.de/a"}, "URL"]},
        {"@context": {"@import": "URL", "@version": 1.1}},
        {"@context": {"a": {"@id": "https://x.de/a", "@context": "URL"}}, "a": {"b": 1}},
        {"@graph": [{"https://x.de/a": {"@context": ["URL"]}}]},
        [{"@context": {"@import": "URL"}}],
    ],
    ids=["string", "list", "import", "scoped", "nested", "array"],
)
def test_a_context_from_elsewhere_is_refused_and_not_fetched(web: tuple[str, list[str]], shape: Any):
    address, asked = web
    content = json.dumps(shape).replace("URL", address).encode()

    with pytest.raises(Unreadable, match=r"@context.*127\.0\.0\.1"):
        parse(content, "application/ld+json")

    assert asked == []


def test_an_own_context_is_read():
    context = {"dcat": "http://www.w3.org/ns/dcat#", "title": {"@id": "http://purl.org/dc/terms/title", "@language": "de"}}
    content = {"@context": context, "@graph": [{"@id": "http://x.de/1", "@type": "dcat:Dataset", "title": "Bäume"}]}
    [record] = parse(json.dumps(content).encode())
    assert (record.remote_id, record.dataset["title"]) == ("http://x.de/1", "Bäume")


DCAT_AP = "https://semiceu.github.io/DCAT-AP/releases/3.0.1/context/dcat-ap.jsonld"


@pytest.mark.parametrize(
    "address",
    [
        DCAT_AP,
        "https://semiceu.github.io/DCAT-AP/releases/3.0.0/context/dcat-ap.jsonld",
        "https://raw.githubusercontent.com/SEMICeu/DCAT-AP/master/releases/3.0.0/context/dcat-ap.jsonld",
    ],
)
@pytest.mark.parametrize("listed", [False, True], ids=["string", "list"])
def test_the_context_of_dcat_ap_is_at_hand(monkeypatch: pytest.MonkeyPatch, address: str, listed: bool):
    """In the words of SEMIC's context, by its address; with no way into the web."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("something was fetched"))
    content = {
        "@context": [address, {"ex": "https://x.de/"}] if listed else address,
        "@graph": [
            {
                "@id": "https://x.de/1",
                "@type": "Dataset",
                "identifier": ["eins"],
                "title": [{"@value": "Bäume", "@language": "de"}],
                "description": "Alle Bäume",
                "keyword": ["Baum"],
                "frequency": "http://publications.europa.eu/resource/authority/frequency/ANNUAL",
                "modificationDate": {"@value": "2026-01-31", "@type": "http://www.w3.org/2001/XMLSchema#date"},
                "publisher": {"@id": "https://x.de/amt", "@type": "Agent", "name": "Grünamt"},
                "datasetDistribution": [
                    {
                        "@id": "https://x.de/1/csv",
                        "@type": "Distribution",
                        "accessUrl": "https://x.de/1.csv",
                        "byteSize": "12",
                        "licence": "http://dcat-ap.de/def/licenses/cc-zero",
                    }
                ],
            }
        ],
    }

    [record] = parse(json.dumps(content).encode(), "jsonld")

    dataset = record.dataset
    assert (record.remote_id, dataset["title"], dataset["notes"]) == ("eins", "Bäume", "Alle Bäume")
    assert (dataset["frequency"], dataset["modified"]) == ("ANNUAL", "2026-01-31")
    assert dataset["publisher"][0]["name"] == "Grünamt"
    [resource] = dataset["resources"]
    assert (resource["url"], str(resource["size"])) == ("https://x.de/1.csv", "12")
    assert record.warnings == []


def test_an_address_that_only_looks_like_the_context_of_dcat_ap_is_refused():
    for address in (f"{DCAT_AP}?x", DCAT_AP.replace(".io", ".io.boese.de"), DCAT_AP.replace("3.0.1", "9.9.9")):
        with pytest.raises(Unreadable, match="@context"):
            parse(json.dumps({"@context": address, "@type": "Dataset"}).encode(), "jsonld")


@pytest.mark.parametrize(
    "content",
    [b"{", b"[" * 200_000, b'{"a": "\xff"}', b'{"a":' * 5_000 + b"1" + b"}" * 5_000],
    ids=["cut", "deep", "latin", "nested"],
)
def test_broken_json_is_refused(content: bytes):
    with pytest.raises(Unreadable):
        list(parse(content, "jsonld"))


def test_turtle_and_json_have_a_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(read_formats, "MOST_TEXT", 2_000_000)
    with pytest.raises(Unreadable, match="2 MB"):
        parse(b"# " + b"x" * 2_000_000, "ttl")


# large files

MEASURE = """
import resource, sys
from pathlib import Path
from ckanext.datenplattform.dcat_ap_de.shared import read
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
with read(b"<http://x.de/1> a <http://www.w3.org/ns/dcat#Dataset> .") as small:
    list(small.records())
before = peak()
with read(Path(sys.argv[1])) as catalogue:
    print(sum(not record.error for record in catalogue.records()), peak() - before)
"""


@needs_shared
@pytest.mark.parametrize("ending", ["nt", "rdf"])
def test_a_large_file_needs_little_memory(bremen: Graph, tmp_path: Path, ending: str):
    """21 MB here; as a graph in memory they take about 300 MB."""
    text = bremen.serialize(format="nt")
    whole = "".join(text.replace("/de/datensatz/", f"/de/datensatz/{n}-").replace("_:N", f"_:N{n}x") for n in range(8))
    path = tmp_path / f"catalog.{ending}"
    if ending == "nt":
        path.write_text(whole, encoding="utf-8")
    else:
        path.write_bytes(Graph().parse(data=whole, format="nt").serialize(format="xml", encoding="utf-8"))
    # large enough to be read from disk
    with path.open("ab") as file:
        file.write(b"\n" * max(0, 11_000_000 - path.stat().st_size))

    done = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True)

    count, megabytes = map(int, done.stdout.split())
    assert count == 8 * 153
    assert megabytes < 90
