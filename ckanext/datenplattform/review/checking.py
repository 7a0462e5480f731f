"""Large files: a submitted case waits in state `checks` until the background worker has carried the checks out.

The job may be lost, run twice or run late: what counts is the case's state, looked at under its lock when the checks are
done. `due` asks again for what nobody carried out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
from redis.exceptions import RedisError
from rq import Retry

from ..access import shared as access
from . import cases, followup
from .checks import wiring
from .model import Case

log = logging.getLogger(__name__)

# after this a job that began at once has ended: it is asked for again
AGAIN = timedelta(seconds=wiring.JOB_SECONDS + 300)


def ask(case_id: str) -> None:
    """Have the worker check a case that was just submitted, after the commit of its submission; commits."""
    case = cases.locked(case_id)
    if case.state == "checks":
        _enqueue(case)
    model.Session.commit()


def ask_again(case: Case, now: datetime) -> bool:
    """Ask once more where the last time is longer ago than a job can last; the caller holds the lock and commits."""
    result = wiring.of(case.package_id, case.checks["pending"])
    if result is not None and result.state == "queued" and result.at > now - AGAIN:
        return False
    return _enqueue(case)


def _enqueue(case: Case) -> bool:
    try:
        retry = Retry(max=3, interval=[60, 600, 1800])
        tk.enqueue_job(carry_on, [case.id], title="datenplattform review checks",
                       rq_kwargs={"timeout": wiring.JOB_SECONDS, "retry": retry})  # fmt: skip
    except (RedisError, OSError) as problem:
        log.warning("no job for the checks: %s", type(problem).__name__)
        return False
    wiring.queued(case.package_id, case.checks["pending"], case.content_hash)
    return True


def carry_on(case_id: str) -> None:
    """The job: check what the case froze, then open it, or give it back with the findings. Repeating it changes nothing."""
    case = model.Session.get(Case, case_id)
    if case is None or case.state != "checks":
        return
    package = model.Package.get(case.package_id)
    if package is None or package.state != model.State.ACTIVE:
        _finish(case_id, cases.vanish)
        return
    found, content_hash = wiring.subject(package.id)
    sums = {file.id: file.sum for file in found.files}
    if content_hash != case.content_hash or any(sums.get(key) != value for key, value in case.files.items()):
        _finish(case_id, cases.give_back)
        return
    result = wiring.of(package.id, found.sum)
    if result is None or result.state != "done":
        result = wiring.carry_out_with_links(package.id, found, content_hash)
    stops = wiring.stops(package.id, result)
    if stops:
        reason = "\n".join(dict.fromkeys(map(wiring.words, stops)))
        _finish(case_id, lambda case: cases.stopped(case, reason))
    else:
        kept = wiring.kept(found, content_hash, result)
        _finish(case_id, lambda case: cases.opened(case, kept))


def _finish(case_id: str, step: Callable[[Case], None]) -> None:
    """Take the step unless somebody was faster: a second job, or a withdrawal."""
    try:
        case = cases.locked(case_id)
        if case.state == "checks":
            step(case)
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    followup.announce(case)
    access.reindex([case.package_id])
