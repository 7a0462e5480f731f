"""Public face of room `inventory`. Rooms below import from here only; it may import the room's own modules."""

from __future__ import annotations

from . import register
from .files import checksum, store, stored
from .record import CONFIDENTIALITY, OPENNESS, PERSONAL_DATA, SOURCE_CLASSES, missing
from .upsert import check_update, find, keys, proposed, refuse_paths, seen

__all__ = [
    "CONFIDENTIALITY",
    "OPENNESS",
    "PERSONAL_DATA",
    "SOURCE_CLASSES",
    "check_update",
    "checksum",
    "find",
    "keys",
    "missing",
    "proposed",
    "refuse_paths",
    "register",
    "seen",
    "store",
    "stored",
]  # fmt: skip
