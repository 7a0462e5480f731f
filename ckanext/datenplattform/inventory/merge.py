"""What a source says put over what the platform has. Pure: dicts in, dicts out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

# CKAN's own or the gate's business; a source never sets them
NOT_FROM_SOURCE = frozenset({"id", "name", "private", "state", "type", "metadata_created", "metadata_modified", "creator_user_id"})


def merge(
    current: Mapping[str, Any], wanted: Mapping[str, Any], new_id: Callable[[], str]
) -> dict[str, Any]:
    """The full dataset dict after an upsert.

    Fields that the source does not speak of stay as they are. Resources with a `dp_key` follow the source
    (found again by the key, gone when it is gone); those made by hand, without a key, stay, and are found by their id.

    :param current: the dataset as `package_show` gives it (empty for a new one)
    :param wanted: the dataset dict of the source, resources each with a `key`
    :param new_id: makes the id of a new resource
    """
    result = {key: value for key, value in current.items() if key != "resources"}
    result.update({key: value for key, value in wanted.items() if key not in NOT_FROM_SOURCE | {"resources"}})
    if "tags" in wanted:
        result.pop("tag_string", None)
    elif "tag_string" in wanted:
        result.pop("tags", None)
    existing: Sequence[Mapping[str, Any]] = current.get("resources") or []
    if "resources" not in wanted:
        result["resources"] = list(existing)
        return result
    by_key = {item.get("dp_key") or item["id"]: item for item in existing}
    merged = []
    for item in wanted["resources"]:
        key = item["key"]
        old = by_key.get(key, {})
        fields = {name: value for name, value in item.items() if name not in ("key", "upload_path")}
        mark = {"dp_key": key} if not old or old.get("dp_key") else {}
        merged.append({**old, **fields, **mark, "id": old.get("id") or new_id()})
    there = {item["id"] for item in merged}
    result["resources"] = [*merged, *(item for item in existing if not item.get("dp_key") and item["id"] not in there)]
    return result
