"""Rows of a sheet that other rows name ("derived from", "part of"): by their key or their title. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from .columns import fold


class Row(NamedTuple):
    """What a row can be named by. `id`: of its dataset, which may be still to be made."""

    number: int
    unit: str
    key: str
    title: str
    id: str


class Unclear(Exception):
    """Several rows bear the key or title. `rows`: their numbers."""

    def __init__(self, rows: list[int]) -> None:
        super().__init__(rows)
        self.rows = rows


class Rows:
    """The rows of one sheet."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._keys: dict[str, list[Row]] = defaultdict(list)
        self._titles: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row.key:
                self._keys[row.key].append(row)
            if row.title:
                self._titles[fold(row.title)].append(row)

    def find(self, text: str, unit: str) -> Row | None:
        """The row that a cell names, or None: a key counts before a title, the same unit before others.

        :param unit: of the row with the cell
        :raises Unclear: it may be one of several
        """
        for found in (self._keys.get(text), self._titles.get(fold(text))):
            if found:
                near = [row for row in found if row.unit == unit] or found
                if len(near) > 1:
                    raise Unclear([row.number for row in near])
                return near[0]
        return None
