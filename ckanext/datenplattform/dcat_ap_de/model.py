"""Tables of the export. All of it can be made again at any time; nothing in it decides about anything."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from sqlalchemy import Column as _Column
from sqlalchemy import DateTime, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY

Base: Any = tk.BaseModel
# the base is untyped: for the type checker a column reads as its value
Column: Any = _Column


class Piece(Base):
    """A public dataset as it stands in the export, in one format (nt, ttl, xml, jsonld).

    It counts only while `stamp` is that of what it was made from (see `export.public`).
    """

    __tablename__ = "dp_dcat_piece"
    package_id = Column(Text, primary_key=True)
    format = Column(Text, primary_key=True)
    stamp = Column(Text, nullable=False)
    # the dataset's address in the export
    node = Column(Text, nullable=False)
    text = Column(Text, nullable=False)
    # keys of the code-list entries that it names; they are written once for a whole answer
    concepts = Column(ARRAY(Text), nullable=False)


class ConceptPiece(Base):
    """An entry of a code list as it stands in the export; `key` is the hash of what it says, so it never changes."""

    __tablename__ = "dp_dcat_concept"
    key = Column(Text, primary_key=True)
    format = Column(Text, primary_key=True)
    text = Column(Text, nullable=False)


class CatalogueState(Base):
    """The state of the whole catalogue that was seen last, and since when (UTC): one row, `id` 1."""

    __tablename__ = "dp_dcat_state"
    id = Column(Integer, primary_key=True)
    state = Column(Text, nullable=False)
    since = Column(DateTime(timezone=True), nullable=False)
