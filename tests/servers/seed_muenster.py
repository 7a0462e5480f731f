"""Put the real bicycle counts of ``../shared/iot/muenster`` (a year, 15 minutes) into the real SensorThings server.

Things and Datastreams go through the server's API, observations straight into its SQLite database: by API 65,000 rows take
minutes. Standard library only.

The files are in local time without offset. What is counted at 02:00 to 02:45 on 26 October 2025 stands there once, with
about twice the counts of the hours beside it: both hours in one. Here it is taken as the first of the two, and the second
has no rows.
"""

from __future__ import annotations

import csv
import json
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.servers.process import Server
from tests.servers.seed_sensorthings import Client

LOCAL = ZoneInfo("Europe/Berlin")
STATIONS = {"100031297": ("Promenade", 7.6322, 51.9619), "300037925": ("Goldstraße", 7.6334, 51.9664)}
OM_COUNT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_CountObservation"
_TABLE = "sensorthings_v1_1_django_backend_"


@dataclass(frozen=True)
class Count:
    """A row of a file: local time as written there, the count and the status of a channel."""

    local: datetime
    number: int
    status: str

    @property
    def time(self) -> datetime:
        """In UTC."""
        return self.local.replace(tzinfo=LOCAL).astimezone(timezone.utc)


def read(folder: Path, channel: str) -> Iterator[Count]:
    """The year of a channel: a station's number (all of its directions) or one of its directions."""
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            heads = [head.partition(" ")[0] for head in next(rows)]
            if channel in heads:
                number, status = heads.index(channel), heads.index(f"{channel}-status")
                for row in rows:
                    yield Count(datetime.fromisoformat(row[0]), int(row[number]), row[status])


def seed(server: Server, folder: Path, channels: list[str]) -> dict[str, str]:
    """Make the server hold these channels; channel → id of its Datastream."""
    client = Client(server.url)
    sensor = client.post("Sensors", {
        "name": "Zählschleife", "description": "Induktionsschleife", "encodingType": "text/html", "metadata": "https://www.govdata.de/",
    })[0]  # fmt: skip
    observed = client.post("ObservedProperties", {
        "name": "Fahrräder", "definition": "http://dbpedia.org/resource/Bicycle", "description": "Fahrräder in 15 Minuten",
    })[0]  # fmt: skip
    ids = {}
    for channel in channels:
        name, lon, lat = STATIONS.get(channel, STATIONS["300037925"])
        place = {"type": "Point", "coordinates": [lon, lat]}
        thing = client.post("Things", {
            "name": f"{name} {channel}", "description": "Zählstelle", "properties": {"kind": "bicycle", "licence": "dl-de/by-2-0"},
            "Locations": [{"name": name, "description": name, "encodingType": "application/geo+json", "location": place}],
            "Datastreams": [{
                "name": f"{name} {channel}", "description": "Fahrräder je 15 Minuten",
                "unitOfMeasurement": {"name": "Anzahl", "symbol": "1", "definition": "ucum:1"}, "observationType": OM_COUNT,
                "properties": {"interval_seconds": 900}, "Sensor": {"@iot.id": sensor}, "ObservedProperty": {"@iot.id": observed},
            }],
        })[0]  # fmt: skip
        ids[channel] = client.get(f"Things('{thing}')/Datastreams")["value"][0]["@iot.id"]
    with sqlite3.connect(server.pidfile.with_name("sensorthings.sqlite3"), timeout=60) as database:
        for channel, datastream in ids.items():
            insert(database, datastream, [(count.time, count.number, {"status": count.status}) for count in read(folder, channel)])
    return ids


def insert(database: sqlite3.Connection, datastream: str, rows: Sequence[tuple[datetime, float, dict[str, str] | None]]) -> None:
    """Observations (time in UTC, result, parameters) as the server itself would store them, at a feature of their own."""
    feature = uuid.uuid4().hex
    database.execute(
        f"INSERT INTO {_TABLE}featureofinterest (id, name, description, encoding_type, feature) VALUES (?, ?, ?, ?, ?)",
        (feature, "Ort", "Ort", "application/geo+json", json.dumps({"type": "Point", "coordinates": [7.63, 51.96]})),
    )
    owner = datastream.replace("-", "")
    stored = (
        (uuid.uuid4().hex, when, result, when, json.dumps(parameters) if parameters else None, owner, feature)
        for when, result, parameters in ((time.strftime("%Y-%m-%d %H:%M:%S"), result, parameters) for time, result, parameters in rows)
    )
    database.executemany(
        f"INSERT INTO {_TABLE}observation (id, phenomenon_time_begin, result, result_time, parameters, datastream_id, "
        "feature_of_interest_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
        stored,
    )
