"""Of the titles that people labelled with a Musterdatensatz: for how many is the right one among the three suggestions?

The titles and labels are those of the Musterdatenkatalog (Bertelsmann Stiftung, CC0), beside the project in the folder that
DATENPLATTFORM_SHARED names. They are the test set: the words of the catalogue were written without them, and improved by
looking at the titles of one half of the towns only. The other half, `held out`, nobody looked at. A label is right when it
is the entry's name or the one by which the catalogue of before called it (`formerly`).
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import fuzz, process

from bench.claims import Claim
from ckanext.datenplattform.inventory import musterdatensatz

FLOOR = 0.5
SUGGESTIONS = 3
# the titles of this town were known before the halves were made
SEEN = "Bonn"


class Title(NamedTuple):
    """A dataset that people labelled."""

    town: str
    title: str
    description: str
    label: str


def shared() -> Path:
    """Where the Musterdatenkatalog's own files are, if they are on this machine."""
    folder = os.environ.get("DATENPLATTFORM_SHARED") or Path(__file__).resolve().parents[2] / "shared"
    return Path(folder) / "musterdatenkatalog"


def labelled_rows() -> list[dict[str, str]] | None:
    """The rows of the file, or None where it is not on this machine."""
    file = shared() / "labelled-titles.csv"
    if not file.exists():
        return None
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def labelled() -> list[Title] | None:
    """The labelled titles, or None where they are not on this machine."""
    rows = labelled_rows()
    if rows is None:
        return None
    return [Title(row["organisation"], row["title"], row["description"], row["musterdatensatz"]) for row in rows]


def halves(titles: list[Title]) -> tuple[list[Title], list[Title]]:
    """(looked at while the catalogue was written, held out): whole towns, the largest first, each to the smaller half."""
    sizes = Counter(title.town for title in titles)
    seen, numbers = set[str](), [0, 0]
    for town, size in sorted(sizes.items(), key=lambda item: (item[0] != SEEN, -item[1], item[0])):
        half = 0 if numbers[0] <= numbers[1] else 1
        numbers[half] += size
        if half == 0:
            seen.add(town)
    return [title for title in titles if title.town in seen], [title for title in titles if title.town not in seen]


def ours(title: Title) -> set[str]:
    """All names of the three suggested entries."""
    found = musterdatensatz.suggest(title.title, title.description, SUGGESTIONS)
    return {name for item in found for name in (item.entry.name, *item.entry.formerly)}


def by_name(title: Title) -> set[str]:
    """For comparison: the three entries one of whose names is most like the title, by rapidfuzz alone."""
    named = [(entry, name) for entry in musterdatensatz.catalogue() for name in (entry.name, *entry.formerly)]
    near = process.extract(title.title, [name for _, name in named], scorer=fuzz.token_set_ratio, limit=len(named))
    entries = dict.fromkeys(named[number][0] for _, _, number in near)
    return {name for entry in list(entries)[:SUGGESTIONS] for name in (entry.name, *entry.formerly)}


def share(titles: list[Title], suggest: Callable[[Title], set[str]] = ours) -> float:
    """The share of titles whose label is among the suggestions, 0 to 1."""
    return sum(title.label in suggest(title) for title in titles) / len(titles)


def claims() -> list[Claim]:
    """The figures for all titles and for those nobody looked at."""
    titles = labelled()
    if titles is None:
        print("ausgelassen: die beschrifteten Titel des Musterdatenkatalogs fehlen (DATENPLATTFORM_SHARED)")
        return []
    _, held_out = halves(titles)
    print(f"{len(titles)} Titel, davon {len(held_out)} ungesehen; nur nach dem Namen: {share(titles, by_name):.3f}")
    return [
        Claim("musterdatensatz, all titles", round(100 * share(titles), 1), 100, FLOOR, unit="%"),
        Claim("musterdatensatz, held-out half", round(100 * share(held_out), 1), 100, FLOOR, unit="%"),
    ]
