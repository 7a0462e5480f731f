"""An observed property: what a sensor measures, under one code whatever its source calls it."""

from __future__ import annotations

from dataclasses import dataclass

#: What kind of values it has: an angle is a circle of 360 degrees, an interval a value that holds for a period.
KINDS = ("number", "count", "category", "boolean", "text", "angle", "geometry", "interval")


@dataclass(frozen=True)
class ObservedProperty:
    """``unit`` is a UCUM code ("1" for counts and states), ``kind`` one of `KINDS`; ``de`` and ``en`` are its labels.

    By ``names`` (small letters) and ``uris`` (definitions) it is recognised in sources.
    """

    code: str
    kind: str
    unit: str
    de: str
    en: str = ""
    names: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()

    def title(self, language: str) -> str:
        """The label in a language; German where there is no other."""
        return (self.en if not language.startswith("de") else "") or self.de
