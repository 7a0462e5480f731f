"""The metadata quality that data.europa.eu will find, predicted: 405 points in five dimensions, and what each lost one
asks for.

Source: Metadata Quality Assessment, https://data.europa.eu/mqa/methodology (indicators, weights, ratings as of 2026-11-23).
Several files are taken as the same content in several forms: the file with the most points counts. Whether an address
answers is known only for what lies on the portal itself; nothing is asked, such points are `unknown` otherwise. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from rdflib import URIRef
from rdflib.term import Node

from ckanext.datenplattform.core.i18n import N_, translate

from ..rdf.terms import DCAT, DCT
from ..vocabulary import vocabulary
from .index import Index

FINDABILITY, ACCESSIBILITY, INTEROPERABILITY = "findability", "accessibility", "interoperability"
REUSABILITY, CONTEXTUALITY = "reusability", "contextuality"
DIMENSIONS = {
    FINDABILITY: N_("Findability"),
    ACCESSIBILITY: N_("Access to the data"),
    INTEROPERABILITY: N_("Interoperability"),
    REUSABILITY: N_("Reusability"),
    CONTEXTUALITY: N_("Context"),
}
# From how many points on a rating holds.
RATINGS = ((351, N_("Excellent")), (221, N_("Good")), (121, N_("Sufficient")), (0, N_("Poor")))

@dataclass(frozen=True)
class Point:
    """One indicator of one dataset. `points` of `most` are reached, `unknown` of them nobody can say without asking.

    `remedy` says what brings the lost ones, "" when none is lost; `field` is the form's field.
    """

    name: str
    dimension: str
    points: int
    most: int
    unknown: int = 0
    remedy: str = ""
    field: str = ""


@dataclass(frozen=True)
class Score:
    """The prediction for one dataset."""

    indicators: tuple[Point, ...]

    @property
    def points(self) -> int:
        """Points that are certain."""
        return sum(point.points for point in self.indicators)

    @property
    def unknown(self) -> int:
        """Points that come on top if all addresses answer."""
        return sum(point.unknown for point in self.indicators)

    @property
    def most(self) -> int:
        """405."""
        return sum(point.most for point in self.indicators)

    def dimensions(self) -> list[dict[str, Any]]:
        """The five: {"name", "title", "points", "unknown", "most"}."""
        return [_sum(name, [point for point in self.indicators if point.dimension == name]) for name in DIMENSIONS]

    @property
    def rating(self) -> str:
        """The word of data.europa.eu for the certain points."""
        return rating(self.points)

    def lost(self) -> list[Point]:
        """What brings more points, the most first."""
        return sorted((point for point in self.indicators if point.remedy), key=lambda point: point.points - point.most)


def rating(points: float) -> str:
    """The word for a number of points."""
    return translate(next(word for least, word in RATINGS if points >= least))


def _sum(name: str, points: Iterable[Point]) -> dict[str, Any]:
    found = list(points)
    return {
        "name": name,
        "title": translate(DIMENSIONS[name]),
        "points": sum(point.points for point in found),
        "unknown": sum(point.unknown for point in found),
        "most": sum(point.most for point in found),
    }


Test = Callable[["_Facts", Node], bool]


@dataclass(frozen=True)
class _Indicator:
    name: str
    dimension: str
    most: int
    field: str
    remedy: str
    test: Test
    # of each file, or of the dataset
    of_file: bool = False
    # which address must answer; then `test` says whether there is one
    asks: URIRef | None = None


class _Facts:
    """The graph, and what is known of it beyond."""

    def __init__(self, index: Index, node: Node, reachable: Callable[[str], bool | None], complies: bool) -> None:
        self.index = index
        self.node = node
        self.reachable = reachable
        self.complies = complies

    def has(self, node: Node, *properties: Node) -> bool:
        return any(self.index.values(node, each) for each in properties)

    def code(self, node: Node, name: str, *properties: Node) -> str | None:
        words = vocabulary(name)
        values = (value for each in properties for value in self.index.values(node, each))
        return next((code for code in map(words.code, map(str, values)) if code), None)

    def format_is(self, file: Node, quality: str) -> bool:
        """Whether the list says so of the file's format, its media type, or a format that its services return."""
        words = vocabulary("file_type")
        nodes = [file, *self.index.values(file, DCAT.accessService)]
        texts = [str(value) for node in nodes for value in self.index.values(node, DCT["format"])]
        texts += [str(value).split("media-types/")[-1] for value in self.index.values(file, DCAT.mediaType)]
        return any(concept and concept.extra.get(quality) for concept in map(words.find, texts))


def _named(*properties: Node) -> Test:
    return lambda facts, node: facts.has(node, *properties)


def _listed(name: str, *properties: Node) -> Test:
    return lambda facts, node: facts.code(node, name, *properties) is not None


INDICATORS = (
    _Indicator("keyword", FINDABILITY, 30, "tags", N_("Give keywords."), _named(DCAT.keyword)),
    _Indicator("theme", FINDABILITY, 30, "theme", N_("Choose a category."), _named(DCAT.theme)),
    _Indicator("spatial", FINDABILITY, 20, "spatial_coverage", N_("Say which place the data covers."), _named(DCT.spatial)),
    _Indicator("temporal", FINDABILITY, 20, "temporal_coverage", N_("Say which period the data covers."), _named(DCT.temporal)),
    _Indicator(
        "access_url_answers", ACCESSIBILITY, 50, "resources", N_("The address of the data must answer."),
        _named(DCAT.accessURL), of_file=True, asks=DCAT.accessURL,
    ),
    _Indicator(
        "download_url", ACCESSIBILITY, 20, "resources", N_("Offer a file for direct download, not only a page or a service."),
        _named(DCAT.downloadURL), of_file=True,
    ),
    _Indicator(
        "download_url_answers", ACCESSIBILITY, 30, "resources", N_("The address for the direct download must answer."),
        _named(DCAT.downloadURL), of_file=True, asks=DCAT.downloadURL,
    ),
    _Indicator("format", INTEROPERABILITY, 20, "resources", N_("Say which format the file has."), _named(DCT["format"]), of_file=True),
    _Indicator(
        "media_type", INTEROPERABILITY, 10, "resources", N_("Say which media type the file has (text/csv)."),
        _named(DCAT.mediaType), of_file=True,
    ),
    _Indicator(
        "format_listed", INTEROPERABILITY, 10, "resources", N_("Choose format and media type from the official lists."),
        lambda facts, file: facts.code(file, "file_type", DCT["format"]) is not None, of_file=True,
    ),
    _Indicator(
        "format_open", INTEROPERABILITY, 20, "resources", N_("Offer a format that belongs to no maker, for example CSV."),
        lambda facts, file: facts.format_is(file, "non_proprietary"), of_file=True,
    ),
    _Indicator(
        "format_readable", INTEROPERABILITY, 20, "resources", N_("Offer a format that programs can read, for example CSV or JSON."),
        lambda facts, file: facts.format_is(file, "machine_readable"), of_file=True,
    ),
    _Indicator(
        "complies", INTEROPERABILITY, 30, "", N_("Repair what breaks the rules of DCAT-AP."), lambda facts, node: facts.complies,
    ),
    _Indicator("license", REUSABILITY, 20, "license_id", N_("Choose a licence."), _named(DCT.license), of_file=True),
    _Indicator(
        "license_listed", REUSABILITY, 10, "license_id", N_("Choose a licence of the list."),
        _listed("licence", DCT.license), of_file=True,
    ),
    _Indicator("access_rights", REUSABILITY, 10, "access_rights", N_("Say who may have access."), _named(DCT.accessRights)),
    _Indicator(
        "access_rights_listed", REUSABILITY, 5, "access_rights", N_("Say who may have access, by the list."),
        _listed("access_right", DCT.accessRights),
    ),
    _Indicator("contact", REUSABILITY, 20, "contact", N_("Name a contact point."), _named(DCAT.contactPoint)),
    _Indicator("publisher", REUSABILITY, 10, "publisher", N_("Name the publisher."), _named(DCT.publisher)),
    _Indicator(
        "rights", CONTEXTUALITY, 5, "resources", N_("Say which further rights hold for the file."), _named(DCT.rights), of_file=True,
    ),
    _Indicator("size", CONTEXTUALITY, 5, "resources", N_("Give the size of the file."), _named(DCAT.byteSize), of_file=True),
    _Indicator("issued", CONTEXTUALITY, 5, "issued", N_("Say when the data was published."), _named(DCT.issued)),
    _Indicator("modified", CONTEXTUALITY, 5, "modified", N_("Say when the data changed last."), _named(DCT.modified)),
)  # fmt: skip


def score(
    index: Index, node: Node, complies: bool, reachable: Callable[[str], bool | None] = lambda address: None
) -> Score:
    """The prediction for the dataset `node`. `complies`: it breaks no rule of DCAT-AP. `reachable` says whether an address
    answers, None when that is not known.
    """
    facts = _Facts(index, node, reachable, complies)
    files = index.values(node, DCAT.distribution)
    best = max((_of_file(facts, file) for file in files), key=_worth, default=_of_file(facts, None))
    return Score(
        tuple(
            best[indicator.name] if indicator.of_file else _point(indicator, int(indicator.test(facts, node)))
            for indicator in INDICATORS
        )
    )


def _of_file(facts: _Facts, file: Node | None) -> dict[str, Point]:
    return {each.name: _file_point(each, facts, file) for each in INDICATORS if each.of_file}


def _worth(points: dict[str, Point]) -> tuple[int, int]:
    return sum(point.points for point in points.values()), sum(point.unknown for point in points.values())


def _file_point(indicator: _Indicator, facts: _Facts, file: Node | None) -> Point:
    if file is None or not indicator.test(facts, file):
        return _point(indicator, 0)
    if indicator.asks is None:
        return _point(indicator, 1)
    answers = [facts.reachable(str(address)) for address in facts.index.values(file, indicator.asks)]
    if any(answers):
        return _point(indicator, 1)
    return _point(indicator, 0, unknown=None in answers)


def _point(indicator: _Indicator, reached: int, unknown: bool = False) -> Point:
    return Point(
        indicator.name,
        indicator.dimension,
        indicator.most * reached,
        indicator.most,
        indicator.most if unknown else 0,
        "" if reached or unknown else translate(indicator.remedy),
        indicator.field,
    )


def of_catalogue(scores: Iterable[Score]) -> dict[str, Any]:
    """The mean of many datasets: {"count", "points", "unknown", "most", "rating", "dimensions", "remedies"}.

    `remedies` are what is asked for, with how many datasets it concerns and the points it would bring to the mean, the
    most worth first.
    """
    count, total, unknown = 0, 0, 0
    dimensions = {name: [0, 0] for name in DIMENSIONS}
    lost: dict[str, dict[str, Any]] = {}
    for each in scores:
        count += 1
        total += each.points
        unknown += each.unknown
        for dimension in each.dimensions():
            dimensions[dimension["name"]][0] += dimension["points"]
            dimensions[dimension["name"]][1] += dimension["unknown"]
        for point in each.lost():
            entry = lost.setdefault(point.name, {"name": point.name, "remedy": point.remedy, "datasets": 0, "points": 0})
            entry["datasets"] += 1
            entry["points"] += point.most - point.points
    each_most = {name: sum(each.most for each in INDICATORS if each.dimension == name) for name in DIMENSIONS}
    share = max(count, 1)
    return {
        "count": count,
        "points": round(total / share, 1),
        "unknown": round(unknown / share, 1),
        "most": sum(each_most.values()),
        "rating": rating(total / share),
        "dimensions": [
            {"name": name, "title": translate(title), "points": round(dimensions[name][0] / share, 1),
             "unknown": round(dimensions[name][1] / share, 1), "most": each_most[name]}
            for name, title in DIMENSIONS.items()
        ],
        "remedies": sorted(
            ({**entry, "points": round(entry["points"] / share, 1)} for entry in lost.values()),
            key=lambda entry: -entry["points"],
        ),
    }  # fmt: skip
