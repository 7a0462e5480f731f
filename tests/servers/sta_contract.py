"""A SensorThings 1.1 server for tests, written from the standard (OGC 18-088). Standard library only.

For what the real server (``sensorthings``) cannot say: MultiDatastreams, features of interest that move, intervals, results
of any type, integer ids; and for data and faults that a test changes between two runs. Its links have nothing to do with
its ids, so that nobody gets far who builds addresses.

``with ContractServer() as server: server.things = [Thing(1, "T", streams=[Stream(5, "S", rows=[…])])]``
"""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_"
CELSIUS = {"name": "Grad Celsius", "symbol": "°C", "definition": "ucum:Cel"}
TEMPERATURE = {"name": "Lufttemperatur", "definition": "http://example.org/air_temperature", "description": ""}


@dataclass
class Stream:
    """A Datastream, or a MultiDatastream where ``unit``, ``observed`` and ``kind`` are lists.

    ``kind``: the last part of the observation type. ``rows``: Observations as the server will write them, with an extra
    ``feature`` (GeoJSON) where the FeatureOfInterest is one of its own.
    """

    id: Any
    name: str
    kind: Any = "Measurement"
    unit: Any = field(default_factory=lambda: dict(CELSIUS))
    observed: Any = field(default_factory=lambda: dict(TEMPERATURE))
    rows: list[dict[str, Any]] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def multi(self) -> bool:
        """Whether it is a MultiDatastream."""
        return isinstance(self.kind, list)


@dataclass
class Thing:
    """A Thing; ``places``: the ``location`` of each of its Locations."""

    id: Any
    name: str
    properties: dict[str, Any] = field(default_factory=dict)
    places: list[Any] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)


class ContractServer:
    """The server, on 127.0.0.1 and a port of its own; a context manager.

    What it can do: ``orders`` (fields it sorts by), ``arrays`` (dataArray), ``expands``, ``largest`` (``$top``).
    ``fault`` is asked before each page of Observations, with the address: a number is an HTTP error, "same" and "repeat" a
    next link to itself and one to the same rows, "large" an answer of 100 MB, "hang" no answer. ``asked``: all addresses.
    """

    def __init__(self) -> None:
        self.things: list[Thing] = []
        self.orders: tuple[str, ...] = ("phenomenonTime", "resultTime")
        self.arrays = self.expands = True
        self.largest = 100
        self.fault: Callable[[str], int | str | None] = lambda _: None
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self}))
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{self.address}/v1.1"

    def __enter__(self) -> ContractServer:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    # -- answers -----------------------------------------------------------------------------------------------------

    def root(self) -> dict[str, Any]:
        """The start page."""
        names = ("Things", "Locations", "Datastreams", "MultiDatastreams", "ObservedProperties", "Observations")
        return {"value": [{"name": name, "url": f"{self.address}/all/{name}"} for name in names], "serverSettings": {}}

    def all_things(self, query: dict[str, str]) -> dict[str, Any]:
        """A page of Things."""
        wanted = re.search(r"properties/(\w+) eq '([^']*)'", query.get("$filter", ""))
        things = [t for t in self.things if wanted is None or t.properties.get(wanted[1]) == wanted[2]]
        return self._page([self._thing(t, query.get("$expand", "")) for t in things], "/all/Things", query, 2)

    def _thing(self, thing: Thing, expand: str) -> dict[str, Any]:
        at = self.things.index(thing)
        found: dict[str, Any] = {"@iot.id": thing.id, "name": thing.name, "description": "", "properties": thing.properties}
        for name in ("Locations", "Datastreams", "MultiDatastreams"):
            found[f"{name}@iot.navigationLink"] = f"{self.address}/of/{at}/{name}"
            if name in re.findall(r"(?:^|,)(\w+)", expand):
                found[name] = self.of_thing(at, name, expand)["value"]
        return found

    def of_thing(self, at: int, name: str, expand: str) -> dict[str, Any]:
        """What belongs to a Thing."""
        thing = self.things[at]
        if name == "Locations":
            places = enumerate(thing.places)
            return {"value": [{"@iot.id": f"l{n}", "encodingType": "application/geo+json", "location": place} for n, place in places]}
        streams = [s for s in thing.streams if s.multi == (name == "MultiDatastreams")]
        return {"value": [self._stream(at, s, name, expand) for s in streams]}

    def _stream(self, at: int, stream: Stream, name: str, expand: str) -> dict[str, Any]:
        link = f"{self.address}/stream/{at}/{self.things[at].streams.index(stream)}"
        found = {
            "@iot.id": stream.id, "name": stream.name, "description": "", "properties": stream.properties,
            "Observations@iot.navigationLink": f"{link}/rows", "Sensor@iot.navigationLink": f"{link}/sensor",
        }  # fmt: skip
        observed = "ObservedProperties" if stream.multi else "ObservedProperty"
        found[f"{observed}@iot.navigationLink"] = f"{link}/observed"
        if f"{name}/{observed}" in expand:
            found[observed] = self.observed(stream)
        if f"{name}/Sensor" in expand:
            found["Sensor"] = self.sensor(stream)
        if stream.multi:
            types = [OM + kind for kind in stream.kind]
            found |= {"multiObservationDataTypes": types, "unitOfMeasurements": stream.unit}
            return {**found, "observationType": OM + "ComplexObservation"}
        return {**found, "observationType": OM + stream.kind if stream.kind else "", "unitOfMeasurement": stream.unit}

    def observed(self, stream: Stream) -> Any:
        """The observed property of a stream, or all of them."""
        one_or_all = stream.observed if stream.multi else [stream.observed]
        found = [{"@iot.id": number, **each} for number, each in enumerate(one_or_all)]
        return found if stream.multi else found[0]

    def sensor(self, stream: Stream) -> dict[str, Any]:
        """The Sensor of a stream."""
        return {"@iot.id": 1, "name": f"Sensor {stream.name}", "encodingType": "text/html", "metadata": ""}

    def rows(self, stream: Stream, path: str, query: dict[str, str]) -> dict[str, Any]:
        """A page of Observations."""
        rows = list(stream.rows)
        if "resultTime eq null" in query.get("$filter", ""):
            rows = [row for row in rows if not row.get("resultTime")]
        asked = re.search(r"(\w+) ge (\S+)", query.get("$filter", ""))
        if asked:
            since = _moment(asked[2])
            rows = [row for row in rows if row.get(asked[1]) and _moment(row[asked[1]]) >= since]
        order = query.get("$orderby", "").partition(" ")[0]
        if order:
            rows.sort(key=lambda row: (row.get(order) is None, _moment(row[order]).timestamp() if row.get(order) else 0))
        entities = [{"@iot.id": n, **{k: v for k, v in row.items() if k != "feature"}} for n, row in enumerate(rows)]
        for entity, row in zip(entities, rows, strict=True):
            entity["FeatureOfInterest@iot.navigationLink"] = f"{self.address}/feature/{stream.id}/{stream.rows.index(row)}"
            if "FeatureOfInterest" in query.get("$expand", "") and "feature" in row:
                entity["FeatureOfInterest"] = {"@iot.id": 1, "encodingType": "application/geo+json", "feature": row["feature"]}
        page = self._page(entities, path, query, 100)
        if query.get("$resultFormat") == "dataArray" and page["value"]:
            names = ["@iot.id", "phenomenonTime", "result", "resultTime", "parameters"]
            array = [[entity.get(name) for name in names] for entity in page["value"]]
            page["value"] = [{"Datastream@iot.navigationLink": "", "components": names, "dataArray": array}]
        return page

    def _page(self, entities: list[Any], path: str, query: dict[str, str], usual: int) -> dict[str, Any]:
        skip, top = int(query.get("$skip", 0)), int(query.get("$top", usual))
        page: dict[str, Any] = {"value": entities[skip : skip + top]}
        if skip + top < len(entities):
            page["@iot.nextLink"] = f"{self.address}{path}?{urllib.parse.urlencode({**query, '$skip': skip + top})}"
        return page


class _Handler(BaseHTTPRequestHandler):
    owner: ContractServer

    def do_GET(self) -> None:
        self.owner.asked.append(self.path)
        path, _, text = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(text))
        kind, *rest = path.strip("/").split("/")
        try:
            if kind == "v1.1":
                self._send(self.owner.root())
            elif kind in ("all", "of") and "$expand" in query and not self.owner.expands:
                self.send_error(501)
            elif kind == "all":
                self._send(self.owner.all_things(query))
            elif kind == "of":
                self._send(self.owner.of_thing(int(rest[0]), rest[1], query.get("$expand", "")))
            elif kind == "feature":
                streams = [s for thing in self.owner.things for s in thing.streams if str(s.id) == rest[0]]
                self._send({"@iot.id": 1, "feature": streams[0].rows[int(rest[1])].get("feature")})
            else:
                self._of_stream(self.owner.things[int(rest[0])].streams[int(rest[1])], rest[2], path, query)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has had enough

    def _of_stream(self, stream: Stream, what: str, path: str, query: dict[str, str]) -> None:
        if what == "sensor":
            self._send(self.owner.sensor(stream))
        elif what == "observed":
            observed = self.owner.observed(stream)
            self._send({"value": observed} if stream.multi else observed)
        else:
            self._rows(stream, path, query)

    def _rows(self, stream: Stream, path: str, query: dict[str, str]) -> None:
        fault = self.owner.fault(self.path)
        order = query.get("$orderby", "").partition(" ")[0]
        if fault == "large":
            self._send({"value": [{"phenomenonTime": "2026-01-01T00:00:00Z", "result": "x" * 100_000_000}]})
            return
        if fault == "hang":
            time.sleep(5)
            return
        refused = (
            isinstance(fault, int)
            or (order and order not in self.owner.orders)
            or ("$resultFormat" in query and not self.owner.arrays)
            or ("$expand" in query and not self.owner.expands)
            or int(query.get("$top", 0)) > self.owner.largest
        )
        if refused:
            self.send_error(fault if isinstance(fault, int) else 400)
            return
        page = self.owner.rows(stream, path, query)
        if fault == "same":
            page["@iot.nextLink"] = self.owner.address + self.path
        elif fault == "repeat":
            page["@iot.nextLink"] = f"{self.owner.address}{path}?{urllib.parse.urlencode({**query, 'n': len(self.owner.asked)})}"
        self._send(page)

    def _send(self, answer: Any) -> None:
        body = json.dumps(answer, allow_nan=True).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.partition("/")[0].replace("Z", "+00:00"))
