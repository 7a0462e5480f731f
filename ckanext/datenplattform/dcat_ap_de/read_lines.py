"""N-Triples, line by line: a broken line costs that line and no other. Source: W3C RDF 1.1 N-Triples, clause 2 and 7.

More is taken than the grammar allows, where catalogues write it: spaces in an IRI, a missing escape in a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import IO

from .read_store import Row, literal

#: A line with more bytes than this is no statement.
LONGEST = 4_000_000
_IRI = r"<([^<>\"]*)>"
_BLANK = r"_:([^\s<>\"]+)"
_LINE = re.compile(
    rf"\s*(?:{_IRI}|{_BLANK})\s*{_IRI}\s*(?:{_IRI}|{_BLANK}|\"((?:[^\"\\]|\\.)*)\"(?:@([A-Za-z0-9-]+)|\^\^{_IRI})?)\s*\.\s*(?:#.*)?",
    re.DOTALL,
)
_SUBJECT = re.compile(rf"\s*(?:{_IRI}|{_BLANK})\s*{_IRI}")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_SIGNS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


class Broken(ValueError):
    """A line that is no statement. ``subject`` and ``predicate``: as `read_store` encodes them, "" where unknown."""

    def __init__(self, line: int, subject: str = "", predicate: str = "") -> None:
        super().__init__(line)
        self.line, self.subject, self.predicate = line, subject, predicate


def rows(stream: IO[bytes], broken: Callable[[Broken], None]) -> Iterator[tuple[int, Row]]:
    """The statements of a file with their lines; lines that are none go to ``broken``. Never holds more than one line."""
    for number, line in enumerate(_lines(stream), 1):
        try:
            row = statement(line, number)
        except Broken as error:
            broken(error)
        else:
            if row is not None:
                yield number, row


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Lines; of one that is too long only the beginning, which is no statement."""
    while line := stream.readline(LONGEST):
        yield line
        while len(line) == LONGEST and not line.endswith(b"\n"):
            line = stream.readline(LONGEST)


def statement(line: bytes, number: int) -> Row | None:
    """One statement; None for an empty line or a remark. Raises Broken."""
    try:
        text = line.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise _broken(line.decode("utf-8", errors="replace"), number) from None
    found = _LINE.fullmatch(text)
    if found is None:
        if not text.strip() or text.lstrip().startswith("#"):
            return None
        raise _broken(text, number)
    subject, subject_blank, predicate, iri, blank, value, language, datatype = found.groups()
    try:
        if value is not None:
            obj = literal(_plain(value), f"@{language}" if language else _plain(datatype or ""))
        else:
            obj = f"<{_plain(iri)}" if iri is not None else f"_{blank}"
        return (f"<{_plain(subject)}" if subject is not None else f"_{subject_blank}"), f"<{_plain(predicate)}", obj
    except ValueError:
        raise _broken(text, number) from None


def _broken(text: str, number: int) -> Broken:
    start = _SUBJECT.match(text)
    if start is None:
        return Broken(number)
    iri, blank, predicate = start.groups()
    return Broken(number, f"<{iri}" if iri is not None else f"_{blank}", f"<{predicate}")


def _plain(text: str) -> str:
    return _ESCAPE.sub(_sign, text) if "\\" in text else text


def _sign(found: re.Match[str]) -> str:
    short, long, sign = found.groups()
    if sign is not None:
        if sign not in _SIGNS:
            raise ValueError(sign)
        return _SIGNS[sign]
    code = int(short or long, 16)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError(code)
    return chr(code)
