"""Checks and the portal: what is checked, when, where the results are kept, and what a stop does."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from redis.exceptions import RedisError
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from ...access import shared as access
from ...core import http, signals
from ...core.clock import utcnow
from ...core.errors import SourceError
from ...core.i18n import translate
from ...inventory import shared as inventory
from .. import config, events, revisions, series
from .model import Refutation, Result
from .registry import CHECKS, run
from .subject import File, Limits, Subject
from .verdict import Verdict, proposed_track

log = logging.getLogger(__name__)

JOB_SECONDS = 3600
LINK_SECONDS = 10
LINK_BYTES = 100_000
KEEP = 5


def subject(package_id: str) -> tuple[Subject, str]:
    """What would become public: the revision that waits, else the dataset; and the hash of its metadata."""
    system: Any = {"ignore_auth": True, "user": ""}
    revision = revisions.pending(package_id)
    live = tk.get_action("package_show")(system, {"id": package_id})
    dataset = {**live, **revision.dataset} if revision else live
    record = tk.get_action("inventory_record_show")(system, {"id": package_id})
    content_hash = revision.content_hash if revision else access.content_hash(package_id) or ""
    files = tuple(_file(resource, revisions.folder(revision.id) if revision else None) for resource in dataset.get("resources") or [])
    limits = Limits(metres=config.position_metres(), small_below=config.small_cells(), links=LINK_SECONDS)
    # the record as far as checks read it; days count too, agreements end
    asked = {key: str(value) for key, value in record.items() if value and key in inventory_facts()}
    parts = [content_hash, [(file.id, file.format, file.sum) for file in files], asked, [limits.metres, limits.small_below]]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    found = Subject(
        dataset=dataset,
        record={**record, "missing_fields": inventory.missing(record)},
        files=files,
        origins=tuple(_origins(record.get("derived_from") or ())),
        today=utcnow().date().isoformat(),
        sum=digest,
        limits=limits,
    )
    return found, content_hash


def inventory_facts() -> frozenset[str]:
    """Fields of the inventory record that checks read."""
    return frozenset(
        {
            "personal_data",
            "kritis",
            "business_secrets",
            "source_class",
            "agreement",
            "agreement_until",
            "third_party_rights",
            "derived_from",
        }
    )


def _file(resource: dict[str, Any], folder: Path | None) -> File:
    new = folder / resource["id"] if folder and resource.get("id") else None
    path = new if new and new.is_file() else inventory.stored(resource) if resource.get("id") else None
    name = resource.get("name") or resource.get("id") or ""
    return File(
        id=resource.get("id") or name, name=name, format=resource.get("format") or "", url=resource.get("url") or "", path=path,
        sum=inventory.checksum(path) if path else "",
    )  # fmt: skip


def _origins(names: Iterable[str]) -> Iterable[dict[str, Any]]:
    for name in names:
        package = model.Package.get(name)
        if package is not None and package.state == model.State.ACTIVE:
            yield {"title": package.title, "name": package.name, "license_id": package.license_id}


def _reach(url: str) -> str | None:
    """Why an address cannot be reached; None when it can. HEAD, and the first bytes where a server knows no HEAD."""
    try:
        with http.session() as session:
            budget = http.new_budget(url, deadline=LINK_SECONDS, max_bytes=LINK_BYTES)
            answer = session.request("HEAD", url, timeout=LINK_SECONDS, budget=budget)
            if answer.status_code in (405, 501):
                answer = session.request("GET", url, timeout=LINK_SECONDS, stream=True)
                answer.close()
            return str(answer.status_code) if answer.status_code >= 400 else None
    except SourceError as problem:
        return str(problem)


def carry_out(package_id: str, found: Subject, content_hash: str) -> Result:
    """Run all checks, those of others too, and keep the result; commits."""
    verdicts = run(found) + _of_others(package_id, found)
    model.Session.execute(
        insert(Result)
        .values(package_id=package_id, digest=found.sum, content_hash=content_hash, state="done",
                verdicts=[verdict.as_dict() for verdict in verdicts], at=utcnow())
        .on_conflict_do_update(
            index_elements=["package_id", "digest"],
            set_={"state": "done", "verdicts": [verdict.as_dict() for verdict in verdicts], "at": utcnow()},
        )
    )  # fmt: skip
    old = select(Result.id).where(Result.package_id == package_id).order_by(Result.at.desc()).offset(KEEP)
    model.Session.execute(delete(Result).where(Result.id.in_(old)))
    model.Session.commit()
    result = of(package_id, found.sum)
    assert result is not None
    return result


def _of_others(package_id: str, found: Subject) -> list[Verdict]:
    """Findings of other rooms and plugins; one that breaks is a stop."""
    said: list[Verdict] = []
    for receiver in signals.review_checks.receivers_for(package_id):
        try:
            for item in receiver(package_id, dataset=found.dataset, record=found.record) or ():
                said.append(Verdict(**{**item, "sum": found.sum}))
        except Exception as problem:
            log.error("a check of another plugin failed: %s", type(problem).__name__)
            said.append(Verdict("other", "failed", "stop", "This check could not be carried out. Please ask the operators of the portal."))
    return said


def of(package_id: str, digest: str | None = None) -> Result | None:
    """The result about a content; without a digest the latest."""
    query = model.Session.query(Result).filter_by(package_id=package_id)
    if digest:
        query = query.filter_by(digest=digest)
    return query.order_by(Result.at.desc()).populate_existing().first()


def queued(package_id: str, digest: str, content_hash: str) -> None:
    """Write that a content is to be checked in the background, from this moment on; the caller commits."""
    now = utcnow()
    model.Session.execute(
        insert(Result)
        .values(package_id=package_id, digest=digest, content_hash=content_hash, state="queued", verdicts=[], at=now)
        .on_conflict_do_update(index_elements=["package_id", "digest"], set_={"at": now}, where=Result.state == "queued")
    )


def check_now(package_id: str) -> None:
    """The job: all checks, links too."""
    package = model.Package.get(package_id)
    if package is None or package.state != model.State.ACTIVE:
        return
    found, content_hash = subject(package_id)
    carry_out_with_links(package_id, found, content_hash)


def carry_out_with_links(package_id: str, found: Subject, content_hash: str) -> Result:
    """`carry_out` in the background, where there is time to ask other servers."""
    found.reach = _reach
    return carry_out(package_id, found, content_hash)


def before_submission(package_id: str) -> dict[str, Any]:
    """Check what is submitted. Raises ValidationError with each stop.

    :returns: for the case: {"result": id, "content_hash", "files": {id: SHA-256}, "track": "full" where the findings demand it,
        "forerunner": id of a published dataset of whose series it is the next one (see series.py)};
        where large files are still to be checked {"pending": digest of what is checked, "content_hash", "files"}
    """
    found, content_hash = subject(package_id)
    result = of(package_id, found.sum)
    if result is None or result.state != "done":
        if sum(file.path.stat().st_size for file in found.files if file.path) > config.check_at_once_bytes():
            return {"pending": found.sum, "content_hash": content_hash, "files": _sums(found)}
        result = carry_out(package_id, found, content_hash)
        if any(file.url and file.path is None for file in found.files):
            _ask_links(package_id)
    stopping = stops(package_id, result)
    if stopping:
        _stopped(package_id)
        errors: dict[str, Any] = {}
        for item in stopping:
            errors.setdefault("resources" if item["file"] else item["field"] or "__all__", []).append(words(item))
        raise tk.ValidationError(errors)
    return kept(found, content_hash, result)


def stops(package_id: str, result: Result) -> list[dict[str, Any]]:
    """The findings that stop a submission and were not refuted."""
    refuted = refutations(package_id)
    return [item for item in result.verdicts if item["level"] == "stop" and item["key"] not in refuted]


def kept(found: Subject, content_hash: str, result: Result) -> dict[str, Any]:
    """What a case keeps of checks that found no stop, see `before_submission`."""
    verdicts = [Verdict(**{**item, "evidence": ()}) for item in map(_bare, result.verdicts)]
    track = proposed_track(found.record, verdicts)
    said: dict[str, Any] = {"result": result.id, "content_hash": content_hash, "files": _sums(found)}
    if track == "full":
        return {**said, "track": track}
    before = series.forerunner(found, result.verdicts)
    return {**said, "forerunner": before} if before else said


def _sums(found: Subject) -> dict[str, str]:
    return {file.id: file.sum for file in found.files if file.sum}


def _bare(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in ("key", "refutable")}


def _ask_links(package_id: str) -> None:
    try:
        tk.enqueue_job(check_now, [package_id], title="datenplattform review links", rq_kwargs={"timeout": JOB_SECONDS})
    except RedisError as problem:
        log.warning("no job for the links: %s", type(problem).__name__)


def _stopped(package_id: str) -> None:
    """What a stop sends back is seen by the data-protection officer, as all that was sent back; commits."""
    if not access.is_published(package_id) and not access.review_state(package_id):
        access.set_review_state(package_id, "changes_requested")
        model.Session.commit()
        access.reindex([package_id])


def words(item: dict[str, Any]) -> str:
    """A stored verdict in the reader's language."""
    source = item["text"]
    return translate(source) % item["values"]


def refutations(package_id: str) -> dict[str, int]:
    """{key of a finding: number of the event} of what was refuted."""
    rows = model.Session.query(Refutation).filter_by(package_id=package_id)
    return {row.key: row.event for row in rows}


def refute(package_id: str, item: dict[str, Any], user_id: str, evidence: str) -> None:
    """Keep a refutation, with its event; the caller commits."""
    facts = {"key": item["key"], "check": item["check"], "code": item["code"]}
    number = events.append(package_id, "check_refuted", user_id, None, facts, evidence)
    model.Session.add(Refutation(package_id=package_id, key=item["key"], event=number))
    model.Session.flush()


def title(name: str) -> str:
    """A check's title in the reader's language."""
    return translate(next((check.title for check in CHECKS if check.name == name), name))
