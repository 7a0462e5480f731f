"""What imports what, read from the source with `ast`: also imports inside functions and under TYPE_CHECKING.

A module is named by its dotted path below `ckanext.datenplattform`, e.g. `access.shared`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points

from tests.tree import PACKAGE

ROOM_ORDER = (
    "core", "access", "search", "inventory", "timeseries", "dcat_ap_de", "harvesters",
    "agreements", "review", "dashboards", "indicators", "theme",
)  # fmt: skip
PREFIX = "ckanext.datenplattform"
# Our plugins, as CKAN finds them: name → module:class
PLUGINS = {
    entry.name: entry.value
    for entry in sorted(entry_points(group="ckan.plugins"))
    if entry.value.startswith(f"{PREFIX}.")
}


@dataclass(frozen=True)
class Import:
    """One import statement: in which module and line, and which module it names (absolute)."""

    module: str
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.module.replace('.', '/')}.py:{self.line} imports {self.target}"


@cache
def modules() -> dict[str, ast.Module]:
    """Dotted name below the package → syntax tree."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts[0] != "migration":
            found[".".join(parts)] = ast.parse(path.read_text(), str(path))
    return found


def room_of(module: str) -> str:
    """The room of a dotted name below the package."""
    return module.split(".")[0]


def _exists(name: str) -> bool:
    return name in modules() or f"{name}.__init__" in modules()


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    """All imports of one module; names of our own package relative to it only after `PREFIX`."""
    return tuple(_imports(module))


def _imports(module: str) -> Iterator[Import]:
    package = [*PREFIX.split("."), *module.split(".")[:-1]]
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                is_module = full.startswith(f"{PREFIX}.") and _exists(full[len(PREFIX) + 1 :])
                yield Import(module, node.lineno, full if is_module else base)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("import_module", "importlib.import_module"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield Import(module, node.lineno, first.value)


def own_target(found: Import) -> str | None:
    """The imported module of ours (dotted, below the package), or None for others' packages."""
    if found.target == PREFIX:
        return ""
    return found.target[len(PREFIX) + 1 :] if found.target.startswith(f"{PREFIX}.") else None


def closure(module: str) -> tuple[set[str], set[str]]:
    """What a module brings along: (our rooms, CKAN's extensions), followed through all our modules."""
    rooms: set[str] = set()
    extensions: set[str] = set()
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name not in modules():
            if f"{name}.__init__" in modules():
                waiting.append(f"{name}.__init__")
            continue
        rooms.add(room_of(name))
        for found in imports_of(name):
            target = own_target(found)
            if target:
                waiting.append(target)
            elif target is None and found.target.startswith("ckanext."):
                extensions.add(found.target.split(".")[1])
    return rooms, extensions
