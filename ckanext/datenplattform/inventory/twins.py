"""Which records are likely the same dataset, entered twice. Pure: titles, units and systems in, likely twins out.

The score is 0 to 100: how like the titles are (without empty words, endings and word order; 60 % the whole, 40 % the word that
fits worst), minus 20 when only one bears numbers, minus 35 when they bear different ones (the same list of another year is no twin),
plus 5 for the same unit, minus 5 for another one, plus 8 for the same source system. From `LIKELY` on, people are asked to look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from .musterdatensatz import EMPTY, stem

LIKELY = 80.0
ONE_NUMBER, OTHER_NUMBERS, SAME_UNIT, OTHER_UNIT, SAME_SYSTEM = -20.0, -35.0, 5.0, -5.0, 8.0
# titles less alike than this need no second look, whatever unit and system add
FIRST_LOOK = 60.0
WHOLE, WORST_WORD = 0.6, 0.4
SYSTEM_LIKENESS = 90
# titles alike only when written as one word ("Baum-Kataster"), but then very much, count a little less
AS_ONE_WORD, ONE_WORD_LIKENESS = 0.97, 92


@dataclass(frozen=True)
class Known:
    """What is known of a record. `unit` and `source_system` are None where nobody may know or nobody said."""

    id: str
    title: str
    unit: str | None = None
    source_system: str | None = None


@dataclass(frozen=True)
class Twin:
    """A record and how likely it is the same."""

    known: Known
    score: float


@lru_cache(maxsize=50_000)
def words_of(title: str) -> tuple[str, str, frozenset[str]]:
    """(stems in alphabetical order, the title as one word, its numbers)."""
    words = re.findall(r"[^\W\d_]+", title.lower())
    telling = [stem(word) for word in words if word not in EMPTY and len(word) > 1] or [stem(word) for word in words]
    return " ".join(sorted(telling)), "".join(telling), frozenset(re.findall(r"\d+", title))


def without(title: str | None, town: str) -> str:
    """A title without the town's name, which says nothing in the town's own inventory."""
    return (title or "").replace(town, " ")


def telling(title: str) -> str:
    """The words of a title that say what it is about, as they are written; all of them when none does.

    Example: `telling("Übersicht der Straßenbäume im Stadtgebiet")` gives "Straßenbäume".
    """
    words = re.findall(r"[^\W_]+", title)
    return " ".join([word for word in words if word.lower() not in EMPTY] or words)


def _alike(one: str, other: str) -> float:
    mine, theirs = words_of(one), words_of(other)
    if not mine[0] or not theirs[0]:
        return 100.0 if one.strip() and one.strip() == other.strip() else 0.0
    likeness = WHOLE * fuzz.ratio(mine[0], theirs[0]) + WORST_WORD * _worst_word(mine[0].split(), theirs[0].split())
    likeness = max(likeness, AS_ONE_WORD * fuzz.ratio(mine[1], theirs[1], score_cutoff=ONE_WORD_LIKENESS))
    if mine[2] == theirs[2]:
        return likeness
    return likeness + (OTHER_NUMBERS if mine[2] and theirs[2] else ONE_NUMBER)


def _worst_word(one: list[str], other: list[str]) -> float:
    """How like the other title's words the word is that fits worst, whichever of the two it stands in."""
    pairs = [(one, other), (other, one)]
    return min(max(fuzz.ratio(word, like) for like in likes) for words, likes in pairs for word in words)


def score(one: Known, other: Known) -> float:
    """How likely two records are the same, 0 to 100 (see above)."""
    found = _alike(one.title, other.title)
    if one.unit and other.unit:
        found += SAME_UNIT if one.unit == other.unit else OTHER_UNIT
    systems = [(known.source_system or "").strip().lower() for known in (one, other)]
    if all(systems) and fuzz.token_sort_ratio(*systems) >= SYSTEM_LIKENESS:
        found += SAME_SYSTEM
    return round(min(100.0, max(0.0, found)), 1)


def find(wanted: Known, others: Iterable[Known], n: int = 5) -> list[Twin]:
    """The likely twins among others, best first. 20,000 others take some 30 ms once their titles are known (measured).

    Example: `find(Known("", "Baumkataster"), [Known("1", "Baum-Kataster der Stadt")])[0].known.id == "1"`
    """
    known = [other for other in others if other.id != wanted.id or not wanted.id]
    mine, titles = words_of(wanted.title), [words_of(other.title) for other in known]
    near: set[int] = set()
    for query, choices in ((mine[0], [title[0] for title in titles]), (mine[1], [title[1] for title in titles])):
        found = process.extract_iter(query, choices, scorer=fuzz.ratio, score_cutoff=FIRST_LOOK)
        near |= {number for _, _, number in found}
    scored = [Twin(known[number], score(wanted, known[number])) for number in sorted(near)]
    likely = [twin for twin in scored if twin.score >= LIKELY]
    return sorted(likely, key=lambda twin: (-twin.score, twin.known.title, twin.known.id))[:n]
