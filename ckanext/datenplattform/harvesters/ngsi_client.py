"""Asking an NGSI-LD broker (ETSI GS CIM 009 V1.6.1), told which ``@context`` to use.

Clauses: 6.3.5 (``Link`` to the @context), 6.3.10 (paging by ``limit`` and ``offset``; 206 and ``Content-Range`` of long histories),
6.3.13 (``NGSILD-Results-Count``), 6.3.14 (``NGSILD-Tenant``), 6.4 (entities), 6.19 (history of an entity), 6.25 (types).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from ckanext.datenplattform.core.errors import SourceError, SourceFormat, SourceStatus
from ckanext.datenplattform.core.http import Fetched, host_of
from ckanext.datenplattform.core.i18n import N_

from . import ngsi_mapping as mapping
from .records import Source
from .sensorthings_client import Dialect, Observation, moment
from .web import Repeats, TooMany, Web

NOT_NGSI = N_("The source %(host)s answered with JSON that is not NGSI-LD.")
MISSING = N_(
    "The source %(host)s announced %(announced)s entities of the type “%(type)s” and delivered %(found)s. A page is missing, so "
    "nothing was taken over."
)
OTHER_CONTEXT = N_(
    "The source %(host)s answered with another @context than the one in the settings. Its names may mean something else, so nothing was "
    "taken over."
)
BAD_TENANT = N_("The tenant in the settings may only hold letters, digits, hyphens, dots and underscores.")
BACKWARDS = N_("The source %(host)s delivers histories from the end, so that some of it would be missed.")
JSON_LD = "http://www.w3.org/ns/json-ld#context"
#: Page sizes to try: some brokers refuse large ones (clause 6.3.10 lets them).
LIMITS = (1000, 100, 0)
#: By which a broker says that it keeps no histories at all, and that it has none of this entity.
NO_HISTORY, UNKNOWN = (405, 501), 404
_RANGE = re.compile(r"date-time\s+(\d{4}-\d\d-\d\dT\S+?)-(\d{4}-\d\d-\d\dT\S+?)/")


class NgsiClient:
    """A broker, asked as the settings of a source say. What `sensorthings_series.read_series` needs of a client."""

    #: What the version of the API calls its root, its count and its tenant.
    root: ClassVar[str] = "ngsi-ld/v1"
    count_header: ClassVar[str] = "NGSILD-Results-Count"
    tenant_header: ClassVar[str] = "NGSILD-Tenant"

    def __init__(self, source: Source, web: Web) -> None:
        given = source.settings
        self.url = root_of(source.url, self.root)
        self.host = host_of(self.url)
        self.web = web
        self.context = given["context"]
        self.clock = given["clock"]
        self.dialect = Dialect()
        #: Sent with each question.
        self.headers = {"Link": f'<{self.context}>; rel="{JSON_LD}"; type="application/ld+json"'} if self.context else {}
        if given["tenant"]:
            if not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", given["tenant"]):
                raise SourceError(self.host, BAD_TENANT)
            self.headers[self.tenant_header] = given["tenant"]
        self._history = given["history"]
        self._unknown: set[str] = set()
        self._streams: dict[str, dict[str, Any]] = {}

    # -- entities ----------------------------------------------------------------------------------------------------

    def types(self) -> list[str]:
        """The types that the broker has."""
        body = self._get("types").json()
        found = body.get("typeList") if isinstance(body, dict) else None
        if not isinstance(found, list):
            raise SourceFormat(self.host, NOT_NGSI, expected="NGSI-LD")
        return [name for name in found if isinstance(name, str) and name]

    def entities(self, kind: str, condition: str, most: int) -> Iterator[dict[str, Any]]:
        """All entities of a type, each once; ``condition``: a ``q`` as clause 4.9 writes it. Raises `SourceError` too when the broker
        announced more than it delivers, leads in circles, or has more than ``most``."""
        params = {"type": kind, **self.asked(), **({"q": condition} if condition else {})}
        limit, first = self._first(params)
        seen: set[str] = set()
        page, offset, announced = first, 0, self._count(first)
        while True:
            found = self._list(page)
            fresh = [entity for entity in found if entity["id"] not in seen]
            if found and not fresh:
                raise Repeats(self.host)
            seen |= {entity["id"] for entity in fresh}
            if len(seen) > most:
                raise TooMany(self.host, limit=most, setting="max_entities")
            yield from fresh
            offset += len(found)
            more = offset < announced if announced is not None else _has_next(page) or bool(limit and len(found) >= limit)
            if not found or not more:
                break
            page = self._get("entities", {**params, "offset": str(offset), **({"limit": str(limit)} if limit else {})})
            announced = self._count(page) if self._count(page) is not None else announced
        if announced is not None and len(seen) < announced:
            raise SourceError(self.host, MISSING, announced=announced, found=len(seen), type=mapping.short(kind))

    def asked(self) -> dict[str, str]:
        """What each list of entities is asked with: how many there are, and the broker's own times where they count."""
        return {"count": "true", **({"options": "sysAttrs"} if self.clock != "observedAt" else {})}

    def _first(self, params: Mapping[str, str]) -> tuple[int, Fetched]:
        for limit in LIMITS:
            try:
                return limit, self._get("entities", {**params, **({"limit": str(limit)} if limit else {})})
            except SourceStatus as error:
                if error.status not in (400, 403) or not limit:
                    raise
        raise AssertionError

    def _list(self, page: Fetched) -> list[dict[str, Any]]:
        body = page.json()
        if not isinstance(body, list) or not all(isinstance(e, dict) and isinstance(e.get("id"), str) and ":" in e["id"] for e in body):
            raise SourceFormat(self.host, NOT_NGSI, expected="NGSI-LD")
        return body

    def _count(self, page: Fetched) -> int | None:
        text = page.headers.get(self.count_header, "")
        return int(text) if re.fullmatch(r"\d{1,12}", text, re.ASCII) else None

    # -- history -----------------------------------------------------------------------------------------------------

    def know(self, things: list[dict[str, Any]]) -> None:
        """Which series may be asked for."""
        self._streams = {f"{self.url}/{stream['link']}": stream for thing in things for stream in thing["streams"]}

    def observations(self, link: str, since: datetime | None, *, first: bool = False, places: bool = False) -> Iterator[list[Observation]]:
        """Pages of a series from ``since`` on, oldest first; where the broker keeps no history, its present value."""
        stream = self._streams[link]
        if self._history and stream["entity"] not in self._unknown:
            try:
                yield from self._pages(stream, since)
                return
            except SourceStatus as error:
                if error.status == UNKNOWN:
                    self._unknown.add(stream["entity"])
                elif error.status in NO_HISTORY:
                    self._history = False
                else:
                    raise
        if stream["current"]:
            time, end, value = stream["current"]
            yield [Observation(time, end, mapping.scaled(value, stream["scale"]), None)]

    def unsorted(self) -> None:
        """This broker does not sort so that one could rely on it."""
        self.dialect = replace(self.dialect, order="")

    def _pages(self, stream: Mapping[str, Any], since: datetime | None) -> Iterator[list[Observation]]:
        # "after" leaves out the moment itself (clause 4.11).
        after = since - timedelta(microseconds=1) if since else None
        # Not by temporalValues: that would leave out the unit, and a series may have changed it.
        params = {"attrs": stream["attribute"]}
        if self.clock != "observedAt":
            params["timeproperty"] = self.clock
        path = f"temporal/entities/{quote(stream['entity'], safe='')}"
        while True:
            asked = {"timerel": "after", "timeAt": _written(after)} if after else {}
            page = self._get(path, {**params, **asked})
            rows = mapping.history(page.json(), stream, self.clock)
            yield rows
            if page.status != 206:
                return
            served = _RANGE.search(page.headers.get("Content-Range", ""))
            ends = [moment(text) for text in served.groups()] if served else []
            if len(ends) == 2 and ends[0] and ends[1] and ends[0] > ends[1]:
                raise SourceFormat(self.host, BACKWARDS, expected="NGSI-LD")
            # What came is what counts; the header only where nothing came.
            newest = max((found for row in rows if (found := moment(row.time))), default=None) or (ends[1] if len(ends) == 2 else None)
            if newest is None or (after is not None and newest <= after):
                raise Repeats(self.host)
            after = newest

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> Fetched:
        found = self.web.get(f"{self.url}/{path}", params, "application/json", self.headers)
        named = re.search(r'<([^>]+)>\s*;[^,]*rel="' + re.escape(JSON_LD) + '"', found.headers.get("Link", ""))
        if self.context and named and named[1] != self.context:
            raise SourceFormat(self.host, OTHER_CONTEXT, expected="NGSI-LD")
        return found


def root_of(url: str, api: str = NgsiClient.root) -> str:
    """The root of the API: as given, or below it where only the broker is named."""
    root = url.split("?")[0].rstrip("/").removesuffix("/entities")
    first = api.partition("/")[0]
    return root if first in urlsplit(root).path.split("/") else f"{root}/{api}"


def _has_next(page: Fetched) -> bool:
    return re.search(r';\s*rel="?next"?', page.headers.get("Link", "")) is not None


def _written(time: datetime) -> str:
    return time.astimezone(timezone.utc).isoformat(timespec="microseconds")[:-6] + "Z"
