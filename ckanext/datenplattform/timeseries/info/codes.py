"""QR codes (ISO/IEC 18004) of a station's address, to print: as picture for a layout, and as a sheet with words."""

from __future__ import annotations

import io
from typing import Any

import ckan.plugins.toolkit as tk
import segno

from ...core import municipality, pdf
from ...core.i18n import language

KINDS = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
# a quarter of the code may be scratched or dirty, and it is still read
_DAMAGE = "q"
# modules around the code that stay white, as the standard asks
_QUIET = 4


def make(kind: str, address: str, station: str, dataset: str) -> bytes:
    """The code of an address as ``svg``, ``png`` (about 900 pixels) or ``pdf`` (a sheet with what one finds behind it)."""
    code = segno.make_qr(address, error=_DAMAGE)
    if kind == "pdf":
        return pdf.render(_sheet(code, address, station, dataset))
    out = io.BytesIO()
    scale = max(1, 900 // code.symbol_size(border=_QUIET)[0]) if kind == "png" else 10
    options: dict[str, Any] = {"title": station, "xmldecl": True} if kind == "svg" else {}
    code.save(out, kind=kind, scale=scale, border=_QUIET, light="#fff", dark="#000", **options)
    return out.getvalue()


def _sheet(code: Any, address: str, station: str, dataset: str) -> str:
    picture = code.svg_inline(border=_QUIET, light="#fff", dark="#000", omitsize=True)
    values = {"address": address, "station": station, "dataset": dataset, "picture": tk.literal(picture)}
    return tk.render("timeseries/station_sheet.html", {**values, "town": municipality.current(), "language": language()})
