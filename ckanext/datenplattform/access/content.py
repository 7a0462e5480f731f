"""What the board decides about: the canonical public content of a dataset and its hash.

Read by plain SQL from the transaction at hand, so that it sees what has been flushed, by whatever way.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import ckan.model as model
from sqlalchemy import select

# The one declared list of what may change without a decision: times of update, and what CKAN derives itself.
IMMATERIAL_PACKAGE = frozenset(
    {"id", "metadata_created", "metadata_modified", "private", "state", "creator_user_id", "plugin_data"}
)
IMMATERIAL_EXTRAS = frozenset({"modified"})
IMMATERIAL_RESOURCE = frozenset(
    {"metadata_modified", "last_modified", "created", "position", "size", "state", "cache_url", "cache_last_updated"}
)
IMMATERIAL_RESOURCE_EXTRAS = frozenset({"datastore_active", "modified", "datastore_contains_all_records_of_source_file"})


def content(package_id: str) -> dict[str, Any] | None:
    """The canonical content of a dataset as JSON-able dict, or None when there is no such dataset."""
    package = model.package_table
    resource = model.resource_table
    with model.Session.no_autoflush:
        row = model.Session.execute(select(package).where(package.c.id == package_id)).mappings().first()
        if row is None:
            return None
        resources = model.Session.execute(
            select(resource).where(resource.c.package_id == package_id, resource.c.state == "active")
        ).mappings()
        tags = model.Session.execute(
            select(model.Tag.name)
            .join(model.PackageTag, model.PackageTag.tag_id == model.Tag.id)
            .where(model.PackageTag.package_id == package_id, model.PackageTag.state == "active")
        ).scalars()
        return {
            "package": _clean({key: row[key] for key in row if key not in IMMATERIAL_PACKAGE | {"extras"}}),
            "extras": _clean({k: v for k, v in (row["extras"] or {}).items() if k not in IMMATERIAL_EXTRAS}),
            "tags": sorted(tags),
            "resources": {
                item["id"]: {
                    **_clean({key: item[key] for key in item if key not in IMMATERIAL_RESOURCE | {"extras", "id"}}),
                    "extras": _clean(_resource_extras(item["extras"])),
                }
                for item in resources
            },
        }


def _resource_extras(extras: Any) -> dict[str, Any]:
    if isinstance(extras, str):
        extras = json.loads(extras or "{}")
    return {k: v for k, v in (extras or {}).items() if k not in IMMATERIAL_RESOURCE_EXTRAS}


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    """Empty and missing mean the same to CKAN's forms, so they do here."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def digest(value: dict[str, Any]) -> str:
    """SHA-256 (hex) of the canonical JSON form."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def content_hash(package_id: str) -> str | None:
    """The hash of a dataset's canonical content as it stands in the present transaction."""
    found = content(package_id)
    return None if found is None else digest(found)
