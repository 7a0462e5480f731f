"""Synthetic sensors of a town: what they are called, where they stand, and what each one measures at any time.

Nothing here was measured, and every Thing says so (``properties.synthetic`` is true, the description begins with
"Synthetische Daten"). Pure and deterministic: :func:`value` of a stream at a time depends on the seed, the stream's
key and the time alone, so that data can be made piece by piece, twice, or in any order and stay the same.
Standard library only.

Four kinds, 40 streams at 23 Things:

=============  ======  =======================================================================  =====
kind           Things  streams                                                                  unit
=============  ======  =======================================================================  =====
``parking``    8       occupied or free (0, 1)                                                  1
``tree``       4       water content of the soil at 30, 60 and 90 cm                            %
``traffic``    3       bicycle, pedestrian, car, bus passing within 15 minutes                  1
``groundwater``  8     groundwater level above NHN                                              m
=============  ======  =======================================================================  =====
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

#: Seconds between two observations of a stream.
STEP = 900
LOCAL = ZoneInfo("Europe/Berlin")
LICENCE = "http://dcat-ap.de/def/licenses/dl-by-de/2.0"
NOTICE = "Synthetische Daten, von einem Programm erzeugt, nicht gemessen."
OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_"
GENERATOR = "ckanext-datenplattform tests.servers.synthetic"


@dataclass(frozen=True)
class Place:
    """The town the sensors are put in: ``lon``, ``lat`` of its centre in degrees (WGS 84), names of its districts."""

    name: str
    lon: float
    lat: float
    districts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unit:
    """A unit as SensorThings writes it; ``symbol`` is the UCUM code, ``definition`` the code with its scheme."""

    name: str
    symbol: str

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "symbol": self.symbol, "definition": f"ucum:{self.symbol}"}


@dataclass(frozen=True)
class Property:
    """What is observed; ``definition`` is an IRI."""

    key: str
    name: str
    definition: str
    description: str


@dataclass(frozen=True)
class Stream:
    """One Datastream. ``level`` and ``depth`` shape its curve; ``instant`` is False for a sum over ``STEP``."""

    key: str
    kind: str
    name: str
    description: str
    unit: Unit
    observation_type: str
    observed: Property
    sensor: str
    level: float
    depth: int = 0
    instant: bool = True
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Thing:
    """One Thing with its place and its streams. ``kind`` is what a harvester groups by."""

    key: str
    kind: str
    name: str
    description: str
    lon: float
    lat: float
    properties: dict[str, Any]
    streams: tuple[Stream, ...]


#: kind → (title of the dataset a harvester makes of it, its description)
KINDS: dict[str, tuple[str, str]] = {
    "parking": (
        "Belegung der Behindertenparkplätze",
        "Freie und belegte Stellplätze für Menschen mit Behinderung im öffentlichen Straßenraum, je Stellplatz.",
    ),
    "tree": (
        "Bodenfeuchte an Jungbäumen",
        "Wassergehalt des Bodens in 30, 60 und 90 cm Tiefe unter jungen Straßenbäumen, zur Steuerung der Bewässerung.",
    ),
    "traffic": (
        "Verkehrszählung nach Verkehrsmitteln",
        "Zahl der Fahrräder, Fußgänger, Pkw und Busse je 15 Minuten an drei Kreuzungen.",
    ),
    "groundwater": (
        "Grundwasserstände",
        "Grundwasserstand in Metern über Normalhöhennull (NHN) an städtischen Messstellen.",
    ),
}

_ONE = Unit("Anzahl", "1")
_STATE = Unit("Zustand (0 = frei, 1 = belegt)", "1")
_PERCENT = Unit("Volumenprozent", "%")
_METRE = Unit("Meter über NHN", "m")
_DBPEDIA = "http://dbpedia.org/resource/"
_CF = "http://vocab.nerc.ac.uk/standard_name/"

_OCCUPANCY = Property("occupancy", "Belegung", _DBPEDIA + "Parking_space", "Ob ein Stellplatz belegt ist")
_MOISTURE = Property(
    "soil_moisture", "Bodenfeuchte", _CF + "volume_fraction_of_condensed_water_in_soil/",
    "Volumetrischer Wassergehalt des Bodens",
)  # fmt: skip
_GROUNDWATER = Property(
    "groundwater_level", "Grundwasserstand", _DBPEDIA + "Water_table",
    "Höhe des Grundwasserspiegels über Normalhöhennull",
)  # fmt: skip
#: mode → (name, mean count in 15 minutes at the daily peak, the observed property's IRI)
_MODES: dict[str, tuple[str, float, str]] = {
    "bicycle": ("Fahrräder", 46.0, _DBPEDIA + "Bicycle"),
    "pedestrian": ("Fußgänger", 70.0, _DBPEDIA + "Pedestrian"),
    "car": ("Pkw", 160.0, _DBPEDIA + "Car"),
    "bus": ("Busse", 7.0, _DBPEDIA + "Bus"),
}
_STREETS = ("Bahnhofstraße", "Marktplatz", "Schulstraße", "Rathausplatz", "Kirchstraße", "Gartenstraße",
            "Lindenstraße", "Ringstraße")  # fmt: skip
_SPECIES = ("Winter-Linde", "Spitz-Ahorn", "Hainbuche", "Feld-Ahorn")
_DEPTHS = (30, 60, 90)


def things(place: Place, *, seed: int = 1) -> list[Thing]:
    """All Things of a town with their streams, always in the same order."""
    return [*_parking(place, seed), *_trees(place, seed), *_traffic(place, seed), *_groundwater(place, seed)]


def _thing(place: Place, seed: int, kind: str, number: int, name: str, text: str, radius: float, streams: list[Stream],
           **extra: Any) -> Thing:  # fmt: skip
    key = f"{kind}-{number:02d}"
    angle = 2 * math.pi * _noise(seed, key, 1)
    distance = radius * math.sqrt(0.05 + 0.95 * _noise(seed, key, 2))
    lat = place.lat + distance * math.sin(angle) / 111.32
    lon = place.lon + distance * math.cos(angle) / (111.32 * math.cos(math.radians(place.lat)))
    title, about = KINDS[kind]
    properties: dict[str, Any] = {
        "key": key, "kind": kind, "kind_title": title, "kind_description": f"{about} {NOTICE}", "synthetic": True,
        "generator": GENERATOR, "seed": seed, "place": place.name, "licence": LICENCE, **extra,
    }  # fmt: skip
    return Thing(key, kind, name, f"{NOTICE} {text}", round(lon, 6), round(lat, 6), properties, tuple(streams))


def _parking(place: Place, seed: int) -> list[Thing]:
    made = []
    for number in range(1, 9):
        street = _STREETS[number - 1]
        stream = Stream(
            f"parking-{number:02d}/occupancy", "parking", f"Belegung Stellplatz {street} {number}",
            f"{NOTICE} 0 = frei, 1 = belegt.", _STATE, OM + "CategoryObservation", _OCCUPANCY, "Bodensensor",
            level=0.35 + 0.5 * _noise(seed, street, 3), properties={"categories": {"0": "frei", "1": "belegt"}},
        )  # fmt: skip
        made.append(_thing(place, seed, "parking", number, f"Behindertenparkplatz {street} {number}",
                           f"Stellplatz für Menschen mit Behinderung, {street}, {place.name}.", 1.2, [stream],
                           street=street))  # fmt: skip
    return made


def _trees(place: Place, seed: int) -> list[Thing]:
    made = []
    for number, species in enumerate(_SPECIES, start=1):
        street = _STREETS[-number]
        streams = [
            Stream(
                f"tree-{number:02d}/soil_moisture_{depth}", "tree", f"Bodenfeuchte in {depth} cm, {species} {street}",
                f"{NOTICE} Wassergehalt des Bodens in {depth} cm Tiefe.", _PERCENT, OM + "Measurement", _MOISTURE,
                "Bodenfeuchtesensor", level=14 + 6 * _noise(seed, species, depth), depth=depth,
                properties={"depth_cm": depth},
            )
            for depth in _DEPTHS
        ]  # fmt: skip
        made.append(_thing(place, seed, "tree", number, f"Jungbaum {number} ({species}), {street}",
                           f"{species}, vor wenigen Jahren gepflanzt, {street}, {place.name}.", 2.5, streams,
                           species=species, street=street))  # fmt: skip
    return made


def _traffic(place: Place, seed: int) -> list[Thing]:
    made = []
    for number in range(1, 4):
        crossing = f"{_STREETS[2 * number - 2]} / {_STREETS[2 * number - 1]}"
        streams = [
            Stream(
                f"traffic-{number:02d}/{mode}", "traffic", f"{name} je 15 Minuten, {crossing}",
                f"{NOTICE} {name}, die in den 15 Minuten ab dem Zeitstempel gezählt wurden.", _ONE,
                OM + "CountObservation", Property(mode, name, iri, f"Zahl der {name} je 15 Minuten"), "Kamera",
                level=peak * (0.6 + 0.8 * _noise(seed, crossing, peak)), instant=False,
                properties={"mode": mode, "interval_seconds": STEP},
            )
            for mode, (name, peak, iri) in _MODES.items()
        ]  # fmt: skip
        made.append(_thing(place, seed, "traffic", number, f"Kreuzung {crossing}",
                           f"Zählstelle an der Kreuzung {crossing}, {place.name}.", 1.8, streams))  # fmt: skip
    return made


def _groundwater(place: Place, seed: int) -> list[Thing]:
    made = []
    for number in range(1, 9):
        name = f"Grundwassermessstelle {number:03d}"
        stream = Stream(
            f"groundwater-{number:02d}/level", "groundwater", f"Grundwasserstand {name}",
            f"{NOTICE} Wasserspiegel in Metern über NHN.", _METRE, OM + "Measurement", _GROUNDWATER, "Drucksonde",
            level=58 + 14 * _noise(seed, name, 4),
        )  # fmt: skip
        made.append(_thing(place, seed, "groundwater", number, name, f"Städtische Messstelle, {place.name}.", 5.0,
                           [stream]))  # fmt: skip
    return made


def value(stream: Stream, when: int, *, seed: int = 1) -> float:
    """What ``stream`` shows at ``when`` (seconds since 1970, UTC), in the stream's unit."""
    if stream.kind == "parking":
        # Somebody comes or goes every half hour or so; the threshold follows the day.
        return float(_noise(seed, stream.key, when // 1800) < stream.level * (0.25 + 0.75 * _shopping(when)))
    if stream.kind == "tree":
        return round(stream.level + _wetness(seed, when, stream.depth) + 0.15 * _noise(seed, stream.key, when), 2)
    if stream.kind == "traffic":
        mode = stream.properties["mode"]
        mean = stream.level * _traffic_share(mode, when)
        if mode in ("bicycle", "pedestrian"):
            mean *= 1 - 0.5 * min(1.0, _rain(seed, when // 86400) / 12)
        # A count scatters by the root of its mean.
        return float(max(0, round(mean + math.sqrt(mean) * 1.7 * (2 * _noise(seed, stream.key, when) - 1))))
    season = 0.45 * math.cos(2 * math.pi * (when / 86400 / 365.25 - 0.2))
    drift = 0.25 * _smooth(seed, stream.key, when, 6 * 86400)
    return round(stream.level + season + drift + 0.004 * _noise(seed, stream.key, when), 3)


@lru_cache(maxsize=4096)
def _local(when: int) -> tuple[int, float]:
    """Day of the week (Monday is 0) and hour of the day in the town, at a time in seconds since 1970."""
    moment = datetime.fromtimestamp(when, timezone.utc).astimezone(LOCAL)
    return moment.weekday(), moment.hour + moment.minute / 60 + moment.second / 3600


def _bump(hour: float, centre: float, width: float) -> float:
    distance = min(abs(hour - centre), 24 - abs(hour - centre))
    return math.exp(-((distance / width) ** 2))


def _shopping(when: int) -> float:
    """Share of the demand for parking, 0 to 1: shops and offices by day, little at night and on Sundays."""
    weekday, hour = _local(when)
    share = 0.08 + 0.75 * _bump(hour, 11.0, 2.8) + 0.6 * _bump(hour, 16.5, 2.6)
    return min(1.0, share) * (0.4 if weekday == 6 else 1.0)


def _traffic_share(mode: str, when: int) -> float:
    """Share of the peak traffic of one mode, 0 to about 1: two rush hours on workdays, one bump at weekends."""
    weekday, hour = _local(when)
    if mode == "bus":
        share = 0.9 if 5.5 <= hour < 20 else 0.4 if hour >= 20 or hour < 0.5 else 0.0
        return share * (0.5 if weekday == 6 else 0.75 if weekday == 5 else 1.0)
    if weekday >= 5:
        share = 0.02 + 0.65 * _bump(hour, 14.0, 4.2)
        return share * (1.2 if mode == "pedestrian" and weekday == 5 else 0.7)
    rush = _bump(hour, 7.7, 1.2) + 0.95 * _bump(hour, 16.8, 1.9)
    return 0.015 + (0.85 * rush + 0.4 * _bump(hour, 12.5, 3.5)) * (0.7 if mode == "pedestrian" else 1.0)


@lru_cache(maxsize=1024)
def _rain(seed: int, day: int) -> float:
    """Rain of a day (days since 1970), mm: three dry days in five."""
    luck = _noise(seed, "rain", day)
    return 0.0 if luck < 0.6 else 40 * (luck - 0.6)


def _wetness(seed: int, when: int, depth: int) -> float:
    """What rain has left in the soil at ``depth`` cm, percent: it comes late and weak to the deep, and stays longer."""
    delay, decay, share = depth * 900, (2.0 + depth / 15) * 86400, 0.9 - depth / 150
    total = 0.0
    for day in range(when // 86400 - 20, when // 86400 + 1):
        age = when - delay - (day * 86400 + 36000)
        rain = _rain(seed, day)
        if age > 0 and rain:
            total += rain * share * math.exp(-age / decay) * min(1.0, age / 10800)
    return total


def _smooth(seed: int, key: str, when: int, every: int) -> float:
    """Noise between -1 and 1 that bends softly from one node (every ``every`` seconds) to the next."""
    node, rest = divmod(when, every)
    weight = (1 - math.cos(math.pi * rest / every)) / 2
    return 2 * (_noise(seed, key, node) * (1 - weight) + _noise(seed, key, node + 1) * weight) - 1


def _noise(seed: int, key: str, number: float) -> float:
    """A number in [0, 1) that depends on its arguments alone (and, unlike ``hash``, on no environment)."""
    mixed = (zlib.crc32(f"{seed}/{key}/{number}".encode()) * 0x9E3779B97F4A7C15 + 0x7F4A7C15) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    return ((mixed ^ (mixed >> 27)) >> 11) / (1 << 53)
