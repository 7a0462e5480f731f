"""What was found out about a user is kept for the rest of the request, for as long as the session writes nothing.

A page asks a dozen times who is reading. Kept in the session, so that it ends with the request; a write of any kind
forgets it, and so does a second: a background job sees a removed member too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import ckan.model as model
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from ..core.clock import utcnow

KEY = "datenplattform_remembered"
AGE = timedelta(seconds=1)
Found = TypeVar("Found")


def remembered(key: str, find: Callable[[], Found]) -> Found:
    """The answer of `find`, or what it said a moment ago in this session."""
    session = model.Session()
    if session.new or session.dirty or session.deleted:
        # what is being written may be what decides
        return find()
    kept = session.info.setdefault(KEY, {})
    now = utcnow()
    if key in kept and timedelta(0) <= now - kept[key][0] < AGE:
        return kept[key][1]
    found = find()
    session.info.setdefault(KEY, {})[key] = (now, found)
    return found


def _forget(session: Session, *_: Any) -> None:
    session.info.pop(KEY, None)


def _forget_written(state: ORMExecuteState) -> None:
    if not state.is_select:
        _forget(state.session)


for name in ("after_flush", "after_commit", "after_rollback", "after_begin"):
    event.listen(Session, name, _forget)
event.listen(Session, "do_orm_execute", _forget_written)
