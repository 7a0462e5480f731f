"""Two texts side by side, with the words that differ. Pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal

Part = tuple[Literal["same", "del", "ins"], str]
# comparing words grows with the square: longer texts are shown as wholly changed
MOST_WORDS = 3000
_WORD = re.compile(r"\s+|\w+|[^\w\s]")


def side_by_side(before: str, after: str) -> tuple[list[Part], list[Part]]:
    """What stood and what is to stand, each in parts: "same", or "del" (only before) and "ins" (only after)."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if len(old) + len(new) > MOST_WORDS:
        return ([("del", before)] if before else []), ([("ins", after)] if after else [])
    left: list[Part] = []
    right: list[Part] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            left.append(("same", "".join(old[a:b])))
            right.append(("same", "".join(new[c:d])))
            continue
        if b > a:
            left.append(("del", "".join(old[a:b])))
        if d > c:
            right.append(("ins", "".join(new[c:d])))
    return left, right
