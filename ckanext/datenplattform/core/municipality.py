"""The municipality is configuration: who it is, how it is organised, who decides, under which laws and licences.

`current` gives the one this portal runs for. All classes are immutable; nothing here touches the database.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk

from . import config
from .errors import ConfigurationError
from .i18n import N_
from .observed import ObservedProperty


@dataclass(frozen=True)
class Unit:
    """A node of the organisation tree; becomes a CKAN organisation called ``name``.

    ``kind`` is one of `municipality_file.KINDS`. ``short`` is what fits on a badge.
    ``contributor_id``: only where the unit delivers to GovData under a name of its own.
    """

    name: str
    title: str
    kind: str
    short: str = ""
    description: str = ""
    url: str = ""
    contributor_id: str = ""
    children: tuple[Unit, ...] = ()

    def walk(self) -> Iterator[Unit]:
        """This unit and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Account:
    """Somebody by function, never by a person's name. ``unit`` and ``role`` (editor, admin, member) say where he
    belongs.
    """

    name: str
    fullname: str
    email: str
    unit: str = ""
    role: str = "member"
    sysadmin: bool = False


@dataclass(frozen=True)
class BoardMember:
    """A seat of the board: the unit that holds it, who sits on it and who stands in. ``lead`` chairs."""

    unit: str
    user: Account
    lead: bool = False
    deputies: tuple[Account, ...] = ()


@dataclass(frozen=True)
class FullTrack:
    """What is stricter where data once were personal, near critical infrastructure or under a contract. None: as else."""

    quorum: int | None = None
    majority: str | None = None
    days: int | None = None


@dataclass(frozen=True)
class Board:
    """The Datengremium and its rules.

    ``quorum``: votes that must be cast before a decision counts. ``majority``: of the votes cast, ``simple`` or
    ``two_thirds``. ``days``: until the deadline. ``remind_days`` before it members are reminded, ``escalate_days`` after
    it the lead is; ``expire_days`` after it an undecided case goes back to the unit, unpublished (0: never). ``silence``:
    ``wait``, or ``consent`` where the municipality takes silence until the deadline for a yes.
    """

    title: str
    quorum: int
    members: tuple[BoardMember, ...]
    majority: str = "simple"
    days: int = 14
    remind_days: int = 3
    escalate_days: int = 1
    expire_days: int = 0
    silence: str = "wait"
    full: FullTrack = FullTrack()


@dataclass(frozen=True)
class Publisher:
    """Who publishes the catalogue. ``type`` is a code of the publisher types of ADMS (``LocalAuthority``)."""

    name: str
    uri: str
    type: str
    email: str = ""
    url: str = ""


@dataclass(frozen=True)
class District:
    """A part of the town. ``key`` is its official number, as text."""

    name: str
    key: str = ""


@dataclass(frozen=True)
class BaseMap:
    """The map behind what maps show. ``tiles``: address with {z}, {x}, {y} (EPSG:3857), on this server when it begins with /; without
    it there is none. ``attribution``: whom its makers want to be named, ``attribution_url``: where they say so.
    """

    tiles: str = ""
    attribution: str = ""
    attribution_url: str = ""


@dataclass(frozen=True)
class Law:
    """A law that obliges or forbids. ``level``: eu, federal, state or local."""

    key: str
    level: str
    short: str
    title: str
    url: str = ""


@dataclass(frozen=True)
class StandingRelease:
    """What the board would release once for all of a source; a proposal that the board still has to decide.

    ``streams`` and ``columns``: None means all. ``resolution_seconds``: finest time step. ``days``: how long it holds.
    """

    streams: tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None
    resolution_seconds: int | None = None
    licence: str | None = None
    days: int = 365


@dataclass(frozen=True)
class Source:
    """A source to harvest. ``type`` is the harvester's, ``unit`` the name of the organisation that owns what comes
    from it.

    ``url`` is read from the environment variable ``url_env`` where that is named; empty when the variable is not set.
    """

    name: str
    title: str
    type: str
    unit: str
    url: str = ""
    url_env: str = ""
    frequency: str = "MANUAL"
    description: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    standing_release: StandingRelease | None = None

    def address(self) -> str:
        """Where the source is, empty if unknown here."""
        return os.environ.get(self.url_env, "") if self.url_env else self.url


@dataclass(frozen=True)
class Accounts:
    """Accounts for a demo, beyond those whose functions stand in the file anyway: who plays the parts."""

    sysadmin: Account | None = None
    steward: Account | None = None
    steward_stadtwerke: Account | None = None
    partner: Account | None = None

    def all(self) -> tuple[Account, ...]:
        """Those that are there."""
        found = (self.sysadmin, self.steward, self.steward_stadtwerke, self.partner)
        return tuple(account for account in found if account is not None)


@dataclass(frozen=True)
class Municipality:
    """A municipality as its file describes it.

    ``ags``: official key, eight digits; ``ars``: regional key, twelve. ``centre``: longitude and latitude in degrees
    (WGS 84). ``organisations``: roots of the tree, normally the Konzern, and organisations outside of it. ``dpo``: the
    data-protection officer; ``inventory_lead``: who answers for the inventory. ``colours``: names of the theme to CSS
    colours. ``observed_properties``: what sensors of this town measure, beyond the project's list.
    """

    key: str
    name: str
    title: str
    ags: str
    ars: str
    state: str
    centre: tuple[float, float]
    contact: dict[str, str]
    support_email: str
    contributor_id: str
    publisher: Publisher
    licences: tuple[str, ...]
    districts: tuple[District, ...]
    organisations: tuple[Unit, ...]
    board: Board
    dpo: Account
    inventory_lead: Account
    logo: str = ""
    colours: dict[str, str] = field(default_factory=dict)
    laws: tuple[Law, ...] = ()
    sources: tuple[Source, ...] = ()
    accounts: Accounts = field(default_factory=Accounts)
    map: BaseMap = BaseMap()
    observed_properties: tuple[ObservedProperty, ...] = ()

    def units(self) -> Iterator[Unit]:
        """All units, parents before children, in the order of the file."""
        for root in self.organisations:
            yield from root.walk()

    def unit(self, name: str) -> Unit | None:
        """The unit of that name."""
        return next((unit for unit in self.units() if unit.name == name), None)

    def path(self, name: str) -> tuple[Unit, ...]:
        """From the root down to the unit itself; empty when there is none of that name."""

        def search(units: tuple[Unit, ...], above: tuple[Unit, ...]) -> tuple[Unit, ...]:
            for unit in units:
                here = (*above, unit)
                found = here if unit.name == name else search(unit.children, here)
                if found:
                    return found
            return ()

        return search(self.organisations, ())

    def parent(self, name: str) -> Unit | None:
        """The unit above, None for a root."""
        path = self.path(name)
        return path[-2] if len(path) > 1 else None

    def descendants(self, name: str) -> tuple[Unit, ...]:
        """All units below that one, without itself."""
        unit = self.unit(name)
        return tuple(unit.walk())[1:] if unit else ()

    def users(self) -> tuple[Account, ...]:
        """Every account: the demo's, the data-protection officer's, the inventory lead's, the board's."""
        board = (person for member in self.board.members for person in (member.user, *member.deputies))
        return (*self.accounts.all(), self.dpo, self.inventory_lead, *board)


def load(path: str | Path) -> Municipality:
    """Read and check a municipality's file (YAML). Raises `ConfigurationError` that names every fault."""
    from .municipality_file import read  # the file's grammar builds on the classes above

    return read(Path(path))


def current() -> Municipality:
    """The municipality that this portal runs for. Raises `ConfigurationError` when none is configured, or its file is
    faulty.

    The file is read once per change of the file.
    """
    path = find(config.municipality())
    return _cached(str(path), path.stat().st_mtime_ns)


def find(configured: str) -> Path:
    """The file that the setting means. A relative path counts from the ini file's folder, its parents, the checkout,
    in that order.
    """
    if not configured:
        raise ConfigurationError(N_("The setting ckanext.datenplattform.core.municipality names no file."))
    ini = tk.config.get("__file__")
    starts = [*(Path(ini).resolve().parents if ini else ()), *Path(__file__).resolve().parents[2:4], Path.cwd()]
    candidates = [start / configured for start in starts]  # an absolute path stays what it is
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise ConfigurationError(N_("The file of the municipality was not found: %(file)s"), file=configured)


@lru_cache(maxsize=4)
def _cached(path: str, _changed: int) -> Municipality:
    return load(path)
