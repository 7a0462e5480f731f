"""From a question to an answer: along the way to entities, then what is chosen, sorted, expanded and paged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from ...core.i18n import N_
from .. import cursor as cursors
from . import bodies, ids, matching
from .catalogue import LINKS, SETS, SINGULAR, Catalogue, Node, Series
from .filters import Refused
from .options import NOT_FOUND, Options, Step, options
from .rows import Asked, Position, Reader, Row

#: Entities (not Observations) in one answer, whatever is expanded; those on a page where nobody says how many.
MOST_ENTITIES, USUAL = 10_000, 100
MOST_ON_PAGE = 1000
#: Observations on a page that are written out one by one; as dataArray there may be more.
MOST_WRITTEN = 20_000
COMPONENTS = ("id", "phenomenonTime", "result", "resultTime", "resultQuality", "parameters")

NO_LINK = N_("%(kind)s have no link “%(name)s”.")
NO_PROPERTY = N_("There is no property “%(name)s” here.")
ONLY_TIME = N_("Measurements can be sorted by phenomenonTime only.")
ONLY_OBSERVATIONS = N_("$resultFormat=dataArray is for measurements only.")
TOO_MUCH = N_("That would be too much for one answer. Please give a smaller $top, or expand less.")
BAD_TOKEN = N_("This $skiptoken belongs to another question. Please start again without it.")


class Empty(Exception):
    """What was asked for is there, and is null."""


@dataclass(frozen=True)
class Limits:
    """``rows``: most Observations in one answer; ``secret``: with which tokens are sealed."""

    rows: int
    secret: str


@dataclass
class Place:
    """Where a way has led. ``nodes``: entities; ``rows``: Observations that are not read yet; ``single``: one entity is meant;
    ``path``: its address below the root; ``inside``: names of properties that follow."""

    kind: str
    path: str
    nodes: Sequence[Node] = ()
    rows: Asked | None = None
    single: bool = False
    inside: tuple[str, ...] = ()
    raw: bool = False
    references: bool = False


class Face:
    """Answers one question of one reader, who may see what is in the catalogue."""

    def __init__(self, catalogue: Catalogue, reader: Reader, limits: Limits) -> None:
        self.catalogue = catalogue
        self.reader = reader
        self.limits = limits
        self._left = MOST_ENTITIES + limits.rows

    def answer(self, steps: Sequence[Step], asked: Options) -> Any:
        """What stands at the end of a way: JSON-able, or a text for ``$value``. Raises Refused and Empty."""
        place = self._walk(steps)
        if place.inside:
            return self._property(place)
        if place.references:
            asked = replace(asked, select=frozenset({"@iot.selfLink"}), expand={})
        if place.single:
            return self._entity(place.nodes[0], asked)
        return self._collection(place, asked)

    # -- ways --------------------------------------------------------------------------------------------------------

    def _walk(self, steps: Sequence[Step]) -> Place:
        first = steps[0]
        if first.name not in SINGULAR:
            raise Refused(404, NOT_FOUND)
        place = self._all(first.name)
        if first.id is not None:
            place = self._chosen(place, first)
        for number, step in enumerate(steps[1:], 1):
            last = number == len(steps) - 1
            if step.name == "$ref" and last and step.id is None and not place.inside:
                return replace(place, references=True)
            if step.name == "$value" and last and step.id is None and place.inside:
                return replace(place, raw=True)
            if place.single and not place.inside and step.name in LINKS[place.kind]:
                place = self._followed(place, step)
            elif place.single and step.id is None and not step.name.startswith("$"):
                place = replace(place, inside=(*place.inside, step.name))
            else:
                raise Refused(404, NOT_FOUND)
        return place

    def _all(self, kind: str) -> Place:
        if kind == "Observations":
            return Place(kind, kind, rows=Asked(self.catalogue.series))
        return Place(kind, kind, list(self.catalogue.nodes(kind).values()))

    def _chosen(self, place: Place, step: Step) -> Place:
        """The one entity of a set."""
        entity_id = str(step.id)
        if place.rows is not None:
            found = self._observation(entity_id, place.rows.series)
        else:
            found = next((node for node in place.nodes if node.id == entity_id), None)
            if found is None and place.path == "FeaturesOfInterest":
                found = self._own_feature(self._observation(entity_id, self.catalogue.series))
        if found is None:
            raise Refused(404, NOT_FOUND)
        return Place(place.kind, f"{place.kind}('{entity_id}')", [found], single=True)

    def _followed(self, place: Place, step: Step) -> Place:
        node, kind = place.nodes[0], SETS.get(step.name, step.name)
        path = f"{place.path}/{step.name}"
        if kind == "Observations":
            found = Place(kind, path, rows=self._observed(node))
        else:
            nodes = self._related(node, kind)
            if step.name in SETS:
                if not nodes or step.id is not None:
                    raise Refused(404, NOT_FOUND)
                return Place(kind, path, nodes[:1], single=True)
            found = Place(kind, path, nodes)
        return self._chosen(found, step) if step.id is not None else found

    def _related(self, node: Node, kind: str) -> list[Node]:
        if node.kind == "Observations" and kind == "FeaturesOfInterest":
            own = self._own_feature(node)
            return [own] if own else self.catalogue.related(node, kind)
        return self.catalogue.related(node, kind)

    @staticmethod
    def _observed(node: Node) -> Asked:
        """The Observations of a Datastream or of a feature of interest."""
        if node.row is not None:
            # its own feature of interest has just the one
            return Asked(node.series, options([("$filter", f"id eq '{node.id}'")]).where)
        return Asked(sorted(node.series, key=lambda each: each.key), at_place=node.kind == "FeaturesOfInterest")

    def _observation(self, entity_id: str, among: Sequence[Series]) -> Node | None:
        parts = ids.parts(entity_id)
        moment = ids.moment(parts[2]) if parts and len(parts) == 3 else None
        series = next((each for each in among if parts and each.key == (parts[0], parts[1])), None)
        row = self.reader.one(series, moment) if series is not None and moment is not None else None
        return Node("Observations", entity_id, (series,), row) if series is not None and row is not None else None

    @staticmethod
    def _own_feature(node: Node | None) -> Node | None:
        """Of an Observation that was made at a place of its own."""
        if node is None or (node.row or {}).get("geometry") is None:
            return None
        return replace(node, kind="FeaturesOfInterest")

    # -- one entity --------------------------------------------------------------------------------------------------

    def _property(self, place: Place) -> Any:
        found: Any = self._body(place.nodes[0])
        for name in place.inside:
            if name == "id" and len(place.inside) == 1:
                found = place.nodes[0].id
            elif not isinstance(found, dict) or name not in found:
                raise Refused(404, NO_PROPERTY, name=name[:60])
            else:
                found = found[name]
        if found is None:
            raise Empty
        return found if place.raw else {place.inside[-1]: found}

    def _body(self, node: Node, times: bool = True) -> dict[str, Any]:
        """``times``: with the first and the last time of a Datastream, which costs a question."""
        extent: Mapping[Series, tuple[datetime, datetime]] = {}
        if node.kind == "Datastreams" and times:
            extent = self.reader.extent(node.series)
        return bodies.body(node, self.catalogue, extent)

    def _entity(self, node: Node, asked: Options) -> dict[str, Any]:
        self._left -= 1
        if self._left < 0:
            raise Refused(400, TOO_MUCH)
        if asked.select == {"@iot.selfLink"}:
            return {"@iot.selfLink": bodies.address(node)}
        links = {name: f"{bodies.address(node)}/{name}" for name in LINKS[node.kind]}
        whole = {"@iot.id": node.id, "@iot.selfLink": bodies.address(node), **self._body(node)}
        whole |= {f"{name}@iot.navigationLink": link for name, link in links.items() if name not in asked.expand}
        if asked.select:
            names = {"@iot.id" if name == "id" else name for name in asked.select}
            whole = {name: value for name, value in whole.items() if name.removesuffix("@iot.navigationLink") in names}
        for name, inner in asked.expand.items():
            if name not in links:
                raise Refused(400, NO_LINK, kind=node.kind, name=name[:60])
            whole |= self._expanded(node, name, inner)
        return whole

    def _expanded(self, node: Node, name: str, inner: Options) -> dict[str, Any]:
        kind = SETS.get(name, name)
        path = f"{node.kind}('{node.id}')/{name}"
        if name in SETS:
            found = self._related(node, kind)
            return {name: self._entity(found[0], inner)} if found else {}
        if kind == "Observations":
            page = self._collection(Place(kind, path, rows=self._observed(node)), replace(inner, array=False))
        else:
            page = self._collection(Place(kind, path, self._related(node, kind)), inner)
        more = {f"{name}{key}": value for key, value in page.items() if key.startswith("@iot.")}
        return {name: page["value"], **more}

    # -- many --------------------------------------------------------------------------------------------------------

    def _collection(self, place: Place, asked: Options) -> dict[str, Any]:
        if place.rows is not None:
            return self._observations(place, place.rows, asked)
        if asked.array:
            raise Refused(400, ONLY_OBSERVATIONS)
        nodes = list(place.nodes)
        if place.kind == "Datastreams" and "phenomenonTime" in (asked.raw.get("$filter", "") + asked.raw.get("$orderby", "")):
            self._ask_times(nodes)
        if asked.where is not None:
            where = asked.where
            nodes = [node for node in nodes if matching.fits(where, lambda path, node=node: self._look(node, path))]
        # the last criterion first: sorting keeps the order of what is equal
        for path, descending in reversed(asked.order):
            nodes.sort(key=lambda node, path=path: matching.rank(self._look(node, path)), reverse=descending)
        top = min(USUAL if asked.top is None else asked.top, MOST_ON_PAGE)
        skip = int(asked.token) if asked.token and asked.token.isascii() and asked.token.isdigit() else asked.skip
        shown = nodes[skip : skip + top]
        if place.kind == "Datastreams":
            self._ask_times(shown)
        following = self._next(place, asked, {"$skip": str(skip + top)}) if top and skip + top < len(nodes) else None
        return self._page(asked, len(nodes) if asked.count else None, following, [self._entity(node, asked) for node in shown])

    def _ask_times(self, nodes: Sequence[Node]) -> None:
        """Ask for the times of many Datastreams at once; the reader remembers them."""
        self.reader.extent([series for node in nodes for series in node.series])

    @staticmethod
    def _page(asked: Options, count: int | None, following: str | None, value: list[Any]) -> dict[str, Any]:
        found: dict[str, Any] = {} if count is None else {"@iot.count": count}
        if following:
            found["@iot.nextLink"] = following
        return {**found, "value": value}

    def _look(self, node: Node, path: tuple[str, ...]) -> Any:
        """The value of a property, also of an entity to which a link leads."""
        for number, name in enumerate(path):
            if name in SETS and name in LINKS[node.kind]:
                found = self._related(node, SETS[name])
                if not found:
                    return None
                node = found[0]
                continue
            if name in ("id", "@iot.id"):
                return node.id
            value: Any = self._body(node, times=name == "phenomenonTime")
            for inner in path[number:]:
                value = value.get(inner) if isinstance(value, dict) else None
            return value
        return None

    def _observations(self, place: Place, rows: Asked, asked: Options) -> dict[str, Any]:
        if len(asked.order) > 1 or any(path != ("phenomenonTime",) for path, _ in asked.order):
            raise Refused(501, ONLY_TIME)
        where = rows.where if asked.where is None else asked.where
        rows = replace(rows, where=where, descending=asked.order[0][1] if asked.order else None)
        most = self.limits.rows if asked.array else min(self.limits.rows, MOST_WRITTEN)
        top = min(USUAL if asked.top is None else asked.top, most, self._left)
        if asked.skip > self.limits.rows:
            raise Refused(400, TOO_MUCH)
        sealed = [place.path, asked.raw.get("$filter"), asked.raw.get("$orderby")]
        found, more = self.reader.page(rows, self._after(asked, sealed), asked.skip + top) if top else ([], False)
        found = found[asked.skip :]
        following = None
        if more and found:
            last = [found[-1][0].resource_id, found[-1][0].stream, ids.micros(found[-1][1]["time"])]
            following = self._next(place, asked, {"$skiptoken": cursors.make(last, sealed, self.limits.secret)})
        count = self.reader.count(rows) if asked.count else None
        if asked.array:
            self._left -= len(found)
            return self._page(asked, count, following, _arrays(found, asked.select))
        nodes = [Node("Observations", bodies.observation_id(series, row), (series,), row) for series, row in found]
        return self._page(asked, count, following, [self._entity(node, asked) for node in nodes])

    def _after(self, asked: Options, sealed: Any) -> Position | None:
        if not asked.token:
            return None
        try:
            resource_id, stream, number = cursors.read(asked.token, sealed, self.limits.secret)
        except (cursors.BadCursor, UnicodeError):
            raise Refused(400, BAD_TOKEN) from None
        moment = ids.moment(str(number))
        assert moment is not None  # we have made it
        return Position(resource_id, stream, moment)

    @staticmethod
    def _next(place: Place, asked: Options, where: Mapping[str, str]) -> str:
        """The same question from another place on."""
        kept = {name: value for name, value in asked.raw.items() if name not in ("$skip", "$skiptoken")}
        return f"{bodies.root()}/{place.path}?{urlencode({**kept, **where}, quote_via=quote, safe='$,()')}"



def _arrays(found: Sequence[Row], select: frozenset[str]) -> list[dict[str, Any]]:
    """Observations as rows of values, one table for each Datastream (OGC 18-088, 12)."""
    grouped: dict[Series, list[dict[str, Any]]] = {}
    for series, row in found:
        grouped.setdefault(series, []).append({"id": bodies.observation_id(series, row), **bodies.observation(series, row)})
    tables = []
    for series, rows in grouped.items():
        present = {name for row in rows for name in row}
        names = [name for name in COMPONENTS if name in present and (not select or name in select)]
        link = f"{bodies.address(Node('Datastreams', series.id, (series,)))}"
        tables.append({
            "Datastream@iot.navigationLink": link, "components": names, "dataArray@iot.count": len(rows),
            "dataArray": [[row.get(name) for name in names] for row in rows],
        })  # fmt: skip
    return tables
