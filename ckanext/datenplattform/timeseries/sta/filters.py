"""The language of `$filter` (OGC 18-088, 9.3.3.5): from text to an expression. Pure.

What is understood: a property compared (``eq ne gt ge lt le``) with a text, a number, true, false, null or a time; ``and``, ``or``,
``not``, brackets; ``startswith``, ``endswith``, ``substringof``; ``geo.intersects`` with a polygon, as maps ask. Texts have an end, and
brackets a depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ...core.i18n import N_

#: Signs of a filter, brackets within brackets, comparisons.
LONGEST, DEEPEST, MOST = 4000, 20, 100
COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
FUNCTIONS = ("startswith", "endswith", "substringof")
INTERSECTS = "geo.intersects"
_FLIPPED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}

TOO_LONG = N_("The filter is too long or has too many brackets.")
NOT_READ = N_("The filter cannot be read from here on: %(rest)s")
NOT_DONE = N_("This service does not know “%(what)s” in a filter.")
ONE_PROPERTY = N_("A comparison needs one property and one value: %(rest)s")
BAD_TIME = N_("This is no time: %(rest)s")


class Refused(Exception):
    """The question cannot be answered. ``status``: 400 for what is wrong, 501 for what is right and not offered here. ``text``
    with its ``values`` says so."""

    def __init__(self, status: int, text: str, **values: Any) -> None:
        super().__init__(text)
        self.status, self.text, self.values = status, text, values


@dataclass(frozen=True)
class Comparison:
    """``path`` is compared with ``value`` (text, number, true, false, None or an aware time)."""

    path: tuple[str, ...]
    operator: str
    value: Any


@dataclass(frozen=True)
class Function:
    """One of `FUNCTIONS` of a property and a text."""

    name: str
    path: tuple[str, ...]
    value: str


@dataclass(frozen=True)
class Touching:
    """``geo.intersects`` of a property and a polygon without holes: its corners, longitude and latitude in degrees."""

    path: tuple[str, ...]
    corners: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Both:
    """``and`` (``every``) or ``or`` of several expressions."""

    every: bool
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Opposite:
    """``not``."""

    inner: Expression


Expression = Comparison | Function | Touching | Both | Opposite


class _Shape:
    """A geometry as it was written (well-known text)."""

    def __init__(self, text: str) -> None:
        self.text = text

    def corners(self) -> tuple[tuple[float, float], ...]:
        """Of a polygon. Raises Refused for all else."""
        found = _POLYGON.fullmatch(self.text)
        if found is None:
            raise Refused(501, NOT_DONE, what=self.text[:60])
        pairs = [pair.split() for pair in found[1].split(",")]
        try:
            return tuple((float(pair[0]), float(pair[1])) for pair in pairs)
        except (ValueError, IndexError):
            raise Refused(400, NOT_READ, rest=self.text[:60]) from None


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


_TOKEN = re.compile(
    r"""\s*(?:
    (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+\- ]\d\d:?\d\d)(?:/\S+)?)
    |(?P<number>-?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?(?![\w.]))
    |(?P<shape>(?:geography|geometry)'[^']*')
    |(?P<text>'(?:[^']|'')*')
    |(?P<name>@?[^\W\d][\w.-]*(?:/@?[^\W\d][\w.-]*)*)
    |(?P<sign>[(),])
    )""",
    re.VERBOSE,
)
_POLYGON = re.compile(r"\w+'\s*(?:SRID=4326;)?\s*POLYGON\s*\(\s*\(([-+\d.eE,\s]+)\)\s*\)\s*'", re.IGNORECASE)
_NO_PATH = frozenset({*COMPARISONS, "and", "or", "not"})
_CONSTANTS = {"true": True, "false": False, "null": None}


def parse(text: str) -> Expression:
    """The expression of a filter. Raises Refused."""
    if len(text) > LONGEST:
        raise Refused(400, TOO_LONG)
    reader = _Reader(text)
    found = reader.either(0)
    if reader.token.kind != "end":
        raise reader.not_read()
    return found


def time(text: str) -> datetime:
    """A time as filters write it. Raises Refused. A plus that was not encoded in an address has become a blank."""
    if "/" in text:
        raise Refused(501, NOT_DONE, what="/")
    plain = re.sub(r"([+\- ])(\d\d):?(\d\d)\Z", lambda match: f"{match[1].replace(' ', '+')}{match[2]}:{match[3]}", text)
    plain = re.sub(r"\.(\d+)", lambda match: "." + match[1][:6].ljust(6, "0"), plain).replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(plain).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise Refused(400, BAD_TIME, rest=text[:60]) from None


class _Reader:
    """Reads one sign after the other; one method for each level of binding."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.count = 0
        self.tokens = self._tokens()
        self.token = next(self.tokens)

    def _tokens(self) -> Iterator[_Token]:
        at, end = 0, len(self.text.rstrip())
        while at < end:
            found = _TOKEN.match(self.text, at)
            if found is None:
                raise Refused(400, NOT_READ, rest=self.text[at : at + 60].strip())
            kind = str(found.lastgroup)
            yield _Token(kind, found[kind], found.start(kind))
            at = found.end()
        yield _Token("end", "", end)

    def not_read(self) -> Refused:
        return Refused(400, NOT_READ, rest=self.text[self.token.at : self.token.at + 60])

    def take(self) -> _Token:
        token, self.token = self.token, next(self.tokens, _Token("end", "", len(self.text)))
        return token

    def word(self, *words: str) -> bool:
        return self.token.kind == "name" and self.token.text in words

    def sign(self, sign: str) -> None:
        if self.token.kind != "sign" or self.token.text != sign:
            raise self.not_read()
        self.take()

    def either(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise Refused(400, TOO_LONG)
        parts = [self.every(depth)]
        while self.word("or"):
            self.take()
            parts.append(self.every(depth))
        return parts[0] if len(parts) == 1 else Both(False, tuple(parts))

    def every(self, depth: int) -> Expression:
        parts = [self.single(depth)]
        while self.word("and"):
            self.take()
            parts.append(self.single(depth))
        return parts[0] if len(parts) == 1 else Both(True, tuple(parts))

    def single(self, depth: int) -> Expression:
        if self.word("not"):
            if depth >= DEEPEST:
                raise Refused(400, TOO_LONG)
            self.take()
            return Opposite(self.single(depth + 1))
        if self.token.kind == "sign" and self.token.text == "(":
            self.take()
            found = self.either(depth + 1)
            self.sign(")")
            return found
        return self.comparison()

    def comparison(self) -> Expression:
        self.count += 1
        if self.count > MOST:
            raise Refused(400, TOO_LONG)
        begin = self.token.at
        left = self.operand()
        if isinstance(left, Function):
            # f(x) eq true is the same as f(x)
            if self.word("eq", "ne"):
                operator, value = self.take().text, self.operand()
                if not isinstance(value, bool):
                    raise Refused(400, ONE_PROPERTY, rest=self.text[begin : begin + 60])
                return left if value == (operator == "eq") else Opposite(left)
            return left
        if isinstance(left, Touching):
            return left
        if not self.word(*COMPARISONS):
            if self.token.kind == "name" and self.token.text in ("add", "sub", "mul", "div", "mod", "in", "has"):
                raise Refused(501, NOT_DONE, what=self.token.text)
            raise self.not_read()
        operator, right = self.take().text, self.operand()
        if isinstance(left, tuple) and not isinstance(right, (tuple, Function, Touching, _Shape)):
            return Comparison(left, operator, right)
        if isinstance(right, tuple) and not isinstance(left, (tuple, _Shape)):
            return Comparison(right, _FLIPPED.get(operator, operator), left)
        raise Refused(501 if isinstance(left, tuple) else 400, ONE_PROPERTY, rest=self.text[begin : begin + 60])

    def operand(self) -> Any:
        """A property's path (a tuple), a function, or a value."""
        token = self.take()
        if token.kind == "time":
            return time(token.text)
        if token.kind == "number":
            return float(token.text) if re.search(r"[.eE]", token.text) else int(token.text)
        if token.kind == "text":
            return token.text[1:-1].replace("''", "'")
        if token.kind == "shape":
            return _Shape(token.text)
        if token.kind == "name" and self.token.kind == "sign" and self.token.text == "(":
            return self.function(token.text)
        if token.kind == "name" and token.text in _CONSTANTS:
            return _CONSTANTS[token.text]
        if token.kind == "name" and token.text not in _NO_PATH:
            return tuple(token.text.split("/"))
        self.token = token
        raise self.not_read()

    def function(self, name: str) -> Function | Touching:
        if name not in FUNCTIONS and name != INTERSECTS:
            raise Refused(501, NOT_DONE, what=name[:60])
        begin = self.token.at
        self.sign("(")
        first = self.operand()
        self.sign(",")
        second = self.operand()
        self.sign(")")
        if name == INTERSECTS:
            if not isinstance(first, tuple) or not isinstance(second, _Shape):
                raise Refused(501, ONE_PROPERTY, rest=self.text[begin : begin + 60])
            return Touching(first, second.corners())
        # substringof has the text first
        path, text = (second, first) if name == "substringof" else (first, second)
        if not isinstance(path, tuple) or not isinstance(text, str):
            raise Refused(501, ONE_PROPERTY, rest=self.text[begin : begin + 60])
        return Function(name, path, text)
