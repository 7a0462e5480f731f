"""Code lists: one loader for the small data files in ``vocabularies/``.

A package dict holds the short code ("CSV", "TRAN", "dl-de/by-2-0"), people read the label, RDF gets the IRI. On input
any of the three will do. No CKAN here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ckanext.datenplattform.core import yaml_file

FOLDER = Path(__file__).parent / "vocabularies"
# Licences stand in the file that CKAN's own licence register reads too, which has no place for where they come from.
LICENCES_FILE = FOLDER / "licences.json"
# answers that a list remembers: the same few words are asked for with each dataset
MOST_FOUND = 10_000
LICENCES_BASE = "http://dcat-ap.de/def/licenses/"
LICENCES_SOURCE = "https://www.dcat-ap.de/def/licenses/ (version 2020-07-15, 34 entries)"
LICENCES_DATE = "2026-11-23"


@dataclass(frozen=True)
class Concept:
    """One entry of a code list. `iri` is empty where the official list has no such entry."""

    code: str
    iri: str
    de: str
    en: str = ""
    extra: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)

    def label(self, lang: str = "de") -> str:
        """What a person reads: German unless another language is asked for and known."""
        return self.de if lang.startswith("de") or not self.en else self.en


def _key(text: str) -> str:
    """The form in which codes, labels and IRIs are compared: no case, no double spaces, no scheme, no final slash or
    dot; of Creative Commons' pages for people and lawyers the licence's own address.
    """
    text = re.sub(r"\s+", " ", str(text)).strip().lower()
    text = re.sub(r"^https?://(www\.)?", "", text)
    text = re.sub(r"^(creativecommons\.org/\S+?)/(deed|legalcode)(\.\w+)?$", r"\1", text)
    return text.rstrip("/.").lstrip(".")


class Vocabulary:
    """A code list: `find` by code, IRI, label or alias; iterate in the order of the file.

    `source` says where the list is published, `date` (ISO) when it was last compared.
    """

    def __init__(
        self,
        name: str,
        scheme: str,
        base: str,
        concepts: list[Concept],
        pattern: str | None = None,
        source: str = "",
        date: str = "",
    ) -> None:
        self.name = name
        self.source = source
        self.date = date
        self.scheme = scheme
        self.base = base
        self.concepts = concepts
        self._pattern = re.compile(pattern) if pattern else None
        self._index: dict[str, Concept] = {}
        self._found: dict[str, Concept | None] = {}
        # Codes win over IRIs, IRIs over labels, labels over aliases, and the first entry over a later one.
        for keys in (self._codes, self._iris, self._labels, self._aliases):
            for concept in concepts:
                for key in keys(concept):
                    if key:
                        self._index.setdefault(_key(key), concept)

    @staticmethod
    def _codes(concept: Concept) -> list[str]:
        return [concept.code]

    @staticmethod
    def _iris(concept: Concept) -> list[str]:
        return [concept.iri]

    @staticmethod
    def _labels(concept: Concept) -> list[str]:
        return [concept.de, concept.en]

    @staticmethod
    def _aliases(concept: Concept) -> list[str]:
        extra = concept.extra
        return [*extra.get("aliases", ()), extra.get("notation", ""), extra.get("url", ""), extra.get("media", "")]

    def __iter__(self):
        return iter(self.concepts)

    def find(self, value: object) -> Concept | None:
        """The concept that `value` (code, IRI, label or alias, any case) names, or None.

        A list with a `pattern` is open: a code that fits, alone or as the end of an IRI below the list's base, is
        taken as it is, and is its own label.
        """
        if not isinstance(value, str) or not value.strip():
            return None
        if value not in self._found:
            if len(self._found) >= MOST_FOUND:
                self._found.clear()
            self._found[value] = self._find(value.strip())
        return self._found[value]

    def _find(self, text: str) -> Concept | None:
        # The end of an IRI below the list's base, also under another spelling of it (https), is looked up like a code.
        end = re.sub(r"^https?://", "", text).removeprefix(re.sub(r"^https?://", "", self.base))
        code = end if "/" in text else text
        found = self._index.get(_key(text)) or self._index.get(_key(code))
        if not found and self._pattern and self._pattern.fullmatch(code):
            found = Concept(code, self.base + code, code, code)
        return found

    def code(self, value: object) -> str | None:
        """The code for `value`, or None."""
        concept = self.find(value)
        return concept.code if concept else None

    def iri(self, value: object) -> str | None:
        """The IRI for `value`, or None (also when the official list has no such entry)."""
        concept = self.find(value)
        return concept.iri or None if concept else None

    def label(self, value: object, lang: str = "de") -> str:
        """The label for `value`; a value that is not in the list is shown as it is."""
        concept = self.find(value)
        return concept.label(lang) if concept else str(value or "")


def _from_yaml(name: str) -> Vocabulary:
    data = yaml_file.read(FOLDER / f"{name}.yaml")
    concepts = []
    for entry in data["concepts"]:
        code = str(entry["code"])
        iri = entry.get("iri", data["base"] + str(entry.get("notation", code)))
        extra = {key: value for key, value in entry.items() if key not in ("code", "iri", "de", "en")}
        # Proper names are the same in both languages.
        english = entry.get("en", entry["de"] if data.get("names") else "")
        concepts.append(Concept(code, iri, entry["de"], english, extra))
    return Vocabulary(
        name, data["scheme"], data["base"], concepts, data.get("pattern"), data["source"], str(data["date"])
    )


def _licences() -> Vocabulary:
    """Licences come from the file that CKAN's own licence register reads too, so that there is one list."""
    concepts = [
        Concept(entry["id"], entry["iri"], entry["title"], entry.get("title_en", ""), entry)
        for entry in json.loads(LICENCES_FILE.read_text("utf-8"))
    ]
    scheme = LICENCES_BASE.rstrip("/")
    return Vocabulary("licence", scheme, LICENCES_BASE, concepts, source=LICENCES_SOURCE, date=LICENCES_DATE)


@cache
def vocabulary(name: str) -> Vocabulary:
    """The code list `name`: "licence" or a file of the folder without ".yaml". Raises FileNotFoundError for another
    name.
    """
    return _licences() if name == "licence" else _from_yaml(name)


def names() -> list[str]:
    """The names of all code lists."""
    return ["licence", *sorted(path.stem for path in FOLDER.glob("*.yaml"))]


def licence(value: object) -> Concept | None:
    """The licence that a code, IRI, address or title names, or None. See `is_open` and `needs_attribution`."""
    return vocabulary("licence").find(value)


def is_open(concept: Concept | None) -> bool:
    """Whether a licence is open: no limit to purpose, commerce or changes (Open Definition)."""
    return bool(concept and concept.extra.get("od_conformance") == "approved")


def needs_attribution(concept: Concept | None) -> bool:
    """Whether a licence demands that the source is named (DCAT-AP.de, convention 35: the text must then be
    delivered).
    """
    return bool(concept and concept.extra.get("attribution"))
