"""Script libraries: pinned by hash without naming a server, bundled once, with their licences, and nothing of other hosts in them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bin.lib import assets
from bin.lib.report import StepFailed
from tests.tree import PACKAGE, ROOT, project_files

LOCK = json.loads((ROOT / "package-lock.json").read_text())
WANTED = json.loads((ROOT / "package.json").read_text())
# names, not addresses that anything is fetched from: the namespace of SVG, and the link in Leaflet's own credit, which our maps do not show
NAMES = {"http://www.w3.org/2000/svg", "https://leafletjs.com"}


def test_every_library_is_pinned_to_one_version():
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for kind in ("dependencies", "devDependencies") for version in WANTED[kind].values())
    assert all(package["integrity"].startswith("sha512-") for path, package in LOCK["packages"].items() if path)


def test_the_lock_file_names_no_server():
    """Where packages come from is the machine's setting."""
    assert "resolved" not in json.dumps(LOCK)
    assert "://" not in (ROOT / "package-lock.json").read_text()
    assert "://" not in (ROOT / ".npmrc").read_text()


def test_the_bundles_are_there_and_not_in_git():
    assert assets.done()
    assert {f"{name}.js" for name in WANTED["bundles"]} < {path.name for path in assets.VENDOR.iterdir()}
    assert not [path for path in project_files() if path.is_relative_to(assets.VENDOR) or "node_modules" in path.parts]


def test_done_once_there_is_nothing_to_do():
    before = {path.name: path.stat().st_mtime_ns for path in assets.VENDOR.iterdir()}
    assert assets.build() is False
    done = subprocess.run([sys.executable, ROOT / "bin" / "assets"], capture_output=True, text=True, check=False, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path.name: path.stat().st_mtime_ns for path in assets.VENDOR.iterdir()} == before


def test_another_list_of_libraries_is_fetched_anew(tmp_path):
    shutil.copytree(assets.VENDOR, tmp_path / "vendor")
    assert assets.done(tmp_path / "vendor")
    (tmp_path / "vendor" / assets.STAMP).write_text("0" * 64)
    assert not assets.done(tmp_path / "vendor")


def test_when_npm_fails_the_bundles_of_before_stay(tmp_path, monkeypatch):
    """npm is the real one; it is pointed to a server that is not there."""
    target = tmp_path / "vendor"
    shutil.copytree(assets.VENDOR, target)
    (target / assets.STAMP).write_text("0" * 64)
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(StepFailed, match="npm"):
        assets.build(target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before
    assert not list((ROOT / ".run").glob("bundling-*"))


def test_whose_licence_has_no_text_is_not_bundled(tmp_path):
    package = tmp_path / "node_modules" / "@someone" / "library"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "@someone/library", "version": "1.0.0", "license": "MIT"}')
    bundled = ["node_modules/@someone/library/dist/index.js", "own.js"]
    with pytest.raises(StepFailed, match="@someone/library"):
        assets.licences(tmp_path, bundled)
    (package / "LICENSE.md").write_text("Permission is hereby granted.")
    assert assets.licences(tmp_path, bundled) == "@someone/library 1.0.0 (MIT)\n\nPermission is hereby granted.\n"


def test_the_licences_of_all_that_is_bundled_lie_beside_it():
    text = (assets.VENDOR / assets.LICENCES).read_text()
    for name, version in WANTED["dependencies"].items():
        assert f"{name} {version} (" in text
    assert "Redistribution and use in source and binary forms" in text  # Leaflet's BSD licence in full


def test_nothing_of_other_hosts_is_in_the_bundles():
    found = set()
    for path in [*assets.VENDOR.glob("*.js"), *assets.VENDOR.glob("*.css"), *(PACKAGE / "theme" / "assets").glob("*.*")]:
        found |= set(re.findall(r"(?:https?:)?//(?:[\w-]+\.)+[a-z]{2,}[^\s\"'`)<]*", path.read_text()))
    assert found <= NAMES


def test_the_bundles_are_plain_ascii():
    """So no server and no editor can read their letters wrongly."""
    assert all(path.read_text().isascii() for path in Path(assets.VENDOR).glob("*.js"))
