"""The form of a revision: what a person changed of a published dataset, as `review_revision_create` takes it."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import ckan.lib.navl.dictization_functions as navl
import ckan.lib.uploader as uploader
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.logic import clean_dict, parse_params, tuplize_dict

# what belongs to the page and not to the dataset
OF_THE_PAGE = frozenset({"_ckan_phase", "save", "pkg_name", "comment", "new-name", "new-format"})
NOT_CHANGED = frozenset({"name", "owner_org"})


def fields(form: Any) -> dict[str, Any]:
    """The dataset's fields of a sent form: all of the schema, so that what was emptied is empty."""
    try:
        sent = clean_dict(navl.unflatten(tuplize_dict(parse_params(form))))
    except navl.DataError:
        raise tk.ValidationError({"__all__": [tk._("The form could not be read. Nothing was changed.")]}) from None
    token = tk.config.get("WTF_CSRF_FIELD_NAME", "_csrf_token")
    found = {name: value for name, value in sent.items() if name not in OF_THE_PAGE | {token} and not name.startswith(("file-", "remove-"))}
    if not p.plugin_loaded("scheming_datasets"):
        return found
    from ckanext.scheming.plugins import expand_form_composite

    schema = tk.h.scheming_get_dataset_schema("dataset")["dataset_fields"]
    lists = {field["field_name"] for field in schema if field.get("repeating_subfields")}
    expand_form_composite(found, set(lists))
    for field in schema:
        name = field["field_name"]
        if name not in NOT_CHANGED:
            found.setdefault(name, [] if name in lists else "")
    return {name: value for name, value in found.items() if name not in NOT_CHANGED}


def files(sent: Mapping[str, Any], form: Mapping[str, Any], resources: Iterable[Mapping[str, Any]], kept: Mapping[str, Path],
          place: Path) -> list[dict[str, Any]] | None:  # fmt: skip
    """The full list of resources by `key`, when a file is new, replaced or removed; else None (they stay as they are).

    :param sent: uploaded files: "file-<resource id>", "file-new"
    :param form: "remove-<resource id>" where a file goes
    :param kept: files that an earlier version of the revision has brought, by resource id
    :param place: an empty folder for the uploaded files; the caller removes it
    """
    found, changed = [], False
    for resource in resources:
        if form.get(f"remove-{resource['id']}"):
            changed = True
            continue
        item: dict[str, Any] = {"key": resource.get("dp_key") or resource["id"]}
        upload = sent.get(f"file-{resource['id']}")
        if upload and upload.filename:
            item |= {"url": upload.filename, "upload_path": str(_saved(upload, place))}
        elif resource["id"] in kept:
            # the folder of the earlier version goes when the new one comes
            path = place / uuid.uuid4().hex
            shutil.copyfile(kept[resource["id"]], path)
            item |= {"url": str(resource.get("url") or "").rsplit("/", 1)[-1], "upload_path": str(path)}
            item |= {name: resource[name] for name in ("name", "format") if resource.get(name)}
        changed = changed or "upload_path" in item
        found.append(item)
    new = sent.get("file-new")
    if new and new.filename:
        suffix = Path(new.filename).suffix.lstrip(".").upper()
        found.append({
            "key": str(uuid.uuid4()), "name": (form.get("new-name") or "").strip() or new.filename, "url": new.filename,
            "format": (form.get("new-format") or "").strip() or suffix, "upload_path": str(_saved(new, place)),
        })  # fmt: skip
        changed = True
    return found if changed else None


def _saved(upload: Any, place: Path) -> Path:
    path = place / uuid.uuid4().hex
    upload.save(path)
    if path.stat().st_size > uploader.get_max_resource_size() * 1_000_000:
        raise tk.ValidationError({"upload": [tk._("“%(name)s” is too large. Nothing was changed.") % {"name": upload.filename}]})
    return path
