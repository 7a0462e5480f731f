"""Files of the board's pages: CSV that no spreadsheet takes for a formula, and PDF."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk
from babel.numbers import format_decimal
from flask import Response

from ..core import municipality, pdf
from ..core.i18n import language
from ..core.sheets import harmless


def as_csv(name: str, rows: Iterable[Iterable[Any]]) -> Response:
    """A table to download, its first row the headings."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    # the mark tells Excel that it is UTF-8
    return _file(out.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", f"{name}.csv")


def _cell(cell: Any) -> Any:
    """A number as spreadsheets of the reader's language take it; a text never becomes a formula."""
    if isinstance(cell, int):
        return cell
    return format_decimal(cell, locale=language()) if isinstance(cell, float) else harmless(str(cell or ""))


def as_pdf(name: str, template: str, **values: Any) -> Response:
    """A template as a PDF to download."""
    town = municipality.current()
    html = tk.render(template, {**values, "town": town, "board": town.board.title, "language": language()})
    return _file(pdf.render(html), "application/pdf", f"{name}.pdf")


def _file(body: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(body, content_type=kind, headers=headers)
