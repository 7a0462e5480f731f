"""Exports are made as anonymous: whoever asks, they hold what anyone may see and nothing else (design, decision 6)."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError, SearchIndexError
from ckan.lib.search.common import SolrConnectionError
from ckanext.dcat.utils import catalog_uri
from dateutil.parser import parse as parse_date
from werkzeug.exceptions import ServiceUnavailable

from ..export import catalogue, public
from ..export.formats import Format, format_of

Action = Callable[[Any, dict[str, Any]], Any]


def anonymous() -> dict[str, Any]:
    """A context of someone who is not logged in. It inherits nothing: no ignore_auth, no user, no schema."""
    return {"user": "", "auth_user_obj": None, "ignore_auth": False}


def _configured_profiles(data_dict: dict[str, Any]) -> dict[str, Any]:
    """The request without its choice of RDF profile: only those of the settings are served.

    Raises ValidationError for another.
    """
    allowed = tk.aslist(tk.config.get("ckanext.dcat.rdf.profiles"))
    asked = data_dict.get("profiles") or []
    unknown = [name for name in (asked.split(",") if isinstance(asked, str) else asked) if name not in allowed]
    if unknown:
        message = tk._("This catalogue is available in these profiles only: %s") % ", ".join(allowed)
        raise tk.ValidationError({"profiles": [message]})
    return {key: value for key, value in data_dict.items() if key != "profiles"}


def _format(asked: dict[str, Any]) -> Format:
    try:
        return format_of(str(asked.get("format") or "xml"))
    except KeyError as error:
        raise tk.ValidationError({"format": [tk._("This format does not exist here.")]}) from error


def moment(text: Any) -> datetime | None:
    """What `modified_since` says, in UTC (without a zone it is meant so), None where it says nothing.

    Raises ValidationError for what is no time.
    """
    if not text:
        return None
    try:
        found = parse_date(str(text))
        aware = found.replace(tzinfo=timezone.utc) if found.tzinfo is None else found
        return aware.astimezone(timezone.utc)
    except (ValueError, OverflowError) as error:
        message = tk._("This is no point in time. Please write it like 2026-11-23T08:00:00.")
        raise tk.ValidationError({"modified_since": [message]}) from error


def _page_number(asked: dict[str, Any]) -> int:
    try:
        number = int(asked.get("page") or 1)
    except ValueError:
        number = 0
    if number < 1:
        raise tk.ValidationError({"page": [tk._("Pages are counted from 1.")]})
    return number


def page_size() -> int:
    """Datasets on a page of the catalogue."""
    return int(tk.config.get("ckanext.dcat.datasets_per_page") or 100)


def _found(asked: dict[str, Any]) -> dict[str, Any]:
    """The page's search as anonymous: {"count": all, "results": [{"id": …}]}. Like ckanext-dcat's, but for the ids only."""
    since = moment(asked.get("modified_since"))
    changed = [f"metadata_modified:[{since:%Y-%m-%dT%H:%M:%S.%f}Z TO NOW]"] if since else []
    search = {
        "q": asked.get("q") or "*:*",
        "fq": asked.get("fq"),
        "fq_list": [*(f"-dataset_type:{name}" for name in public.NO_DATASETS), *changed],
        "fl": ["id"],
        "rows": page_size(),
        "start": page_size() * (_page_number(asked) - 1),
        "sort": "metadata_modified desc",
    }
    try:
        return tk.get_action("package_search")(anonymous(), search)  # type: ignore[arg-type]
    except SearchIndexError:
        raise
    except SolrConnectionError as error:
        # an empty catalogue would tell every harvester that all datasets are gone
        raise ServiceUnavailable(tk._("The search index does not answer. Please try again in a few minutes.")) from error
    except SearchError as error:
        raise tk.ValidationError({"q": [tk._("The search cannot be understood: %s") % error]}) from error


def _catalogue(data_dict: dict[str, Any]) -> str:
    """A page of the catalogue: searched as anonymous, written from what is kept of public datasets."""
    asked = _configured_profiles(data_dict)
    form = _format(asked)
    found = _found(asked)
    head = catalogue.add_pages(catalogue.head(public.newest()), pages(found["count"], asked))
    datasets = [public.Public(item["id"], "") for item in found["results"]]
    return "".join(catalogue.stream(form, head, datasets))


def pages(count: int, asked: dict[str, Any]) -> dict[str, Any]:
    """Where the neighbouring pages are (Hydra). Stock writes the parameters as they came: a space already breaks it."""
    if not count:
        return {}
    size = page_size()
    page, last = _page_number(asked), math.ceil(count / size)
    kept = {key: asked[key] for key in ("q", "fq", "modified_since") if asked.get(key)}

    def address(number: int) -> str:
        ending = asked.get("format") or "xml"
        return f"{catalog_uri().rstrip('/')}/catalog.{ending}?{urlencode({**kept, 'page': number})}"

    found: dict[str, Any] = {"count": count, "items_per_page": size, "current": address(page)}
    found |= {"first": address(1), "last": address(last)}
    if page > 1:
        found["previous"] = address(min(page - 1, last))
    if page < last:
        found["next"] = address(page + 1)
    return found


@tk.chained_action
@tk.side_effect_free
def dcat_catalog_show(original_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """A page of the catalogue as RDF, in place of ckanext-dcat's action of this name: always as anonymous. Anybody may
    call it.

    :param format: ttl, xml, jsonld, nt
    :param page: page number, from 1
    :param q, fq, modified_since: as in package_search

    :returns: the document as text

    Example: `{"format": "ttl", "page": 2}`
    """
    tk.check_access("dcat_catalog_show", context, data_dict)
    return _catalogue(data_dict)


@tk.chained_action
@tk.side_effect_free
def dcat_catalog_search(original_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Like dcat_catalog_show."""
    tk.check_access("dcat_catalog_search", context, data_dict)
    return _catalogue(data_dict)


@tk.chained_action
@tk.side_effect_free
def dcat_dataset_show(original_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """One dataset as RDF, for whom `package_show` shows it; for others it does not exist (404, not 403). A public one is
    the same for everybody.

    :param id: id or name of the dataset
    :param format: ttl, xml, jsonld, nt

    :returns: the document as text

    Example: `{"id": "baumkataster", "format": "jsonld"}`
    """
    asked = _configured_profiles(data_dict)
    form = _format(asked)
    tk.check_access("dcat_dataset_show", context, asked)
    package_id = public.package_id(tk.get_or_bust(asked, "id"))
    document = catalogue.one(form, package_id) if package_id else None
    if document is not None:
        return document
    try:
        # rdflib knows N-Triples by the same name
        return original_action(context, {**asked, "format": form.ending})
    except tk.NotAuthorized as error:
        raise tk.ObjectNotFound(tk._("Dataset not found")) from error


ACTIONS = (dcat_catalog_show, dcat_catalog_search, dcat_dataset_show)
