"""What stands in an address: the way to an entity, and the options of the question. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ...core.i18n import N_
from . import filters
from .filters import Refused

#: Entities within entities, how many of them in one question, steps of a way, and rows passed over by `$skip`.
DEEPEST, MOST_EXPANDED, LONGEST_WAY, FARTHEST = 4, 20, 12, 100_000
_SINGLE = ("$filter", "$orderby", "$top", "$skip", "$count", "$select", "$expand", "$resultFormat", "$skiptoken")

NOT_FOUND = N_("There is nothing at this address.")
UNKNOWN_OPTION = N_("This service does not know the option %(name)s.")
WHOLE_NUMBER = N_("%(name)s has to be a whole number of at most %(most)s.")
TRUE_FALSE = N_("$count is true or false.")
BAD_ORDER = N_("The order cannot be read: %(rest)s")
BAD_EXPAND = N_("$expand cannot be read: %(rest)s")
TOO_DEEP = N_("$expand asks for too much at once.")
ONLY_ARRAY = N_("The only other form of the answer is $resultFormat=dataArray.")
TWICE = N_("The option %(name)s stands twice.")


class Step(NamedTuple):
    """A part of a way: ``Things('x')``."""

    name: str
    id: str | None


@dataclass(frozen=True)
class Options:
    """The options of a question or of something expanded. ``raw``: as they were given. ``order``: (path, descending)."""

    where: filters.Expression | None = None
    order: tuple[tuple[tuple[str, ...], bool], ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    select: frozenset[str] = frozenset()
    expand: Mapping[str, Options] = field(default_factory=dict)
    array: bool = False
    token: str | None = None
    raw: Mapping[str, str] = field(default_factory=dict)


_STEP = re.compile(r"(\$?\w+)(?:\((?:'((?:[^']|'')*)'|([^()']+))\))?")


def way(path: str) -> list[Step]:
    """The steps of a path. Raises Refused (404)."""
    found = []
    for text in path.strip("/").split("/"):
        match = _STEP.fullmatch(text)
        if match is None:
            raise Refused(404, NOT_FOUND)
        quoted = match[2].replace("''", "'") if match[2] is not None else match[3]
        found.append(Step(match[1], quoted))
    if len(found) > LONGEST_WAY:
        raise Refused(404, NOT_FOUND)
    return found


def options(given: Iterable[tuple[str, str]]) -> Options:
    """The options among the parameters of an address; what does not begin with a dollar is not ours. Raises Refused."""
    return _options([(name, value) for name, value in given if name.startswith("$")], 0, [MOST_EXPANDED])


def _options(given: list[tuple[str, str]], depth: int, left: list[int]) -> Options:
    raw: dict[str, str] = {}
    for name, value in given:
        if name not in _SINGLE:
            raise Refused(400, UNKNOWN_OPTION, name=name[:40])
        if name in raw:
            raise Refused(400, TWICE, name=name)
        if len(value) > filters.LONGEST:
            raise Refused(400, filters.TOO_LONG)
        raw[name] = value
    if raw.get("$count", "false") not in ("true", "false"):
        raise Refused(400, TRUE_FALSE)
    if raw.get("$resultFormat") not in (None, "dataArray"):
        raise Refused(501, ONLY_ARRAY)
    return Options(
        where=filters.parse(raw["$filter"]) if raw.get("$filter", "").strip() else None,
        order=tuple(_order(raw.get("$orderby", ""))),
        top=_number("$top", raw["$top"], 10**9) if "$top" in raw else None,
        skip=_number("$skip", raw.get("$skip", "0"), FARTHEST),
        count=raw.get("$count") == "true",
        select=frozenset(name.strip() for name in raw.get("$select", "").split(",") if name.strip()),
        expand=_expand(raw.get("$expand", ""), depth, left),
        array="$resultFormat" in raw,
        token=raw.get("$skiptoken"),
        raw=raw,
    )


def _number(name: str, text: str, most: int) -> int:
    if not re.fullmatch(r"\d{1,10}", text, re.ASCII) or int(text) > most:
        raise Refused(400, WHOLE_NUMBER, name=name, most=most)
    return int(text)


def _order(text: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = re.fullmatch(r"(@?[\w.]+(?:/@?[\w.]+){0,5})(?:\s+(asc|desc))?", part, re.IGNORECASE)
        if found is None:
            raise Refused(400, BAD_ORDER, rest=part[:60])
        yield tuple(found[1].split("/")), (found[2] or "").lower() == "desc"


def _expand(text: str, depth: int, left: list[int]) -> dict[str, Options]:
    """``A,B/C,D($top=5;$expand=E)`` → name → its options; what is named twice is joined."""
    found: dict[str, list[tuple[str, str]]] = {}
    for part in _split(text, ","):
        match = re.fullmatch(r"(\w+)(?:/([\w/]+))?(?:\((.*)\))?", part, re.DOTALL)
        if match is None:
            raise Refused(400, BAD_EXPAND, rest=part[:60])
        inner = match[3] or ""
        if match[2]:
            given = [("$expand", match[2] + (f"({inner})" if inner else ""))]
        else:
            given = [(name.strip(), value) for name, _, value in (option.partition("=") for option in _split(inner, ";"))]
        found.setdefault(match[1], []).extend(given)
    left[0] -= len(found)
    if found and (depth >= DEEPEST or left[0] < 0):
        raise Refused(400, TOO_DEEP)
    return {name: _options(_joined(given), depth + 1, left) for name, given in found.items()}


def _joined(given: list[tuple[str, str]]) -> list[tuple[str, str]]:
    expanded = [value for name, value in given if name == "$expand"]
    return [(name, value) for name, value in given if name != "$expand"] + ([("$expand", ",".join(expanded))] if expanded else [])


def _split(text: str, sign: str) -> Iterator[str]:
    """The parts between signs that stand in no brackets and no quotes."""
    part, depth, quoted = "", 0, False
    for letter in text:
        if letter == "'":
            quoted = not quoted
        elif not quoted and letter in "()":
            depth += 1 if letter == "(" else -1
        if letter == sign and depth == 0 and not quoted:
            if part.strip():
                yield part.strip()
            part = ""
        else:
            part += letter
    if depth or quoted:
        raise Refused(400, BAD_EXPAND, rest=text[:60])
    if part.strip():
        yield part.strip()
