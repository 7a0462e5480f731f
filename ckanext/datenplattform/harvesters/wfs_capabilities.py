"""What a WFS 2.0 says of itself and of its layers. Pure: XML in, plain values out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

WFS = "{http://www.opengis.net/wfs/2.0}"
OWS = "{http://www.opengis.net/ows/1.1}"
FES = "{http://www.opengis.net/fes/2.0}"
XLINK = "{http://www.w3.org/1999/xlink}"
_JSON = ("geo+json", "geojson", "application/json", "json")


@dataclass
class Layer:
    """One FeatureType. ``box``: west, south, east, north in degrees, where the service says it."""

    name: str
    title: str
    abstract: str
    keywords: list[str]
    crs: list[str]
    formats: list[str]
    box: tuple[float, float, float, float] | None
    metadata: list[str] = field(default_factory=list)


@dataclass
class Service:
    """A WFS. ``get_feature``: address of GetFeature by GET; ``page_size``: what it gives at most at once, 0 if it
    does not say."""

    title: str
    abstract: str
    fees: str
    constraints: str
    provider: str
    email: str
    url: str
    get_feature: str
    formats: list[str]
    page_size: int
    paging: bool
    layers: list[Layer]
    warnings: list[str] = field(default_factory=list)


class NotAService(ValueError):
    """The document is no capabilities document of WFS 2.0; the message says what it is."""


def read(root: Element) -> Service:
    """A service from its capabilities. Raises NotAService."""
    if root.tag != f"{WFS}WFS_Capabilities":
        name = root.tag.rpartition("}")[2]
        text = " ".join("".join(root.itertext()).split())[:200] if "Exception" in name else ""
        raise NotAService(f"{name}: {text}" if text else name)
    identification = root.find(f"{OWS}ServiceIdentification")
    provider = root.find(f"{OWS}ServiceProvider")
    get_feature = next((op for op in root.iter(f"{OWS}Operation") if op.get("name") == "GetFeature"), None)
    metadata = root.find(f"{OWS}OperationsMetadata")
    constraints = {} if metadata is None else {c.get("name"): _text(c, f"{OWS}DefaultValue") for c in metadata.findall(f"{OWS}Constraint")}
    if get_feature is not None:
        constraints |= {c.get("name"): _text(c, f"{OWS}DefaultValue") for c in get_feature.findall(f"{OWS}Constraint")}
    size = constraints.get("CountDefault", "")
    return Service(
        title=_text(identification, f"{OWS}Title"),
        abstract=_text(identification, f"{OWS}Abstract"),
        fees=_text(identification, f"{OWS}Fees"),
        constraints="\n".join(_texts(identification, f"{OWS}AccessConstraints")),
        provider=_text(provider, f"{OWS}ProviderName"),
        email=_text(provider, f".//{OWS}ElectronicMailAddress"),
        url=_href(next((op for op in root.iter(f"{OWS}Operation") if op.get("name") == "GetCapabilities"), None)),
        get_feature=_href(get_feature),
        formats=_formats(get_feature),
        page_size=int(size) if size.isascii() and size.isdigit() else 0,
        paging=constraints.get("ImplementsResultPaging", "").upper() == "TRUE",
        layers=[_layer(element) for element in root.iter(f"{WFS}FeatureType") if _text(element, f"{WFS}Name")],
    )


def json_format(formats: list[str]) -> str | None:
    """The output format of a list that is GeoJSON, spelled as the service does; None when there is none."""
    for wanted in _JSON:
        for name in formats:
            if wanted in name.lower().replace(" ", ""):
                return name
    return None


def matched(root: Element) -> int | None:
    """``numberMatched`` of an answer with resultType=hits; None when it does not say."""
    value = root.get("numberMatched", "")
    return int(value) if value.isascii() and value.isdigit() else None


def _layer(element: Element) -> Layer:
    name = _text(element, f"{WFS}Name")
    return Layer(
        name=name,
        title=_text(element, f"{WFS}Title") or name.rpartition(":")[2],
        abstract=_text(element, f"{WFS}Abstract"),
        keywords=[text for keywords in element.findall(f"{OWS}Keywords") for text in _texts(keywords, f"{OWS}Keyword")],
        crs=[text for tag in ("DefaultCRS", "OtherCRS") for text in _texts(element, f"{WFS}{tag}")],
        formats=_texts(element, f"{WFS}OutputFormats/{WFS}Format"),
        box=_box(element.find(f"{OWS}WGS84BoundingBox")),
        metadata=[href for found in element.findall(f"{WFS}MetadataURL") if (href := found.get(f"{XLINK}href", ""))],
    )


def _box(element: Any) -> tuple[float, float, float, float] | None:
    try:
        west, south = map(float, _text(element, f"{OWS}LowerCorner").split()[:2])
        east, north = map(float, _text(element, f"{OWS}UpperCorner").split()[:2])
    except ValueError:
        return None
    inside = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    return (west, south, east, north) if inside else None


def _formats(operation: Any) -> list[str]:
    if operation is None:
        return []
    return [
        text
        for parameter in operation.findall(f"{OWS}Parameter")
        if parameter.get("name", "").lower() == "outputformat"
        for text in _texts(parameter, f".//{OWS}Value")
    ]


def _href(operation: Any) -> str:
    get = None if operation is None else operation.find(f".//{OWS}Get")
    return "" if get is None else get.get(f"{XLINK}href", "").strip()


def _text(element: Any, path: str) -> str:
    found = None if element is None else element.findtext(path)
    return " ".join((found or "").split())


def _texts(element: Any, path: str) -> list[str]:
    return [] if element is None else [" ".join(e.text.split()) for e in element.findall(path) if e.text and e.text.strip()]
