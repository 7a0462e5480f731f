"""Datasets that a released source brings: published without a vote when they are within what the board has released.

Nothing here decides: the board did, when it released the source. Each dataset is looked at as a person would put it before the
board (all checks, record, licence), and held against the scope; what is outside stays internal and waits, with the reasons. Only
what nobody has touched flows: a dataset that a person edited, or that was before the board once, goes the usual way.

A dataset is a transaction of its own, under the release and the source as they were decided: who ends the one or changes the
other at the same moment comes before it or after it. It can be repeated at any time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from redis.exceptions import RedisError
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from ..access import shared as access
from ..core.clock import utcnow
from ..inventory import shared as inventory
from ..timeseries import shared as timeseries
from . import cases, followup, ready, series, sources, standing, tracks
from .checks import wiring
from .checks.scan import Column, Scan
from .checks.subject import Subject
from .model import Case, Editor, Outside

log = logging.getLogger(__name__)

#: Datasets that are looked at in one go; the next one goes on.
MOST = 500
#: Why a dataset waits, besides `timeseries.scope.CODES`.
CODES = ("edited", "incomplete", "full", "stop", "file", "no_table")
# may be over without any change of the dataset
PASSING = frozenset({"no_table", "check_failed"})
_METRES_OF_A_DEGREE = 111_320


def soon() -> None:
    """After a source was released: have the worker look at what it has brought already; the clock does it in any case."""
    try:
        tk.enqueue_job(run, [], title="datenplattform review flowing", rq_kwargs={"timeout": wiring.JOB_SECONDS})
    except (RedisError, OSError) as problem:
        log.warning("no job for a released source: %s", type(problem).__name__)


def run(_moment: datetime | None = None) -> Counter[str]:
    """Publish what flows; how many did ("flowed"), and how often it failed ("failed")."""
    counts: Counter[str] = Counter()
    looked = 0
    for source_id in access.released_series():
        if sources.find(source_id) is None or stopped(source_id):
            continue
        for package_id in waiting(source_id):
            if looked >= MOST:
                break
            try:
                done = _try(source_id, package_id)
                looked += done is not None
                counts.update(["flowed"] if done else [])
            except Exception as problem:
                model.Session.rollback()
                log.warning("dataset %s of a released source could not be looked at: %s", package_id, type(problem).__name__)
                counts["failed"] += 1
    return counts


def stopped(source_id: str) -> str | None:
    """Why a release of this source lets nothing through: "no_release", "source_changed" or None."""
    release = access.standing_release(source_id)
    case: Any = model.Session.get(Case, release["decision_id"]) if release else None
    if case is None:
        return "no_release"
    try:
        sources.unchanged(source_id, case.content)
    except access.ContentChanged:
        return "source_changed"
    return None


def waiting(source_id: str) -> list[str]:
    """Ids of the datasets of a source that are internal and were never before the board."""
    ids = inventory.of_source(source_id)
    package: Any = model.Package
    known = select(Case.id).where(Case.package_id == package.id).exists()
    rows = model.Session.execute(
        select(package.id).where(
            package.id.in_(ids), package.state == "active", package.private.is_(True), package.type == "dataset", ~known
        )
    )
    found = set(rows.scalars()) - access.published_ids(ids)
    return [package_id for package_id in ids if package_id in found and access.review_state(package_id) is None]


def reasons(source_id: str) -> dict[str, list[str]]:
    """Of datasets that wait, by id: the codes, as they were when they were last looked at; empty: not looked at yet."""
    known = dict(model.Session.execute(select(Outside.package_id, Outside.why).where(Outside.source_id == source_id)).tuples().all())
    return {package_id: known.get(package_id, []) for package_id in waiting(source_id)}


def _try(source_id: str, package_id: str) -> bool | None:
    """Whether it was published; None: nothing has changed since it was looked at."""
    release = access.standing_release(source_id)
    if release is None:
        return None
    digest = _digest(package_id, release)
    before = model.Session.get(Outside, package_id)
    if before is not None and before.digest == digest and not PASSING & set(before.why):
        return None
    why, kept = _look(package_id, release)
    if why:
        _keep(package_id, source_id, digest, why)
        return False
    return _publish(source_id, package_id, release, kept)


def _digest(package_id: str, release: Mapping[str, Any]) -> str:
    """Of all that may change the answer, as far as it is cheap to know."""
    record = tk.get_action("inventory_record_show")({"ignore_auth": True, "user": ""}, {"id": package_id})
    edited = model.Session.query(Editor).filter_by(package_id=package_id).count()
    parts = [access.content_hash(package_id), release["id"], edited, sorted(wiring.refutations(package_id)),
             {key: str(value) for key, value in record.items()}]  # fmt: skip
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _look(package_id: str, release: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """(why it waits, what its case keeps of the checks)."""
    package: Any = model.Package.get(package_id)
    why: set[str] = set()
    if model.Session.query(Editor).filter_by(package_id=package_id).first():
        why.add("edited")
    if ready.problems(package):
        why.add("incomplete")
    found, content_hash = wiring.subject(package_id)
    result = wiring.of(package_id, found.sum)
    if result is None or result.state != "done":
        result = wiring.carry_out_with_links(package_id, found, content_hash)
    stops = wiring.stops(package_id, result)
    why |= {"personal_data" if item["check"] == "personal_data" else "stop" for item in stops}
    kept = wiring.kept(found, content_hash, result)
    # what the whole board would examine never flows
    if kept.get("track") == "full" or tracks.full(found.record):
        why.add("full")
    if series.licences(found.dataset) != {release["licence"]}:
        why.add("licence")
    why |= _files(found, release)
    return sorted(why | _rows(package, found.dataset, release)), kept


def _rows(package: model.Package, dataset: Mapping[str, Any], release: Mapping[str, Any]) -> set[str]:
    found = (timeseries.outside(package.id, resource_id, release, package.license_id) for resource_id in _series(dataset))
    return set().union(*found)


def _series(dataset: Mapping[str, Any]) -> list[str]:
    """Ids of what is, or is to be, a table of the DataStore."""
    if not p.plugin_loaded("dp_timeseries"):
        return []
    found = dataset.get("resources") or []
    return [item["id"] for item in found if item.get("url_type") == "datastore" or tk.asbool(item.get("datastore_active") or False)]


def _files(found: Subject, release: Mapping[str, Any]) -> set[str]:
    """What of the files is outside the scope. What lies on other servers is theirs: there is no file here."""
    why: set[str] = set()
    allowed = set(release.get("columns") or ())
    for file in found.files:
        if file.path is None:
            continue
        tables = found.scans.get(file.id)
        if not isinstance(tables, list) or not tables:
            why.add("file")
            continue
        for table in tables:
            why |= {"column"} if {column.name for column in table.columns} - allowed else set()
            why |= _exact(table, release)
    return why


def _exact(table: Scan, release: Mapping[str, Any]) -> set[str]:
    """Whether a file may be finer than released; where that cannot be told, it may."""
    why = set()
    if release.get("resolution_seconds") and table.having("time"):
        why.add("resolution")
    metres = release.get("resolution_metres")
    if metres and (any(not _coarse(column, metres) for column in table.having("lat", "lon")) or table.having("east", "north")):
        why.add("position")
    return why


def _coarse(column: Column, metres: int) -> bool:
    return column.largest <= 180 and column.decimals <= max(0, math.floor(math.log10(_METRES_OF_A_DEGREE / metres)))


def _publish(source_id: str, package_id: str, release: Mapping[str, Any], kept: dict[str, Any]) -> bool:
    """Submission, decision and publication in one transaction; False where something was faster."""
    package: Any = model.Package.get(package_id)
    # no row comes between the last look and the publication
    with timeseries.alone(standing.tables(package_id)):
        case = _published(source_id, package, release, kept)
    if case is None:
        return False
    followup.after_decision(case, was_public=False)
    followup.announce(case)
    return case.state == "published"


def _published(source_id: str, package: model.Package, release: Mapping[str, Any], kept: dict[str, Any]) -> Case | None:
    try:
        now = access.standing_release(source_id, lock=True)
        decided: Any = model.Session.get(Case, release["decision_id"])
        dataset = tk.get_action("package_show")({"ignore_auth": True, "user": ""}, {"id": package.id})
        if now is None or now["id"] != release["id"] or package.id not in waiting(source_id) or _rows(package, dataset, release):
            model.Session.rollback()
            return None
        sources.unchanged(source_id, decided.content)
        case = cases.submit(package, _nobody(), "publication", scope=_of_rows(package.id, release), checks=kept, under=decided.id)
        cases.flow(case)
        model.Session.execute(delete(Outside).where(Outside.package_id == package.id))
        model.Session.commit()
    except (access.ContentChanged, cases.Conflict):
        # looked at again with the next run
        model.Session.rollback()
        return None
    except Exception:
        model.Session.rollback()
        raise
    return case


def _of_rows(package_id: str, release: Mapping[str, Any]) -> dict[str, Any] | None:
    """The scope within which the rows of a dataset's series flow from now on; None where it has no series."""
    if not standing.columns_of(package_id):
        return None
    until = release["until"]
    named = {name: value for name, value in release.items() if name not in ("id", "decision_id", "until")}
    return {**named, "until": until.isoformat() if until else None}


def _nobody() -> str:
    """The portal itself."""
    return model.User.get(tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]).id  # type: ignore[union-attr]


def _keep(package_id: str, source_id: str, digest: str, why: list[str]) -> None:
    values = {"source_id": source_id, "digest": digest, "why": why, "at": utcnow()}
    statement = insert(Outside).values(package_id=package_id, **values)
    model.Session.execute(statement.on_conflict_do_update(index_elements=["package_id"], set_=values))
    model.Session.commit()


def end_what_flows(decision_id: str) -> list[str]:
    """With the release of a source end those of the rows of the datasets that were published under it; their ids. No commit."""
    rows = model.Session.query(Case).filter(Case.under == decision_id, Case.scope.isnot(None)).all()
    ended = []
    for case in rows:
        mine = access.standing_release(case.package_id)
        if mine is not None and mine["decision_id"] == case.id and access.revoke_standing_release(case.package_id):
            ended.append(case.package_id)
    return ended
