"""The grammar of a municipality's file: YAML in, `Municipality` out, with every fault named in words an operator can
act on.

Reading goes on after a fault, so that all of them are shown at once. Unknown keys are faults: a misspelt key would
otherwise silently do nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml

from . import municipality_board
from .errors import ConfigurationError
from .i18n import N_, translate
from .municipality import (
    Account,
    Accounts,
    BaseMap,
    District,
    Law,
    Municipality,
    Publisher,
    Source,
    StandingRelease,
    Unit,
)
from .observed import KINDS as PROPERTY_KINDS
from .observed import ObservedProperty, Word, words

#: What a unit can be: the group as a whole, the administration and its parts, a municipal enterprise without legal
# personality, #: a company the municipality owns, somebody else.
KINDS = ("group", "administration", "eigenbetrieb", "municipal_company", "outside")
LEVELS = ("eu", "federal", "state", "local")
FREQUENCIES = ("MANUAL", "ALWAYS", "DAILY", "WEEKLY", "BIWEEKLY", "MONTHLY")
ROLES = ("member", "editor", "admin")
PUBLISHER_TYPES = ("LocalAuthority", "RegionalAuthority", "NationalAuthority", "SupraNationalAuthority", "Company")

NOT_A_MAPPING = N_("%(where)s: expected a block of keys and values")
NOT_A_LIST = N_("%(where)s: expected a list")
NOT_THIS_TYPE = N_("%(where)s: expected %(expected)s")
UNKNOWN_KEY = N_("%(where)s: unknown key")
MISSING = N_("%(where)s: missing")
NOT_ONE_OF = N_("%(where)s: “%(value)s” is not one of %(choices)s")
MALFORMED = N_("%(where)s: “%(value)s” is malformed, expected %(expected)s")
TWICE = N_("%(where)s: “%(value)s” occurs twice")
UNKNOWN_UNIT = N_("%(where)s: there is no unit “%(value)s”")
URL_TWICE = N_("%(where)s: give either url or url_env")
FILE_FAULTY = N_("The file of the municipality %(file)s is faulty:\n%(faults)s")
NOT_YAML = N_("line %(line)s: not valid YAML")
NOT_READABLE = N_("cannot be read")

_T = TypeVar("_T")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{1,99}\Z")
_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[a-z]{2,}\Z", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s/]+(/\S*)?\Z")
_TILES = re.compile(r"(https?://[^\s/]+)?/(?!/)(?=\S*\{z\})(?=\S*\{x\})(?=\S*\{y\})\S+\Z")
_COLOUR = re.compile(r"#[0-9a-f]{6}\Z", re.IGNORECASE)


def read(path: Path) -> Municipality:
    """The municipality described in the file. Raises `ConfigurationError`."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        fault = translate(NOT_YAML) % {"line": mark.line + 1 if mark else "?"}
        raise ConfigurationError(FILE_FAULTY, file=path.name, faults=f"- {fault}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(FILE_FAULTY, file=path.name, faults=f"- {translate(NOT_READABLE)}") from error
    municipality, faults = parse(data)
    if municipality is None or faults:
        lines = "\n".join(f"- {fault}" for fault in faults)
        raise ConfigurationError(FILE_FAULTY, file=path.name, faults=lines)
    return municipality


def parse(data: Any) -> tuple[Municipality | None, list[str]]:
    """The municipality and the faults found, as translated sentences; the municipality counts only when there is
    none.
    """
    faults: list[str] = []
    block = _Block(data, "", faults)
    if not block.is_block:
        return None, faults
    organisations = tuple(block.blocks("organisations", _unit))
    municipality = Municipality(
        key=block.text("key", pattern=(_NAME, "a-z, 0-9, - and _")),
        name=block.text("name"),
        title=block.text("title"),
        ags=block.text("ags", pattern=(re.compile(r"\d{8}\Z"), "12345678")),
        ars=block.text("ars", pattern=(re.compile(r"\d{12}\Z"), "123456789012")),
        state=block.text("state"),
        centre=_centre(block),
        contact=block.texts("contact"),
        support_email=block.email("support_email"),
        contributor_id=block.text("contributor_id", default=""),
        publisher=block.block("publisher", _publisher),
        licences=block.names("licences"),
        districts=tuple(block.blocks("districts", _district)),
        organisations=organisations,
        board=block.block("board", lambda inner: municipality_board.board(inner, _account)),
        dpo=block.block("dpo", _account),
        inventory_lead=block.block("inventory_lead", _account),
        logo=block.text("logo", default=""),
        colours=block.texts("colours", pattern=(_COLOUR, "#1a2b3c"), default={}),
        laws=tuple(block.blocks("laws", _law, default=())),
        sources=tuple(block.blocks("sources", _source, default=())),
        accounts=block.block("accounts", _accounts, default={}),
        map=block.block("map", _base_map, default={}),
        observed_properties=tuple(block.blocks("observed_properties", _observed, default=())),
    )
    block.end()
    if not faults:
        faults += _contradictions(municipality)
    return municipality, faults


def _contradictions(town: Municipality) -> list[str]:
    """Faults that only the whole shows."""
    faults: list[str] = []
    names = [unit.name for unit in town.units()]
    known = set(names)
    faults += _twice("organisations", names)
    faults += _twice("districts", [district.name for district in town.districts])
    faults += _twice("licences", town.licences)
    faults += _twice("sources", [source.name for source in town.sources])
    faults += _twice("laws", [law.key for law in town.laws])
    faults += _twice("observed_properties", [found.code for found in town.observed_properties])
    people = town.users()
    faults += _twice("accounts", [person.name for person in people])
    places = [(f"board.members[{number}].unit", member.unit) for number, member in enumerate(town.board.members, 1)]
    places += [(f"sources.{source.name}.unit", source.unit) for source in town.sources]
    places += [(f"accounts.{person.name}.unit", person.unit) for person in people if person.unit]
    faults += [translate(UNKNOWN_UNIT) % {"where": where, "value": unit} for where, unit in places if unit not in known]
    return faults + list(municipality_board.contradictions(town.board))


def _twice(where: str, values: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    faults: list[str] = []
    for value in values:
        if value in seen:
            faults.append(translate(TWICE) % {"where": where, "value": value})
        seen.add(value)
    return faults


def _unit(block: _Block) -> Unit:
    title = block.text("title")
    return Unit(
        name=block.text("name", pattern=(_NAME, "a-z, 0-9, - and _")),
        title=title,
        kind=block.choice("kind", KINDS),
        short=block.text("short", default=title),
        description=block.text("description", default=""),
        url=block.url("url"),
        contributor_id=block.text("contributor_id", default=""),
        children=tuple(block.blocks("children", _unit, default=())),
    )


def _account(block: _Block) -> Account:
    return Account(
        name=block.text("name", pattern=(_NAME, "a-z, 0-9, - and _")),
        fullname=block.text("fullname"),
        email=block.email("email"),
        unit=block.text("unit", default=""),
        role=block.choice("role", ROLES, default="member"),
        sysadmin=block.truth("sysadmin"),
    )


def _accounts(block: _Block) -> Accounts:
    names = ("sysadmin", "steward", "steward_stadtwerke", "partner")
    return Accounts(**{name: block.block(name, _account) for name in names if block.has(name)})


def _publisher(block: _Block) -> Publisher:
    return Publisher(
        name=block.text("name"),
        uri=block.url("uri", required=True),
        type=block.choice("type", PUBLISHER_TYPES),
        email=block.email("email", default=""),
        url=block.url("url"),
    )


def _district(block: _Block) -> District:
    return District(block.text("name"), block.text("key", default=""))


def _base_map(block: _Block) -> BaseMap:
    tiles = block.text("tiles", default="", pattern=(_TILES, "https://…/{z}/{x}/{y}.png"))
    # whose map is shown has to be named
    return BaseMap(tiles, block.text("attribution", default=None if tiles else ""), block.url("attribution_url"))


def _observed(block: _Block) -> ObservedProperty:
    return ObservedProperty(
        code=block.text("code", pattern=(re.compile(r"[a-z][a-z0-9_]{0,62}\Z"), "a-z, 0-9 and _")),
        kind=block.choice("kind", PROPERTY_KINDS),
        unit=block.text("unit"),
        de=block.text("de"),
        en=block.text("en", default=""),
        names=tuple(name.lower() for name in block.names("names")) if block.has("names") else (),
        uris=block.names("uris") if block.has("uris") else (),
        words=_said(block),
        adds=block.truth("adds"),
    )


def _said(block: _Block) -> tuple[Word, ...]:
    try:
        return words(block.take("words", ()))
    except ValueError as problem:
        block.fault(MALFORMED, "words", value=str(problem), expected="{below: 32, de: …}")
        return ()


def _law(block: _Block) -> Law:
    return Law(
        key=block.text("key", pattern=(_NAME, "a-z, 0-9, - and _")),
        level=block.choice("level", LEVELS),
        short=block.text("short"),
        title=block.text("title"),
        url=block.url("url"),
    )


def _source(block: _Block) -> Source:
    if block.has("url") == block.has("url_env"):
        block.fault(URL_TWICE)
    return Source(
        name=block.text("name", pattern=(_NAME, "a-z, 0-9, - and _")),
        title=block.text("title"),
        type=block.text("type"),
        unit=block.text("unit"),
        url=block.url("url"),
        url_env=block.text("url_env", default="", pattern=(re.compile(r"[A-Z][A-Z0-9_]*\Z"), "A-Z, 0-9 and _")),
        frequency=block.choice("frequency", FREQUENCIES, default="MANUAL"),
        description=block.text("description", default=""),
        config=block.anything("config"),
        standing_release=block.block("standing_release", _standing) if block.has("standing_release") else None,
    )


def _standing(block: _Block) -> StandingRelease:
    return StandingRelease(
        streams=block.names("streams") if block.has("streams") else None,
        columns=block.names("columns") if block.has("columns") else None,
        resolution_seconds=block.number("resolution_seconds") if block.has("resolution_seconds") else None,
        licence=block.text("licence", default="") or None,
        days=block.number("days", default=365),
    )


def _centre(block: _Block) -> tuple[float, float]:
    centre = block.block("centre", lambda inner: (inner.real("lon", 180), inner.real("lat", 90)))
    return centre or (0.0, 0.0)


class _Block:
    """A mapping of the file that is read key by key; what nobody asked for is unknown. Faults go to the shared list."""

    def __init__(self, data: Any, where: str, faults: list[str]) -> None:
        self.is_block = isinstance(data, dict)
        self.data: dict[str, Any] = {str(key): value for key, value in data.items()} if isinstance(data, dict) else {}
        self.where = where
        self.faults = faults
        self.asked: set[str] = set()
        if not self.is_block:
            self.fault(NOT_A_MAPPING)

    def at(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def fault(self, text: str, key: str = "", **values: Any) -> None:
        where = self.at(key) if key else self.where or translate(N_("The file"))
        self.faults.append(translate(text) % {"where": where, **values})

    def has(self, key: str) -> bool:
        return self.data.get(key) is not None

    def end(self) -> None:
        """Complain about keys that nobody asked for."""
        for key in self.data:
            if key not in self.asked:
                self.fault(UNKNOWN_KEY, key)

    def take(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        value = self.data.get(key)
        if value is None and default is None and self.is_block:
            self.fault(MISSING, key)
        return default if value is None else value

    def text(self, key: str, default: str | None = None, pattern: tuple[re.Pattern[str], str] | None = None) -> str:
        value = self.take(key, default)
        if value is None:
            return ""
        # Bare numbers lose their leading zeros in YAML: 03404000 must be quoted, and that is said here.
        if not isinstance(value, str) or (not value.strip() and default is None):
            self.fault(NOT_THIS_TYPE, key, expected=translate(N_("text in quotes")))
            return ""
        value = value.strip()
        if value and pattern and not pattern[0].match(value):
            self.fault(MALFORMED, key, value=value, expected=pattern[1])
        return value

    def email(self, key: str, default: str | None = None) -> str:
        return self.text(key, default, (_EMAIL, "name@example.org"))

    def url(self, key: str, required: bool = False) -> str:
        return self.text(key, None if required else "", (_URL, "https://…"))

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(key, default)
        if value and value not in choices:
            self.fault(NOT_ONE_OF, key, value=value, choices=", ".join(choices))
        return value

    def number(self, key: str, default: int | None = None) -> int:
        value = self.take(key, default)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            self.fault(NOT_THIS_TYPE, key, expected=translate(N_("a whole number")))
            return 0
        return value or 0

    def real(self, key: str, limit: float) -> float:
        value = self.take(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > limit):
            self.fault(NOT_THIS_TYPE, key, expected=translate(N_("a number of degrees")))
            return 0.0
        return float(value or 0)

    def truth(self, key: str) -> bool:
        value = self.take(key, False)
        if not isinstance(value, bool):
            self.fault(NOT_THIS_TYPE, key, expected="true / false")
        return value is True

    def items(self, key: str, default: Any = None) -> list[Any]:
        value = self.take(key, default)
        if value is not None and not isinstance(value, (list, tuple)):
            self.fault(NOT_A_LIST, key)
            return []
        return list(value or ())

    def names(self, key: str) -> tuple[str, ...]:
        found = self.items(key)
        for item in found:
            if not isinstance(item, str):
                self.fault(NOT_THIS_TYPE, key, expected=translate(N_("text in quotes")))
        return tuple(str(item) for item in found)

    def texts(
        self, key: str, default: Any = None, pattern: tuple[re.Pattern[str], str] | None = None
    ) -> dict[str, str]:
        def every(inner: _Block) -> dict[str, str]:
            return {name: inner.text(name, pattern=pattern) for name in inner.data}

        return self.block(key, every, default) or {}

    def anything(self, key: str) -> dict[str, Any]:
        value = self.take(key, {})
        if not isinstance(value, dict):
            self.fault(NOT_A_MAPPING, key)
            return {}
        return value

    def block(self, key: str, make: Callable[[_Block], _T], default: Any = None) -> _T:
        value = self.take(key, default)
        inner = _Block({} if value is None else value, self.at(key), self.faults)
        if value is None:
            inner.is_block = False  # one "missing" for the block is enough
        made = make(inner)
        inner.end()
        return made

    def blocks(self, key: str, make: Callable[[_Block], _T], default: Any = None) -> list[_T]:
        made: list[_T] = []
        for number, item in enumerate(self.items(key, default), 1):
            inner = _Block(item, f"{self.at(key)}[{number}]", self.faults)
            made.append(make(inner))
            inner.end()
        return made
