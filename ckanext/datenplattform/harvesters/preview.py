"""What a source would bring, without creating anything."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ckanext.datenplattform.core.errors import PlatformError

from ..core.clock import utcnow
from . import deletion, memory, sources
from .base import DatenplattformHarvester
from .gathering import distinct
from .records import RemoteRecord, Source

#: How many records a preview shows.
SHOWN = 20
NEW, CHANGED, UNCHANGED, REFUSED = "new", "changed", "unchanged", "refused"


def preview(source: Source) -> dict[str, Any]:
    """The first `SHOWN` records as they would come, the number of all and what would vanish. Raises `SourceError`,
    settings.Invalid.

    Files and measurements are not fetched: a change of those alone does not show.
    """
    harvester = sources.harvesters()[source.type]
    rows = memory.rows(source.id) if source.id else {}
    notices: list[str] = []
    shown = []
    ids: set[str] = set()
    counts: Counter[str] = Counter()
    with harvester.web(source) as web:
        for record in distinct(harvester.list_records(source, web), source, notices):
            ids.add(record.remote_id)
            row = rows.get(record.remote_id)
            entry = _entry(harvester, source, record)
            if entry["error"]:
                status = REFUSED
            elif row is None or row.package_id is None:
                status = NEW
            else:
                same = not harvester.fetches and row.content_hash == harvester.hash_of(source, record)
                status = UNCHANGED if same else CHANGED
            counts[status] += 1
            if len(shown) < SHOWN:
                shown.append({**entry, "status": status, "package_id": row.package_id if row is not None else None})
    plan = deletion.plan(memory.known(rows.values()), ids, utcnow())
    return {
        "records": shown,
        "total": len(ids),
        "counts": dict(counts),
        "vanished": plan.vanish,
        "waiting": plan.waiting,
        "notices": notices,
    }


def _entry(harvester: DatenplattformHarvester, source: Source, record: RemoteRecord) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "remote_id": record.remote_id,
        "title": record.title or record.remote_id,
        "notes": "",
        "license_id": None,
        "resources": [],
        "facts": [],
        "warnings": list(record.warnings),
        "error": record.error,
    }
    if record.error:
        return entry
    try:
        mapped = harvester.complete(source, harvester.map_record(source, record))
    except PlatformError as error:
        return {**entry, "error": error.message}
    dataset = mapped.dataset
    return {
        **entry,
        "title": dataset.get("title") or entry["title"],
        "notes": str(dataset.get("notes") or "")[:500],
        "license_id": dataset.get("license_id"),
        "resources": [{"key": r.get("key"), "name": r.get("name"), "format": r.get("format")} for r in dataset.get("resources", [])],
        "facts": harvester.preview_facts(source, record),
        "warnings": [*record.warnings, *mapped.warnings],
    }
