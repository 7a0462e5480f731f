"""Pages of the catalogue as RDF. Whoever asks gets the same: what anyone may see.

`/catalog.<ending>` (paged), `/catalog` (by the Accept header), `/catalog/full.<ending>[.gz]` (one stream),
`/organization/<id>.<ending>`, `/dataset/<id>.<ending>`.
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request, stream_with_context

from .config import streams_at_once
from .export import catalogue, public, state
from .export.formats import ENDINGS, FORMATS, Format, format_of
from .export.limit import Limit
from .logic.action import moment

log = logging.getLogger(__name__)

blueprint = Blueprint("dp_catalog", __name__)
ANY = f"<any({','.join(ENDINGS)}):ending>"
CHUNK = 64 * 1024  # characters that are sent together
_limit = Limit()


# --- pages ----------------------------------------------------------------------------------------------------------


def _answer(text: str, form: Format) -> Response:
    """A document of moderate size, 304 where the client has it already."""
    answer = Response(text, content_type=f"{form.media_type}; charset=utf-8")
    answer.set_etag(hashlib.sha256(text.encode()).hexdigest()[:32], weak=True)
    answer.cache_control.no_cache = True
    if request.if_none_match:
        answer.make_conditional(request)
    return answer


def _last_modified(answer: Response, moment: datetime | None) -> None:
    """The header, where there is a moment: werkzeug takes None for the present one."""
    if moment is not None:
        answer.last_modified = moment


def _refuse(error: tk.ValidationError) -> Any:
    """Wrong parameters: 409, as ckanext-dcat answers them."""
    return tk.abort(409, "; ".join(f"{name}: {text}" for name, text in error.error_summary.items()))


def page(ending: str) -> Any:
    """A page of the catalogue."""
    names = ("page", "modified_since", "q", "fq", "profiles")
    asked = {name: request.args[name] for name in names if name in request.args}
    try:
        text = tk.get_action("dcat_catalog_show")({}, {**asked, "format": ending})
    except tk.ValidationError as error:
        return _refuse(error)
    answer = _answer(text, format_of(ending))
    _last_modified(answer, public.newest())
    return answer


def negotiated() -> Any:
    """The catalogue in what the client likes best; for browsers the page of all datasets."""
    offered = {form.media_type: form.ending for form in (FORMATS["ttl"], FORMATS["xml"], FORMATS["jsonld"], FORMATS["nt"])}
    best = request.accept_mimetypes.best_match([*offered, "text/html"])
    if best is None:
        return tk.abort(406, tk._("The catalogue is available in these formats: %s") % ", ".join(offered))
    if best == "text/html":
        answer = tk.redirect_to("dataset.search")
    else:
        answer = page(offered[best])
        query = request.query_string.decode()
        answer.headers["Content-Location"] = f"/catalog.{offered[best]}" + (f"?{query}" if query else "")
    answer.vary.add("Accept")
    return answer


def dataset(id: str, ending: str) -> Any:
    """One dataset. A hidden id is answered like one that never was."""
    asked = {"profiles": request.args["profiles"]} if "profiles" in request.args else {}
    try:
        return _answer(tk.get_action("dcat_dataset_show")({}, {"id": id, "format": ending, **asked}), format_of(ending))
    except tk.ValidationError as error:
        return _refuse(error)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))


# --- streams --------------------------------------------------------------------------------------------------------


def full(ending: str, zipped: bool = False) -> Any:
    """The whole catalogue as one stream."""
    return _stream(format_of(ending), zipped)


def unit(id: str, ending: str) -> Any:
    """The datasets of an organisation as a catalogue of its own."""
    found = model.Group.get(id)
    if found is None or not found.is_organization or found.state != model.State.ACTIVE:
        return tk.abort(404, tk._("Organization not found"))
    return _stream(format_of(ending), False, found.id, catalogue.of_unit(found))


def _stream(form: Format, zipped: bool, owner_org: str | None = None, given: dict[str, Any] | None = None) -> Any:
    asked = request.args.get("modified_since")
    try:
        datasets, newest = public.datasets(owner_org=owner_org, since=moment(asked))
    except tk.ValidationError as error:
        return _refuse(error)
    head = catalogue.head(newest, **(given or {}))
    now = state.digest(head, datasets)
    answer = Response(content_type="application/gzip" if zipped else f"{form.media_type}; charset=utf-8")
    answer.set_etag(f"{now}-{form.ending}{'.gz' if zipped else ''}", weak=True)
    if owner_org is None and not asked:
        # what is told about all datasets; part of them may have stood for longer
        _last_modified(answer, state.since(now))
    answer.cache_control.no_cache = True
    if zipped:
        answer.headers["Content-Disposition"] = f'attachment; filename="catalog.{form.ending}.gz"'
    answer.make_conditional(request)
    # it has measured what is not written yet
    answer.headers.pop("Content-Length", None)
    if answer.status_code == 304 or request.method == "HEAD":
        return answer
    place = _limit.take(streams_at_once())
    if place is None:
        refused = Response(tk._("Too many downloads of the catalogue at once. Please try again in a minute."), 503)
        refused.headers["Retry-After"] = "60"
        return refused
    # given back when the last part is made, and by a client that goes before it
    answer.call_on_close(place)
    chunks = _chunks(catalogue.stream(form, head, datasets))
    answer.response = stream_with_context(_told(_zip(chunks) if zipped else chunks, place))
    return answer


def _chunks(parts: Iterable[str]) -> Iterator[bytes]:
    """The parts in pieces of a size that is good to send."""
    waiting: list[str] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= CHUNK:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()


def _zip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same as gzip (RFC 1952), packed while it runs."""
    packer = zlib.compressobj(6, wbits=31)
    for chunk in chunks:
        packed = packer.compress(chunk)
        if packed:
            yield packed
    yield packer.flush()


def _told(chunks: Iterable[bytes], done: Callable[[], None]) -> Iterator[bytes]:
    """An error in the middle goes to the log and on to the server, which breaks the connection: a client must never
    take a part for the whole.
    """
    # what the request has asked so far is done: no transaction stays open while a slow client reads
    model.Session.remove()
    try:
        yield from chunks
    except Exception as error:
        log.error("catalogue: broken off in the middle: %s", type(error).__name__)
        raise
    finally:
        done()


def full_zipped(ending: str) -> Any:
    """The whole catalogue as gzip."""
    return full(ending, zipped=True)


blueprint.add_url_rule("/catalog", view_func=negotiated)
for _ending in ENDINGS:
    # one rule for each: ckanext-dcat has a rule with a variable of its own, a plain text goes before it
    blueprint.add_url_rule(f"/catalog.{_ending}", f"page_{_ending}", page, defaults={"ending": _ending})
blueprint.add_url_rule(f"/catalog/full.{ANY}", view_func=full)
blueprint.add_url_rule(f"/catalog/full.{ANY}.gz", view_func=full_zipped)
blueprint.add_url_rule(f"/organization/<id>.{ANY}", view_func=unit)
blueprint.add_url_rule(f"/dataset/<id>.{ANY}", view_func=dataset)
