"""What the tests of the SensorThings face read, and what they ask."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.model as model
from hypothesis import strategies as st

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.timeseries import shared
from ckanext.datenplattform.timeseries.shared import Stream
from ckanext.datenplattform.timeseries.sta import filters
from ckanext.datenplattform.timeseries.sta.filters import Both, Comparison, Opposite
from tests import factories

START = datetime(2026, 3, 28, 20, tzinfo=timezone.utc)
FIELDS = [{"id": name, "type": kind} for name, kind in (
    ("stream", "text"), ("time", "timestamptz"), ("value", "numeric"), ("value_text", "text"), ("quality", "text"),
    ("time_end", "timestamptz"), ("result_time", "timestamptz"), ("geometry", "jsonb"), ("stadtteil", "text"),
)]  # fmt: skip
NAMES = [field["id"] for field in FIELDS]
CANARY = "Leckvogel"
PLACE = "platz, 1'ä"


def make_series(organization: dict[str, Any], name: str, level: int = 0) -> dict[str, Any]:
    """A private dataset: two water levels (32 quarters), a parking bay, and a bus that moves."""
    resources = [{"name": "Werte", "url_type": "datastore", "url": "x"}]
    made = factories.dataset(organization, name=name, title=f"Titel {name}", resources=resources)
    resource = made["resources"][0]["id"]
    shared.ensure_table(resource, FIELDS)
    shared.describe_streams(resource, [
        *(Stream(stream=f"{name}-{number}", name=f"Pegel {number}", thing=f"Brücke {number}", property="Wasserstand", unit="cm",
                 kind="number", lon=8.0 + number, lat=52.0, interval_seconds=900) for number in (1, 2)),
        Stream(stream=PLACE, name="Platz", thing="Platz", property="Belegung", kind="category", lon=8.0, lat=52.0),
        Stream(stream="bus", name="Bus", thing="Bus", property="Ruckeln", property_uri="http://example.org/ruckeln", unit="Punkte"),
        Stream(stream=CANARY, name=CANARY, thing=CANARY, property="Wasserstand", unit="cm"),
    ])  # fmt: skip
    times = [START + timedelta(minutes=15 * n) for n in range(32)]
    rows = [[f"{name}-{number}", time, level + n + 0.5, *[None] * 3, time + timedelta(seconds=5), None, "Mitte" if number == 1 else None]
            for number in (1, 2) for n, time in enumerate(times)]  # fmt: skip
    rows += [[PLACE, START + timedelta(hours=n), n % 2, ("frei", "belegt")[n % 2], *[None] * 5] for n in range(5)]
    bus = {"type": "Point", "coordinates": [8.5, 52.5]}
    rows += [["bus", START, None, None, "nan", START + timedelta(minutes=5), None, json.dumps(bus), None],
             ["bus", START + timedelta(minutes=5), 7, *[None] * 6]]  # fmt: skip
    shared.write_rows(resource, rows, NAMES)
    return {"id": made["id"], "resource": resource, "name": name}


def publish(package: str) -> None:
    """Make a dataset public."""
    access.publish(package, access.content_hash(package) or "", "decision-1")
    model.Session.commit()
    access.reindex([package])


#: $filter of Observations → how many there are
FILTERS = [
    ("phenomenonTime ge 2026-03-29T03:30:00Z", 4),
    ("phenomenonTime ge 2026-03-29T05:30:00%2B02:00", 4),
    ("phenomenonTime ge 2026-03-29T05:30:00+02:00", 4),  # a plus that nobody encoded
    ("2026-03-29T03:30:00Z le phenomenonTime", 4),
    ("phenomenonTime gt 2026-03-28T20:00:00Z and phenomenonTime lt 2026-03-28T20:30:00Z", 3),
    ("(result eq 0.5 or result eq 1.5) and not (phenomenonTime eq 2026-03-28T20:00:00Z)", 2),
    ("result eq 'belegt'", 2),
    ("result ne 'belegt' and result ne null", 68),
    ("result eq null", 1),
    ("resultTime eq null", 7),
    ("resultTime gt 2026-03-29T03:30:00Z", 4),
    ("not (resultTime gt 2026-03-29T03:30:00Z)", 67),
    ("parameters/stadtteil eq 'Mitte'", 32),
    ("parameters/gibtesnicht eq 'x'", 0),
    ("result eq '''; DROP TABLE x; --'", 0),
    ("result eq '%25s'", 0),
    ("Datastream/id eq 'gibtesnicht'", 0),
]  # fmt: skip
#: question about entities → how many there are
ENTITY_FILTERS = [
    ("Things?$filter=name eq 'Brücke 1'", 1),
    ("Things?$filter=startswith(name,'Brücke')", 2),
    ("Things?$filter=substringof('ück', name) and not endswith(name, '1')", 1),
    ("Things?$filter=properties/dataset eq 'pegel'", 4),
    ("Things?$filter=properties/nichts/weiter eq 'pegel'", 0),
    ("Datastreams?$filter=ObservedProperty/properties/code eq 'water_level'", 2),
    ("Datastreams?$filter=unitOfMeasurement/symbol eq 'cm' and Thing/name ne 'Brücke 1'", 1),
    ("Datastreams?$filter=phenomenonTime lt 2026-03-28T20:30:00Z", 1),
    ("Datastreams?$filter=phenomenonTime ge 2026-03-28T20:00:00Z", 4),
    ("Locations?$filter=location/type eq 'Point' or location/geometry/type eq 'Point'", 3),  # as QGIS asks
    ("Locations?$filter=location/type eq 'Point' and (geo.intersects(location, geography'Polygon ((8.5 51, 9.5 51, 9.5 53, 8.5 53))'))", 1),
    ("FeaturesOfInterest?$filter=geo.intersects(feature, geography'POLYGON((8 52, 9 52, 9 53, 8 53, 8 52))')", 2),  # on the border
    ("Things?$filter=name gt 5", 0),
    ("Things?$filter=name ne null", 4),
]
#: question → status
DEEP = "(" * 300 + "result gt 1" + ")" * 300
REFUSED = [
    ("Observations?$filter=" + DEEP, 400), ("Observations?$filter=" + "not " * 400 + "(result gt 1)", 400),
    ("Observations?$filter=" + "result gt 1 or " * 200 + "result gt 1", 400), ("Observations?$filter=" + "x" * 9000, 400),
    ("Observations?$filter=result gt", 400), ("Observations?$filter=)", 400), ("Observations?$filter='", 400),
    ("Observations?$filter=1 eq 1", 400), ("Observations?$filter=result gt 1; DROP TABLE x", 400), ("Observations?$filter=\x00", 400),
    ("Observations?$filter=phenomenonTime gt 5", 400), ("Observations?$filter=phenomenonTime gt 2026-13-45T99:00:00Z", 400),
    ("Observations?$filter=phenomenonTime gt 0001-01-01T00:00:00%2B14:00", 400), ("Observations?$filter=phenomenonTime gt 2026-01-01", 400),
    ("Observations?$filter=year(phenomenonTime) eq 2026", 501), ("Observations?$filter=result add 1 gt 5", 501),
    ("Observations?$filter=unsinn eq 1", 501), ("Observations?$filter=startswith(result,'x')", 501),
    ("Observations?$filter=result eq result", 501),
    ("Locations?$filter=geo.intersects(location, geography'POINT (1 1)')", 501),
    ("Locations?$filter=geo.intersects(location, geography'POLYGON((1, 2))')", 400),
    ("Locations?$filter=location eq geography'POLYGON((1 1, 2 2, 1 2))'", 501),
    ("Observations?$filter=geo.intersects(x, geography'POLYGON((1 1, 2 2, 1 2))')", 501),
    ("FeaturesOfInterest?$filter=feature ne geography'x'", 501),
    ("Observations?$orderby=result", 501), ("Observations?$orderby=phenomenonTime sideways", 400), ("Observations?$orderby=';--", 400),
    ("Observations?$top=-1", 400), ("Observations?$top=viele", 400), ("Observations?$top=99999999999999999999", 400),
    ("Observations?$top=٣", 400), ("Observations?$skip=-1", 400), ("Observations?$skip=99999", 400), ("Things?$count=vielleicht", 400),
    ("Things?$unsinn=1", 400), ("Things?$top=1&$top=2", 400), ("Things?$expand=Unsinn", 400), ("Things?$expand=Datastreams(", 400),
    ("Things?$expand=" + "Datastreams/Thing/" * 50 + "Datastreams", 400), ("Things?$expand=Datastreams($expand=" * 30 + ")" * 30, 400),
    ("Things?$resultFormat=GeoJSON", 501), ("Observations?$skiptoken=x", 400), ("Observations?$skiptoken=ä", 400),
    ("Observations?$skiptoken=" + "A" * 3000, 400),
    ("Unsinn", 404), ("Things('x", 404), ("Things('%00')", 404), ("Things('../../etc/passwd')", 404), ("Things(1)", 404),
    ("Things('x')/Datastreams", 404), ("Datastreams('~C3.x')", 404), ("Observations('a.b.c')", 404),
    ("Observations('a.b.9999999999999999999')", 404),
    ("Things" + "/Datastreams" * 500, 404), ("MultiDatastreams", 404), ("Things/name", 404),
]  # fmt: skip

MOMENTS = st.datetimes(datetime(2026, 3, 28, 19), datetime(2026, 3, 29, 5), timezones=st.just(timezone.utc)).map(
    # mostly moments at which something was measured
    lambda moment: moment.replace(minute=moment.minute // 15 * 15, second=moment.second // 30 * 5, microsecond=0)
)
OPERATORS = st.sampled_from(filters.COMPARISONS)
CONDITIONS = st.recursive(
    st.one_of(
        st.builds(Comparison, st.sampled_from([("phenomenonTime",), ("resultTime",)]), OPERATORS, MOMENTS | st.none()),
        st.builds(Comparison, st.just(("result",)), OPERATORS, st.sampled_from([5, 7.5, 31.5, -1, "5", "Mitte", True, None])),
        st.builds(Comparison, st.just(("parameters", "stadtteil")), OPERATORS, st.sampled_from(["Mitte", "Nord", "", None])),
    ),
    lambda inner: st.one_of(st.builds(Both, st.booleans(), st.lists(inner, min_size=2, max_size=3).map(tuple)), st.builds(Opposite, inner)),
    max_leaves=5,
)
