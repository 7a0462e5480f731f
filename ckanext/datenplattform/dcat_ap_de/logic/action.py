"""Exports are made as anonymous: whoever asks, they hold what anyone may see and nothing else (design, decision 6)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError, SearchIndexError
from ckan.lib.search.common import SolrConnectionError
from ckanext.dcat.logic import _search_ckan_datasets
from ckanext.dcat.processors import RDFSerializer
from ckanext.dcat.utils import catalog_uri
from werkzeug.exceptions import ServiceUnavailable

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


def _catalogue(data_dict: dict[str, Any]) -> Any:
    """A page of the catalogue, searched as anonymous."""
    asked = _configured_profiles(data_dict)
    try:
        found = _search_ckan_datasets(anonymous(), asked)
    except SearchIndexError:
        raise
    except SolrConnectionError as error:
        # an empty catalogue would tell every harvester that all datasets are gone
        raise ServiceUnavailable(tk._("The search index does not answer. Please try again in a few minutes.")) from error
    except SearchError as error:
        raise tk.ValidationError({"q": [tk._("The search cannot be understood: %s") % error]}) from error
    serializer = RDFSerializer()
    return serializer.serialize_catalog(
        {}, found["results"], _format=asked.get("format") or "xml", pagination_info=pages(found["count"], asked)
    )


def pages(count: int, asked: dict[str, Any]) -> dict[str, Any]:
    """Where the neighbouring pages are (Hydra). Stock writes the parameters as they came: a space already breaks it."""
    if not count:
        return {}
    size = int(tk.config.get("ckanext.dcat.datasets_per_page") or 100)
    page, last = int(asked.get("page") or 1), math.ceil(count / size)
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
    """The catalogue as RDF, in place of ckanext-dcat's action of this name: always as anonymous.

    :param format: ttl, xml, jsonld
    :param page: page number, from 1
    :param q, fq, modified_since: as in package_search
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
    """One dataset as RDF, for whom `package_show` shows it; for others it does not exist (404, not 403)."""
    try:
        return original_action(context, _configured_profiles(data_dict))
    except tk.NotAuthorized as error:
        raise tk.ObjectNotFound(tk._("Dataset not found")) from error
