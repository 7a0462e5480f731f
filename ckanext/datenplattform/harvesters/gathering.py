"""The listing of a source, complete before anything is written, and the harvest objects made of it.

A listing may have a hundred thousand records: what is to be imported waits in a temporary file, in memory are only ids.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

import ckan.model as model
import sqlalchemy as sa
from ckan.model.types import make_uuid
from ckanext.harvest.model import HarvestObject, HarvestObjectError, HarvestObjectExtra

from ckanext.datenplattform.core.http import host_of
from ckanext.datenplattform.core.i18n import N_, translate

from . import memory, report, twins
from .records import RemoteRecord, Source, to_json
from .web import TooMany

TWICE = N_("The source lists the id “%(id)s” twice; only the first record was taken.")
COVERED = N_("The same dataset comes from the source “%(source)s”, which has the better rank; it is taken from there.")
#: Bytes of a listing that stay in memory, and records written in one go.
_MEMORY = 8_000_000
_CHUNK = 500
_NOTICES = 100


def distinct(records: Iterable[RemoteRecord], source: Source, notices: list[str]) -> Iterator[RemoteRecord]:
    """Each record once; what is twice is said. Raises TooMany."""
    seen: set[str] = set()
    limit = source.settings["max_records"]
    for record in records:
        if record.remote_id in seen:
            if len(notices) < _NOTICES:
                notices.append(translate(TWICE) % {"id": record.remote_id})
            continue
        if len(seen) >= limit:
            raise TooMany(host_of(source.url), limit=limit, setting="max_records")
        seen.add(record.remote_id)
        yield record


class Listing:
    """What a source lists; a context manager. ``ids``: all of it; ``unknown``: something could not be told apart, so
    nothing counts as missing."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.unknown = False
        self.identities: dict[str, list[str]] = {}
        self._free: set[str] = set()
        self._file: IO[str] = tempfile.SpooledTemporaryFile(_MEMORY, "w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed by us

    def __enter__(self) -> Listing:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def take(self, record: RemoteRecord, row: Any, unchanged: bool) -> None:
        """Note a record. ``row``: what is remembered of it, or None; ``unchanged``: nothing is to be written."""
        self.ids.add(record.remote_id)
        self.unknown = self.unknown or record.unknown
        head = {"id": record.remote_id, "error": record.error, "package": row.package_id if row and unchanged else None}
        if not record.error and not unchanged:
            head["covered"] = row.covered_by if row else None
            if row is None or row.package_id is None:
                self._free.add(record.remote_id)
            if record.identities:
                self.identities[record.remote_id] = record.identities
        content = "" if record.error or unchanged else to_json(record)
        self._file.write(f"{json.dumps(head)}\n{content}\n")

    def write(self, job: Any, source: Source) -> tuple[list[str], list[str]]:
        """Make the harvest objects. Returns the ids of those to fetch, and of these the ones whose record is new and
        nobody else's. Does not commit."""
        free = {key: texts for key, texts in self.identities.items() if key in self._free}
        held = twins.holders(source.id, free)
        twins.remember(source.id, self.identities)
        waiting, new = [], []
        for chunk in _chunks(self._entries(), _CHUNK):
            objects, errors, extras = [], [], []
            for head, content in chunk:
                made = _object(job, source, head, content)
                holder = held.get(head["id"])
                if head["error"]:
                    errors.append({"harvest_object_id": made["id"], "message": head["error"], "stage": report.GATHER})
                elif holder and twins.keeps(holder, source):
                    made |= {"state": "COMPLETE", "report_status": "not modified", "content": None}
                    if head["covered"] != holder.source_id:
                        text = translate(COVERED) % {"source": holder.title}
                        extras.append({"harvest_object_id": made["id"], "key": report.REMARK, "value": text})
                        memory.record(source.id, head["id"]).covered_by = holder.source_id
                elif made["state"] == "WAITING":
                    waiting.append(made["id"])
                    if head["id"] in self._free and holder is None:
                        new.append(made["id"])
                objects.append(made)
            for table, rows in ((HarvestObject, objects), (HarvestObjectError, errors), (HarvestObjectExtra, extras)):
                if rows:
                    model.Session.execute(sa.insert(table.__table__), rows)
        return waiting, new

    def _entries(self) -> Iterator[tuple[dict[str, Any], str]]:
        self._file.seek(0)
        while head := self._file.readline():
            yield json.loads(head), self._file.readline().rstrip("\n")


def vanished(job: Any, source: Source, packages: Mapping[str, str]) -> None:
    """An object for each record that vanished; ``packages``: remote id → package id. Does not commit."""
    rows = [_base(job, source, key) | {"state": "COMPLETE", "report_status": "deleted", "package_id": of} for key, of in packages.items()]
    if rows:
        model.Session.execute(sa.insert(HarvestObject.__table__), rows)


def _object(job: Any, source: Source, head: dict[str, Any], content: str) -> dict[str, Any]:
    made = _base(job, source, head["id"])
    if head["error"]:
        return made | {"state": "ERROR", "report_status": "errored"}
    if not content:
        return made | {"state": "COMPLETE", "report_status": "not modified", "package_id": head["package"]}
    return made | {"content": content}


def _base(job: Any, source: Source, remote_id: str) -> dict[str, Any]:
    return {
        "id": make_uuid(),
        "guid": remote_id,
        "harvest_job_id": job.id,
        "harvest_source_id": source.id,
        "state": "WAITING",
        "report_status": None,
        "package_id": None,
        "content": None,
        "current": False,
    }


def _chunks(entries: Iterator[Any], size: int) -> Iterator[list[Any]]:
    part: list[Any] = []
    for entry in entries:
        part.append(entry)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part

