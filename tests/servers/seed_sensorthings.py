"""Fill a SensorThings server with the synthetic sensors of ``synthetic``, through its HTTP API. Standard library only.

Posts deep inserts (a Thing with its Location and Datastreams) and, for observations, ``CreateObservations`` in blocks
of at most 10,000 rows. Things are recognised again by ``properties.key``, and within a Datastream all that lies
between its first and its last observation counts as there: a second call adds only what is missing before and after.
(A block of one Datastream is stored wholly or not at all, and blocks are written in order of time: no holes.)
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from tests.servers import synthetic
from tests.servers.synthetic import STEP, Place, Stream, Thing

#: Rows in one CreateObservations request; the server refuses more than 10,000.
BLOCK = 9000
COMPONENTS = ["phenomenonTime", "resultTime", "result"]


class SeedError(RuntimeError):
    """The server refused what it was sent; the message names request and answer."""


@dataclass(frozen=True)
class Seeded:
    """What a call added, and how long it took in seconds."""

    things: int
    datastreams: int
    observations: int
    seconds: float


class Client:
    """Just enough of SensorThings to write to a server at ``url`` (service root, without its last slash)."""

    def __init__(self, url: str, *, timeout: float = 60.0) -> None:
        self.url = url.rstrip("/")
        self.timeout = timeout
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path: str, **options: str) -> dict[str, Any]:
        """GET ``path`` with query options (their names without ``$``)."""
        query = urllib.parse.urlencode({f"${name}": value for name, value in options.items()}, safe="$'/,()")
        return self._send(urllib.request.Request(f"{self.url}/{path}?{query}" if query else f"{self.url}/{path}"))[1]

    def all(self, path: str, **options: str) -> Iterator[dict[str, Any]]:
        """All entities of a top-level collection, page by page in the order of their ids."""
        skip, top = 0, 100
        while True:
            page = self.get(path, top=str(top), skip=str(skip), orderby="id", **options)["value"]
            yield from page
            if len(page) < top:
                return
            skip += top

    def post(self, path: str, body: Any) -> tuple[str, Any]:
        """POST JSON; returns the id of the new entity (from the Location header, empty when there is none) and the
        answer."""
        request = urllib.request.Request(
            f"{self.url}/{path}", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
        )
        location, answer = self._send(request)
        return location.rpartition("('")[2].rstrip("')"), answer

    def _send(self, request: urllib.request.Request) -> tuple[str, Any]:
        try:
            with self._opener.open(request, timeout=self.timeout) as answer:
                body = answer.read()
                return answer.headers.get("Location", ""), json.loads(body) if body else None
        except urllib.error.HTTPError as error:
            detail = error.read()[:500].decode(errors="replace")
            raise SeedError(f"{request.get_method()} {request.full_url}: {error.code} {detail}") from error


def seed(
    url: str,
    place: Place,
    *,
    days: float = 14,
    step: int = STEP,
    until: int | None = None,
    random_seed: int = 1,
    kinds: tuple[str, ...] | None = None,
) -> Seeded:
    """Make the server hold the Things of ``place`` and ``days`` days of observations, every ``step`` seconds.

    ``until`` is the end of the series (seconds since 1970, excluded; default now), rounded down to a multiple of
    ``step``. ``kinds`` restricts to some kinds of Thing. Returns what was added. Do not run it beside :func:`live`.
    """
    began = time.monotonic()
    client = Client(url)
    things = [t for t in synthetic.things(place, seed=random_seed) if kinds is None or t.kind in kinds]
    new_things, new_streams = _create_missing(client, things)
    end = int(time.time() if until is None else until) // step * step
    times = range(end - int(days * 86400) // step * step, end, step)
    streams = {s.key: s for t in things for s in t.streams}
    fresh = new_streams == len(streams)
    parts: list[tuple[str, Stream, list[int]]] = []
    for key, iot_id in stream_ids(client).items():
        if key in streams:
            first, last = (None, None) if fresh else bounds(client, iot_id)
            missing = [t for t in times if first is None or last is None or t < first or t > last]
            parts.append((iot_id, streams[key], missing))
    written = write(client, parts, random_seed)
    return Seeded(new_things, new_streams, written, time.monotonic() - began)


def stream_ids(client: Client) -> dict[str, str]:
    """``properties.key`` → ``@iot.id`` of every Datastream that has a key."""
    return {d["properties"]["key"]: d["@iot.id"] for d in client.all("Datastreams") if "key" in d.get("properties", {})}


def bounds(client: Client, datastream_id: str) -> tuple[int | None, int | None]:
    """Time of the first and of the last observation of a Datastream (seconds since 1970), None when it has none."""
    ends = []
    for order in ("resultTime asc", "resultTime desc"):
        # The id is a GUID literal: quoted, this server finds nothing (and says 200).
        page = client.get("Observations", filter=f"Datastream/id eq {datastream_id}", orderby=order, top="1")["value"]
        ends.append(int(datetime.fromisoformat(page[0]["phenomenonTime"]).timestamp()) if page else None)
    return ends[0], ends[1]


def write(client: Client, parts: list[tuple[str, Stream, list[int]]], random_seed: int = 1) -> int:
    """Post the values of streams at times, in requests of at most ``BLOCK`` rows; returns the number stored."""
    stored = 0
    for request in _requests(parts):
        body = [
            {
                "Datastream": {"@iot.id": iot_id},
                "components": COMPONENTS,
                "dataArray": [[_iso(t), _iso(t), synthetic.value(stream, t, seed=random_seed)] for t in times],
            }
            for iot_id, stream, times in request
        ]
        answer = client.post("CreateObservations", body)[1]
        # The server answers 201 whatever happens, and says "error" for each row it did not take.
        failed = sum(1 for link in answer if link == "error")
        if failed:
            raise SeedError(f"{client.url}/CreateObservations: {failed} of {len(answer)} observations were refused")
        stored += len(answer)
    return stored


def _requests(parts: list[tuple[str, Stream, list[int]]]) -> Iterator[list[tuple[str, Stream, list[int]]]]:
    """Cut parts into requests of at most ``BLOCK`` rows, in order of time within a stream."""
    request: list[tuple[str, Stream, list[int]]] = []
    rows = 0
    for iot_id, stream, times in parts:
        for start in range(0, len(times), BLOCK):
            piece = times[start : start + BLOCK]
            if request and rows + len(piece) > BLOCK:
                yield request
                request, rows = [], 0
            request.append((iot_id, stream, piece))
            rows += len(piece)
    if request:
        yield request


def _create_missing(client: Client, things: list[Thing]) -> tuple[int, int]:
    """Create the Things that the server lacks, with Location, Datastreams, Sensors and ObservedProperties."""
    known = {t.get("properties", {}).get("key") for t in client.all("Things")}
    wanted = [thing for thing in things if thing.key not in known]
    if not wanted:
        return 0, 0
    shared: dict[tuple[str, str], str] = {}
    for path, name in (("Sensors", "name"), ("ObservedProperties", "definition")):
        shared.update({(path, entity[name]): entity["@iot.id"] for entity in client.all(path)})
    for stream in (s for t in wanted for s in t.streams):
        if ("Sensors", stream.sensor) not in shared:
            shared["Sensors", stream.sensor] = client.post("Sensors", _sensor(stream))[0]
        if ("ObservedProperties", stream.observed.definition) not in shared:
            shared["ObservedProperties", stream.observed.definition] = client.post("ObservedProperties", {
                "name": stream.observed.name, "definition": stream.observed.definition,
                "description": stream.observed.description, "properties": {"key": stream.observed.key},
            })[0]  # fmt: skip
    for thing in wanted:
        client.post("Things", _thing(thing, shared))
    return len(wanted), sum(len(t.streams) for t in wanted)


def _sensor(stream: Stream) -> dict[str, Any]:
    return {
        "name": stream.sensor, "description": f"{stream.sensor}. {synthetic.NOTICE}", "encodingType": "text/html",
        "metadata": "https://www.ogc.org/standard/sensorthings/",
    }  # fmt: skip


def _thing(thing: Thing, shared: dict[tuple[str, str], str]) -> dict[str, Any]:
    return {
        "name": thing.name,
        "description": thing.description,
        "properties": thing.properties,
        "Locations": [{
            "name": thing.name, "description": f"Standort: {thing.name}", "encodingType": "application/geo+json",
            "location": {"type": "Point", "coordinates": [thing.lon, thing.lat]},
        }],
        "Datastreams": [{
            "name": s.name, "description": s.description, "unitOfMeasurement": s.unit.as_json(),
            "observationType": s.observation_type, "properties": {"key": s.key, **s.properties},
            "Sensor": {"@iot.id": shared["Sensors", s.sensor]},
            "ObservedProperty": {"@iot.id": shared["ObservedProperties", s.observed.definition]},
        } for s in thing.streams],
    }  # fmt: skip


def _iso(when: int) -> str:
    """ISO 8601 in UTC, ``2026-11-23T08:00:00Z``."""
    return datetime.fromtimestamp(when, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
