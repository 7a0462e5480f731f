"""NGSI-LD: what brokers do wrong, and what an attacker would have them do. Nothing is lost, nothing is taken for gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.servers.ngsi_ld import Broker, fixed, measured

from .conftest import datasets, errors, run
from .test_ngsi_ld import TREE, at, remarks, rows, tree


@pytest.fixture
def broker() -> Iterator[Broker]:
    """Five trees."""
    with Broker() as found:
        for number in range(1, 6):
            tree(found, number, (0, number))
        yield found


def _second_page(fault: int | str) -> Callable[[str], int | str | None]:
    return lambda address: fault if "/entities" in address and "offset=2" in address else None


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (500, "500"),
        ("skip", "angekündigt"),
        ("repeat", "immer wieder"),
        ("html", "Webseite"),
        ("large", "MB"),
    ],
)
def test_a_list_that_is_not_whole_changes_nothing(make_source: Callable[..., Any], broker: Broker, fault: int | str, said: str):
    source = make_source("ngsi-ld", broker.url, max_megabytes=20)
    run(source)
    before = datasets(source)["Tree"]
    broker.fault = _second_page(fault)

    found = errors(run(source))

    assert len(found) == 1, found
    assert said in found[0], found
    assert "nichts geändert" in found[0] or "Nichts" in found[0], found
    assert datasets(source)["Tree"]["metadata_modified"] == before["metadata_modified"]
    assert len(rows(source)) == 5
    broker.fault = lambda _: None
    assert errors(run(source)) == []


def test_a_broker_that_says_no_count_is_read_to_the_end(make_source: Callable[..., Any], broker: Broker):
    broker.counts = False
    source = make_source("ngsi-ld", broker.url)

    assert errors(run(source)) == []
    assert len(rows(source)) == 5


@pytest.mark.parametrize("largest", [1, 2, 100, 1000])
def test_whatever_the_largest_page_is(make_source: Callable[..., Any], broker: Broker, largest: int):
    broker.largest = largest
    source = make_source("ngsi-ld", broker.url)

    assert errors(run(source)) == []
    assert len(rows(source)) == 5


def test_another_context_than_asked_for_is_refused(make_source: Callable[..., Any], broker: Broker):
    broker.context = "https://example.org/other.jsonld"
    source = make_source("ngsi-ld", broker.url, context="https://example.org/mine.jsonld")

    found = errors(run(source))

    assert "@context" in found[0]
    assert datasets(source) == {}


def test_one_broken_history_does_not_stop_the_others(make_source: Callable[..., Any], broker: Broker):
    broker.fault = lambda address: 500 if "Tree%3A2" in address else None
    source = make_source("ngsi-ld", broker.url)

    job = run(source)

    assert errors(job) == []
    assert any("Baum 2" in text and "500" in text for text in remarks(job)), remarks(job)
    assert len(rows(source)) == 4
    broker.fault = lambda _: None
    run(source)
    assert len(rows(source)) == 5


def test_more_entities_than_allowed(make_source: Callable[..., Any], broker: Broker):
    source = make_source("ngsi-ld", broker.url, max_entities=3)

    assert "max_entities" in errors(run(source))[0]
    assert datasets(source) == {}


@pytest.mark.parametrize("body", [{"id": "x"}, {"type": "Tree"}, "x", 5, None, {"id": "../../admin", "type": "Tree"}])
def test_what_is_no_entity(make_source: Callable[..., Any], broker: Broker, body: Any):
    broker.entities = {"a": {"id": "urn:a:1", "type": "Tree"}}
    broker.query = lambda asked: ([body], 1)  # type: ignore[method-assign]
    source = make_source("ngsi-ld", broker.url, types="Tree")

    assert "NGSI-LD" in errors(run(source))[0]


def test_hostile_values_stay_values(make_source: Callable[..., Any], broker: Broker):
    broker.entities.clear()
    broker.put(
        "urn:ngsi-ld:Tree:a/../../b?x=1#<script>", "Tree",
        name=fixed("<script>alert(1)</script>"),
        location={"type": "GeoProperty", "value": {"type": "Point", "coordinates": ["x", 1e400]}},
        soilTemperature=[measured(at(0), 1e300), measured(at(1), "=cmd()"), measured("never", 1), measured(at(2), {"a": {"b": 1}}),
                         measured(at(3), [1]), measured(at(4), None), measured(at(5), True), measured("2026-03-01T08:06:00", 1)],
    )  # fmt: skip
    source = make_source("ngsi-ld", broker.url)

    job = run(source)

    assert errors(job) == []
    found = {row["time"][14:16]: (row["value"], row["quality"]) for row in rows(source)}
    assert found["01"] == found["02"] == found["03"] == (None, "invalid")
    assert found["04"] == (None, None)
    assert set(found) == {"00", "01", "02", "03", "04", "05"}
    assert any("2 Messwerte" in text for text in remarks(job)), remarks(job)
    assert "%2F..%2F" in "".join(broker.asked)


def test_a_bad_tenant_is_said(make_source: Callable[..., Any], broker: Broker):
    source = make_source("ngsi-ld", broker.url, tenant="a b")

    assert "Mandant" in errors(run(source))[0] or "Bereich" in errors(run(source))[0]


@pytest.mark.parametrize("served", ["date-time x-y/*", "", "date-time 2026-03-01T09:00:00Z-2026-03-01T08:00:00Z/*"])
def test_a_history_that_turns_in_circles_ends(make_source: Callable[..., Any], broker: Broker, served: str):
    whole = {"id": TREE.format(1), "type": "Tree", "soilTemperature": [measured(at(0), 1)]}
    broker.evolution = lambda id, asked: (whole, served or "none")  # type: ignore[method-assign]
    source = make_source("ngsi-ld", broker.url)

    said = errors(run(source))

    assert said
    assert len(broker.asked) < 60


def test_entities_whose_id_cannot_be_stored_are_left_out_and_the_others_come(make_source: Callable[..., Any], broker: Broker):
    for name in ("urn:a\x00b", "urn:" + "ü" * 600, "urn:\ud800"):
        broker.put(name, "Tree", soilTemperature=[measured(at(0), 9)])
    broker.put("urn:x:1", "Tree", **{"a" * 3_000: [measured(at(0), 9)]})
    source = make_source("ngsi-ld", broker.url)

    job = run(source)

    assert errors(job) == []
    assert any("3 Entitäten" in text for text in remarks(job)), remarks(job)
    assert len(rows(source)) == 5
