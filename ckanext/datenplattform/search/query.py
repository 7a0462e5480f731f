"""What a question of plain words looks through, and which word somebody may have meant. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

#: Fields and their weights: what stands in a title counts double, a whole word counts beside its parts.
FIELDS = "title_de_whole^2 title_de^2 text_de text_de_whole"
#: All fields count, not the best alone: a word that is there as a whole, and in the title, comes before a part of one.
TIE = "1"
#: Words of a question that are looked at.
MOST_WORDS = 10


def german(params: Mapping[str, Any]) -> dict[str, Any]:
    """A search's parameters, through the German fields if it is one of plain words and names no fields of its own. A question
    with a colon is CKAN's way to ask a single field."""
    q = str(params.get("q") or "").strip()
    if not words(q) or ":" in q or params.get("qf") or params.get("defType"):
        return dict(params)
    return {**params, "qf": FIELDS, "tie": params.get("tie") or TIE}


def words(text: str) -> list[str]:
    """The words of a question, as they were written."""
    return re.findall(r"\w+", text)[:MOST_WORDS]


def beginning(text: str) -> str:
    """A search in the language of Solr for titles with words that begin like these; "" without words."""
    # in small letters: AND, OR and NOT are words of the language too
    found = words(text.lower())
    return "title_de_begin:({})".format(" AND ".join(found)) if found else ""


def corrected(text: str, known: Mapping[str, int]) -> str | None:
    """The question with each unknown word replaced by the known one next to it; None where there is none to replace, or none
    near. ``known``: words in small letters → number of titles. A third of the letters may differ, two at most."""
    found = words(text.lower())
    near = [word if word in known else _nearest(word, known) for word in found]
    if near == found or None in near:
        return None
    return " ".join(word for word in near if word)


def _nearest(word: str, known: Mapping[str, int]) -> str | None:
    most = min(2, len(word) // 3)
    if not most:
        return None
    hits = process.extract(word, list(known), scorer=OSA.distance, score_cutoff=most, limit=20)
    return min(hits, key=lambda hit: (hit[1], -known[hit[0]], hit[0]))[0] if hits else None
