"""Pages on the spot: `/vor-ort/<dataset>` lists a dataset's stations, `/vor-ort/<dataset>/<code>` tells of one in one request.

They show what anybody may see, whoever looks: what is not published, is withdrawn or never was is the same 404, asked anew
each time.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request

from ...core import municipality
from ...core.i18n import language
from .. import query
from . import codes, content, stations

blueprint = Blueprint("dp_timeseries_info", __name__, url_prefix="/vor-ort")

_STYLE = Path(__file__).with_name("page.css")
#: Stations on one page of the list.
_PAGE = 100


@lru_cache(maxsize=1)
def _own_style() -> str:
    return " ".join(line.strip() for line in _STYLE.read_text(encoding="utf-8").splitlines() if not line.startswith("/*"))


def _style() -> str:
    """The page's style: the town's colours where the theme gives them, and its own."""
    colours = tk.h.get("dp_style")
    return (str(colours()) if colours else "") + _own_style()


def _sealed(html: str, style: str) -> Response:
    """A page that loads nothing and runs nothing; nobody keeps it."""
    body = html.encode()
    response = Response(body, content_type="text/html; charset=utf-8")
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.set_data(gzip.compress(body, 6))
        response.headers["Content-Encoding"] = "gzip"
    seal = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    response.headers.update({
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{seal}'; img-src data:; base-uri 'none'; form-action 'none'; "
                                   "frame-ancestors 'none'",
        "Cache-Control": "no-cache", "Vary": "Accept-Encoding, Accept-Language, Cookie", "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    })  # fmt: skip
    return response


def _dataset(name: str) -> dict[str, Any]:
    """What the pages say of a dataset; whether it may be seen at all was asked before, with its series. package_show would take
    as long as all the rest."""
    package: Any = model.Package.get(name)
    unit: Any = model.Group.get(package.owner_org) if package.owner_org else None
    licence = package.license
    return {
        "name": package.name, "title": package.title or package.name, "unit": (unit.title or unit.name) if unit else "",
        "licence": licence.title if licence else "",
    }  # fmt: skip


def _address(dataset: str, code: str) -> str:
    """The whole address that is printed: without the language, which the reader's telephone knows."""
    return f"{tk.config['ckan.site_url'].rstrip('/')}/vor-ort/{dataset}/{code}"


@blueprint.route("/<dataset>/<code>")
def read(dataset: str, code: str) -> Response:
    """A station: now and in the last week."""
    try:
        station = stations.find(dataset, code)
        series, about = content.of(dataset, station), _dataset(dataset)
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return tk.abort(404)
    except query.TooSlow:
        return tk.abort(503, tk._("That took too long. Please try again soon."))
    style = _style()
    shown = {"station": station, "series": series, "pkg": about, "style": tk.literal(style), "language": language()}
    shown["town"] = municipality.current()
    return _sealed(tk.render("timeseries/station.html", shown), style)


@blueprint.route("/<dataset>/<code>/qr.<kind>")
def qr(dataset: str, code: str, kind: str) -> Response:
    """The station's code to print."""
    if kind not in codes.KINDS:
        return tk.abort(404)
    try:
        station, about = stations.find(dataset, code), _dataset(dataset)
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return tk.abort(404)
    body = codes.make(kind, _address(about["name"], station.code), station.name, about["title"])
    name = f'{about["name"]}-{station.code}.{kind}'
    return Response(body, content_type=codes.KINDS[kind], headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    })  # fmt: skip


@blueprint.route("/<dataset>")
def index(dataset: str) -> str:
    """The stations of a dataset, each with its page and its code."""
    try:
        found, about = stations.of_dataset(dataset), _dataset(dataset)
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return tk.abort(404)
    wanted = request.args.get("q", "").strip()[:100]
    fitting = [station for station in found if wanted.lower() in station.name.lower()]
    text = request.args.get("page", "1")
    last = max(1, -(-len(fitting) // _PAGE))
    number = min(last, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    return tk.render("timeseries/stations.html", {
        "pkg": about, "stations": fitting[(number - 1) * _PAGE : number * _PAGE], "count": len(fitting), "all": len(found), "q": wanted,
        "page_number": number, "last_page": last,
    })  # fmt: skip
