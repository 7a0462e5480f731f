"""An NGSI-LD broker for tests, written from ETSI GS CIM 009 V1.6.1. Standard library only.

No broker can be installed here, so this one is the contract: what the specification demands and leaves open, with switches for what
real brokers do differently. Clauses: 6.3.10 paging, 6.3.13 count, 6.3.5 @context by ``Link``, 5.5.2 errors as ProblemDetails, 4.9 ``q``
(comparisons with ``;``), 4.10 ``near``, 4.11 ``timerel``, 4.5.9 ``temporalValues``, 6.10 and 6.11 subscriptions, 5.3.1 and 5.8.6 what is
told. Names are written as this broker's @context has them.

``with Broker() as broker: broker.put("urn:ngsi-ld:Tree:1", "Tree", soilTemperature=[measured("2026-03-01T08:00:00Z", 7)])``
"""

from __future__ import annotations

import json
import math
import re
import threading
import time
import urllib.parse
from collections.abc import Callable
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
JSON_LD = "http://www.w3.org/ns/json-ld#context"
CONTEXT = "https://example.org/context.jsonld"


def measured(at: str, value: Any, **more: Any) -> dict[str, Any]:
    """A Property with the time when it was observed."""
    return {"type": "Property", "value": value, "observedAt": at, **more}


def fixed(value: Any) -> dict[str, Any]:
    """A Property without a time."""
    return {"type": "Property", "value": value}


def place(lon: float, lat: float) -> dict[str, Any]:
    """A GeoProperty (WGS 84)."""
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}}


class Problem(Exception):
    """An error as clause 5.5.2 has it: status, and the end of its type."""

    def __init__(self, status: int, kind: str) -> None:
        super().__init__(kind)
        self.status, self.kind = status, kind


class Broker:
    """The server, on 127.0.0.1 and a port of its own; a context manager.

    ``entities``: id → entity; an attribute that is a list of instances has a history, the newest one of each dataset is its present
    value. Switches: ``largest`` (greatest ``limit``), ``counts`` (``NGSILD-Results-Count``), ``temporal`` (status of the temporal API,
    200: it has one), ``instances`` (most of an attribute in one answer, 0: all), ``simple`` (gives ``temporalValues`` unasked),
    ``context`` (that it says it used; None: the one it was told). ``fault`` is asked before each answer, with the address: a number is an
    HTTP error, "skip" a page that lacks its entities, "repeat" the first page again and always a next one, "large" 100 MB, "hang" no
    answer, "html" a web page. ``asked``: all addresses; ``headers``: those of the last question; ``sent``: (method, path, body) of all
    changes. ``subscriptions``: id → as it was sent; ``refuses``: status with which it declines new ones (0: it takes them). A `notice`
    is sent by the test, so that nothing happens by chance. ``files``: path → JSON, for an @context.
    """

    root = "/ngsi-ld/v1/"

    def __init__(self) -> None:
        self.entities: dict[str, dict[str, Any]] = {}
        self.largest, self.instances, self.temporal = 2, 0, 200
        self.counts, self.simple = True, False
        self.context: str | None = None
        self.fault: Callable[[str], int | str | None] = lambda _: None
        self.asked: list[str] = []
        self.headers: dict[str, str] = {}
        self.sent: list[tuple[str, str, Any]] = []
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.refuses = 0
        self.files: dict[str, Any] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, id: str, type: Any, **attributes: Any) -> dict[str, Any]:
        """Store an entity."""
        self.entities[id] = {"id": id, "type": type, **attributes}
        return self.entities[id]

    def answer(self, path: str, asked: dict[str, str], fault: Any) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of a GET."""
        rest = path.removeprefix(self.root)
        if path in self.files:
            return 200, self.files[path], {}
        if rest == "types":
            return 200, self.types(), {}
        if rest == "entities":
            page, count = self.query({**asked, "offset": "0"} if fault == "repeat" else asked)
            offset = int(asked.get("offset", 0)) + len(page)
            headers = {"NGSILD-Results-Count": str(count * (1000 if fault == "repeat" else 1))} if self.counts and "count" in asked else {}
            if page and (offset < count or fault == "repeat"):
                link = f"{path}?{urllib.parse.urlencode({**asked, 'offset': offset})}"
                headers["Link"] = f'<{link}>; rel="next"; type="application/ld+json"'
            return 200, [] if fault == "skip" else page, headers
        if rest.startswith("temporal/entities/"):
            body, served = self.evolution(urllib.parse.unquote(rest.removeprefix("temporal/entities/")), asked)
            return (206 if served else 200), body, {"Content-Range": served} if served else {}
        return 200, self.subscription(rest), {}

    # -- subscriptions -----------------------------------------------------------------------------------------------

    def subscription(self, rest: str) -> dict[str, Any]:
        """The one that a path names."""
        name = urllib.parse.unquote(rest.removeprefix("subscriptions/"))
        if not rest.startswith("subscriptions/") or name not in self.subscriptions:
            raise Problem(404, "ResourceNotFound")
        return self.subscriptions[name]

    def change(self, method: str, path: str, body: Any) -> tuple[int, dict[str, str]]:
        """Create (6.10.3.1), update (6.11.3.2) or delete (6.11.3.3) a subscription: status and headers."""
        self.sent.append((method, path, body))
        rest = path.removeprefix(self.root)
        if method == "POST" and rest == "subscriptions":
            if self.refuses:
                raise Problem(self.refuses, "OperationNotSupported")
            name = self.created(body)
            if name in self.subscriptions:
                raise Problem(409, "AlreadyExists")
            self.subscriptions[name] = {**body, "id": name}
            return 201, {"Location": f"{self.root}subscriptions/{name}"}
        found = self.subscription(rest)
        if method == "PATCH":
            found.update(body)
        elif method == "DELETE":
            del self.subscriptions[found["id"]]
        return 204, {}

    def created(self, body: Any) -> str:
        """The id of a subscription that fits clause 5.2.12."""
        fits = isinstance(body, dict) and body.get("type") == "Subscription" and all(e.get("type") for e in body.get("entities") or [{}])
        endpoint = body.get("notification", {}).get("endpoint", {}) if fits else {}
        over = fits and str(body.get("expiresAt", "9")) <= datetime.now(timezone.utc).isoformat()
        if not fits or over or "://" not in str(endpoint.get("uri")):
            raise Problem(400, "BadRequestData")
        return str(body.get("id") or f"urn:ngsi-ld:Subscription:{len(self.sent)}")

    def notice(self, *ids: str, subscription: str = "") -> tuple[str, dict[str, str], dict[str, Any]]:
        """What the broker sends of these entities: address, headers, body (5.3.1)."""
        name = subscription or next(iter(self.subscriptions))
        endpoint = self.subscriptions[name]["notification"]["endpoint"]
        headers = {item["key"]: item["value"] for item in endpoint.get("receiverInfo", [])}
        data = [self._present(self.entities[id], None, False) for id in ids]
        body = {"id": "urn:ngsi-ld:Notification:1", "type": "Notification", "subscriptionId": name, "data": data}
        return endpoint["uri"], headers, {**body, "notifiedAt": "2026-03-01T09:00:00Z"}

    # -- answers -----------------------------------------------------------------------------------------------------

    def types(self) -> dict[str, Any]:
        """Clause 5.7.5."""
        names = sorted({name for entity in self.entities.values() for name in _types(entity)})
        return {"id": "urn:ngsi-ld:EntityTypeList:1", "type": "EntityTypeList", "typeList": names}

    def query(self, asked: dict[str, str]) -> tuple[list[dict[str, Any]], int]:
        """Clause 5.7.2: a page of entities, and how many there are."""
        if not asked.keys() & {"type", "attrs", "q", "georel"}:
            raise Problem(400, "BadRequestData")
        limit = int(asked.get("limit", self.largest))
        if limit > self.largest:
            raise Problem(403, "TooManyResults")
        found = [entity for entity in self.entities.values() if self._fits(entity, asked)]
        offset = int(asked.get("offset", 0))
        system = "sysAttrs" in asked.get("options", "")
        return [self._present(entity, asked.get("attrs"), system) for entity in found[offset : offset + limit]], len(found)

    def _fits(self, entity: dict[str, Any], asked: dict[str, str]) -> bool:
        if "type" in asked and not set(asked["type"].split(",")) & set(_types(entity)):
            return False
        if "attrs" in asked and not set(asked["attrs"].split(",")) & entity.keys():
            return False
        return all(_holds(entity, term) for term in filter(None, asked.get("q", "").split(";"))) and _is_near(entity, asked)

    def _present(self, entity: dict[str, Any], attrs: str | None, system: bool) -> dict[str, Any]:
        found = {}
        for name, value in entity.items():
            if name in ("id", "type", "@context") or attrs is None or name in attrs.split(","):
                found[name] = [_visible(i, system) for i in _latest(value)] if isinstance(value, list) and name != "type" else value
                if isinstance(found[name], list) and len(found[name]) == 1 and name != "type":
                    found[name] = found[name][0]
        return found

    def evolution(self, id: str, asked: dict[str, str]) -> tuple[dict[str, Any], str | None]:
        """Clause 5.7.3: the history of an entity; and the range served, where it is not all."""
        if self.temporal != 200:
            raise Problem(self.temporal, "OperationNotSupported")
        if id not in self.entities:
            raise Problem(404, "ResourceNotFound")
        if "timerel" in asked and "timeAt" not in asked:
            raise Problem(400, "BadRequestData")
        clock, found = asked.get("timeproperty", "observedAt"), {}
        cut: str | None = None
        for name, value in self.entities[id].items():
            if name in ("id", "type"):
                found[name] = value
            elif isinstance(value, list) and name in asked.get("attrs", name).split(","):
                found[name] = sorted((i for i in value if i.get(clock) and _in_time(i[clock], asked)), key=lambda i: _moment(i[clock]))
                if self.instances and len(found[name]) > self.instances:
                    cut = min(filter(None, (cut, found[name][self.instances - 1][clock])), key=_moment)
        served = None
        if cut is not None:
            times = []
            for name, rows in found.items():
                if isinstance(rows, list) and name != "type":
                    found[name] = [i for i in rows if _moment(i[clock]) <= _moment(cut)]
                    times += [i[clock] for i in found[name]]
            served = f"date-time {asked.get('timeAt') or min(times)}-{cut}/*"
        if self.simple or "temporalValues" in asked.get("options", ""):
            found = {n: _simplified(v, clock) if isinstance(v, list) and n != "type" else v for n, v in found.items()}
        return found, served


def _types(entity: dict[str, Any]) -> list[str]:
    return entity["type"] if isinstance(entity["type"], list) else [entity["type"]]


def _latest(instances: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest instance of each dataset."""
    found: dict[Any, dict[str, Any]] = {}
    for instance in instances:
        known = found.get(instance.get("datasetId"))
        if known is None or str(instance.get("observedAt", "")) >= str(known.get("observedAt", "")):
            found[instance.get("datasetId")] = instance
    return list(found.values())


def _visible(instance: dict[str, Any], system: bool) -> dict[str, Any]:
    return {name: value for name, value in instance.items() if system or name not in ("createdAt", "modifiedAt")}


def _simplified(instances: list[dict[str, Any]], clock: str) -> Any:
    """Clause 4.5.9: one object for each dataset; a lone one stands by itself."""
    found: dict[Any, dict[str, Any]] = {}
    for instance in instances:
        name = "languageMaps" if "languageMap" in instance else "values"
        value = {"languageMap": instance["languageMap"]} if name == "languageMaps" else instance.get("value")
        head = {"type": instance["type"], **({"datasetId": instance["datasetId"]} if "datasetId" in instance else {})}
        found.setdefault(instance.get("datasetId"), head).setdefault(name, []).append([value, instance[clock]])
    return next(iter(found.values())) if len(found) == 1 else list(found.values())


def _holds(entity: dict[str, Any], term: str) -> bool:
    name, sign, wanted = re.fullmatch(r"(\w+)(==|!=|>=|<=|>|<)(.+)", term).groups()  # type: ignore[union-attr]
    instance = entity.get(name)
    instance = _latest(instance)[0] if isinstance(instance, list) else instance
    if not isinstance(instance, dict):
        return False
    given, wanted = instance.get("value"), json.loads(wanted)
    return {"==": given == wanted, "!=": given != wanted}[sign] if sign in ("==", "!=") else _compare(given, sign, wanted)


def _compare(given: Any, sign: str, wanted: Any) -> bool:
    """Compare two values of one sort."""
    return {">": given > wanted, "<": given < wanted, ">=": given >= wanted, "<=": given <= wanted}[sign]


def _is_near(entity: dict[str, Any], asked: dict[str, str]) -> bool:
    wanted = re.fullmatch(r"near;maxDistance==(\d+)", asked.get("georel", ""))
    if not wanted:
        return True
    (x, y), (lon, lat) = json.loads(asked["coordinates"]), entity["location"]["value"]["coordinates"]
    return math.hypot((lon - x) * math.cos(math.radians(y)), lat - y) * 111_195 <= int(wanted[1])


def _in_time(at: str, asked: dict[str, str]) -> bool:
    """Clause 4.11: "after" and "before" leave the moment out."""
    if "timerel" not in asked:
        return True
    moment, bound = _moment(at), _moment(asked["timeAt"])
    if asked["timerel"] == "between":
        return bound <= moment < _moment(asked["endTimeAt"])
    return moment > bound if asked["timerel"] == "after" else moment < bound


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return datetime.max.replace(tzinfo=timezone.utc)  # such a broker does not look at its times
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


class _Handler(BaseHTTPRequestHandler):
    owner: Broker

    def do_GET(self) -> None:
        owner = self.owner
        owner.asked.append(self.path)
        owner.headers = dict(self.headers.items())
        path, _, text = self.path.partition("?")
        asked = dict(urllib.parse.parse_qsl(text))
        try:
            fault = owner.fault(self.path)
            if isinstance(fault, int):
                raise Problem(fault, "InternalError")
            if fault == "hang":
                time.sleep(5)
            elif fault == "large":
                self._send(200, [{"id": "urn:x:1", "type": "T", "a": {"type": "Property", "value": "x" * 100_000_000}}])
            elif fault == "html":
                self._write(200, "text/html", b"<!DOCTYPE html><html>please sign in</html>", {})
            else:
                self._send(*owner.answer(path, asked, fault))
        except Problem as problem:
            details = {"type": ERRORS + problem.kind, "title": problem.kind, "detail": "made by the contract server"}
            self._write(problem.status, "application/json", json.dumps(details).encode(), {})
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has had enough

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        self.owner.headers = dict(self.headers.items())
        try:
            status, headers = self.owner.change(self.command, self.path, body)
            self._write(status, "application/json", b"", headers)
        except Problem as problem:
            self._write(problem.status, "application/json", json.dumps({"type": ERRORS + problem.kind}).encode(), {})

    do_PATCH = do_DELETE = do_POST

    def _send(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        told = re.search(r"<([^>]+)>", self.headers.get("Link", ""))
        context = self.owner.context or (told[1] if told else "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.6.jsonld")
        links = [*filter(None, [(headers or {}).get("Link")]), f'<{context}>; rel="{JSON_LD}"; type="application/ld+json"']
        body = json.dumps(answer, allow_nan=True).encode()
        self._write(status, "application/json", body, {**(headers or {}), "Link": ", ".join(links)})

    def _write(self, status: int, kind: str, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""
