"""What helps somebody who searches. Both ask `package_search` as the caller, so nothing hidden is told."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ...core.validation import validated, whole_number
from ...core.validation import validators as _v
from .. import query

#: Suggestions in one answer.
FEW, MOST = 8, 50
LONGEST = 200


def _schema() -> dict[str, Any]:
    return {"q": [*_v("ignore_missing", "unicode_safe")], "limit": whole_number()}


@tk.side_effect_free
def search_suggest(context: Any, data_dict: Any) -> list[dict[str, str]]:
    """Datasets whose title has words that begin like those typed so far.

    :param q: what was typed; of more than 200 letters the first ones count
    :param limit: how many, 8 if not given, 50 at most

    :returns: ``[{"name", "title"}]``, the best first, only of datasets that the caller may see; empty without words

    Everybody may call it. Example: ``search_suggest(q="rad verk")``
    """
    tk.check_access("search_suggest", context, data_dict)
    data = validated(data_dict, _schema(), context)
    asked = query.beginning(str(data.get("q") or "")[:LONGEST])
    if not asked:
        return []
    rows = min(data.get("limit", FEW), MOST)
    found = _search(context, q=asked, rows=rows, fl=["id", "name", "title"])
    return [{"name": hit["name"], "title": hit.get("title") or hit["name"]} for hit in found["results"]]


@tk.side_effect_free
def search_correct(context: Any, data_dict: Any) -> dict[str, str | None]:
    """What somebody may have meant who found nothing.

    :param q: the words searched for; of more than 200 letters the first ones count

    :returns: ``{"q": corrected words}``, made of words in titles that the caller may see; ``{"q": None}`` without a better one

    Everybody may call it. Example: ``search_correct(q="Baumkatster")`` → ``{"q": "baumkataster"}``
    """
    tk.check_access("search_correct", context, data_dict)
    q = str(validated(data_dict, _schema(), context).get("q") or "")[:LONGEST]
    if not query.words(q):
        return {"q": None}
    # the words of what the caller may see, never those of the whole index
    found = _search(context, q="*:*", rows=0, **{"facet.field": ["title_de_spelled"], "facet.limit": -1})
    return {"q": query.corrected(q, found["facets"].get("title_de_spelled", {}))}


def _search(context: Any, **asked: Any) -> dict[str, Any]:
    return tk.get_action("package_search")(
        {"user": context.get("user", ""), "auth_user_obj": context.get("auth_user_obj")}, {**asked, "include_private": True}
    )


ACTIONS = (search_suggest, search_correct)
