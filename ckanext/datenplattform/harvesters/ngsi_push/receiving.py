"""From a notification to rows. What is answered with 200 is committed; the same notification again changes nothing.

ETSI GS CIM 009 V1.6.1, 5.3.1 (Notification); NGSIv2, "Notification Messages": both hold ``subscriptionId`` and ``data``, a list of
entities.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from functools import lru_cache
from typing import Any

import ckan.model as model
import psycopg2
import sqlalchemy as sa
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject
from sqlalchemy.dialects.postgresql import insert

from ckanext.datenplattform.core.i18n import N_
from ckanext.datenplattform.timeseries import shared as timeseries

from ...core.clock import utcnow
from .. import sensorthings_rows as rows
from ..model import HarvestRecord
from ..ngsi_mapping import entity_types, scaled, thing_content, usable_id
from ..ngsi_v2 import as_ld
from ..records import Source, content_hash, from_json
from ..sensorthings_client import Observation
from ..sensorthings_mapping import SERIES
from .model import NgsiSubscription, NgsiWaiting

#: Entities in one notification; those of a source that wait, and for how many days; characters of one of them; levels of JSON.
MOST_ENTITIES, MOST_WAITING, MOST_DAYS, LONGEST, DEEPEST = 1_000, 1_000, 40, 64_000, 30

NOT_READABLE = N_("The notification is not valid JSON. Nothing was taken over.")
NOT_A_NOTIFICATION = N_("The notification has no list of entities (data). Nothing was taken over.")
TOO_MANY = N_("The notification has more entities than allowed. Nothing was taken over.")
NOT_OURS = N_("The notification belongs to another subscription. Nothing was taken over.")


class Refused(Exception):
    """A notification of which nothing was taken. ``status``: of the answer; ``text``: an English source string."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


@dataclass(frozen=True)
class Target:
    """A dataset of the source as its last run knew it. ``things``: id of an entity → what is known of it."""

    remote_id: str
    resource_id: str
    table: rows.Table
    things: Mapping[str, dict[str, Any]]
    _channels: dict[str, timeseries.Channel] = field(default_factory=dict, compare=False)

    def channels(self) -> dict[str, timeseries.Channel]:
        """How its series are written; asked once, as only a run changes that."""
        if not self._channels:
            self._channels.update(timeseries.describe_streams(self.resource_id, rows.described(list(self.things.values()))))
        return self._channels


@dataclass
class Found:
    """What is to be done: dataset → its rows, entities that nobody knows, how many are of no use."""

    rows: dict[str, list[list[Any]]] = field(default_factory=dict)
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: list[dict[str, Any]] = field(default_factory=list)
    unusable: int = 0


def keep(source: Source, names: Mapping[str, str], body: bytes) -> dict[str, int]:
    """Write what a notification tells: ``{"written", "staged", "waiting", "unusable"}``. ``names``: of attributes, at the broker → in our
    models. Commits. Raises `Refused`; what the database raises."""
    entities = _entities(source, body)
    targets = known(source)
    found = Found()
    for entity in entities:
        if not _usable(entity):
            found.unusable += 1
        elif not _take(source, names, entity, targets, found):
            found.unknown.append(entity)
    done = _write(found)
    waiting, lost = _wait(source.id, found.unknown)
    counts = {**done, "unusable": found.unusable + lost}
    _count(source.id, received=1, last_notification=utcnow(), **counts)
    return {**counts, "waiting": waiting}


def use_waiting(source: Source, names: Mapping[str, str], target: Target) -> int:
    """Write what waited for the entities of this dataset, whose run has just read them; how many rows were new. Commits."""
    found, used = Found(), []
    for row in model.Session.query(NgsiWaiting).filter_by(source_id=source.id):
        if row.content.get("id") in target.things:
            found.unusable += not _take(source, names, row.content, [target], found)
            used.append(row.digest)
    if not used:
        return 0
    done = _write(found)
    mine = NgsiWaiting.source_id == source.id
    model.Session.execute(sa.delete(NgsiWaiting).where(mine, NgsiWaiting.digest.in_(used)).execution_options(synchronize_session=False))
    _count(source.id, **{**done, "unusable": found.unusable})
    return done["written"]


def begin_run(source_id: str) -> None:
    """A run begins: what was there before the last one that ended well is of no use (an entity that the source does not list for us). A
    run that begins twice forgets no more. Commits."""
    well = (
        ~sa.exists().where(HarvestGatherError.harvest_job_id == HarvestJob.id),
        ~sa.exists().where(HarvestObject.harvest_job_id == HarvestJob.id, HarvestObject.state == "ERROR"),
    )
    finished = model.Session.query(HarvestJob).filter_by(source_id=source_id, status="Finished").filter(*well)
    last: Any = finished.order_by(HarvestJob.created.desc()).first()
    lost = 0
    if last is not None:
        # ckanext-harvest's times are UTC and do not say so
        before = last.created.replace(tzinfo=timezone.utc)
        mine = model.Session.query(NgsiWaiting).filter(NgsiWaiting.source_id == source_id, NgsiWaiting.received < before)
        lost = mine.delete(synchronize_session=False)
    _count(source_id, unusable=lost)


def target_of(remote_id: str, resource_id: str, things: list[dict[str, Any]], truth: bool, extra: Mapping[str, str]) -> Target | None:
    """The dataset as a run knows it; None without a table."""
    present = timeseries.columns_of(resource_id)
    if not present:
        return None
    names = (*rows.NAMES, *extra.values())
    table = rows.Table(tuple(name for name in names if name in present), truth, dict(extra))
    return Target(remote_id, resource_id, table, {thing["id"]: thing for thing in things})


def known(source: Source) -> list[Target]:
    """All datasets of the source that have series."""
    extra = tuple(source.settings["columns"].items())
    query = sa.select(HarvestRecord.remote_id, HarvestRecord.state, HarvestObject.id).where(
        HarvestRecord.source_id == source.id, HarvestObject.package_id == HarvestRecord.package_id, HarvestObject.current.is_(True)
    )
    found = []
    for remote_id, state, object_id in model.Session.execute(query).all():
        resource_id = (state.get("resources") or {}).get(SERIES)
        if resource_id and "truth" in state:
            target = _remembered(remote_id, resource_id, object_id, bool(state["truth"]), extra)
            if target is not None:
                found.append(target)
    return found


@lru_cache(maxsize=16)
def _remembered(
    remote_id: str, resource_id: str, object_id: str, truth: bool, extra: tuple[tuple[str, str], ...]
) -> Target | None:
    """A dataset as the last run knew it: each run makes a new object, so that what is kept here is never stale for long."""
    obj: Any = HarvestObject.get(object_id)
    if obj is None:
        return None
    return target_of(remote_id, resource_id, from_json(obj.content).content["things"], truth, dict(extra))


def _entities(source: Source, body: bytes) -> list[Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, NOT_READABLE) from None
    if not isinstance(told, dict) or not isinstance(told.get("data"), list):
        raise Refused(400, NOT_A_NOTIFICATION)
    if len(told["data"]) > MOST_ENTITIES:
        raise Refused(413, TOO_MANY)
    row = model.Session.get(NgsiSubscription, source.id)
    if row is not None and row.broker_id and told.get("subscriptionId") != row.broker_id:
        raise Refused(400, NOT_OURS)
    old = source.settings["version"] != "ngsi-ld"
    return [as_ld(entity) if old and isinstance(entity, dict) else entity for entity in told["data"]]


def _usable(entity: Any) -> bool:
    return isinstance(entity, dict) and usable_id(entity.get("id")) and _readable(entity)


def _readable(value: Any, depth: int = 0) -> bool:
    """Whether PostgreSQL can hold it, and nobody gets lost in it."""
    if isinstance(value, str):
        return "\x00" not in value and (value.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in value))
    if isinstance(value, (dict, list)):
        parts = [*value, *value.values()] if isinstance(value, dict) else value
        return depth < DEEPEST and all(_readable(part, depth + 1) for part in parts)
    return True


def _take(source: Source, names: Mapping[str, str], entity: dict[str, Any], targets: list[Target], found: Found) -> bool:
    """Add the rows of an entity; False when something of it is not known so: a series, its unit, its type. That is for a run."""
    kinds = [names.get(kind, kind) for kind in entity_types(entity)]
    mine = [(t, kind) for t in targets for kind in kinds if entity["id"] in t.things and f"{t.remote_id}/".startswith(f"{kind}/")]
    complete, used = bool(mine), False
    for target, kind in mine:
        thing = target.things[entity["id"]]
        streams = {stream["id"]: stream for stream in thing["streams"]}
        told = thing_content(entity, kind, {**names, **source.settings["terms"]}, source.settings["clock"])
        for stream in told["streams"]:
            before = streams.get(stream["id"])
            if before is None or not _same(stream, before):
                complete = False
            elif stream["current"]:
                maker = rows.RowMaker(thing, before, target.table, target.channels())
                time, end, value = stream["current"]
                made = [] if maker.lacking else maker.rows(Observation(time, end, scaled(value, before["scale"]), None))
                found.rows.setdefault(target.resource_id, []).extend(made)
                found.columns[target.resource_id] = target.table.names
                used = used or bool(made)
    found.unusable += complete and not used
    return complete


def _same(told: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether a value means the same as those before it. One without a value has no type."""
    return told["unit"] == before["unit"] and told["scale"] == before["scale"] and (not told["type"] or told["type"] == before["type"])


def _write(found: Found) -> dict[str, int]:
    done = {"written": 0, "staged": 0}
    for resource_id, made in found.rows.items():
        for answer in _written(resource_id, made, found.columns[resource_id], found):
            done = {name: done[name] + answer[name] for name in done}
    return done


def _written(resource_id: str, made: list[list[Any]], columns: tuple[str, ...], found: Found) -> Iterator[dict[str, int]]:
    """All rows in one transaction; where the database refuses one for what it is, all others all the same."""
    try:
        yield timeseries.write_rows(resource_id, made, columns)
    except (ValueError, psycopg2.DataError):
        if len(made) == 1:
            found.unusable += 1
            return
        half = len(made) // 2
        yield from _written(resource_id, made[:half], columns, found)
        yield from _written(resource_id, made[half:], columns, found)


def _wait(source_id: str, entities: list[dict[str, Any]]) -> tuple[int, int]:
    """Keep entities for the next run: how many are new there, how many found no place."""
    if not entities:
        return 0, 0
    mine = model.Session.query(NgsiWaiting).filter_by(source_id=source_id)
    mine.filter(NgsiWaiting.received < utcnow() - timedelta(days=MOST_DAYS)).delete(synchronize_session=False)
    there = {digest for (digest,) in mine.with_entities(NgsiWaiting.digest)}
    fitting = {content_hash(entity): entity for entity in entities if _fits(entity)}
    new = {digest: entity for digest, entity in fitting.items() if digest not in there}
    kept = list(new.items())[: max(0, MOST_WAITING - len(there))]
    for digest, entity in kept:
        values = {"source_id": source_id, "digest": digest, "content": entity, "received": utcnow()}
        model.Session.execute(insert(NgsiWaiting).values(**values).on_conflict_do_nothing(index_elements=["source_id", "digest"]))
    model.Session.commit()
    return len(kept), sum(not _fits(entity) for entity in entities) + len(new) - len(kept)


def _fits(entity: dict[str, Any]) -> bool:
    try:
        return len(json.dumps(entity, allow_nan=False)) <= LONGEST
    except ValueError:
        return False  # NaN is no JSON, and PostgreSQL knows that


def _count(source_id: str, last_notification: Any = None, **counts: int) -> None:
    """Add to what is known of the subscription. Commits."""
    grown: dict[str, Any] = {name: getattr(NgsiSubscription, name) + number for name, number in counts.items()}
    if last_notification is not None:
        # the broker reaches us
        grown |= {"last_notification": last_notification, "failing": False}
    statement = sa.update(NgsiSubscription).where(NgsiSubscription.source_id == source_id).values(**grown)
    model.Session.execute(statement.execution_options(synchronize_session=False))
    model.Session.commit()
