"""Synthetic map layers of a town and the MapServer configuration that serves them. Standard library only.

:func:`write` puts into a folder: one GeoJSON file per layer (EPSG:25832, as its ``crs`` member says), ``town.map`` and
``mapserver.conf``. The same place and seed give the same bytes.

Layers: ``baumkataster`` (points), ``stadtteile`` (polygons that cover the town without gap), ``behindertenparkplaetze``
and ``spielplaetze`` (points). Nothing in them was surveyed; each layer's abstract and keywords say so.
"""

from __future__ import annotations

import itertools
import json
import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.projection import utm32
from tests.servers.synthetic import NOTICE, Place

#: Radius of the town in metres.
RADIUS = 5500.0
LICENCE = "Datenlizenz Deutschland – Namensnennung – Version 2.0"
LICENCE_URL = "https://www.govdata.de/dl-de/by-2-0"

Point = tuple[float, float]


@dataclass(frozen=True)
class Layer:
    """What a capabilities document says of a layer, and how it is drawn."""

    name: str
    title: str
    abstract: str
    keywords: tuple[str, ...]
    geometry: str
    colour: str


LAYERS = (
    Layer("baumkataster", "Baumkataster", "Straßen- und Anlagenbäume mit Art, Pflanzjahr, Höhe und Stammumfang.",
          ("Baum", "Baumkataster", "Stadtgrün", "Umwelt"), "POINT", "30 120 40"),
    Layer("stadtteile", "Stadtteile", "Grenzen der Stadtteile mit Fläche.",
          ("Stadtteil", "Verwaltungsgrenze", "Verwaltungseinheiten"), "POLYGON", "220 220 200"),
    Layer("behindertenparkplaetze", "Behindertenparkplätze",
          "Stellplätze für Menschen mit Behinderung im öffentlichen Straßenraum.",
          ("Behindertenparkplatz", "Barrierefreiheit", "Parken", "Verkehr"), "POINT", "20 70 160"),
    Layer("spielplaetze", "Spielplätze", "Öffentliche Spielplätze mit Altersgruppe und Ausstattung.",
          ("Spielplatz", "Kinder", "Freizeit"), "POINT", "200 110 20"),
)  # fmt: skip

_SPECIES = (  # German name, botanical name, height of a grown tree in metres
    ("Winter-Linde", "Tilia cordata", 25), ("Sommer-Linde", "Tilia platyphyllos", 28),
    ("Spitz-Ahorn", "Acer platanoides", 22), ("Berg-Ahorn", "Acer pseudoplatanus", 26),
    ("Feld-Ahorn", "Acer campestre", 14), ("Stiel-Eiche", "Quercus robur", 28), ("Hainbuche", "Carpinus betulus", 18),
    ("Rot-Buche", "Fagus sylvatica", 30), ("Sand-Birke", "Betula pendula", 20),
    ("Gewöhnliche Rosskastanie", "Aesculus hippocastanum", 24), ("Ahornblättrige Platane", "Platanus × hispanica", 28),
    ("Gewöhnliche Esche", "Fraxinus excelsior", 28), ("Vogel-Kirsche", "Prunus avium", 15),
    ("Eberesche", "Sorbus aucuparia", 12),
)  # fmt: skip
_STREETS = ("Bahnhofstraße", "Marktplatz", "Schulstraße", "Rathausplatz", "Kirchstraße", "Gartenstraße", "Lindenstraße",
            "Ringstraße", "Mühlenweg", "Am Park", "Wiesenweg", "Hauptstraße")  # fmt: skip
_EQUIPMENT = ("Sandkasten", "Schaukel", "Rutsche", "Klettergerüst", "Wippe", "Bolzplatz", "Tischtennis", "Seilbahn")


def write(folder: Path | str, place: Place, *, url: str, seed: int = 1, trees: int = 1200) -> Path:
    """Write layers and configuration into ``folder``; returns the map file. ``url`` is the address of the service."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, features in features_of(place, seed=seed, trees=trees).items():
        collection = {
            "type": "FeatureCollection",
            "name": name,
            "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}},
            "features": features,
        }
        (folder / f"{name}.geojson").write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    # MS_MAP_NO_PATH: a request must not name a map file of its own (`?map=/…`).
    (folder / "mapserver.conf").write_text('CONFIG\n  ENV\n    MS_MAP_NO_PATH "1"\n  END\nEND\n')
    mapfile = folder / "town.map"
    mapfile.write_text(map_file(place, url), encoding="utf-8")
    return mapfile


def features_of(place: Place, *, seed: int = 1, trees: int = 1200) -> dict[str, list[dict[str, Any]]]:
    """Layer name → its GeoJSON features in EPSG:25832 (easting, northing in metres)."""
    luck = random.Random(f"{seed}/{place.name}")
    centre = utm32(place.lon, place.lat)
    names = place.districts or ("Innenstadt",)
    sites = _sites(centre, len(names), luck)

    def anywhere(radius: float = RADIUS * 0.97) -> tuple[Point, str]:
        angle, distance = luck.uniform(0, 2 * math.pi), radius * math.sqrt(luck.random())
        point = (centre[0] + distance * math.cos(angle), centre[1] + distance * math.sin(angle))
        return point, names[min(range(len(sites)), key=lambda i: math.dist(point, sites[i]))]

    return {
        "baumkataster": [_tree(number, *anywhere(), luck) for number in range(1, trees + 1)],
        "stadtteile": [_district(i, names[i], _cell(i, sites, centre)) for i in range(len(names))],
        "behindertenparkplaetze": [_bay(number, *anywhere(RADIUS * 0.4), luck) for number in range(1, 61)],
        "spielplaetze": [_playground(number, *anywhere(), luck) for number in range(1, 41)],
    }


def _point(number: int, point: Point, properties: dict[str, Any]) -> dict[str, Any]:
    at = [round(point[0], 2), round(point[1], 2)]
    return {"type": "Feature", "id": number, "properties": properties, "geometry": {"type": "Point", "coordinates": at}}


def _tree(number: int, point: Point, district: str, luck: random.Random) -> dict[str, Any]:
    german, botanical, grown = luck.choice(_SPECIES)
    year = int(luck.triangular(1905, 2026, 1995))
    age = 2026 - year + 6
    height = grown * (1 - math.exp(-age / 32)) * luck.uniform(0.85, 1.1)
    return _point(number, point, {
        "baum_nr": f"B{number:05d}", "art_deutsch": german, "art_botanisch": botanical, "pflanzjahr": year,
        "hoehe_m": round(height, 1), "stammumfang_cm": round(age * luck.uniform(1.6, 2.6) + 8), "stadtteil": district,
    })  # fmt: skip


def _bay(number: int, point: Point, district: str, luck: random.Random) -> dict[str, Any]:
    return _point(number, point, {
        "nr": number, "strasse": luck.choice(_STREETS), "stadtteil": district, "anzahl": luck.choice((1, 1, 1, 2, 3)),
        "zeitliche_beschraenkung": luck.choice((None, None, "Mo–Fr 8–18 Uhr", "Parkscheibe 3 Stunden")),
    })  # fmt: skip


def _playground(number: int, point: Point, district: str, luck: random.Random) -> dict[str, Any]:
    return _point(number, point, {
        "nr": number, "name": f"Spielplatz {luck.choice(_STREETS)} {number}", "stadtteil": district,
        "altersgruppe": luck.choice(("0–6 Jahre", "3–12 Jahre", "6–14 Jahre", "alle")),
        "ausstattung": ", ".join(sorted(luck.sample(_EQUIPMENT, luck.randint(2, 5)))),
        "barrierefrei": luck.choice(("ja", "teilweise", "nein")),
    })  # fmt: skip


def _district(index: int, name: str, ring: list[Point]) -> dict[str, Any]:
    rounded = [[round(x, 2), round(y, 2)] for x, y in [*ring, ring[0]]]
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(rounded)) / 2
    return {
        "type": "Feature", "id": index + 1,
        "properties": {"nr": index + 1, "name": name, "flaeche_ha": round(area / 10000, 1)},
        "geometry": {"type": "Polygon", "coordinates": [rounded]},
    }  # fmt: skip


def _sites(centre: Point, count: int, luck: random.Random) -> list[Point]:
    """Centres of the districts: a sunflower's seeds, a little disturbed."""
    golden = math.pi * (3 - math.sqrt(5))
    sites = []
    for i in range(count):
        distance, angle = RADIUS * 0.93 * math.sqrt((i + 0.3) / count), i * golden + luck.uniform(-0.15, 0.15)
        sites.append((centre[0] + distance * math.cos(angle), centre[1] + distance * math.sin(angle)))
    return sites


def _cell(index: int, sites: list[Point], centre: Point) -> list[Point]:
    """What of the town is nearer to one site than to any other: its round border cut along the bisectors."""
    ring = [
        (centre[0] + RADIUS * math.cos(a * math.pi / 36), centre[1] + RADIUS * math.sin(a * math.pi / 36))
        for a in range(72)
    ]
    own = sites[index]
    for other in sites:
        if other == own:
            continue
        normal = (other[0] - own[0], other[1] - own[1])
        middle = ((other[0] + own[0]) / 2, (other[1] + own[1]) / 2)
        ring = _clip(ring, normal, normal[0] * middle[0] + normal[1] * middle[1])
    return ring


def _clip(ring: list[Point], normal: Point, limit: float) -> list[Point]:
    """The part of a convex ring where ``normal · point <= limit``."""
    kept: list[Point] = []
    for here, then in zip(ring, [*ring[1:], ring[0]], strict=True):
        a = normal[0] * here[0] + normal[1] * here[1] - limit
        b = normal[0] * then[0] + normal[1] * then[1] - limit
        if a <= 0:
            kept.append(here)
        if a * b < 0:
            share = a / (a - b)
            kept.append((here[0] + share * (then[0] - here[0]), here[1] + share * (then[1] - here[1])))
    return kept


def map_file(place: Place, url: str) -> str:
    """The text of the map file for the service at ``url``."""
    x, y = utm32(place.lon, place.lat)
    town = place.name.replace('"', "'")
    extent = f"{x - RADIUS:.0f} {y - RADIUS:.0f} {x + RADIUS:.0f} {y + RADIUS:.0f}"
    layers = "\n".join(_layer(layer, extent) for layer in LAYERS)
    return f"""MAP
  NAME "stadt"
  EXTENT {extent}
  SIZE 800 800
  UNITS METERS
  IMAGETYPE PNG
  MAXSIZE 4096
  PROJECTION "init=epsg:25832" END
  SYMBOL NAME "dot" TYPE ELLIPSE FILLED TRUE POINTS 1 1 END END
  OUTPUTFORMAT
    NAME "geojson"
    DRIVER "OGR/GEOJSON"
    MIMETYPE "application/json; subtype=geojson"
    FORMATOPTION "STORAGE=stream"
    FORMATOPTION "FORM=simple"
    FORMATOPTION "LCO:COORDINATE_PRECISION=7"
  END
  OUTPUTFORMAT
    NAME "csv"
    DRIVER "OGR/CSV"
    MIMETYPE "text/csv"
    FORMATOPTION "STORAGE=stream"
    FORMATOPTION "FORM=simple"
    FORMATOPTION "LCO:GEOMETRY=AS_WKT"
  END
  WEB
    METADATA
      "ows_title" "Geodaten {town} (synthetisch)"
      "ows_abstract" "Offene Geodaten der Stadt {town}. {NOTICE}"
      "ows_keywordlist" "Geodaten,{town},opendata"
      "ows_onlineresource" "{url}?"
      "ows_service_onlineresource" "{url}?"
      "ows_fees" "Nutzungsbedingungen: {LICENCE}, {LICENCE_URL}"
      "ows_accessconstraints" "{LICENCE}"
      "ows_contactorganization" "Stadt {town}"
      "ows_contactperson" "Geodaten"
      "ows_contactposition" "Fachstelle Geodaten"
      "ows_contactelectronicmailaddress" "geodaten@example.org"
      "ows_address" "Rathausplatz 1"
      "ows_city" "{town}"
      "ows_postcode" "00000"
      "ows_stateorprovince" "Deutschland"
      "ows_country" "Deutschland"
      "ows_addresstype" "postal"
      "ows_role" "pointOfContact"
      "ows_encoding" "UTF-8"
      "ows_srs" "EPSG:25832 EPSG:4326 EPSG:3857"
      "ows_enable_request" "*"
      "ows_updatesequence" "1"
      "wfs_getfeature_formatlist" "geojson,csv"
    END
  END
{layers}
END
"""


def _layer(layer: Layer, extent: str) -> str:
    style = (
        f"STYLE COLOR {layer.colour} OUTLINECOLOR 90 90 90 WIDTH 1 END"
        if layer.geometry == "POLYGON"
        else f'STYLE SYMBOL "dot" SIZE 6 COLOR {layer.colour} END'
    )
    return f"""  LAYER
    NAME "{layer.name}"
    TYPE {layer.geometry}
    STATUS ON
    CONNECTIONTYPE OGR
    CONNECTION "{layer.name}.geojson"
    DATA "{layer.name}"
    TEMPLATE "void"
    EXTENT {extent}
    PROJECTION "init=epsg:25832" END
    METADATA
      "ows_title" "{layer.title}"
      "ows_abstract" "{layer.abstract} {NOTICE}"
      "ows_keywordlist" "{",".join((*layer.keywords, "opendata", "synthetisch"))}"
      "ows_include_items" "all"
      "gml_include_items" "all"
      "gml_types" "auto"
      "gml_featureid" "{"baum_nr" if layer.name == "baumkataster" else "nr"}"
      "wfs_use_default_extent_for_getfeature" "false"
      "wms_attribution_title" "Stadt, {LICENCE}"
    END
    CLASS
      NAME "{layer.title}"
      {style}
    END
  END"""
