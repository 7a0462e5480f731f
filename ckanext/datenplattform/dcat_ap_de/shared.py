"""The room's public face. Other rooms import this module and nothing else of the room; it imports no CKAN model or
plugin.

`parse` reads a catalogue of others, `licence` and `vocabulary` know the code lists, `validate` the rules.
"""

from __future__ import annotations

from .clean import clean_geometry, clean_tags, clean_text
from .defaults import geocoding
from .licence_words import LicenceWords, can_be_published, compatible, licence_words
from .read import Catalogue, Record, parse, read
from .read_formats import Unreadable
from .validation.check import as_text, findings_as_text, told, validate
from .validation.findings import Finding
from .vocabulary import Concept, Vocabulary, is_open, licence, names, needs_attribution, vocabulary

__all__ = [
    "Catalogue",
    "Concept",
    "Finding",
    "LicenceWords",
    "Record",
    "Unreadable",
    "Vocabulary",
    "as_text",
    "can_be_published",
    "clean_geometry",
    "clean_tags",
    "clean_text",
    "compatible",
    "file_format",
    "findings_as_text",
    "geocoding",
    "is_open",
    "label",
    "licence",
    "licence_words",
    "names",
    "needs_attribution",
    "parse",
    "read",
    "told",
    "validate",
    "vocabulary",
]


def label(name: str, value: object, lang: str = "de") -> str:
    """What a person reads for a code, IRI or label of the list `name` ("theme", "frequency", "licence", …)."""
    return vocabulary(name).label(value, lang)


def file_format(value: str) -> str:
    """The short name of a file format ("CSV") for a name, media type or address; an unknown one comes back as it is."""
    text = value.strip()
    return vocabulary("file_type").code(text.split("media-types/")[-1]) or text
