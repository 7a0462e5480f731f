"""The same dataset from two sources is one record: the better source has it, the other remembers that it does not.

Two records are the same dataset when they share an id that is meant for the whole world: an address, a URN, a DOI or a
UUID; never a number that each source counts for itself. Better is the source with the smaller `rank`; of equal ones the
one that had it first, so that nothing goes to and fro. When the better source loses the record, the other takes the
dataset over at its next run, and gives it back when the record returns. The dataset keeps its id and address.

What holds is worked out anew from what is remembered, only for records that hold no dataset: an unchanged run asks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.harvest.model import HarvestSource
from sqlalchemy.dialects.postgresql import insert

from ckanext.datenplattform.inventory import shared as inventory

from . import locks, settings
from .model import HarvestIdentity, HarvestRecord
from .records import RemoteRecord, Source

DEFAULT_RANK = 50
_CHUNK = 1_000
_WORLDWIDE = re.compile(
    r"https?://(?!localhost|127\.|[^/]*\.invalid\b)[^/\s]+/\S+|urn:\S+|doi:\S+|10\.\d{4,9}/\S+"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Holder:
    """The record of another source that holds the dataset. ``lives``: the source is on and still lists it."""

    source_id: str
    remote_id: str
    package_id: str
    title: str
    rank: int
    lives: bool


def worldwide(identifiers: Iterable[str]) -> list[str]:
    """Those ids that no two datasets share."""
    return sorted({text for text in identifiers if len(text) <= 1_000 and _WORLDWIDE.fullmatch(text)})


def rank(given: Mapping[str, Any]) -> int:
    """Of a source, from its settings; small is good."""
    return int(given.get("rank") or DEFAULT_RANK)


def keeps(holder: Holder, source: Source) -> bool:
    """Whether the holder keeps the dataset though this source lists it too."""
    return holder.lives and holder.rank <= rank(source.settings)


def remember(source_id: str, records: Mapping[str, Iterable[str]]) -> None:
    """Note remote id → worldwide ids in place of what was noted. Does not commit."""
    ids = list(records)
    rows = [{"source_id": source_id, "remote_id": key, "identity": text} for key, texts in records.items() for text in texts]
    for at in range(0, len(ids), _CHUNK):
        known = HarvestIdentity
        old = sa.delete(known).where(known.source_id == source_id, known.remote_id.in_(ids[at : at + _CHUNK]))
        model.Session.execute(old.execution_options(synchronize_session=False))
    for at in range(0, len(rows), _CHUNK):
        model.Session.execute(insert(HarvestIdentity).values(rows[at : at + _CHUNK]).on_conflict_do_nothing())


def holders(source_id: str, records: Mapping[str, Iterable[str]]) -> dict[str, Holder]:
    """Remote id → who holds the same dataset for another source; of several the best that lives."""
    wanted: dict[str, list[str]] = {}
    for remote_id, texts in records.items():
        for text in texts:
            wanted.setdefault(text, []).append(remote_id)
    found: dict[str, Holder] = {}
    texts = list(wanted)
    for at in range(0, len(texts), _CHUNK):
        for identity, holder in _holding(source_id, texts[at : at + _CHUNK]):
            for remote_id in wanted[identity]:
                other = found.get(remote_id)
                if other is None or (not holder.lives, holder.rank) < (not other.lives, other.rank):
                    found[remote_id] = holder
    return found


def _holding(source_id: str, identities: list[str]) -> Iterator[tuple[str, Holder]]:
    known, row, source = HarvestIdentity, HarvestRecord, HarvestSource
    query = (
        sa.select(known.identity, row, source)
        .join(row, sa.and_(row.source_id == known.source_id, row.remote_id == known.remote_id))
        .join(source, source.id == row.source_id, isouter=True)
        .where(known.identity.in_(identities), known.source_id != source_id, row.package_id.is_not(None))
        .order_by(row.first_seen, row.id)
    )
    for identity, record, from_source in model.Session.execute(query):
        lives = bool(from_source and from_source.active) and not (record.vanished_at or record.archived_at)
        given = settings.parse_config(from_source.config) if from_source else {}
        title = from_source.title or from_source.url if from_source else ""
        yield identity, Holder(record.source_id, record.remote_id, record.package_id, title, rank(given), lives)


@contextmanager
def alone(records: Iterable[RemoteRecord]) -> Iterator[None]:
    """While it is decided who gets these datasets: two sources that bring the same one at once make one."""
    with locks.all_held(("identity", text) for record in records for text in record.identities):
        yield


def take_over(row: HarvestRecord, holder: Holder) -> None:
    """The dataset is this record's from now on, the holder remembers who has it. Does not commit."""
    other = (
        model.Session.query(HarvestRecord).filter_by(source_id=holder.source_id, remote_id=holder.remote_id).with_for_update().one()
    )
    inventory.adopt(holder.package_id, row.source_id, row.remote_id)
    other.package_id = other.content_hash = None
    other.covered_by = row.source_id
    row.package_id, row.content_hash, row.covered_by = holder.package_id, None, None
    row.missing_since = row.vanished_at = row.archived_at = None
    model.Session.flush()
