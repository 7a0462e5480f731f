"""What the actions take."""

from __future__ import annotations

from typing import Any

from ckan.logic.schema import validator_args


@validator_args
def source_preview(ignore_missing: Any, ignore_empty: Any, unicode_safe: Any, ignore: Any) -> Any:
    text = [ignore_missing, ignore_empty, unicode_safe]
    return {
        "id": text,
        "url": text,
        "source_type": text,
        "owner_org": text,
        "config": [ignore_missing],
        "__extras": [ignore],
    }


@validator_args
def source_id(not_empty: Any, unicode_safe: Any, ignore: Any) -> Any:
    return {"id": [not_empty, unicode_safe], "__extras": [ignore]}
