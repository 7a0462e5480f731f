"""An @context is fetched only where the settings allow it, only what they name, and rarely."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import ckan.model as model
import pytest

from ckanext.datenplattform.core.clock import utcnow
from ckanext.datenplattform.harvesters.ngsi_context import HOURS, known, terms
from ckanext.datenplattform.harvesters.ngsi_push.model import NgsiContext
from tests.servers.ngsi_ld import Broker, fixed, measured

from .conftest import datasets, errors, run
from .test_ngsi_ld import at, channel, rows

SMART = "https://smartdatamodels.org/"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.6.jsonld"


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A broker that speaks German, and explains it."""
    with Broker() as found:
        found.put("urn:ngsi-ld:P:1", "Parkhaus", bezeichnung=fixed("Parkhaus am Markt"), freiePlaetze=[measured(at(0), 132)])
        inner = {"sdm": SMART, "freiePlaetze": "sdm:dataModel.Parking/availableSpotNumber"}
        found.files["/inner.jsonld"] = {"@context": inner}
        outer = {"bezeichnung": {"@id": SMART + "name"}, "Parkhaus": SMART + "dataModel.Parking/OffStreetParking"}
        found.files["/context.jsonld"] = {"@context": [CORE, "inner.jsonld", outer]}
        yield found


def test_terms_prefixes_and_what_is_no_term():
    given = {
        "a": "https://x.org/a", "p": "https://x.org/p#", "b": "p:b", "c": {"@id": "p:c", "@type": "@id"}, "@vocab": "https://v.org/",
        "d": 5, "e": None, "loop": "loop:x", "": "https://x.org/", "f": "later:f", "name2": SMART + "name",
    }  # fmt: skip

    found = terms(given, {"later": "https://y.org/"})

    assert found["b"] == "https://x.org/p#b"
    assert found["c"] == "https://x.org/p#c"
    assert found["f"] == "https://y.org/f"
    assert not {"d", "e", "loop", "", "@vocab"} & found.keys()
    # what our models do not know stays as the source wrote it
    assert known(found) == {"name2": "name"}


def test_by_default_nothing_is_fetched(make_source: Callable[..., Any], broker: Broker):
    source = make_source("ngsi-ld", broker.url, context=broker.url + "/context.jsonld")

    assert errors(run(source)) == []

    assert set(datasets(source)) == {"Parkhaus"}
    assert not [address for address in broker.asked if address.endswith(".jsonld")]


def test_where_it_is_allowed_it_is_fetched_once_a_day_and_names_are_understood(make_source: Callable[..., Any], broker: Broker):
    source = make_source("ngsi-ld", broker.url, context=broker.url + "/context.jsonld", fetch_context=True)

    for _ in range(2):
        assert errors(run(source)) == []

    assert [address for address in broker.asked if address.endswith(".jsonld")] == ["/context.jsonld", "/inner.jsonld"]
    row = rows(source, "OffStreetParking")[0]
    assert (row["thing"], row["stream"], row["value"]) == ("Parkhaus am Markt", "urn:ngsi-ld:P:1:availableSpotNumber", 132)
    assert channel(source, "OffStreetParking", "availableSpotNumber").property == "free_spaces"

    # a day later its host is away: what was fetched last still holds
    model.Session.query(NgsiContext).update({"fetched": utcnow() - timedelta(hours=HOURS + 1)})
    model.Session.commit()
    broker.fault = lambda address: 500 if address.endswith(".jsonld") else None
    assert errors(run(source)) == []
    assert set(datasets(source)) == {"OffStreetParking"}


CHAIN = {f"/{n}.jsonld": {"@context": f"{n + 1}.jsonld"} for n in range(9)}
HOSTILE: list[tuple[dict[str, Any], str]] = [
    ({"/context.jsonld": ["no object"]}, "@context"),
    ({"/context.jsonld": {"@context": {"x": "y" * 1_100_000}}}, "MB"),
    ({"/context.jsonld": {"@context": "0.jsonld"}, **CHAIN}, "weitere Dateien"),
    ({"/context.jsonld": {"@context": "http://169.254.169.254/latest"}}, "Netz"),
    ({"/context.jsonld": {"@context": "file:///etc/passwd"}}, "Adresse"),
    ({}, "404"),
]


def test_a_hostile_context_or_none_changes_nothing(make_source: Callable[..., Any], broker: Broker):
    source = make_source("ngsi-ld", broker.url, context=broker.url + "/context.jsonld", fetch_context=True)
    for files, said in HOSTILE:
        broker.files = files
        found = errors(run(source))
        assert said in found[0], found

    without = make_source("ngsi-ld", broker.url, fetch_context=True)
    assert "keine Adresse" in errors(run(without))[0]
    assert datasets(source) == datasets(without) == {}
