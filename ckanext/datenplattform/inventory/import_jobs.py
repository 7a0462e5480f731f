"""An import from upload to result, in steps that each survive the death of the process that does them.

    waiting → checking → checked → queued → writing → indexing → done          refused, failed, cancelled

`writing` is one transaction that ends in `indexing`: killed before its commit nothing is written, and the next worker
begins it again; killed after, the next one goes on with the index. Who works holds a lock of the database that ends with
the connection, so nobody works twice, and what nobody works at is seen. Redis only says "look": it may forget.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import click
import flask
from ckan.lib.search.common import SearchIndexError
from redis.exceptions import RedisError
from sqlalchemy import delete, select, text, update

from ..core.clock import utcnow
from ..core.i18n import N_, translate
from . import bulk, import_mails, import_twins, imports, indexing, sheets
from .import_report import report
from .model_imports import InventoryImport, InventoryImportFile
from .problems import SheetError

log = logging.getLogger(__name__)

ACTIVE = ("waiting", "checking", "queued", "writing", "indexing")
ENDED = ("done", "refused", "failed", "cancelled")
# nobody gave a sign for so long: look whether somebody still works
QUIET = timedelta(seconds=20)
MOST_ATTEMPTS = 5
KEEP = timedelta(days=30)
UNCONFIRMED = timedelta(days=7)
JOB_SECONDS = 4 * 3600
ALL_WRITERS = "datenplattform inventory import"


def create(
    content: bytes, filename: str, user_id: str, language: str, state: str, background: bool = False
) -> InventoryImport:
    """Keep an uploaded file and begin its import; commits. The import runs by `run`, or in the background by `ask`: then
    who uploaded it gets a mail in the end."""
    tidy()
    row = InventoryImport(
        user_id=user_id, filename=filename[:200], sha256=hashlib.sha256(content).hexdigest(), language=language, state=state,
        mail=import_mails.WANTED if background else None,
    )  # fmt: skip
    model.Session.add(row)
    model.Session.flush()
    model.Session.add(InventoryImportFile(import_id=row.id, content=content))
    model.Session.commit()
    return row


def tidy() -> None:
    """Forget imports that ended long ago, and uploads that nobody confirmed; ask again for mails that were not sent."""
    import_mails.ask_again(QUIET)
    row = InventoryImport
    old = select(row.id).where(
        (row.state.in_(ENDED) & (row.created < utcnow() - KEEP))
        | ((row.state == "checked") & (row.created < utcnow() - UNCONFIRMED))
    )
    ids = list(model.Session.execute(old).scalars())
    if ids:
        model.Session.execute(delete(InventoryImportFile).where(InventoryImportFile.import_id.in_(ids)))
        model.Session.execute(delete(row).where(row.id.in_(ids)))
        model.Session.commit()


def ask(import_id: str) -> None:
    """Have a background worker look at the import; when Redis is away, `wake` asks again."""
    from rq import Retry

    try:
        tk.enqueue_job(
            run, [import_id], title="datenplattform inventory import",
            rq_kwargs={"timeout": JOB_SECONDS, "retry": Retry(max=3, interval=[10, 60, 300])},
        )  # fmt: skip
    except RedisError as problem:
        log.warning("no job for the import, trying again later: %s", type(problem).__name__)


def wake(row: InventoryImport) -> None:
    """Ask again for an import that has been silent; commits. One that is being worked at is not disturbed."""
    if row.state in ACTIVE and row.alive < utcnow() - QUIET:
        row.alive = utcnow()
        import_id = row.id
        model.Session.commit()
        ask(import_id)


@contextmanager
def _alone(import_id: str) -> Iterator[bool]:
    """Whether this process may work at the import; the lock lives and dies with a connection of its own."""
    key = int.from_bytes(hashlib.sha256(import_id.encode()).digest()[:8], "big", signed=True)
    with model.Session.get_bind().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        got = bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar())
        try:
            yield got
        finally:
            if got:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})


def _app() -> Any:
    if flask.has_app_context():
        return flask.current_app
    command = click.get_current_context(silent=True)
    if command is not None and "flask_app" in command.meta:
        return command.meta["flask_app"]
    from ckan.config.middleware import make_app

    return make_app(tk.config)._wsgi_app


def speaking(language: str) -> Any:
    """A request's surroundings where there is no request, so that labels and messages are in the person's language."""
    if flask.has_request_context():
        return nullcontext()
    return _app().test_request_context(environ_overrides={"CKAN_LANG": language})


class _Progress:
    """Tells the import's row how far the work is, at most once in a second, past the transaction of the work."""

    def __init__(self, import_id: str) -> None:
        self.import_id, self.last = import_id, 0.0

    def say(self, done: int, total: int, now: bool = False) -> None:
        if not now and time.monotonic() < self.last + 1:
            return
        self.last = time.monotonic()
        with model.Session.get_bind().begin() as connection:
            connection.execute(
                update(InventoryImport.__table__)
                .where(InventoryImport.__table__.c.id == self.import_id)
                .values(done=done, total=total, alive=utcnow())
            )


def run(import_id: str, system: bool = False) -> None:
    """Do what is to be done with an import, here and now; called by workers and by the command line.

    :param system: the operator's own: nobody's membership is asked
    :raises SearchIndexError: the index is away; all is written, the job is tried again
    """
    with _alone(import_id) as alone:
        if not alone:
            return
        model.Session.rollback()
        row = model.Session.get(InventoryImport, import_id, populate_existing=True)
        if row is None or row.state not in ACTIVE:
            return
        row.attempts += 1
        row.alive = utcnow()
        language, state, attempts = row.language, row.state, row.attempts
        model.Session.commit()
        with speaking(language):
            try:
                if attempts > MOST_ATTEMPTS and state != "indexing":
                    raise SheetError(N_("The import was interrupted several times. Nothing was written. Please try it again."))
                if state in ("waiting", "checking"):
                    _check(import_id, system)
                elif state in ("queued", "writing"):
                    _write(import_id, system)
                if _row(import_id).state == "indexing":
                    _index(import_id)
            except SearchIndexError:
                model.Session.rollback()
                raise
            except SheetError as error:
                model.Session.rollback()
                finish(import_id, "refused", {"counts": {"create": 0, "change": 0, "same": 0, "problems": len(error.problems)},
                     "items": [], "problems": [{"cell": item.cell, "text": item.text} for item in error.problems]})  # fmt: skip
            except Exception:
                model.Session.rollback()
                if _row(import_id).state == "indexing":
                    # all is written: the job is tried again
                    raise
                log.exception("import %s", import_id)
                finish(import_id, "failed", None, translate(N_("The import broke off. Nothing was written. Please try it again.")))


def forget(import_id: str) -> None:
    """Forget an import and its file; commits."""
    for table, column in ((InventoryImportFile, InventoryImportFile.import_id), (InventoryImport, InventoryImport.id)):
        model.Session.execute(delete(table).where(column == import_id))
    model.Session.commit()


def finish(import_id: str, state: str, found: dict[str, Any] | None = None, message: str | None = None) -> None:
    """End an import and forget its file; commits. `found`: its report, when there is a new one."""
    row = model.Session.get(InventoryImport, import_id, populate_existing=True)
    if row is None:
        return
    due = import_mails.note_end(row, state)
    row.state, row.ended, row.message, row.written = state, utcnow(), message, None
    if found is not None:
        row.report = found
    model.Session.execute(delete(InventoryImportFile).where(InventoryImportFile.import_id == import_id))
    model.Session.commit()
    if due:
        import_mails.ask(import_id)


def _plan(row: InventoryImport, system: bool, progress: _Progress, lock: bool) -> tuple[imports.Plan, imports.Actor]:
    content = model.Session.execute(
        select(InventoryImportFile.content).where(InventoryImportFile.import_id == row.id)
    ).scalar_one()
    user = model.User.get(row.user_id)
    if user is None or (user.state != model.State.ACTIVE and not system):
        raise SheetError(N_("Your account has been closed. Nothing was written."))
    actor = imports.Actor.of(user, system)
    table = sheets.read(content)
    progress.say(0, len(table.rows), now=True)
    return imports.Planner(table, actor, progress.say, lock).run(), actor


def _row(import_id: str) -> InventoryImport:
    return model.Session.get_one(InventoryImport, import_id, populate_existing=True)


def _begin(import_id: str, state: str) -> InventoryImport:
    row = _row(import_id)
    row.state = state
    model.Session.commit()
    return row


def _check(import_id: str, system: bool) -> None:
    """The dry run: what would be created, changed, refused."""
    row = _begin(import_id, "checking")
    plan, actor = _plan(row, system, _Progress(import_id), lock=False)
    found = report(plan, actor, {} if plan.problems else import_twins.found(plan, actor))
    model.Session.rollback()
    row = _row(import_id)
    row.units = sorted(plan.units)
    if plan.problems:
        finish(import_id, "refused", found)
        return
    row.state, row.report, row.attempts = "checked", found, 0
    model.Session.commit()


def _write(import_id: str, system: bool) -> None:
    """All or nothing: the plan once more against what is there now, then everything in one transaction."""
    row = _begin(import_id, "writing")
    progress = _Progress(import_id)
    # one import at a time: two files that speak of the same new dataset make one
    model.Session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": ALL_WRITERS})
    plan, actor = _plan(row, system, progress, lock=True)
    found = report(plan, actor)
    units, total = sorted(plan.units), sum(item.action != "same" for item in plan.items)
    if plan.problems:
        model.Session.rollback()
        _row(import_id).units = units
        finish(import_id, "refused", found)
        return
    written = bulk.write(plan.items, actor, lambda done: progress.say(done, total))
    model.Session.execute(
        update(InventoryImport)
        .where(InventoryImport.id == import_id)
        .values(state="indexing", units=units, report=found, written=written, attempts=0, done=0, total=len(written))
        .execution_options(synchronize_session=False)
    )
    model.Session.commit()
    model.Session.expunge_all()


def _index(import_id: str) -> None:
    written: list[str] = list(_row(import_id).written or [])
    model.Session.rollback()
    progress = _Progress(import_id)
    indexing.index_many(written, lambda done: progress.say(done, len(written)))
    finish(import_id, "done")
