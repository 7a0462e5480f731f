"""The register of streams: what is described, what waits for the board, what has vanished."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import pytest

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.timeseries import shared, streams
from ckanext.datenplattform.timeseries.shared import Stream
from tests import factories

PEGEL = Stream(stream="7", name="Pegel Hase", thing="Hase", property="Wasserstand", unit="m", kind="number", lon=8.0, lat=52.3)


@pytest.fixture
def made(platform: None) -> dict[str, Any]:
    dataset = factories.dataset(factories.unit(), resources=[{"name": "Messwerte", "url_type": "datastore", "url": "x"}])
    return {"package": dataset["id"], "resource": dataset["resources"][0]["id"]}


def _publish(package: str, scope: dict[str, Any] | None = None) -> None:
    decided = access.content_hash(package)
    assert decided
    access.publish(package, decided, "decision-1")
    if scope is not None:
        access.grant_standing_release(package, scope, "decision-1", None)
    model.Session.commit()


def _shown(resource: str, stream: str = "7") -> dict[str, Any]:
    model.Session.rollback()
    return streams.registered([resource])[resource, stream]


def test_described_twice_is_described_once(made: dict[str, Any]):
    channels = [shared.describe_streams(made["resource"], [PEGEL]) for _ in range(2)]

    assert channels[0] == channels[1]
    assert channels[0]["7"].convert(1.5) == 150
    found = _shown(made["resource"])
    assert (found["name"], found["property"], found["unit"], found["source_unit"]) == ("Pegel Hase", "water_level", "cm", "m")
    assert (found["lon"], found["lat"], found["state"]) == (8.0, 52.3, "live")
    assert streams.with_property("water_level") == [(made["resource"], "7")]


def test_a_new_type_keeps_the_old_series(made: dict[str, Any]):
    shared.describe_streams(made["resource"], [PEGEL])
    channels = shared.describe_streams(made["resource"], [Stream(stream="7", property="Wasserstand", kind="text")])

    assert channels["7"].stream == "7~2"
    assert _shown(made["resource"])["unit"] == "cm"
    assert _shown(made["resource"], "7~2")["kind"] == "text"


def test_what_vanished_is_marked_and_comes_back(made: dict[str, Any]):
    shared.describe_streams(made["resource"], [PEGEL, Stream(stream="8")], complete=True)
    shared.describe_streams(made["resource"], [Stream(stream="8")], complete=True)
    assert _shown(made["resource"])["state"] == "vanished"

    shared.describe_streams(made["resource"], [PEGEL])
    assert _shown(made["resource"])["state"] == "live"
    assert shared.mark(made["resource"], "vanished", ["7", "8", "9"]) == 2
    with pytest.raises(ValueError, match="kaputt"):
        shared.mark(made["resource"], "kaputt")


def test_names_and_places_of_a_published_series_wait(made: dict[str, Any]):
    shared.describe_streams(made["resource"], [PEGEL])
    _publish(made["package"])

    changed = Stream(**{**vars(PEGEL), "name": "Leckvogel", "lon": 9.0})
    channels = shared.describe_streams(made["resource"], [changed, Stream(stream="8", name="Leckvogel", unit="Leck")])

    assert channels["7"].unit == "cm"
    assert (_shown(made["resource"])["name"], _shown(made["resource"])["lon"]) == ("Pegel Hase", 8.0)
    assert "Leck" not in str(_shown(made["resource"], "8"))
    assert shared.describe_streams(made["resource"], [Stream(stream="8", name="Leckvogel", unit="Leck")])["8"].stream == "8"

    streams.release(made["resource"], ["7"])
    assert (_shown(made["resource"])["name"], _shown(made["resource"])["lon"]) == ("Leckvogel", 9.0)
    assert _shown(made["resource"], "8")["name"] == ""


def test_a_standing_release_lets_descriptions_through_as_it_does_rows(made: dict[str, Any]):
    shared.describe_streams(made["resource"], [PEGEL])
    _publish(made["package"], {"streams": ["7"], "columns": ["value", "thing"], "resolution_seconds": None, "licence": None})

    shared.describe_streams(made["resource"], [Stream(**{**vars(PEGEL), "thing": "Nette", "lon": 9.0}), Stream(stream="8", thing="Neu")])

    assert (_shown(made["resource"])["thing"], _shown(made["resource"])["lon"]) == ("Nette", 8.0)
    assert _shown(made["resource"], "8")["thing"] == ""
