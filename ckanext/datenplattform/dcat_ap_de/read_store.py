"""Triples of a large catalogue, in a file instead of memory: a small rdflib store on SQLite.

It knows what reading needs and no more: triples are added one by one and then asked for by subject. Any parser of rdflib
fills it, and lines of N-Triples go in unparsed. The file has no name of its own and is gone with the object.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from rdflib import Literal, URIRef
from rdflib.store import Store
from rdflib.term import BNode

_BATCH = 5_000
#: Kilobytes of pages that SQLite keeps in memory.
_CACHE = 32_000
_IRI, _BLANK, _LITERAL = "<", "_", '"'
_SIGN = "\x00"

#: Subject, predicate and object, as `encode` writes them.
Row = tuple[str, str, str]


class SpillStore(Store):
    """Not for many threads; nothing is ever taken out."""

    def __init__(self) -> None:
        super().__init__()
        # An empty name: a temporary file that SQLite removes itself, also when the process is killed.
        self._base = sqlite3.connect("")
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("PRAGMA synchronous = OFF")
        self._base.execute(f"PRAGMA cache_size = -{_CACHE}")
        self._base.execute("PRAGMA temp_store = FILE")
        self._base.execute("CREATE TABLE t (s TEXT NOT NULL, p TEXT NOT NULL, o TEXT NOT NULL)")
        self._rows: list[Row] = []
        self._indexed = False

    def add(self, triple: Any, context: Any = None, quoted: bool = False) -> None:
        """Take one triple."""
        self.add_row((encode(triple[0]), encode(triple[1]), encode(triple[2])))

    def add_row(self, row: Row) -> None:
        """Take one triple, encoded."""
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self._flush()

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[tuple[Any, Iterator[Any]]]:
        """All triples that fit; quick where the subject is given."""
        self._flush()
        given = [(name, encode(term)) for name, term in zip("spo", triple_pattern, strict=True) if term is not None]
        if not self._indexed and any(name == "s" for name, _ in given):
            self._base.execute("CREATE INDEX by_subject ON t (s)")
            self._indexed = True
        where = " AND ".join(f"{name} = ?" for name, _ in given) or "1"
        rows = self._base.execute(f"SELECT DISTINCT s, p, o FROM t WHERE {where}", [value for _, value in given])  # noqa: S608 - letters
        for s, p, o in rows:
            yield (decode(s), decode(p), decode(o)), iter(())

    def __len__(self, context: Any = None) -> int:
        self._flush()
        [(count,)] = self._base.execute("SELECT count(*) FROM t")
        return count

    def bind(self, prefix: str, namespace: Any, override: bool = True) -> None:
        """Prefixes are of no use here."""

    def namespace(self, prefix: str) -> None:
        """None: there are no prefixes."""

    def prefix(self, namespace: Any) -> None:
        """None: there are no prefixes."""

    def namespaces(self) -> Iterator[Any]:
        """None at all."""
        return iter(())

    def close(self, commit_pending_transaction: bool = False) -> None:
        """Give the file back."""
        self._base.close()

    def _flush(self) -> None:
        if self._rows:
            self._base.executemany("INSERT INTO t VALUES (?, ?, ?)", self._rows)
            self._rows.clear()


def encode(term: Any) -> str:
    """A term as text: what it is by its first sign."""
    if isinstance(term, Literal):
        kind = f"@{term.language}" if term.language else str(term.datatype or "")
        return literal(str(term), kind)
    return f"{_BLANK if isinstance(term, BNode) else _IRI}{term}"


def literal(text: str, kind: str = "") -> str:
    """A literal as text; ``kind``: "@de", the IRI of a datatype, or "" for neither."""
    return f"{_LITERAL}{kind}{_SIGN}{text}"


def decode(text: str) -> Any:
    """The term that `encode` was given."""
    sign, rest = text[0], text[1:]
    if sign == _IRI:
        return URIRef(rest)
    if sign == _BLANK:
        return BNode(rest)
    kind, _, value = rest.partition(_SIGN)
    if kind.startswith("@"):
        return Literal(value, lang=kind[1:])
    return Literal(value, datatype=URIRef(kind) if kind else None)
