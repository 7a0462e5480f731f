"""What the index asks about each dataset alone, read for many together.

Who indexes many enters `at_hand` after `index.notes`: what changes later is noted anew and indexed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import ckan.model as model

from . import gate, readers

_KEY = "datenplattform_access_at_hand"


@contextmanager
def at_hand(package_ids: Iterable[str]) -> Iterator[None]:
    """Inside, `facts` and `is_published` know these datasets without asking the database."""
    ids = list(package_ids)
    info = model.Session().info
    info[_KEY] = (readers.facts(ids), gate.published_ids(ids))
    try:
        yield
    finally:
        info.pop(_KEY, None)


def facts(package_id: str) -> readers.DatasetFacts | None:
    """The facts of a dataset; None where there is none."""
    found, _published = model.Session().info.get(_KEY, ({}, set()))
    return found.get(package_id) or readers.facts([package_id]).get(package_id)


def is_published(package_id: str) -> bool:
    """Whether a publication is in force."""
    found, published = model.Session().info.get(_KEY, ({}, set()))
    return package_id in published if package_id in found else bool(gate.published_ids([package_id]))
