"""The history in words: labels of all fields, of the record and of the dataset, and their values as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk

from ..core import dates
from . import columns, dataset_changes, facts, merging, unit_words, words


def told(history: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items of inventory_record_history, each with `label`, `from` and `to` in the reader's language."""
    items = list(history)
    public = {item["field"] for item in items} - set(words.fields())
    reading = _Dataset() if public else None
    return [
        {**item, "label": _label(item["field"], reading),
         "from": _say(item["field"], item["before"], reading), "to": _say(item["field"], item["after"], reading)}
        for item in items
    ]  # fmt: skip


class _Dataset:
    """Labels and code lists of the dataset's form; asked once for a page."""

    def __init__(self) -> None:
        self.fields = facts.schema_fields()
        self.units = unit_words.by_id()
        self.codes: dict[str, dict[str, str]] = {}

    def label(self, name: str) -> str:
        own = {dataset_changes.FILES: tk._("Files"), dataset_changes.KEYWORDS: tk._("Keywords"), "state": tk._("Status")}
        field = self.fields.get(name)
        return own.get(name) or (str(tk.h.scheming_language_text(field["label"])) if field else name)

    def say(self, name: str, value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(self.say(name, item) for item in value)
        if isinstance(value, dict):
            return ", ".join(self.say(name, part) for part in value.values() if part)
        if name == columns.UNIT:
            return self.units.get(value, ("", str(value or "")))[1]
        if name == "state":
            return {"draft": tk._("Draft"), "active": tk._("finished"), "deleted": tk._("deleted")}.get(value, str(value or ""))
        if name not in self.codes:
            column = columns.BY_NAME.get(name)
            self.codes[name] = facts.codes(column, self.fields) if column else {}
        return self.codes[name].get(str(value), str(value or ""))


def _label(name: str, dataset: _Dataset | None) -> str:
    own = {"confirmed_at": tk._("Confirmed"), merging.MERGED: tk._("Merged with"), merging.WENT: tk._("Went into")}
    if name in own:
        return own[name]
    found = words.fields().get(name)
    return found.label if found else dataset.label(name) if dataset else name


def _say(name: str, value: Any, dataset: _Dataset | None) -> str:
    if name == "confirmed_at":
        return dates.say(value)
    if name in words.fields() or name in (merging.MERGED, merging.WENT) or dataset is None:
        return words.say(name, value)
    return dataset.say(name, value)
