"""What the names of a broker mean, by the ``@context`` that the settings name: only where the settings allow to fetch it.

Fetched through the guarded session like everything else, small, kept for a day. The core @context is never fetched: its terms stand
in `ngsi_models`. Of JSON-LD 1.1 this reads what such files use: terms, prefixes, lists of contexts, contexts by address.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import ckan.model as model
from sqlalchemy.dialects.postgresql import insert

from ckanext.datenplattform.core import http
from ckanext.datenplattform.core.errors import SourceError, SourceFormat
from ckanext.datenplattform.core.i18n import N_

from ..core.clock import utcnow
from .ngsi_models import short
from .ngsi_push.model import NgsiContext
from .records import Source

CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context"
#: Bytes of one file, files of one context, terms that are kept, hours until it is fetched anew.
LARGEST, MOST_FILES, MOST_TERMS, HOURS = 1_000_000, 5, 5_000, 24
NO_ADDRESS = N_("The settings allow to fetch the @context, but name no address. Please enter the address of the @context.")
NOT_CONTEXT = N_("What the source %(host)s delivered is no @context (JSON-LD).")
TOO_MANY = N_("The @context of the source %(host)s refers to more than %(limit)s other files.")


def names(source: Source) -> dict[str, str]:
    """Name at the broker → the name that our models know; nothing where fetching is not allowed. Raises `SourceError`. Commits."""
    given = source.settings
    if not given["fetch_context"] or given["version"] != "ngsi-ld":
        return {}
    url = given["context"]
    if not url:
        raise SourceError(http.host_of(source.url), NO_ADDRESS)
    kept = model.Session.get(NgsiContext, url, populate_existing=True)
    if kept is not None and utcnow() - kept.fetched < timedelta(hours=HOURS):
        return dict(kept.names)
    # what was kept, as plain values: the listing may take long
    before = dict(kept.names) if kept is not None else None
    model.Session.commit()
    try:
        found = known(fetched(url))
    except SourceError:
        if before is None:
            raise
        # Yesterday's meaning is better than none; the next run tries again.
        return before
    values = {"fetched": utcnow(), "names": found}
    statement = insert(NgsiContext).values(url=url, **values)
    model.Session.execute(statement.on_conflict_do_update(index_elements=["url"], set_=values))
    model.Session.commit()
    return found


def kept(source: Source) -> dict[str, str]:
    """As `names`, from what was fetched last: a notification fetches nothing."""
    given = source.settings
    if not given["fetch_context"] or given["version"] != "ngsi-ld":
        return {}
    found = model.Session.get(NgsiContext, given["context"])
    return dict(found.names) if found is not None else {}


def fetched(url: str) -> dict[str, str]:
    """Term → address, of the context at ``url`` and what it refers to. Raises `SourceError`."""
    found: dict[str, str] = {}
    seen: list[str] = []

    def add(context: Any, base: str, depth: int) -> None:
        if isinstance(context, list) and depth < MOST_FILES:
            for part in context[:100]:
                add(part, base, depth + 1)
        elif isinstance(context, str):
            load(urljoin(base, context), depth + 1)
        elif isinstance(context, dict):
            found.update(terms(context, found))

    def load(address: str, depth: int) -> None:
        if address.startswith(CORE) or address in seen:
            return
        if len(seen) >= MOST_FILES or depth > MOST_FILES:
            raise SourceError(http.host_of(url), TOO_MANY, limit=MOST_FILES)
        seen.append(address)
        with http.fetch(address, accept="application/ld+json, application/json", max_bytes=LARGEST) as answer:
            body = answer.json()
            if not isinstance(body, dict) or "@context" not in body:
                raise SourceFormat(answer.host, NOT_CONTEXT, expected="JSON-LD")
            add(body["@context"], answer.url, depth)

    load(url, 0)
    return found


def terms(context: Mapping[str, Any], before: Mapping[str, str]) -> dict[str, str]:
    """Term → address of one context object; ``before``: what earlier ones have defined. Pure."""
    plain = {name: item["@id"] if isinstance(item, dict) and "@id" in item else item for name, item in list(context.items())[:MOST_TERMS]}
    given = {name: item for name, item in plain.items() if isinstance(item, str) and name and not name.startswith("@")}
    known_terms = {**before, **given}
    found = {name: _address(item, known_terms) for name, item in given.items()}
    return {name: address for name, address in found.items() if "://" in address}


def _address(item: str, known_terms: Mapping[str, str]) -> str:
    """A compact address written out. A prefix may be compact itself; three steps are enough for honest files."""
    for _ in range(3):
        prefix, sign, rest = item.partition(":")
        if not sign or rest.startswith("//") or not isinstance(known_terms.get(prefix), str):
            break
        item = known_terms[prefix] + rest
    return item[:2000]


def known(found: Mapping[str, str]) -> dict[str, str]:
    """Only those terms that lead to a name of our models, under another name. Pure."""
    return {term: name for term, address in found.items() if (name := short(address)) != address and name != term}
