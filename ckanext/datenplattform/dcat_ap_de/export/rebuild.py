"""Writing the whole catalogue anew, in advance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from . import pieces, public
from .formats import FORMATS

# PostgreSQL's advisory locks are numbers: the first eight letters of a name of our own
_LOCK = int.from_bytes(b"dcat-all", "big")


@contextmanager
def _alone() -> Any:
    """Whether this is the only rebuild at the moment; the lock goes with the connection, also when the process dies."""
    with model.Session.get_bind().connect() as at:
        free = bool(at.execute(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}).scalar())
        at.commit()
        try:
            yield free
        finally:
            if free:
                at.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
                at.commit()


def rebuild(formats: Iterable[str], beat: Callable[[str, int, int], None]) -> int | None:
    """Forget all that was written and write it anew; the export goes on meanwhile and writes what it lacks itself.

    :param formats: names of `FORMATS`
    :param beat: told format, how many are done, how many there are
    :returns: the number of datasets, None when another rebuild is under way
    """
    with _alone() as free:
        if not free:
            return None
        pieces.clear()
        ids = [dataset.id for dataset in public.datasets()[0]]
        for name in formats:
            for at in range(0, len(ids), pieces.BATCH):
                part = ids[at : at + pieces.BATCH]
                pieces.texts(FORMATS[name], part)
                beat(name, at + len(part), len(ids))
        pieces.sweep()
        return len(ids)
