"""The room's public face. Other rooms import this module and nothing else of the room; it imports no CKAN model or
plugin.

`parse` reads a catalogue of others, `licence` and `vocabulary` know the code lists.
"""

from __future__ import annotations

from .clean import clean_geometry, clean_tags, clean_text
from .defaults import geocoding
from .read import Record, Unreadable, parse
from .vocabulary import Concept, Vocabulary, is_open, licence, names, needs_attribution, vocabulary

__all__ = [
    "Concept",
    "Record",
    "Unreadable",
    "Vocabulary",
    "clean_geometry",
    "clean_tags",
    "clean_text",
    "file_format",
    "geocoding",
    "is_open",
    "label",
    "licence",
    "names",
    "needs_attribution",
    "parse",
    "vocabulary",
]


def label(name: str, value: object, lang: str = "de") -> str:
    """What a person reads for a code, IRI or label of the list `name` ("theme", "frequency", "licence", …)."""
    return vocabulary(name).label(value, lang)


def file_format(value: str) -> str:
    """The short name of a file format ("CSV") for a name, media type or address; an unknown one comes back as it is."""
    text = value.strip()
    return vocabulary("file_type").code(text.split("media-types/")[-1]) or text
