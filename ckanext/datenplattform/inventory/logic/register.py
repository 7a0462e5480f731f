"""Action of room `inventory` for everybody: the public register."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ...access import shared as access
from ...core.validation import validated, validators, whole_number
from .. import register, words

MOST = 1000


def _schema() -> Any:
    return {
        "q": validators("ignore_missing", "unicode_safe"),
        "limit": whole_number(),
        "offset": whole_number(),
    }


@tk.side_effect_free
def inventory_register_list(context: Any, data_dict: Any) -> dict[str, Any]:
    """The public register: which data there are, though the data themselves may not be public. For everybody.

    Each entry is what the board decided; nothing else of a record is ever in it.

    :param q: words in title, description or unit (optional)
    :param limit: at most 1,000, default 50; :param offset: default 0
    :returns: {"count": int, "results": [{"id", "title", "unit", "description", "formats": [str], "update_cycle" (code of
        the EU list of frequencies), "openness" (code), "openness_label", "openness_reason", "since" (day),
        "published": bool, "name": address of the dataset, only when it is published}]}

    Example: `{"q": "Bäume"}`
    """
    tk.check_access("inventory_register_list", context, data_dict)
    data = validated(data_dict, _schema(), context)
    count, rows = register.listing(
        data.get("q") or "", min(int(data.get("limit") or 50), MOST), int(data.get("offset") or 0)
    )
    public = access.published_ids([row.package_id for _, row in rows])
    return {"count": count, "results": [_entry(name, row, row.package_id in public) for name, row in rows]}


def _entry(name: str, row: Any, published: bool) -> dict[str, Any]:
    found = {field: row.entry.get(field) for field in register.FIELDS}
    return {
        "id": row.package_id,
        **found,
        "openness_label": words.say("openness", found["openness"]),
        "since": row.since.date().isoformat(),
        "published": published,
        **({"name": name} if published else {}),
    }


ACTIONS = (inventory_register_list,)
