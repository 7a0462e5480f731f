"""What passes between the base and a protocol. No CKAN here.

A protocol lists `RemoteRecord`s and maps each to a `MappedRecord`; everything else is the base's.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Source:
    """A harvest source as a protocol sees it. ``settings`` are complete: every field of the protocol's form has a
    value."""

    id: str
    url: str
    title: str
    type: str
    owner_org: str = ""
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class RemoteRecord:
    """One record of a source: an id that is stable there, and what is known of it, as JSON-able content.

    ``error``: why it cannot be harvested, for a person; such a record counts as present. ``unknown``: with an error that
    leaves open which record it was; then nothing counts as missing. ``fingerprint``: what decides whether it changed,
    where the content says too much (times of transport) or too little; default: the content. ``identities``: ids by
    which other sources know the same dataset (see `twins`).
    """

    remote_id: str
    content: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    error: str | None = None
    unknown: bool = False
    identities: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    fingerprint: Any = None
    # Files fetched for it: key of the resource → local path. They live as long as the import.
    files: dict[str, Path] = field(default_factory=dict)


@dataclass
class MappedRecord:
    """What a remote record becomes: a package dict (no id, no name, never ``private``; resources carry ``key``) and
    fields of the inventory record. ``files``: key of a resource → text of its file, where the mapping makes it.
    ``warnings``: what had to be left out, for a person."""

    dataset: dict[str, Any]
    record: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


def content_hash(*parts: Any) -> str:
    """SHA-256 (hex) of values in canonical JSON: the order of keys does not matter, that of lists does."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def to_json(record: RemoteRecord) -> str:
    """A record as text, to be kept between the steps of a job."""
    return json.dumps(
        {
            "remote_id": record.remote_id,
            "content": record.content,
            "title": record.title,
            "warnings": record.warnings,
            "fingerprint": record.fingerprint,
            "identities": record.identities,
            "files": {key: str(path) for key, path in record.files.items()},
        },
        ensure_ascii=False,
    )


def from_json(text: str) -> RemoteRecord:
    """The record that `to_json` wrote. Raises ValueError."""
    data = json.loads(text)
    return RemoteRecord(
        remote_id=data["remote_id"],
        content=data["content"],
        title=data.get("title", ""),
        warnings=data.get("warnings", []),
        fingerprint=data.get("fingerprint"),
        identities=data.get("identities", []),
        files={key: Path(path) for key, path in data.get("files", {}).items()},
    )
