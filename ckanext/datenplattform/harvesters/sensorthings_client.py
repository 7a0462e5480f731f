"""Reading a SensorThings 1.1 service as its standard wants: by the links that the server gives. Ids are never built.

Servers differ in what they understand, and say so by errors. `Dialect` is what was found out; it is remembered for
the next run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from ckanext.datenplattform.core.errors import SourceError, SourceFormat, SourceStatus, SourceTooLarge
from ckanext.datenplattform.core.http import host_of
from ckanext.datenplattform.core.i18n import N_

from .web import Exhausted, Repeats, Web

NO_SERVICE = N_("The source %(host)s is no SensorThings service: its start page does not list “Things”.")
NOT_STA = N_("The source %(host)s answered with JSON that is not SensorThings.")
#: Statuses by which servers say that they do not understand. 500 too: some fail where they ought to refuse.
REFUSALS = (400, 404, 422, 500, 501)
EXPAND = ("Locations", "Datastreams/ObservedProperty", "Datastreams/Sensor")
EXPAND_MULTI = ("MultiDatastreams/ObservedProperties", "MultiDatastreams/Sensor")
#: Pages after which a long list is asked for anew from where it has got to: the hundredth page by $skip costs a server far
#: more than the first.
STEP = 50


@dataclass(frozen=True)
class Dialect:
    """How a server likes to be asked for observations.

    ``order``: field by which it can sort, "" if none. ``array``: whether it gives dataArray. ``top``: page size, 0:
    its own.
    """

    order: str = "phenomenonTime"
    array: bool = True
    top: int = 1000

    @classmethod
    def load(cls, data: Mapping[str, Any] | None) -> Dialect:
        """From what `dump` gave; anything else is the default."""
        try:
            return cls(**data) if data else cls()
        except TypeError:
            return cls()

    def dump(self) -> dict[str, Any]:
        """As JSON-able dict."""
        return asdict(self)

    def simpler(self) -> Iterator[Dialect]:
        """What to try when the server refuses, in this order."""
        for order in dict.fromkeys((self.order, "resultTime", "")):
            for array, top in ((self.array, self.top), (self.array, 100), (False, 100), (False, 0)):
                yield replace(self, order=order, array=array, top=top)


@dataclass(slots=True)
class Observation:
    """One observation. Times are as the server wrote them; ``end`` only where the phenomenon is an interval; ``place``: the
    geometry of its FeatureOfInterest, where that was asked for."""

    time: str
    end: str | None
    result: Any
    result_time: str | None
    parameters: Mapping[str, Any] | None = None
    place: Any = None

    def key(self, order: str) -> datetime | None:
        """The time by which a server sorts; None where there is none to be read."""
        return moment(self.result_time if order == "resultTime" else self.time)


def moment(text: str | None) -> datetime | None:
    """A time with its offset from UTC; None for what is none."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.strip().upper())
    except ValueError:
        return None
    return found if found.tzinfo else None


class Client:
    """A service. ``url``: its root, with or without a slash at the end."""

    def __init__(self, url: str, web: Web, dialect: Dialect | None = None) -> None:
        self.url = url.split("?")[0].rstrip("/")
        self.host = host_of(self.url)
        self.web = web
        self.dialect = dialect or Dialect()
        self._refused: set[tuple[Dialect, bool]] = set()
        self._multi = False

    def things_url(self) -> str:
        """Where the service says its Things are."""
        # Without the slash some servers redirect.
        page = self._page(self.url + "/")
        self._multi = any(isinstance(entry, dict) and entry.get("name") == "MultiDatastreams" for entry in page["value"])
        for entry in page["value"]:
            if isinstance(entry, dict) and entry.get("name") == "Things" and entry.get("url"):
                return urljoin(self.url + "/", str(entry["url"]))
        raise SourceFormat(host_of(self.url), NO_SERVICE, expected="SensorThings")

    def things(self, condition: str = "") -> Iterator[dict[str, Any]]:
        """All Things with their Locations, Datastreams and MultiDatastreams; ``condition``: a ``$filter`` as the operator wrote
        it."""
        url = self.things_url()
        expand = ",".join((*EXPAND, *(EXPAND_MULTI if self._multi else ())))
        params = {"$expand": expand, **({"$filter": condition} if condition else {})}
        try:
            first = self._page(url, params)
        except SourceStatus as error:
            if error.status not in REFUSALS:
                raise
            # A server that cannot expand two levels: follow the links instead.
            params.pop("$expand")
            first = self._page(url, params)
        for thing in self._rest(first, url):
            yield self._complete(thing)

    def observations(self, link: str, since: datetime | None, *, first: bool = False, places: bool = False) -> Iterator[list[Observation]]:
        """Pages of a Datastream's observations from ``since`` on (UTC, inclusive), oldest first where the server can.

        ``link``: the Datastream's own ``Observations@iot.navigationLink``; ``first``: ``since`` means the time of the
        phenomenon, else that by which the server sorts; ``places``: with the FeatureOfInterest of each. Sets `dialect` to what
        worked; its ``order`` is empty as soon as the server turns out not to sort.
        """
        last: datetime | None = None
        while True:
            pages = self._pages(self._first(link, since, first, places), link)
            if first and self.dialect.order == "resultTime" and self._has_untimed(link):
                self.unsorted()
            for number, page in enumerate(pages, 1):
                found = _observations(page, host_of(link))
                if places:
                    self._find_places(found, page)
                order = self.dialect.order
                if order:
                    keys = [key for observation in found if (key := observation.key(order))]
                    if any(later < earlier for earlier, later in zip([last or keys[0], *keys] if keys else [], keys, strict=False)):
                        self.unsorted()
                    last = keys[-1] if keys else last
                yield found
                # Only by the phenomenon: the time of a result may be missing, and such a row would be passed over.
                by_time = self.dialect.order == "phenomenonTime"
                if by_time and number >= STEP and last and (since is None or last > since) and page.get("@iot.nextLink"):
                    since = last
                    break
            else:
                return

    def _has_untimed(self, link: str) -> bool:
        """Whether some results have no time of their own: asked by that time, these would never come."""
        try:
            page = self._page(link, {"$filter": "resultTime eq null", "$top": "1"})
        except SourceStatus as error:
            if error.status not in REFUSALS:
                raise
            return False
        return any(not observation.result_time for observation in _observations(page, host_of(link)))

    def unsorted(self) -> None:
        """This server does not sort so that one could rely on it."""
        self.dialect = replace(self.dialect, order="")

    def _first(self, link: str, since: datetime | None, by_time: bool, places: bool) -> dict[str, Any]:
        """The first page, asked for in the way that the server understands."""
        failure: SourceError | None = None
        failed: set[tuple[Dialect, bool]] = set()
        ways = dict.fromkeys((self.dialect, *self.dialect.simpler()))
        tries = [(dialect, False) for dialect in ways if not (places and dialect.array)]
        if places:
            # A server that cannot expand: then the links lead to the places, one by one.
            tries = [(dialect, True) for dialect, _ in tries] + tries
        for dialect, expand in tries:
            if (dialect, expand) in self._refused:
                continue
            try:
                page = self._page(link, _question(dialect, since, by_time, expand))
            except SourceStatus as error:
                if error.status not in REFUSALS:
                    raise
                failure = error
            except SourceTooLarge as error:
                if isinstance(error, Exhausted) or not dialect.top or dialect.top <= 100:
                    raise
                failure = error
            else:
                self._refused |= failed
                # What was asked for once with places says nothing about dataArray.
                self.dialect = replace(dialect, array=self.dialect.array) if places else dialect
                return page
            failed.add((dialect, expand))
        assert failure is not None
        raise failure

    def _find_places(self, found: list[Observation], page: dict[str, Any]) -> None:
        """Follow the links to what was not expanded."""
        for observation, entry in zip(found, page["value"], strict=False):
            link = entry.get("FeatureOfInterest@iot.navigationLink") if isinstance(entry, dict) else None
            if observation.place is None and link and "FeatureOfInterest" not in entry:
                feature = self.web.json(urljoin(self.url + "/", _quoted(str(link))))
                observation.place = feature.get("feature") if isinstance(feature, dict) else None

    # -- pages -------------------------------------------------------------------------------------------------------

    def _page(self, url: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        page = self.web.json(url, params)
        if not isinstance(page, dict) or not isinstance(page.get("value"), list):
            raise SourceFormat(host_of(url), NOT_STA, expected="SensorThings")
        return page

    def _pages(self, first: dict[str, Any], url: str) -> Iterator[dict[str, Any]]:
        """The first page and all that follow. The next one is asked for while a page is worked on: nobody waits for the other."""
        page, seen = first, {_fingerprint(first)}
        with ThreadPoolExecutor(1) as ahead:
            while page.get("@iot.nextLink"):
                url = urljoin(url, _quoted(str(page["@iot.nextLink"])))
                coming = ahead.submit(self._page, url)
                yield page
                page = coming.result()
                # A link that leads back, or always a new link to the same rows: either would never end.
                mark = _fingerprint(page)
                if url in seen or mark in seen:
                    raise Repeats(host_of(url))
                seen |= {url, mark}
            yield page

    def _rest(self, first: dict[str, Any], url: str) -> Iterator[dict[str, Any]]:
        for page in self._pages(first, url):
            for entity in page["value"]:
                if not isinstance(entity, dict) or "@iot.id" not in entity:
                    raise SourceFormat(host_of(url), NOT_STA, expected="SensorThings")
                yield entity

    def _complete(self, thing: dict[str, Any]) -> dict[str, Any]:
        """The Thing with all that belongs to it, whatever the server expanded."""
        for name in ("Locations", "Datastreams", "MultiDatastreams"):
            thing[name] = list(self._related(thing, name))
        for stream in (*thing["Datastreams"], *thing["MultiDatastreams"]):
            for name in ("ObservedProperty", "Sensor"):
                link = stream.get(f"{name}@iot.navigationLink")
                if name not in stream and link:
                    stream[name] = self.web.json(urljoin(self.url + "/", _quoted(str(link))))
        for stream in thing["MultiDatastreams"]:
            if not isinstance(stream.get("ObservedProperties"), list):
                stream["ObservedProperties"] = list(self._related(stream, "ObservedProperties"))
        return thing

    def _related(self, entity: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
        given, more = entity.get(name), entity.get(f"{name}@iot.nextLink")
        if given is None:
            more = entity.get(f"{name}@iot.navigationLink")
        yield from (item for item in given or () if isinstance(item, dict))
        if more:
            link = urljoin(self.url + "/", _quoted(str(more)))
            yield from self._rest(self._page(link), link)


def _fingerprint(page: dict[str, Any]) -> bytes:
    """What tells a page from another: its first and its last entry, and how many there are."""
    value = page["value"]
    rows = value[0].get("dataArray") if len(value) == 1 and isinstance(value[0], dict) else None
    rows = rows if isinstance(rows, list) and rows else value
    return hashlib.sha256(json.dumps([len(rows), rows[:1], rows[-1:]], default=str).encode()).digest()


def _question(dialect: Dialect, since: datetime | None, by_time: bool, places: bool) -> dict[str, str]:
    field = "phenomenonTime" if by_time else dialect.order or "phenomenonTime"
    params = {}
    if since is not None:
        # Z, not +00:00: next links are often not percent-encoded, and a plus then means a blank.
        params["$filter"] = f"{field} ge {since.astimezone(timezone.utc).isoformat(timespec='microseconds')[:-6]}Z"
    if dialect.order:
        params["$orderby"] = f"{dialect.order} asc"
    if places:
        params["$expand"] = "FeatureOfInterest"
    elif dialect.array:
        params["$resultFormat"] = "dataArray"
    if dialect.top:
        params["$top"] = str(dialect.top)
    return params


def _observations(page: dict[str, Any], host: str) -> list[Observation]:
    """The observations of a page, whichever of the two forms it has."""
    found = []
    for entry in page["value"]:
        if isinstance(entry, dict) and "dataArray" in entry:
            names, rows = entry.get("components"), entry["dataArray"]
            if not isinstance(names, list) or not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
                raise SourceFormat(host, NOT_STA, expected="SensorThings")
            found += [_observation(dict(zip(names, row, strict=False)), host) for row in rows]
        elif isinstance(entry, dict):
            found.append(_observation(entry, host))
        else:
            raise SourceFormat(host, NOT_STA, expected="SensorThings")
    return found


def _observation(row: dict[str, Any], host: str) -> Observation:
    time = str(row.get("phenomenonTime") or row.get("resultTime") or "")
    if not time:
        raise SourceFormat(host, NOT_STA, expected="SensorThings")
    start, _, end = time.partition("/")
    result_time, parameters, feature = row.get("resultTime"), row.get("parameters"), row.get("FeatureOfInterest")
    return Observation(
        start,
        end or None,
        row.get("result"),
        str(result_time) if result_time else None,
        parameters if isinstance(parameters, dict) else None,
        feature.get("feature") if isinstance(feature, dict) else None,
    )


def _quoted(link: str) -> str:
    """A link as it may be asked. One with bare blanks was not percent-encoded: there a plus means a plus, not a
    blank."""
    parts = urlsplit(link.strip())
    query = parts.query.replace("+", "%2B").replace(" ", "%20") if " " in parts.query else parts.query
    return urlunsplit(parts._replace(query=query, path=parts.path.replace(" ", "%20")))
