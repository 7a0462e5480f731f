"""Which licence a service means by its free text on fees and access. Recognised, never guessed: one clear name or
none. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from ckanext.datenplattform.dcat_ap_de import shared as dcat

# "none" and the like say nothing about a licence.
_SHORTEST = 6


def recognise(texts: Iterable[str | None]) -> tuple[str | None, list[str]]:
    """The code of the one licence that the texts name, and all codes found. With several different ones there is no
    answer."""
    found: dict[str, None] = {}
    for text in texts:
        for code in _in_text(text or ""):
            found[code] = None
    codes = list(found)
    return (codes[0] if len(codes) == 1 else None), codes


def _in_text(text: str) -> Iterator[str]:
    text = text.strip()
    if not text:
        return
    whole = dcat.licence(text)
    if whole:
        yield whole.code
        return
    for entry in _json_entries(text):
        # GDI-DE: {"id": "dl-by-de/2.0", "name": …, "url": …, "quelle": …}
        named = next((c for key in ("id", "url", "name") if (c := dcat.licence(str(entry.get(key) or "")))), None)
        if named:
            yield named.code
            return
    plain = _plain(text)
    taken: list[tuple[int, int]] = []
    for name, code in _names():
        for match in re.finditer(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9]|[-.]\d)", plain):
            # A longer name wins over a shorter one inside it: "cc by-nc 4.0" is no "cc by".
            if not any(start < match.end() and match.start() < end for start, end in taken):
                taken.append(match.span())
                yield code


def _json_entries(text: str) -> Iterator[dict[str, Any]]:
    for part in re.findall(r"\{[^{}]*\}", text):
        try:
            entry = json.loads(part)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def _plain(text: str) -> str:
    """Without case, kinds of dashes, schemes of addresses and double blanks."""
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text.lower())
    text = re.sub(r"https?://(www\.)?", "", text)
    text = re.sub(r"\s*-\s*", "-", text)
    return re.sub(r"\s+", " ", text)


@cache
def _names() -> tuple[tuple[str, str], ...]:
    """Names by which a licence is recognised inside a text, longest first: those that name a version, and addresses."""
    found: dict[str, str] = {}
    for concept in dcat.vocabulary("licence"):
        titles = [concept.de, concept.en]
        texts = [concept.code, concept.iri, *titles, concept.extra.get("url", ""), *concept.extra.get("aliases", ())]
        # "Creative Commons … 4.0 International (CC BY-NC 4.0)": the short name stands in brackets.
        texts += [short for title in titles for short in re.findall(r"\(([^)]+)\)", title or "")]
        for text in texts:
            name = _plain(str(text or "")).rstrip("/. ")
            # Without a version "Creative Commons Namensnennung" could be any of five licences.
            if len(name) >= _SHORTEST and (re.search(r"\d", name) or "/" in name) and not concept.code.startswith("other-"):
                found.setdefault(name, concept.code)
                short = re.sub(r"-version (?=\d)", " ", name)
                found.setdefault(short, concept.code)
    return tuple(sorted(found.items(), key=lambda item: -len(item[0])))
