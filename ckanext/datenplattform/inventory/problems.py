"""What is wrong with a spreadsheet: one sentence for one problem, with the address of the cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.i18n import translate


@dataclass(frozen=True)
class Problem:
    """`cell` is the address ("B7"), a row ("7") or empty for the whole file; `template` an English source string with
    named placeholders, filled from `values`. What is already in the reader's words has the template "%(text)s".
    """

    template: str
    cell: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence in the reader's language."""
        return translate(self.template) % self.values if self.values else translate(self.template)


def said(text: str, cell: str) -> Problem:
    """A problem that somebody else has put into words."""
    return Problem("%(text)s", cell, {"text": text})


def texts(error: Any) -> list[str]:
    """All sentences of a ValidationError of ours."""
    found: list[str] = []
    for said_of in error.error_dict.values():
        found += [said_of] if isinstance(said_of, str) else [str(text) for text in said_of]
    return found


class SheetError(Exception):
    """The file cannot be read at all. `problems` say why."""

    def __init__(self, template: str, cell: str = "", **values: Any) -> None:
        super().__init__(template)
        self.problems = [Problem(template, cell, values)]
