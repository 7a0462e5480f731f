"""The rooms stay one above the other: one-way imports, public faces only, each plugin startable alone, small files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.layers import PLUGINS, PREFIX, ROOM_ORDER, Import, closure, imports_of, modules, own_target, room_of
from tests.tree import PACKAGE, ROOT, name_of, project_files

# Files that may be longer than MOST_LINES, each with the reason. An entry that is no longer needed fails.
MOST_LINES = 400
LONG: dict[str, str] = {}
CODE = {".py", ".sh", ".java", ".js", ".css", ".html"}

# What a town that takes one part has to load besides: an extension of CKAN → its plugin
EXTENSION_PLUGINS = {"harvest": "harvest", "dcat": "dcat", "scheming": "scheming_datasets", "datastore": "datastore"}


def _fault(found: Import) -> str | None:
    target = own_target(found)
    if target is None or target == "":
        return None
    here, there = room_of(found.module), room_of(target)
    if here == there:
        return None
    if here not in ROOM_ORDER or there not in ROOM_ORDER:
        return None if there == "core" else f"{found}: no room of the order"
    if ROOM_ORDER.index(there) > ROOM_ORDER.index(here):
        return f"{found}: {there} is below {here}"
    if there != "core" and target.split(".")[1:2] != ["shared"]:
        return f"{found}: across rooms only through {there}.shared"
    return None


def test_every_folder_is_a_room():
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= {*ROOM_ORDER, "migration", "i18n"}


def test_rooms_import_one_way_and_only_public_faces():
    faults = [fault for module in modules() for found in imports_of(module) if (fault := _fault(found))]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("module", "target", "allowed"),
    [
        ("inventory.logic.action", "access.shared", True),
        ("inventory.logic.action", "access.model", False),
        ("inventory.plugin", "access", False),
        ("inventory.plugin", "core.http", True),
        ("access.gate", "inventory.shared", False),
        ("core.http", "access.shared", False),
        ("review.cases", "review.model", True),
    ],
)
def test_the_rule_itself(module, target, allowed):
    assert (_fault(Import(module, 1, f"{PREFIX}.{target}")) is None) is allowed


def test_imports_in_functions_and_relative_ones_are_seen():
    seen = {own_target(found) for module in modules() for found in imports_of(module)}
    assert {"access.shared", "core.errors"} <= seen


def test_migrations_import_no_room():
    """What a migration did years ago must not change when the code does."""
    guilty = []
    for path in (PACKAGE / "migration").rglob("versions/*.py"):
        if re.search(r"^\s*(from|import)\s+(ckanext\.datenplattform|\.)", path.read_text(), re.MULTILINE):
            guilty.append(name_of(path))
    assert not guilty


def test_files_are_small():
    counts = {
        name_of(path): path.read_bytes().count(b"\n")
        for path in project_files()
        if path.suffix in CODE or path.parent.name == "bin"
    }
    too_long = {name: lines for name, lines in counts.items() if lines > MOST_LINES}
    assert not too_long.keys() - LONG.keys(), f"over {MOST_LINES} lines: {too_long}"
    assert not LONG.keys() - too_long.keys(), "no longer too long, take it out of LONG"


def _ini_with(source: Path, target: Path, plugins: list[str]) -> Path:
    """The test stack's settings with just these plugins; views of others are not asked for."""
    kept = [
        line
        for line in source.read_text().splitlines()
        if line.partition("=")[0].strip() not in ("ckan.plugins", "ckan.views.default_views")
    ]
    at = kept.index("[app:main]") + 1
    kept[at:at] = [f"ckan.plugins = {' '.join(plugins)}", "ckan.views.default_views ="]
    target.touch(mode=0o600)
    target.write_text("\n".join(kept) + "\n")
    return target


def _module(plugin: str) -> str:
    return PLUGINS[plugin].partition(":")[0].removeprefix(f"{PREFIX}.")


def _needed(plugin: str) -> tuple[set[str], list[str], list[str]]:
    """For a plugin: the rooms it imports, our plugins of these rooms, and the plugins of CKAN's extensions."""
    rooms: set[str] = set()
    extensions: set[str] = set()
    ours: set[str] = {plugin}
    before: set[str] = set()
    while ours != before:
        before = set(ours)
        for name in before:
            more_rooms, more_extensions = closure(_module(name))
            rooms |= more_rooms
            extensions |= more_extensions
        ours |= {name for name in PLUGINS if name.removeprefix("dp_") in rooms}
    # the lowest room first, as in the shipped settings: what others chain on comes last
    ordered = sorted(ours, key=lambda name: -ROOM_ORDER.index(room_of(_module(name))))
    return rooms, ordered, [EXTENSION_PLUGINS[name] for name in sorted(extensions) if name in EXTENSION_PLUGINS]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_plugin_starts_with_only_the_rooms_it_imports(plugin, request, tmp_path):
    rooms, ours, others = _needed(plugin)
    ini = _ini_with(Path(request.config.option.ckan_ini), tmp_path / "ckan.ini", [*ours, *others])
    command = [sys.executable, "-m", "tests.start_alone", str(ini), plugin]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{' '.join([*ours, *others])}\n{done.stdout[-1000:]}{done.stderr[-4000:]}"
    started = json.loads(done.stdout.splitlines()[-1])
    assert set(started["rooms"]) <= rooms
    assert started["pages"] == {"/": 200, "/dataset/": 200, "/api/3/action/status_show": 200}
