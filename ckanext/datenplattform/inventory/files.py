"""Files of resources: checksum and storing, through CKAN's uploader."""

from __future__ import annotations

import hashlib
import mimetypes
import os
from pathlib import Path
from typing import Any

import ckan.lib.uploader as uploader
from ckan.lib.munge import munge_filename
from werkzeug.datastructures import FileStorage

SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"


def checksum(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file, hex."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def describe(path: str | os.PathLike[str], name: str) -> dict[str, Any]:
    """The resource fields that follow from an uploaded file."""
    return {
        "url": munge_filename(name),
        "url_type": "upload",
        "mimetype": mimetypes.guess_type(name)[0],
        "size": os.path.getsize(path),
        "hash": checksum(path),
        "hash_algorithm": SHA256,
    }


def store(resource_id: str, path: str | os.PathLike[str], name: str) -> None:
    """Put a file at its resource's place (replacing in one step what is there)."""
    with open(path, "rb") as file:
        upload = uploader.get_resource_uploader(
            {"id": resource_id, "url": name, "url_type": "upload", "upload": FileStorage(file, filename=name)}
        )
        upload.upload(resource_id, uploader.get_max_resource_size())


def stored(resource: dict[str, Any]) -> Path | None:
    """Where an uploaded resource's file lies, or None when it is no upload or the file is not there."""
    if resource.get("url_type") != "upload":
        return None
    upload = uploader.get_resource_uploader({"id": resource["id"], "url": resource.get("url", ""), "url_type": "upload"})
    path = Path(upload.get_path(resource["id"]))
    return path if path.is_file() else None
