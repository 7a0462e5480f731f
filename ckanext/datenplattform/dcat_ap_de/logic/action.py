"""Exports are made as anonymous: whoever asks, they hold what anyone may see and nothing else (design, decision 6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError, SearchIndexError

Action = Callable[[dict[str, Any], dict[str, Any]], Any]


def _anonymous() -> dict[str, Any]:
    """A context of someone who is not logged in. It inherits nothing: no ignore_auth, no user, no schema."""
    return {"user": "", "auth_user_obj": None, "ignore_auth": False}


def _configured_profiles(data_dict: dict[str, Any]) -> dict[str, Any]:
    """The request without its choice of RDF profile: only those of the settings are served. Raises ValidationError
    for another.
    """
    allowed = tk.aslist(tk.config.get("ckanext.dcat.rdf.profiles"))
    asked = data_dict.get("profiles") or []
    unknown = [name for name in (asked.split(",") if isinstance(asked, str) else asked) if name not in allowed]
    if unknown:
        raise tk.ValidationError(
            {"profiles": [tk._("This catalogue is available in these profiles only: %s") % ", ".join(allowed)]}
        )
    return {key: value for key, value in data_dict.items() if key != "profiles"}


def _as_anonymous(original: Action, data_dict: dict[str, Any]) -> Any:
    try:
        return original(_anonymous(), _configured_profiles(data_dict))
    except SearchIndexError:
        raise
    except SearchError as error:
        raise tk.ValidationError({"q": [tk._("The search cannot be understood: %s") % error]}) from error


@tk.chained_action
@tk.side_effect_free
def dcat_catalog_show(original_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """The catalogue as RDF, as ckanext-dcat makes it, but always as anonymous.

    :param format: ttl, xml, jsonld
    :param page: page number, from 1
    :param q, fq, modified_since: as in package_search
    """
    return _as_anonymous(original_action, data_dict)


@tk.chained_action
@tk.side_effect_free
def dcat_catalog_search(original_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Like dcat_catalog_show."""
    return _as_anonymous(original_action, data_dict)


@tk.chained_action
@tk.side_effect_free
def dcat_dataset_show(original_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """One dataset as RDF, for whom `package_show` shows it; for others it does not exist (404, not 403)."""
    try:
        return original_action(context, _configured_profiles(data_dict))
    except tk.NotAuthorized as error:
        raise tk.ObjectNotFound(tk._("Dataset not found")) from error
