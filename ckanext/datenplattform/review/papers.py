"""What the board's papers are: kinds, the hash of a version, which one is in force, what changed. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date
from difflib import SequenceMatcher

KINDS = ("principles", "instruction", "concept", "plan", "other")
#: comparing lines grows with the square
LONGEST, MOST_LINES = 100_000, 2000
NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,99}")
#: addresses that pages have already
TAKEN = ("neu",)
#: (same, del, ins or gap; the line)
Line = tuple[str, str]


def digest(title: str, text: str, valid_from: date) -> str:
    """The hash of a version (SHA-256, hex) over canonical JSON: what a citation fixes."""
    body = {"title": title, "text": text, "valid_from": valid_from.isoformat()}
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def in_force(versions: Iterable[tuple[int, date]], day: date) -> int | None:
    """The number of the version that holds on a day: the latest that is valid then; None: none yet."""
    return max((number for number, valid_from in versions if valid_from <= day), default=None)


def difference(before: str, after: str, around: int = 2) -> list[Line]:
    """What changed, line by line, with some lines around; "gap" stands for lines that are the same in both."""
    old, new = before.splitlines(), after.splitlines()
    found: list[Line] = []
    # lines that are alike in many places are compared like all others: a paper is short
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(around):
        if found or group[0][1] > 0:
            found.append(("gap", ""))
        for kind, a, b, c, d in group:
            if kind == "equal":
                found += [("same", line) for line in old[a:b]]
            else:
                found += [("del", line) for line in old[a:b]]
                found += [("ins", line) for line in new[c:d]]
    return found
