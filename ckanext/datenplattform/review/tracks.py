"""Fast, normal or full: how much of the board a case needs. Pure.

The record and what changes propose a track; a person can only raise it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from .material import DESCRIPTION, RESOURCE_DESCRIPTION

Track = Literal["fast", "normal", "full"]
RANK: dict[str, int] = {"fast": 0, "normal": 1, "full": 2}


def proposed(
    kind: str, record: Mapping[str, Any], changed: Iterable[str] = (), new_files: bool = False, goes_on: bool = False
) -> Track:
    """The track of a case.

    :param kind: publication, revision, entry or standing_release
    :param record: the inventory record
    :param changed: of a revision: names of the fields that differ ("title", "Bäume: url"), see revisions.difference
    :param new_files: whether files differ
    :param goes_on: of a publication: the next one of a published series, see series.forerunner
    """
    # an entry alone shows no data
    if kind != "entry" and full(record):
        return "full"
    if kind == "revision" and not new_files and all(map(_describes, changed)):
        return "fast"
    return "fast" if kind == "publication" and goes_on else "normal"


def full(record: Mapping[str, Any]) -> bool:
    """Data that once were personal, near critical infrastructure or business secrets, or under an agreement."""
    return (
        record.get("personal_data") not in (None, "", "none")
        or record.get("kritis") in ("yes", "unclear")
        or bool(record.get("agreement"))
        or record.get("business_secrets") in ("yes", "unclear")
    )


def _describes(field: str) -> bool:
    resource, _, name = field.rpartition(": ")
    return name in (RESOURCE_DESCRIPTION if resource else DESCRIPTION)


def raised(track: str, wanted: str | None) -> str:
    """The higher of both: nobody lowers a track."""
    return wanted if wanted and RANK[wanted] > RANK[track] else track
