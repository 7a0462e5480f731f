"""New records of a source, written many in one transaction right after the listing.

It only saves time: what does not fit, or breaks a whole chunk, is left waiting for `base.import_stage`, which takes one at
a time and says why. A chunk with its harvest objects is one transaction; a worker that dies leaves all of it or nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ckan.model as model
import sqlalchemy as sa
from ckan.lib.search.common import SearchIndexError
from ckanext.harvest.model import HarvestObject, HarvestObjectExtra, HarvestSource
from sqlalchemy.dialects.postgresql import insert

from ckanext.datenplattform.inventory import shared as inventory

from ..core.clock import utcnow
from . import report, twins
from .model import HarvestRecord
from .records import MappedRecord, RemoteRecord, Source, from_json

if TYPE_CHECKING:
    from .base import DatenplattformHarvester

log = logging.getLogger(__name__)

CHUNK = 100
#: Datasets that go to the index together. A worker that dies before leaves a note of each, and they follow later.
INDEXED = 1000


def write(harvester: DatenplattformHarvester, source: Source, object_ids: Sequence[str]) -> set[str]:
    """Write what can be written together; returns the ids of the harvest objects that are done. Commits."""
    done: set[str] = set()
    waiting: list[str] = []
    for at in range(0, len(object_ids), CHUNK):
        part = list(object_ids[at : at + CHUNK])
        try:
            written = _chunk(harvester, source, part)
        except Exception:
            model.Session.rollback()
            log.warning("A chunk of %s records is taken one by one", len(part), exc_info=True)
            continue
        done |= written.keys()
        waiting += written.values()
        if len(waiting) >= INDEXED:
            _index(source, waiting)
            waiting = []
    _index(source, waiting)
    return done


def _chunk(harvester: DatenplattformHarvester, source: Source, object_ids: list[str]) -> dict[str, str]:
    """Harvest object id → package id."""
    table = HarvestObject.__table__
    query = sa.select(table.c.id, table.c.content).where(table.c.id.in_(object_ids), table.c.state == "WAITING")
    records: dict[str, RemoteRecord] = {row.id: from_json(row.content) for row in model.Session.execute(query)}
    with twins.alone(records.values()):
        held = twins.holders(source.id, {record.remote_id: record.identities for record in records.values()})
        free = {key: record for key, record in records.items() if record.remote_id not in held}
        mapped = {key: found for key, record in free.items() if (found := _mapped(harvester, source, record)) is not None}
        made = inventory.create_many(
            source.id, [inventory.Brought(free[key].remote_id, found.dataset, found.record) for key, found in mapped.items()]
        )
        written = {key: made[free[key].remote_id] for key in mapped if free[key].remote_id in made}
        _remember(harvester, source, free, mapped, written)
        model.Session.commit()
    return {key: answer["id"] for key, answer in written.items()}


def _mapped(harvester: DatenplattformHarvester, source: Source, record: RemoteRecord) -> MappedRecord | None:
    """The dataset; None when it has to be taken alone."""
    try:
        found = harvester.complete(source, harvester.map_record(source, record))
    except Exception:
        # Told, with its cause, when it is imported alone.
        return None
    return None if found.files or record.files else found


def _remember(
    harvester: DatenplattformHarvester,
    source: Source,
    records: dict[str, RemoteRecord],
    mapped: dict[str, MappedRecord],
    written: dict[str, dict[str, Any]],
) -> None:
    """Memory, harvest objects and remarks of what was written. Does not commit."""
    if not written:
        return
    now = utcnow()
    rows = [
        {
            "id": key,
            "source_id": source.id,
            "remote_id": records[key].remote_id,
            "package_id": answer["id"],
            "content_hash": harvester.hash_of(source, records[key]),
            "covered_by": None,
            "first_seen": now,
            "last_seen": now,
            "last_changed": now,
            "last_object": key,
            "missing_since": None,
            "vanished_at": None,
            "archived_at": None,
            "state": {"resources": answer["resources"]},
        }
        for key, answer in written.items()
    ]
    statement = insert(HarvestRecord.__table__).values(rows)
    kept = ("id", "source_id", "remote_id", "first_seen")
    fresh = {name: statement.excluded[name] for name in rows[0] if name not in kept}
    model.Session.execute(statement.on_conflict_do_update(index_elements=["source_id", "remote_id"], set_=fresh))
    moment = datetime.now(UTC).replace(tzinfo=None)
    table: Any = HarvestObject.__table__
    model.Session.execute(
        sa.update(table)
        .where(table.c.id == sa.bindparam("object_id"))
        .values(
            package_id=sa.bindparam("package"),
            state="COMPLETE",
            report_status="added",
            current=True,
            import_started=moment,
            import_finished=moment,
        ),
        [{"object_id": key, "package": answer["id"]} for key, answer in written.items()],
    )
    remarks = [
        {"harvest_object_id": key, "key": report.REMARK, "value": text}
        for key in written
        for text in dict.fromkeys([*records[key].warnings, *mapped[key].warnings])
    ]
    if remarks:
        model.Session.execute(sa.insert(HarvestObjectExtra.__table__), remarks)


def _index(source: Source, package_ids: list[str]) -> None:
    """The datasets are there in any case: what the index does not know is noted and brought later."""
    if not package_ids:
        return
    # ckanext-harvest names the source in each entry of the index, and asks for it each time unless it is at hand
    at_hand = model.Session.get(HarvestSource, source.id)
    try:
        inventory.index_many(package_ids, lambda _done: None)
    except SearchIndexError:
        model.Session.rollback()
        log.warning("The search index is not reached; %s datasets follow later", len(package_ids))
    finally:
        del at_hand
