"""The code list of observed properties, and how a source's name for one is recognised. Pure.

The list is `observed_properties.yaml`, extended by the municipality's file. What is not recognised keeps the source's
own name and unit and has no code: nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..core import yaml_file
from ..core.observed import KINDS, ObservedProperty, words
from .units import dimension, ucum

FILE = Path(__file__).with_name("observed_properties.yaml")
#: Kinds of which one asks how long rather than how much.
STATES = frozenset({"category", "boolean", "text"})
# no unit, or one that says nothing
_BARE = frozenset({None, "1"})


class CodeList:
    """Observed properties by code, and the recogniser."""

    def __init__(self, entries: Iterable[ObservedProperty]) -> None:
        #: Code → entry, in the order of the list.
        self.entries = {entry.code: entry for entry in entries}
        self._by_uri = {_plain_uri(uri): entry.code for entry in self.entries.values() for uri in entry.uris}
        self._by_name: dict[tuple[str, ...], set[str]] = {}
        for entry in self.entries.values():
            for name in (*entry.names, entry.de, entry.en, entry.code):
                self._by_name.setdefault(_words(name), set()).add(entry.code)

    def recognise(self, name: str | None, uri: str | None = None, unit: str | None = None) -> ObservedProperty | None:
        """What a source means by ``name`` (or ``uri``) in ``unit`` (as the source writes it); None when that is not certain.

        A known definition decides alone. A name counts as a whole, or by the longest known name in it, and only when the
        unit measures the same kind of thing: "Temperatur" in lx is no temperature.
        """
        code = self._by_uri.get(_plain_uri(uri)) if uri else None
        if code is not None:
            return self.entries[code]
        words = _words(name)
        for length in range(len(words), 0, -1):
            pieces = [words[at : at + length] for at in range(len(words) - length + 1)]
            found = {code for piece in pieces for code in self._by_name.get(piece, ())}
            fitting = {code for code in found if _fits(self.entries[code].unit, unit, whole=length == len(words))}
            if found:
                return self.entries[fitting.pop()] if len(fitting) == 1 else None
        return None


def _fits(wanted: str, written: str | None, whole: bool) -> bool:
    given = ucum(written)
    if written and given is None:
        # not known to us: it may be the right one only where it says nothing
        return False
    if given in _BARE:
        return whole or wanted == "1"
    return dimension(given) == dimension(wanted)


def _words(name: str | None) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_]+", str(name or "").lower()))


def _plain_uri(uri: str | None) -> str:
    return re.sub(r"\Ahttps?://", "", str(uri or "").strip()).rstrip("/").lower()


def entry(data: Mapping[str, Any]) -> ObservedProperty:
    """An entry of a list as YAML holds it. Raises ValueError that says what is wrong."""
    code, kind, unit, label = (data.get(key) for key in ("code", "kind", "unit", "label"))
    if not isinstance(code, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", code):
        raise ValueError(f"code {code!r}: a-z, 0-9, _")
    if kind not in KINDS:
        raise ValueError(f"{code}: kind {kind!r}: {', '.join(KINDS)}")
    if not isinstance(unit, str) or not unit:
        raise ValueError(f"{code}: unit {unit!r}")
    if not isinstance(label, Mapping) or not label.get("de"):
        raise ValueError(f"{code}: label.de")
    names, uris = (tuple(map(str, data.get(key) or ())) for key in ("names", "uris"))
    said, adds = words(data.get("words") or ()), data.get("adds") is True
    return ObservedProperty(code, str(kind), unit, str(label["de"]), str(label.get("en") or ""), names, uris, said, adds)


@lru_cache(maxsize=8)
def code_list(own: tuple[ObservedProperty, ...] = ()) -> CodeList:
    """The project's list with a municipality's ``own`` entries; of one code theirs counts."""
    shipped = {found.code: found for found in map(entry, yaml_file.read(FILE))}
    return CodeList({**shipped, **{found.code: found for found in own}}.values())
