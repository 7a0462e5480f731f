"""Reading a SensorThings 1.1 service as its standard wants: by the links that the server gives. Ids are never built.

Servers differ in what they understand, and say so by errors. `Dialect` is what was found out; it is remembered for
the next run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from ckanext.datenplattform.core.errors import SourceFormat, SourceStatus
from ckanext.datenplattform.core.http import host_of
from ckanext.datenplattform.core.i18n import N_

from .web import Repeats, Web

NO_SERVICE = N_("The source %(host)s is no SensorThings service: its start page does not list “Things”.")
NOT_STA = N_("The source %(host)s answered with JSON that is not SensorThings.")
EXPAND = "Locations,Datastreams/ObservedProperty"


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


@dataclass(frozen=True)
class Observation:
    """One observation. Times are as the server wrote them; ``end`` only where the phenomenon is an interval."""

    time: str
    end: str | None
    result: Any
    result_time: str | None


class Client:
    """A service. ``url``: its root, with or without a slash at the end."""

    def __init__(self, url: str, web: Web, dialect: Dialect | None = None) -> None:
        self.url = url.split("?")[0].rstrip("/")
        self.web = web
        self.dialect = dialect or Dialect()
        self._refused: set[Dialect] = set()

    def things_url(self) -> str:
        """Where the service says its Things are."""
        # Without the slash some servers redirect.
        page = self._page(self.url + "/")
        for entry in page["value"]:
            if isinstance(entry, dict) and entry.get("name") == "Things" and entry.get("url"):
                return urljoin(self.url + "/", str(entry["url"]))
        raise SourceFormat(host_of(self.url), NO_SERVICE, expected="SensorThings")

    def things(self, condition: str = "") -> Iterator[dict[str, Any]]:
        """All Things with their Locations and Datastreams; ``condition``: a ``$filter`` as the operator wrote it."""
        params = {"$expand": EXPAND, **({"$filter": condition} if condition else {})}
        url = self.things_url()
        try:
            first = self._page(url, params)
        except SourceStatus as error:
            if error.status not in (400, 404, 500, 501):
                raise
            # A server that cannot expand two levels: follow the links instead.
            params.pop("$expand")
            first = self._page(url, params)
        for thing in self._rest(first, url):
            yield self._complete(thing)

    def observations(self, link: str, since: datetime | None) -> Iterator[list[Observation]]:
        """Pages of a Datastream's observations from ``since`` on (UTC, inclusive), oldest first where the server can.

        ``link``: the Datastream's own ``Observations@iot.navigationLink``. Sets `dialect` to what worked.
        """
        first, failure = None, None
        for dialect in dict.fromkeys((self.dialect, *self.dialect.simpler())):
            if dialect in self._refused:
                continue
            try:
                first = self._page(link, _question(dialect, since))
            except SourceStatus as error:
                # 500 too: some servers fail where they ought to refuse.
                if error.status not in (400, 404, 422, 500, 501):
                    raise
                self._refused.add(dialect)
                failure = error
                continue
            self.dialect = dialect
            break
        if first is None:
            assert failure is not None
            raise failure
        yield from (_observations(page, host_of(link)) for page in self._pages(first, link))

    # -- pages -------------------------------------------------------------------------------------------------------

    def _page(self, url: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        page = self.web.json(url, params)
        if not isinstance(page, dict) or not isinstance(page.get("value"), list):
            raise SourceFormat(host_of(url), NOT_STA, expected="SensorThings")
        return page

    def _pages(self, first: dict[str, Any], url: str) -> Iterator[dict[str, Any]]:
        page, seen = first, set()
        yield page
        while page.get("@iot.nextLink"):
            url = urljoin(url, _quoted(str(page["@iot.nextLink"])))
            if url in seen:
                raise Repeats(host_of(url))
            seen.add(url)
            page = self._page(url)
            yield page

    def _rest(self, first: dict[str, Any], url: str) -> Iterator[dict[str, Any]]:
        for page in self._pages(first, url):
            for entity in page["value"]:
                if not isinstance(entity, dict) or "@iot.id" not in entity:
                    raise SourceFormat(host_of(url), NOT_STA, expected="SensorThings")
                yield entity

    def _complete(self, thing: dict[str, Any]) -> dict[str, Any]:
        """The Thing with all its Locations and Datastreams, whatever the server expanded."""
        for name in ("Locations", "Datastreams"):
            thing[name] = list(self._related(thing, name))
        for stream in thing["Datastreams"]:
            link = stream.get("ObservedProperty@iot.navigationLink")
            if "ObservedProperty" not in stream and link:
                stream["ObservedProperty"] = self.web.json(urljoin(self.url + "/", str(link)))
        return thing

    def _related(self, entity: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
        given, more = entity.get(name), entity.get(f"{name}@iot.nextLink")
        if given is None:
            more = entity.get(f"{name}@iot.navigationLink")
        yield from (item for item in given or () if isinstance(item, dict))
        if more:
            link = urljoin(self.url + "/", _quoted(str(more)))
            yield from self._rest(self._page(link), link)


def _question(dialect: Dialect, since: datetime | None) -> dict[str, str]:
    field = dialect.order or "phenomenonTime"
    params = {}
    if since is not None:
        # Z, not +00:00: next links are often not percent-encoded, and a plus then means a blank.
        params["$filter"] = f"{field} ge {since.astimezone(timezone.utc).isoformat(timespec='microseconds')[:-6]}Z"
    if dialect.order:
        params["$orderby"] = f"{dialect.order} asc"
    if dialect.array:
        params["$resultFormat"] = "dataArray"
    if dialect.top:
        params["$top"] = str(dialect.top)
    return params


def _observations(page: dict[str, Any], host: str) -> list[Observation]:
    """The observations of a page, whichever of the two forms it has."""
    found = []
    for entry in page["value"]:
        if isinstance(entry, dict) and "dataArray" in entry:
            names = entry.get("components") or []
            found += [_observation(dict(zip(names, row, strict=False)), host) for row in entry["dataArray"]]
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
    result_time = row.get("resultTime")
    return Observation(start, end or None, row.get("result"), str(result_time) if result_time else None)


def _quoted(link: str) -> str:
    """A link as it may be asked. One with bare blanks was not percent-encoded: there a plus means a plus, not a
    blank."""
    parts = urlsplit(link.strip())
    query = parts.query.replace("+", "%2B").replace(" ", "%20") if " " in parts.query else parts.query
    return urlunsplit(parts._replace(query=query, path=parts.path.replace(" ", "%20")))
