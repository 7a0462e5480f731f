"""An observed property: what a sensor measures, under one code whatever its source calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: What kind of values it has: an angle is a circle of 360 degrees, an interval a value that holds for a period.
KINDS = ("number", "count", "category", "boolean", "text", "angle", "geometry", "interval")


@dataclass(frozen=True)
class Word:
    """How values are said in plain words: numbers below ``below`` (None: all that are left), or what is one of ``states``.

    ``free``: whether that means that a place is free; None where one does not ask.
    """

    de: str
    en: str = ""
    below: float | None = None
    states: tuple[str, ...] = ()
    free: bool | None = None

    def said(self, language: str) -> str:
        """In a language; German where there is no other."""
        return (self.en if not language.startswith("de") else "") or self.de


def words(data: Any) -> tuple[Word, ...]:
    """Words as YAML holds them: ``[{"below"?, "states"?, "free"?, "de", "en"?}]``. Raises ValueError that says what is wrong."""
    if not isinstance(data, Sequence) or isinstance(data, str) or not all(isinstance(item, Mapping) for item in data):
        raise ValueError("words: a list of {below or states, de}")
    found = [_word(item) for item in data]
    bounds = [word.below for word in found if not word.states]
    if None in bounds[:-1] or (rising := [bound for bound in bounds if bound is not None]) != sorted(set(rising)):
        raise ValueError("words: below must rise, and only the last may lack it")
    return tuple(found)


def _word(item: Mapping[str, Any]) -> Word:
    below, states, free, de = item.get("below"), item.get("states") or (), item.get("free"), item.get("de")
    fits = not (set(item) - {"below", "states", "free", "de", "en"}) and isinstance(de, str) and de
    fits = fits and (below is None or (isinstance(below, (int, float)) and not isinstance(below, bool)))
    fits = fits and isinstance(states, (list, tuple)) and not (states and below is not None)
    if not fits or free not in (None, True, False):
        raise ValueError(f"words: {dict(item)!r}"[:200])
    return Word(str(de), str(item.get("en") or ""), below, tuple(str(state).lower() for state in states), free)


@dataclass(frozen=True)
class ObservedProperty:
    """``unit`` is a UCUM code ("1" for counts and states), ``kind`` one of `KINDS`; ``de`` and ``en`` are its labels.

    By ``names`` (small letters) and ``uris`` (definitions) it is recognised in sources. ``words``: how its
    values are said to people; where there are none, they are numbers. ``adds``: whether a day is the sum of its values (bicycles that
    passed, rain that fell).
    """

    code: str
    kind: str
    unit: str
    de: str
    en: str = ""
    names: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()
    adds: bool = False

    def title(self, language: str) -> str:
        """The label in a language; German where there is no other."""
        return (self.en if not language.startswith("de") else "") or self.de

    def word(self, number: float | None, state: str | None = None) -> Word | None:
        """How a value is said, by its state or else its number; None where nothing was agreed on."""
        for word in self.words:
            if word.states:
                if (state or "").strip().lower() in word.states:
                    return word
            elif number is not None and (word.below is None or number < word.below):
                return word
        return None
