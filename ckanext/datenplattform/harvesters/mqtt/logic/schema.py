"""What the actions take."""

from __future__ import annotations

from typing import Any

from ckan.logic.schema import validator_args


@validator_args
def source(not_empty: Any, unicode_safe: Any, ignore: Any) -> Any:
    return {"source": [not_empty, unicode_safe], "__extras": [ignore]}


@validator_args
def device(not_empty: Any, unicode_safe: Any, ignore: Any) -> Any:
    return {"source": [not_empty, unicode_safe], "device": [not_empty, unicode_safe], "__extras": [ignore]}
