"""Tables of the imports from spreadsheets: how far one is, what it found, and the file while it is needed."""

from __future__ import annotations

from typing import Any

from ckan.model.types import make_uuid
from sqlalchemy import Column as _Column
from sqlalchemy import DateTime, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB

from ..core.clock import utcnow
from .model import Base

Column: Any = _Column


class InventoryImport(Base):
    """One uploaded spreadsheet. `state`: see `imports.STATES`; `alive` is renewed while somebody works on it.

    `units`: ids of the organisations it speaks of; `report`: see `imports.report`; `written`: ids of the datasets that
    stand in the database but perhaps not in the index yet; `mail`: see `import_mails`.
    """

    __tablename__ = "dp_inventory_import"
    id = Column(Text, primary_key=True, default=make_uuid)
    user_id = Column(Text, nullable=False, index=True)
    filename = Column(Text, nullable=False)
    sha256 = Column(Text, nullable=False)
    language = Column(Text, nullable=False)
    state = Column(Text, nullable=False)
    created = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    alive = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    ended = Column(DateTime(timezone=True))
    done = Column(Integer, nullable=False, default=0)
    total = Column(Integer, nullable=False, default=0)
    attempts = Column(Integer, nullable=False, default=0)
    units = Column(JSONB)
    report = Column(JSONB(none_as_null=True))
    written = Column(JSONB(none_as_null=True))
    message = Column(Text)
    mail = Column(Text)


class InventoryImportFile(Base):
    """The uploaded file: in the database, so that every worker finds it and nobody else does; gone when it is done."""

    __tablename__ = "dp_inventory_import_file"
    import_id = Column(Text, primary_key=True)
    content = Column(LargeBinary, nullable=False)
