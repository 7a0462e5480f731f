"""Bring a dataset from a source into the inventory: found again by (source, remote id), always private."""

from __future__ import annotations

import hashlib
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.model.types import make_uuid
from sqlalchemy import text

from ..access import shared as access
from ..core import names
from . import files, records
from .merge import merge
from .model import InventoryRecord

# context key by which the record is written in the dataset's own transaction (see plugin.after_dataset_create)
RECORD = "datenplattform_inventory_record"


def find(source: str, remote_id: str) -> str | None:
    """The package id for a source's record, or None."""
    row = model.Session.query(InventoryRecord).filter_by(source=source, remote_id=remote_id).first()
    return row.package_id if row else None


def of_source(source: str) -> list[str]:
    """Ids of the datasets that a source brings and has not lost, the oldest first."""
    rows = model.Session.query(InventoryRecord.package_id).filter(
        InventoryRecord.source == source, InventoryRecord.vanished_at.is_(None), InventoryRecord.archived_at.is_(None)
    )
    return [package_id for (package_id,) in rows.order_by(InventoryRecord.created, InventoryRecord.package_id)]


def lock(source: str, remote_id: str) -> None:
    """One at a time for a source's record, until the transaction ends: two workers make one dataset."""
    key = int.from_bytes(hashlib.sha256(f"{source}\0{remote_id}".encode()).digest()[:8], "big", signed=True)
    model.Session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def proposed(package_id: str | None, dataset: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The full dataset dict after the upsert, and the new files: {resource id: local path}.

    A file whose checksum is already the resource's is not new.
    """
    current: dict[str, Any] = {}
    if package_id:
        context: Any = {"ignore_auth": True, "use_cache": False}
        current = tk.get_action("package_show")(context, {"id": package_id})
    wanted = {**dataset, "resources": [dict(item) for item in dataset.get("resources") or []]}
    paths = {}
    for item in wanted["resources"]:
        path = item.pop("upload_path", None)
        if path:
            name = item.get("url") or f"{item['key']}.{(item.get('format') or 'bin').lower()}"
            item.update(files.describe(path, name.rsplit("/", 1)[-1]))
            paths[item["key"]] = path
    if "resources" not in dataset:
        del wanted["resources"]
    result = merge(current, wanted, make_uuid)
    old = {item["id"]: item for item in current.get("resources") or []}
    new_files = {}
    for item in result["resources"]:
        path, before = paths.get(item.get("dp_key") or item["id"]), old.get(item["id"], {})
        if path and before.get("hash") != item["hash"]:
            new_files[item["id"]] = path
        elif path and (before.get("url") or "").endswith("/" + item["url"]):
            # the same file by its full address, as package_show gives it
            item["url"] = before["url"]
    return result, new_files


def seen(package_id: str) -> None:
    """The source has the dataset (again): the marks that it vanished go. No commit."""
    row = model.Session.get(InventoryRecord, package_id)
    if row is not None and (row.vanished_at or row.archived_at):
        records.write(package_id, {"vanished_at": None, "archived_at": None}, None)


def adopt(package_id: str, source: str, remote_id: str) -> None:
    """From now on a dataset is found again as this record of this source: another source has taken it over. No commit."""
    row = model.Session.get(InventoryRecord, package_id)
    if row is not None:
        row.source, row.remote_id = source, remote_id
        model.Session.flush()


def refuse_paths(context: Any, dataset: dict[str, Any]) -> None:
    """`upload_path` names a file of this machine: only the system itself may say it, never a caller of the API."""
    if not context.get("ignore_auth") and any("upload_path" in item for item in dataset.get("resources") or []):
        raise tk.ValidationError({"resources": [tk._("A local file cannot be named from outside.")]})


def check_update(context: Any, package_id: str, dataset: dict[str, Any]) -> None:
    """Whether the caller may bring this dataset up to date; raises NotAuthorized or ValidationError."""
    refuse_paths(context, dataset)
    inner: Any = {"user": context.get("user"), "ignore_auth": context.get("ignore_auth", False)}
    tk.check_access("package_update", inner, {"id": package_id})


def keys(dataset: dict[str, Any]) -> dict[str, str]:
    """{resource key: resource id} of a dataset dict."""
    return {item["dp_key"]: item["id"] for item in dataset.get("resources") or [] if item.get("dp_key")}


def store_files(dataset: dict[str, Any], new_files: dict[str, str]) -> None:
    """Put the new files in place, before the metadata: when it breaks here, the next run sees a difference."""
    for item in dataset["resources"]:
        if item["id"] in new_files:
            files.store(item["id"], new_files[item["id"]], item["url"].rsplit("/", 1)[-1])


def create(context: Any, data: dict[str, Any]) -> dict[str, Any]:
    """A new private dataset with its record, in one transaction."""
    dataset, new_files = proposed(None, data["dataset"])
    dataset |= {"private": True, "state": "active", "type": "dataset"}
    dataset["name"] = names.free(data["dataset"].get("name") or dataset["title"], salt=data["remote_id"])
    store_files(dataset, new_files)
    fields = {**data["record"], "source": data["source"], "remote_id": data["remote_id"]}
    carrying: Any = {**context, RECORD: fields}
    made = tk.get_action("package_create")(carrying, dataset)
    return {"id": made["id"], "result": "created", "resources": keys(made)}


def update(context: Any, package_id: str, data: dict[str, Any]) -> dict[str, Any]:
    """Bring an unpublished dataset up to date; nothing is written when nothing changed."""
    dataset, new_files = proposed(package_id, data["dataset"])
    # CKAN sets it when something changed, and keeps the old one when it is given
    dataset.pop("metadata_modified", None)
    before = access.content_hash(package_id)
    row = model.Session.get(InventoryRecord, package_id)
    # what a person has entered is theirs; the source fills gaps only
    gaps = {name: value for name, value in data["record"].items() if row is None or not getattr(row, name)}
    seen(package_id)
    if gaps:
        records.write(package_id, gaps, context.get("user"))
    store_files(dataset, new_files)
    fresh: Any = {**context}
    tk.get_action("package_update")(fresh, dataset)
    model.Session.commit()
    changed = bool(new_files) or access.content_hash(package_id) != before
    return {"id": package_id, "result": "updated" if changed else "unchanged", "resources": keys(dataset)}
