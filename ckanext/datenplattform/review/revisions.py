"""A material change of a published dataset, kept beside the live one until the board has decided.

Metadata lie in the table, files under the revision's own folder; the live dataset is not touched.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, Literal

import ckan.lib.uploader as uploader
import ckan.model as model
import ckan.plugins.toolkit as tk

from ..access import shared as access
from ..core.clock import utcnow
from ..inventory import shared as inventory
from . import events, material
from .model import Case, Revision


def pending(package_id: str) -> Revision | None:
    """The revision that waits, or None."""
    return model.Session.query(Revision).filter_by(package_id=package_id, state="pending").first()


def folder(revision_id: str) -> Path:
    """Where a revision's files lie, named by resource id."""
    return Path(uploader.get_storage_path()) / "revisions" / revision_id


def write(package_id: str, dataset: dict[str, Any]) -> Any:
    """A function that writes the dataset dict in the present transaction, without commit and index."""

    def apply() -> None:
        context: Any = {"ignore_auth": True, "user": "", "defer_commit": True, "return_id_only": True}
        tk.get_action("package_update")(context, {**dataset, "id": package_id})

    return apply


def create(
    package_id: str, dataset: dict[str, Any], new_files: dict[str, str], user_id: str, comment: str
) -> tuple[Revision | None, Literal["unchanged", "corrected", "revision"]]:
    """Make a revision of a published dataset from its full new dict.

    :returns: (revision, what it is). Without a material difference nothing is kept: None and "unchanged". Corrected typing
        errors are written at once: None and "corrected". A pending revision with the same content is returned as it is;
        another one is replaced.
    """
    live = access.publication(package_id)
    assert live is not None
    content, digest = access.trial(package_id, write(package_id, dataset))
    if digest == live.content_hash and not new_files:
        return None, "unchanged"
    before = pending(package_id)
    if before and before.content_hash == digest:
        return before, "revision"
    decided = model.Session.get(Case, live.decision_id)
    # measured from what was decided: many small corrections do not add up to another text
    if decided and before is None and not new_files and material.only_typing_errors(decided.content, content):
        facts = {"content_hash": digest, "before": live.content_hash}
        access.republish(package_id, digest, live.decision_id, write(package_id, dataset))
        events.append(package_id, "corrected", user_id, live.decision_id, facts)
        return None, "corrected"
    discard_pending(package_id)
    made = Revision(
        package_id=package_id,
        dataset=_jsonable(dataset),
        content=content,
        content_hash=digest,
        files={},
        comment=comment,
        created_by=user_id,
        created_at=utcnow(),
    )
    model.Session.add(made)
    model.Session.flush()
    place = folder(made.id)
    sums = {}
    for resource_id, path in new_files.items():
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place / resource_id)
        sums[resource_id] = inventory.checksum(place / resource_id)
    made.files = sums
    model.Session.flush()
    return made, "revision"


def _jsonable(dataset: dict[str, Any]) -> dict[str, Any]:
    return {
        **dataset,
        "resources": [{k: v for k, v in item.items() if k != "upload"} for item in dataset.get("resources") or []],
    }


def discard_pending(package_id: str) -> bool:
    """Throw a waiting revision away, its files too."""
    revision = pending(package_id)
    if revision is None:
        return False
    revision.state = "discarded"
    model.Session.flush()
    shutil.rmtree(folder(revision.id), ignore_errors=True)
    return True


def release(revision_id: str, decided_hash: str, decision_id: str) -> None:
    """Write a decided revision over the live version (metadata; the files follow by `place_files`)."""
    revision = model.Session.get(Revision, revision_id)
    if revision is None or revision.state != "pending":
        raise access.ContentChanged(revision_id)
    for resource_id, checksum in revision.files.items():
        if inventory.checksum(folder(revision.id) / resource_id) != checksum:
            raise access.ContentChanged(revision_id)
    access.republish(revision.package_id, decided_hash, decision_id, write(revision.package_id, revision.dataset))
    revision.state = "released"
    model.Session.flush()


def place_files(revision_id: str) -> None:
    """After the commit: put the decided files in their resources' places. Can be called again."""
    revision = model.Session.get(Revision, revision_id)
    place = folder(revision_id)
    if revision is None or revision.state != "released" or not place.exists():
        return
    names = {item["id"]: os.path.basename(item.get("url") or item["id"]) for item in revision.dataset["resources"]}
    for resource_id in revision.files:
        if (place / resource_id).exists():
            inventory.store(resource_id, place / resource_id, names[resource_id])
    shutil.rmtree(place, ignore_errors=True)


def difference(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """What differs between two canonical contents: [{"field", "before", "after"}], sorted by field."""
    flat_before, flat_after = _flat(before), _flat(after)
    return [
        {"field": key, "before": flat_before.get(key), "after": flat_after.get(key)}
        for key in sorted(flat_before.keys() | flat_after.keys())
        if flat_before.get(key) != flat_after.get(key)
    ]


def _flat(content: dict[str, Any]) -> dict[str, Any]:
    flat = {**content.get("package", {}), **content.get("extras", {})}
    flat["tags"] = content.get("tags", [])
    for resource_id, resource in content.get("resources", {}).items():
        label = resource.get("name") or resource_id
        for key, value in {**resource, **resource.get("extras", {})}.items():
            if key not in ("extras", "package_id", "id"):
                flat[f"{label}: {key}"] = value
    return flat
