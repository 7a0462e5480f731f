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
    (found again by the key, gone when it is gone); those made by hand, without a key, stay.

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
    by_key = {item["dp_key"]: item for item in existing if item.get("dp_key")}
    merged = []
    for item in wanted["resources"]:
        key = item["key"]
        old = by_key.get(key, {})
        fields = {name: value for name, value in item.items() if name not in ("key", "upload_path")}
        merged.append({**old, **fields, "dp_key": key, "id": old.get("id") or new_id()})
    result["resources"] = [*merged, *(item for item in existing if not item.get("dp_key"))]
    return result
