"""The organisation tree as the inventory filters and counts by it: the municipality's file, and CKAN's ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckan.model as model
from sqlalchemy import select

from ..core import municipality


@dataclass(frozen=True)
class Node:
    """An organisation in the tree. `id` is CKAN's, empty while it is not loaded."""

    id: str
    name: str
    title: str
    parent: str | None
    depth: int


def tree() -> dict[str, Node]:
    """{name: node}, parents first, in the order of the file; organisations that the file lacks follow as roots."""
    group: Any = model.Group
    query = select(group.id, group.name, group.title).where(group.is_organization.is_(True), group.state == "active")
    known = {row.name: row for row in model.Session.execute(query.order_by(group.title))}
    found: dict[str, Node] = {}

    def walk(units: tuple[municipality.Unit, ...], parent: str | None, depth: int) -> None:
        for unit in units:
            row = known.pop(unit.name, None)
            found[unit.name] = Node(row.id if row else "", unit.name, row.title if row and row.title else unit.title, parent, depth)
            walk(unit.children, unit.name, depth + 1)

    walk(municipality.current().organisations, None, 0)
    for name, row in known.items():
        found[name] = Node(row.id, name, row.title or name, None, 0)
    return found


def above(nodes: dict[str, Node], name: str) -> list[str]:
    """The names from the unit up to its root, the unit first; empty for an unknown one."""
    found: list[str] = []
    step: str | None = name
    while step in nodes:
        found.append(step)
        step = nodes[step].parent
    return found


def below(nodes: dict[str, Node], wanted: str) -> set[str]:
    """The ids of a unit (by name or id) and of all below it; empty for an unknown one."""
    name = next((node.name for node in nodes.values() if wanted in (node.name, node.id)), None)
    if not wanted or name is None:
        return set()
    return {node.id for node in nodes.values() if node.id and name in above(nodes, node.name)}


def rolled_up(nodes: dict[str, Node], counts: dict[str, int]) -> dict[str, int]:
    """{name: count with all units below} from {id: count}; units with nothing are left out."""
    names = {node.id: node.name for node in nodes.values() if node.id}
    found: dict[str, int] = {}
    for unit_id, count in counts.items():
        for name in above(nodes, names.get(unit_id, "")):
            found[name] = found.get(name, 0) + count
    return {name: found[name] for name in nodes if name in found}
