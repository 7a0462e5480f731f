"""What is checked: a dataset as it would become public, its inventory record and its files. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from .scan import Scan, scan
from .tables import TEXT, WHOLE, Broken, open_tables


@dataclass(frozen=True)
class Limits:
    """Settings. `metres`: positions near critical infrastructure are no more exact than this. `small_below`: counts of
    people below it are small (k). `links`: seconds for one link."""

    metres: int = 100
    small_below: int = 5
    links: float = 10.0


@dataclass
class File:
    """A file of the dataset. `path` is None for what lies elsewhere (then `url` counts); `sum` is its SHA-256."""

    id: str
    name: str
    format: str
    url: str = ""
    path: Path | None = None
    sum: str = ""

    @property
    def is_table(self) -> bool:
        """Whether rows can be read out of it."""
        return self.path is not None and self.format.upper() in TEXT | WHOLE


@dataclass
class Subject:
    """`dataset` as `package_show` gives it; `origins` are the datasets it was made of, as far as they are known;
    `today` as ISO date, UTC; `violations` and `advice` are findings of DCAT-AP.de in words: (field, text).
    `reach` says why an address cannot be reached, or None; only in the background.
    """

    dataset: Mapping[str, Any]
    record: Mapping[str, Any]
    files: tuple[File, ...] = ()
    origins: tuple[Mapping[str, Any], ...] = ()
    today: str = ""
    sum: str = ""
    limits: Limits = field(default_factory=Limits)
    reach: Callable[[str], str | None] | None = None

    @cached_property
    def scans(self) -> dict[str, list[Scan] | Broken]:
        """By file: its tables, each read once and whole, or why that was not possible."""
        return {file.id: self._scan(file) for file in self.files if file.is_table}

    def _scan(self, file: File) -> list[Scan] | Broken:
        assert file.path is not None
        try:
            with open_tables(file.path, file.format) as tables:
                return [scan(table, self.limits.small_below) for table in tables]
        except Broken as problem:
            return problem

    @property
    def tables(self) -> list[tuple[File, Scan]]:
        """All tables that could be read."""
        found = ((file, self.scans.get(file.id)) for file in self.files)
        return [(file, table) for file, tables in found if isinstance(tables, list) for table in tables]

    @cached_property
    def words(self) -> str:
        """Title, description, tags and names of files."""
        tags = [tag.get("name", "") for tag in self.dataset.get("tags") or []]
        texts = [self.dataset.get("title"), self.dataset.get("notes"), *tags, *(file.name for file in self.files)]
        return "\n".join(str(text) for text in texts if text)
