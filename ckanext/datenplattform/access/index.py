"""The search index follows the database, also after it was down, slow or lost a job.

Who changes what readers may find notes it in the same transaction (`mark`). What is noted is left out of searches of
those who may not see it (`logic.hidden`), so nothing is told by hits, counts or facets while the index lags behind.
The note goes when the index has been brought up to date.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import ckan.lib.redis as redis
import ckan.lib.search as search
import ckan.logic as logic
import ckan.model as model
import ckan.plugins.toolkit as tk
from redis.exceptions import RedisError
from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from ..core.clock import utcnow
from .model import IndexBehind

log = logging.getLogger(__name__)

# a note that is older has lost its job (a worker was killed, Redis emptied): the next search asks for one again
LOST_AFTER = timedelta(minutes=2)
MOST = 1000
MOST_HIDDEN = 20_000


def mark(package_ids: Iterable[str]) -> None:
    """Note, in the caller's transaction, that the index no longer says what holds for these datasets."""
    rows = [{"package_id": package_id} for package_id in package_ids]
    if rows:
        since = func.clock_timestamp()
        statement = insert(IndexBehind).values([{**row, "since": since} for row in rows])
        model.Session.execute(
            statement.on_conflict_do_update(index_elements=[IndexBehind.package_id], set_={"since": since})
        )


def behind() -> dict[str, datetime]:
    """{package id: since when} of what the index does not know yet, oldest first, at most 1,000: a piece of work."""
    return _noted(_OLDEST)


def lately_behind() -> dict[str, datetime]:
    """The same for searches, which must leave out every one: newest first, at most 20,000."""
    return _noted(_NEWEST)


# built once: every search asks
_NOTES = select(IndexBehind.package_id, IndexBehind.since)
_OLDEST = _NOTES.order_by(IndexBehind.since.asc()).limit(MOST)
_NEWEST = _NOTES.order_by(IndexBehind.since.desc()).limit(MOST_HIDDEN)


def _noted(query: Any) -> dict[str, datetime]:
    with model.Session.no_autoflush:
        return {row.package_id: row.since for row in model.Session.execute(query)}


def notes(package_ids: Iterable[str]) -> dict[str, datetime]:
    """The notes of these datasets, for who indexes many on his own: read before their content, taken back by `indexed`."""
    with model.Session.no_autoflush:
        query = select(IndexBehind.package_id, IndexBehind.since).where(IndexBehind.package_id.in_(list(package_ids)))
        return {row.package_id: row.since for row in model.Session.execute(query)}


def indexed(taken: dict[str, datetime]) -> None:
    """Take notes back once the index says what holds, in a transaction of its own; one renewed meanwhile stays."""
    _unmark(taken)


def reindex(package_ids: Iterable[str]) -> None:
    """Bring the search index up to date now, after the commit; where it is down, a background job tries again.

    The database decides who sees what, so nothing leaks meanwhile.
    """
    ids = list(package_ids)
    try:
        _index(ids)
    except (search.SearchError, search.SearchIndexError, search.SolrConnectionError, OSError) as problem:
        log.warning("search index not reached, trying again in the background: %s", type(problem).__name__)
        _enqueue(ids)


def wake(since: Iterable[datetime]) -> None:
    """Ask for the job again when one of the notes is old; not more often than once in two minutes."""
    if not any(moment < utcnow() - LOST_AFTER for moment in since):
        return
    try:
        if redis.connect_to_redis().set(_asked(), "1", nx=True, ex=int(LOST_AFTER.total_seconds())):
            _enqueue([])
    except RedisError as problem:
        log.warning("no job to heal the search index: %s", type(problem).__name__)


def _asked() -> str:
    """The key in Redis that stands while the job has been asked for lately."""
    return f"ckan:{tk.config['ckan.site_id']}:datenplattform:index-behind"


def _enqueue(ids: list[str]) -> None:
    try:
        tk.enqueue_job(reindex_job, [ids], title="datenplattform reindex", rq_kwargs={"retry": _retry()})
    except RedisError as problem:
        # what is noted in the database is found again by `wake`
        log.warning("no job to heal the search index: %s", type(problem).__name__)


def _retry() -> Any:
    from rq import Retry

    return Retry(max=20, interval=[5, 10, 30, 60, 120, 300])


def reindex_job(ids: list[str]) -> None:
    """Background job: these datasets and all that is noted; raises while the index is down, so it is tried again."""
    _index([*ids, *(package_id for package_id in behind() if package_id not in ids)])


def _index(ids: list[str]) -> None:
    noted = behind()
    for number, package_id in enumerate(ids, 1):
        package = model.Session.get(model.Package, package_id)
        if package is None or package.state == model.State.DELETED:
            logic.index_remove_package(package_id)
        else:
            # the last one commits and waits: the next search finds what holds
            logic.index_update_package({"ignore_auth": True}, package_id, defer_commit=number < len(ids))
    _unmark({package_id: noted[package_id] for package_id in ids if package_id in noted})


def _unmark(notes: dict[str, datetime]) -> None:
    """Take notes back, in a transaction of its own; one that was renewed meanwhile stays."""
    if not notes:
        return
    same = tuple_(IndexBehind.package_id, IndexBehind.since).in_(list(notes.items()))
    # a note that another transaction holds is being renewed: it stays, and nobody waits
    rows = select(IndexBehind.package_id).where(same).with_for_update(skip_locked=True)
    with model.Session.get_bind().begin() as connection:
        connection.execute(delete(IndexBehind).where(IndexBehind.package_id.in_(rows)))
