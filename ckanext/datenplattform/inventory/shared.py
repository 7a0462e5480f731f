"""Public face of room `inventory`. Rooms below import from here only; it may import the room's own modules."""

from __future__ import annotations

from . import register
from .bulk_sources import Brought, create_many
from .files import checksum, store, stored
from .indexing import index_many
from .people import users_of_unit
from .record import CONFIDENTIALITY, INTERESTS, OPENNESS, PERSONAL_DATA, SOURCE_CLASSES, missing
from .upsert import adopt, check_update, find, keys, of_source, proposed, refuse_paths, seen

__all__ = [
    "CONFIDENTIALITY",
    "INTERESTS",
    "OPENNESS",
    "PERSONAL_DATA",
    "SOURCE_CLASSES",
    "Brought",
    "adopt",
    "check_update",
    "checksum",
    "create_many",
    "find",
    "index_many",
    "keys",
    "missing",
    "of_source",
    "proposed",
    "refuse_paths",
    "register",
    "seen",
    "store",
    "stored",
    "users_of_unit",
]  # fmt: skip
