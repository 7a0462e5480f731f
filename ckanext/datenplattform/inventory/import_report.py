"""What an import would do or did, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ckan.model as model

from . import columns, facts, import_check, unit_words, words_columns
from .columns import Column
from .imports import Actor, Item, Plan


def report(
    plan: Plan, actor: Actor, hints: Mapping[int, list[dict[str, Any]]] | None = None, most: int = 2000
) -> dict[str, Any]:
    """The plan for people, as JSON.

    :param hints: likely twins by row, as `import_twins.found` gives them
    :returns: {"counts": {"create", "change", "same", "problems": int}, "items": [{"row", "action", "title", "unit"
        (title), "key", "id", "changes": [{"label", "from", "to"}], "twins": [...] where there are}] (at most `most`, changes
        first, then what has twins), "problems": [{"cell", "text"}]}
    """
    hints = hints or {}
    counts = {action: sum(item.action == action for item in plan.items) for action in ("create", "change", "same")}
    order = {"change": 0, "create": 1, "same": 2}
    shown = sorted(plan.items, key=lambda item: (order[item.action], item.row not in hints, item.row))[:most]
    titles = {unit: word for unit, (_name, word) in unit_words.by_id().items()}
    labels = words_columns.headings()
    definitions = facts.schema_fields()
    codes: dict[str, dict[str, str]] = {}
    user = model.User.get(actor.name)
    # datasets that are still to be made have no address yet
    fresh = {item.new_id: item.title for item in plan.items if item.new_id}

    def cell(column: Column, value: Any) -> str:
        if column.name == columns.UNIT:
            return titles.get(value, "")
        known = codes.setdefault(column.name, facts.codes(column, definitions))
        if column.kind == "datasets":
            value = [fresh.get(name, name) for name in import_check.names(value, user, actor.system)]
        return columns.cell_of(column, value, known)

    def item_dict(item: Item) -> dict[str, Any]:
        return {
            "row": item.row, "action": item.action, "title": item.title, "unit": titles.get(item.unit, ""), "key": item.key,
            "id": item.package_id,
            "changes": [
                {"label": labels[column.name].label, "from": cell(column, old), "to": cell(column, new)}
                for column, old, new in item.changes
            ],
            **({"twins": hints[item.row]} if item.row in hints else {}),
        }  # fmt: skip

    return {
        "counts": {**counts, "problems": len(plan.problems)},
        "items": [item_dict(item) for item in shown],
        "problems": list(_told(plan)),
    }


def _told(plan: Plan) -> Iterator[dict[str, str]]:
    for problem in plan.problems:
        yield {"cell": problem.cell, "text": problem.text}
