"""The state of the whole catalogue: by it a client learns, without a download, that nothing has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

import ckan.model as model
from sqlalchemy.dialects.postgresql import insert

from ckanext.datenplattform.core.clock import utcnow

from ..model import CatalogueState
from .catalogue import Head
from .formats import FORMATS
from .public import Public

# Last-Modified counts in seconds: one in which something has changed may see another change
SETTLED = timedelta(seconds=2)


def digest(found: Head, datasets: Iterable[Public]) -> str:
    """A hash that differs whenever the document does, whatever its format."""
    parts = hashlib.sha256(FORMATS["nt"].piece(found.triples.nodes).encode())
    for dataset in datasets:
        parts.update(f"{dataset.id} {dataset.stamp} {dataset.described}\n".encode())
    return parts.hexdigest()[:32]


def since(state: str) -> datetime | None:
    """Since when (UTC) the catalogue is known to be in this state; None for a moment after it has changed.

    It is the time when the state was first met, so it also moves for changes that carry no time of their own: a
    withdrawal, another municipality's file, a new version of the profile.
    """
    add = insert(CatalogueState).values(id=1, state=state, since=utcnow())
    add = add.on_conflict_do_update(
        index_elements=["id"],
        set_={"state": add.excluded.state, "since": add.excluded.since},
        where=CatalogueState.state != add.excluded.state,
    )
    with model.Session.get_bind().begin() as at:
        at.execute(add)
        found = at.execute(CatalogueState.__table__.select()).one().since
    return found if found < utcnow() - SETTLED else None
