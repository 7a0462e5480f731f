"""Lock (b): the session refuses what nobody decided, whatever action, form or script wrote it.

Before a flush the plain case is refused with a clear answer (public without a publication row); after the
flush, still inside the transaction, the content of published and of locked datasets is compared with the
decided hash. Lock (c), the triggers of the database, stands behind both and sees raw SQL and bulk updates too; its
refusals are told in the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import ckan.model as model
import ckan.plugins as plugins
from sqlalchemy import event, func, inspect, select
from sqlalchemy.engine import Engine, ExceptionContext

from . import content, errors
from .model import DatasetAccess, Publication, in_force

_RELEASING = "datenplattform_releasing"


@contextmanager
def releasing(package_id: str) -> Iterator[None]:
    """While a decision is being carried out, its dataset may differ from the hash decided before.

    Only `access.shared` enters this; it compares with the new hash before it leaves. The triggers of lock (c) are
    told by a setting of the transaction; on an error it ends with the rollback.
    """
    open_ids = model.Session().info.setdefault(_RELEASING, set())
    open_ids.add(package_id)
    try:
        _tell_database(open_ids)
        yield
    finally:
        open_ids.discard(package_id)
    _tell_database(open_ids)


def _tell_database(package_ids: set[str]) -> None:
    model.Session.execute(select(func.set_config("datenplattform.releasing", ",".join(sorted(package_ids)), True)))


def is_releasing(package_id: str) -> bool:
    """Whether a decision about this dataset is being carried out in the present session."""
    return package_id in model.Session().info.get(_RELEASING, set())


def published_ids(package_ids: Iterable[str]) -> set[str]:
    """Those of the ids that have a publication in force; one SQL statement."""
    ids = list(package_ids)
    if not ids:
        return set()
    with model.Session.no_autoflush:
        query = select(Publication.package_id).where(Publication.package_id.in_(ids), in_force(Publication))
        return set(model.Session.execute(query).scalars())


def install() -> None:
    """Attach the listeners to CKAN's session; safe to call again."""
    for name, listener in (("before_flush", _refuse_public), ("after_flush", _refuse_material)):
        if not event.contains(model.Session, name, listener):
            event.listen(model.Session, name, listener)
    # whatever engine: CKAN makes a new one in each worker
    if not event.contains(Engine, "handle_error", _in_words):
        event.listen(Engine, "handle_error", _in_words)


def _active() -> bool:
    return plugins.plugin_loaded("dp_access")


def _in_words(failure: ExceptionContext) -> None:
    """A refusal of a trigger (lock c) becomes the refusal that the rest of the gate gives: 403, not 500."""
    text = str(failure.original_exception)
    if not text.startswith("datenplattform: ") or not _active():
        return
    refused = errors.refuse_change() if "the content of" in text else errors.refuse_public()
    raise refused from failure.original_exception


def _refuse_public(session: Any, _flush: Any, _instances: Any) -> None:
    if not _active():
        return
    for item in session.new:
        # CKAN's column default is public; a missing value means private here
        if isinstance(item, model.Package) and item.private is None:
            item.private = True
    public = [
        item
        for item in (*session.new, *session.dirty)
        if isinstance(item, model.Package) and not item.private and item.state != model.State.DELETED
    ]
    if not public:
        return
    # known ids only: an object without id cannot have been decided
    decided = published_ids(item.id for item in public if item.id)
    if any(item.id not in decided for item in public):
        raise errors.refuse_public()


def _package_ids(session: Any) -> set[str]:
    ids: set[str] = set()
    for item in (*session.new, *session.dirty, *session.deleted):
        if isinstance(item, model.Package):
            ids.add(item.id)
        elif isinstance(item, (model.Resource, model.PackageTag)):
            ids.update(_references(item))
    return {package_id for package_id in ids if package_id}


def _references(item: Any) -> set[str]:
    """The package an object belongs to now and, where it is moved, belonged to before."""
    history = inspect(item).attrs.package_id.history
    return {item.package_id, *(history.deleted or ())}


def _refuse_material(session: Any, _flush: Any) -> None:
    if not _active():
        return
    ids = _package_ids(session) - session.info.get(_RELEASING, set())
    if not ids:
        return
    with session.no_autoflush:
        decided = session.execute(
            select(Publication.package_id, Publication.content_hash).where(
                Publication.package_id.in_(ids), in_force(Publication)
            )
        ).all()
        locked = session.execute(
            select(DatasetAccess.package_id, DatasetAccess.locked_hash).where(
                DatasetAccess.package_id.in_(ids), DatasetAccess.locked_hash.is_not(None)
            )
        ).all()
        for package_id, expected in decided:
            package = session.get(model.Package, package_id)
            if package is None or package.state != model.State.ACTIVE or package.private:
                raise errors.refuse_removal()
            if content.content_hash(package_id) != expected:
                raise errors.refuse_change()
        for package_id, expected in locked:
            # a purge leaves nothing to decide about; the case notices when it is carried out
            if content.content_hash(package_id) not in (None, expected):
                raise errors.refuse_locked()
