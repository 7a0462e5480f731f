"""What the export does when something happens. All of it only saves time: what is given out never depends on it."""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins.toolkit as tk
from redis.exceptions import RedisError

from . import pieces
from .formats import FORMATS

log = logging.getLogger(__name__)


def published(package_id: str, **_more: Any) -> None:
    """A dataset has become public: it is written in the background, in the formats that somebody fetches here."""
    try:
        tk.enqueue_job(write, [package_id], title="datenplattform catalogue")
    except RedisError as problem:
        # the next export writes it
        log.warning("no job for the catalogue: %s", type(problem).__name__)


def withdrawn(package_id: str, **_more: Any) -> None:
    """A dataset is no longer public: what was written of it goes now."""
    pieces.drop([package_id])


def write(package_id: str) -> None:
    """Background job: write a dataset, if anybody may see it."""
    for ending in sorted(pieces.kept_formats()):
        pieces.texts(FORMATS[ending], [package_id])
