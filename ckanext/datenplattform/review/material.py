"""What a change of a published dataset means. Pure.

Three lists say how much of the board a field needs: `access/content.py` names what never counts (times of update and what
CKAN derives; it is not in the hash), here stands where a typing error passes at once, and what only describes (the fast
track). All else is material: licence, files, columns, detail in space and time, rights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rapidfuzz.distance import OSA

# fields of text in which a typing error may be corrected without a decision
CORRECTABLE = frozenset({"title", "notes"})
CORRECTABLE_RESOURCE = frozenset({"name", "description"})
# what describes a dataset and neither what is in it nor what one may do with it
DESCRIPTION = frozenset({
    "title", "notes", "tags", "author", "author_email", "maintainer", "maintainer_email", "contact", "version", "version_notes",
    "documentation", "theme", "frequency", "language", "alternate_identifier",
})  # fmt: skip
RESOURCE_DESCRIPTION = frozenset({"name", "description", "documentation", "language"})

# as many words may be corrected in a field, counted from what the board decided, however often it is changed
MOST_WORDS = 5
_WORD = re.compile(r"\w+")
_SIGNS = re.compile(r"[\s.,;:!?()„“”\"'–-]*\Z")
_FOLD = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def only_typing_errors(decided: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether two canonical contents (access/content.py) differ by corrected typing errors and nothing else."""
    resources, changed = decided.get("resources", {}), now.get("resources", {})
    parts = {"package", "resources"}
    if {k: v for k, v in decided.items() if k not in parts} != {k: v for k, v in now.items() if k not in parts}:
        return False
    return (
        resources.keys() == changed.keys()
        and _corrected(decided.get("package", {}), now.get("package", {}), CORRECTABLE)
        and all(_corrected(resources[key], changed[key], CORRECTABLE_RESOURCE) for key in resources)
    )


def _corrected(before: Mapping[str, Any], after: Mapping[str, Any], fields: frozenset[str]) -> bool:
    differing = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    return all(name in fields and is_typing_error(str(before.get(name) or ""), str(after.get(name) or "")) for name in differing)


def is_typing_error(before: str, after: str) -> bool:
    """Whether a text was only corrected: the same words in the same order, a few of them off by one letter (or two
    swapped, or written with an umlaut), never the first letter and never a digit; and signs between them."""
    if not _SIGNS.match(_WORD.sub("", before)) or not _SIGNS.match(_WORD.sub("", after)):
        return _WORD.sub("", before) == _WORD.sub("", after) and _words(before, after)
    return _words(before, after)


def _words(before: str, after: str) -> bool:
    old, new = _fold(before), _fold(after)
    if len(old) != len(new):
        return False
    pairs = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    return len(pairs) <= MOST_WORDS and all(_slip(a, b) for a, b in pairs)


def _fold(text: str) -> list[str]:
    return [word.translate(_FOLD) for word in _WORD.findall(text.lower())]


def _slip(a: str, b: str) -> bool:
    if any(char.isdigit() for char in a + b):
        return False
    return min(len(a), len(b)) >= 4 and a[0] == b[0] and OSA.distance(a, b) <= 1
