"""The frame: licence, public description, pinned versions, scripts, changelog, and the closed network of tests."""

from __future__ import annotations

import gettext
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from bin.lib import assets
from tests.network import NetworkBlocked, is_local
from tests.tree import ROOT, name_of, project_files

SCRIPTS = sorted(path for path in [*(ROOT / "bin").iterdir(), *(ROOT / ".ci").iterdir()] if path.is_file() and path.suffix == "")
TEXT = {".py", ".sh", ".md", ".yml", ".yaml", ".toml", ".txt", ".ini", ".template", ".xml", ".java", ".html", ".js", ".css"}


def test_the_licence_is_the_whole_agpl():
    text = (ROOT / "LICENSE").read_bytes()
    assert text.count(b"\n") == 661
    # the text as the Free Software Foundation publishes it
    assert hashlib.md5(text).hexdigest() == "eb1e647870add0502f8f010b19de32af"


def test_publiccode_describes_the_project():
    data = yaml.safe_load((ROOT / "publiccode.yml").read_text())
    assert data["publiccodeYmlVersion"] == "0.4"
    assert data["legal"]["license"] == "AGPL-3.0-or-later"
    for key in ("name", "url", "platforms", "developmentStatus", "softwareType", "maintenance", "localisation"):
        assert data[key], key
    assert data["maintenance"]["type"] in ("internal", "contract", "community", "none")
    assert data["maintenance"]["contacts"][0]["name"]
    assert set(data["localisation"]["availableLanguages"]) == {"de", "en"} == set(data["description"])
    for language, texts in data["description"].items():
        assert len(texts["shortDescription"]) <= 150, language
        assert 150 <= len(texts["longDescription"]) <= 10_000, language
        assert texts["features"], language


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "tests/servers/sensorthings-requirements.txt"])
def test_every_requirement_is_pinned(name):
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    loose = [line for line in lines if line and not re.fullmatch(r"[A-Za-z0-9._\[\]-]+==[A-Za-z0-9.+!]+", line)]
    assert not loose


def test_no_package_is_pinned_twice():
    names = []
    for file in ("requirements.txt", "requirements-dev.txt"):
        names += re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / file).read_text(), re.MULTILINE)
    normal = [re.sub(r"[-_.]+", "-", name).lower() for name in names]
    assert sorted(normal) == sorted(set(normal))


def _texts() -> dict[str, str]:
    return {
        name_of(path): path.read_text(errors="replace")
        for path in project_files()
        if (path.suffix in TEXT or path in SCRIPTS) and path != Path(__file__)
    }


def test_no_registry_and_no_proxy_is_named():
    """Where packages come from is the machine's setting (pip, npm, Maven), never the project's."""
    pattern = re.compile(
        r"pypi\.org|pythonhosted\.org|registry\.npmjs|repo1?\.maven\.|maven\.org|deb\.debian\.org|--index-url|--extra-index"
        r"|trusted-host|\bGOPROXY\b",
        re.IGNORECASE,
    )
    found = [f"{name}: {match.group()}" for name, text in _texts().items() for match in pattern.finditer(text)]
    assert not found


def test_no_path_of_a_developers_machine():
    own = re.escape(str(ROOT.parent)) if len(ROOT.parent.parts) > 2 else r"(?!)"
    pattern = re.compile(rf"(?:{own}|/home/[a-z]|/Users/[A-Za-z]|/root/|/work/|/tmp/[a-z])[\w./-]*")
    found = [f"{name}: {match.group()}" for name, text in _texts().items() for match in pattern.finditer(text)]
    assert not found


def test_no_secret_in_the_files():
    pattern = re.compile(r"BEGIN [A-Z ]*PRIVATE KEY|eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}")
    assert not [name for name, text in _texts().items() if pattern.search(text)]


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_scripts_are_executable_and_begin_with_their_interpreter(script):
    assert os.access(script, os.X_OK)
    assert script.read_text().startswith("#!/usr/bin/env ")
    mode = subprocess.run(["git", "ls-files", "-s", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not mode or mode.startswith("100755"), "git does not know that it is executable: git update-index --chmod=+x"


@pytest.mark.parametrize("script", [path for path in SCRIPTS if b"bash" in path.read_bytes()[:40]], ids=name_of)
def test_shell_scripts_stop_at_the_first_error(script):
    assert "set -euo pipefail" in script.read_text()
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_the_wheel_holds_all_that_the_portal_needs(tmp_path):
    """Built without network from the project's files and the libraries that bin/assets fetched, as by `pip wheel .`."""
    fetched = [path for path in assets.VENDOR.iterdir() if path.is_file()]
    for path in [*project_files(), *fetched]:
        target = tmp_path / "project" / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-index", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), "."]
    done = subprocess.run(command, cwd=tmp_path / "project", capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    with ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = set(wheel.namelist())
        with wheel.open("ckanext/datenplattform/i18n/de/LC_MESSAGES/ckanext-datenplattform.mo") as file:
            german = gettext.GNUTranslations(file)  # type: ignore[arg-type]
    assert german.gettext("Dataset not found") == "Datensatz nicht gefunden"
    needed = {name_of(path) for path in [*project_files(), *fetched] if path.is_relative_to(ROOT / "ckanext")}
    assert not needed - held
    others = {name for name in held - needed if not re.search(r"\.dist-info/|/i18n/(__init__\.py|de/LC_MESSAGES/.*\.mo)$", name)}
    assert not others


def test_a_change_has_a_changelog_fragment():
    kinds = {"feature", "bugfix", "doc", "removal", "misc"}
    fragments = [path for path in (ROOT / "changes").iterdir() if path.suffix == ".md"]
    assert fragments or "## " in (ROOT / "CHANGELOG.md").read_text()
    for path in fragments:
        assert re.fullmatch(rf"(\d+|\+[\w-]+)\.({'|'.join(kinds)})(\.\d+)?\.md", path.name), path.name
        assert path.read_text().strip(), path.name


def test_nothing_in_the_code_names_a_town():
    """Which municipality it is, config/municipalities/ says."""
    town = re.compile(r"osnabr(ü|ue|u)ck", re.IGNORECASE)
    package = ROOT / "ckanext"
    guilty = [
        name_of(path)
        for path in project_files()
        if path.is_relative_to(package)
        and path.suffix in {".py", ".html", ".js", ".css", ".yaml", ".yml"}
        and town.search(path.read_text(errors="replace"))
    ]
    # GovData's list of contributors names cities; that is its content
    assert set(guilty) <= {"ckanext/datenplattform/dcat_ap_de/vocabularies/contributor.yaml"}


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "169.254.169.254", "::ffff:192.0.2.1", "2001:db8::1"])
def test_tests_cannot_leave_the_machine(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(1)
        with pytest.raises(NetworkBlocked):
            probe.connect((host, 80))
    with socket.socket(family, socket.SOCK_DGRAM) as probe, pytest.raises(NetworkBlocked):
        probe.sendto(b"x", (host, 53))


def test_names_of_others_are_not_looked_up():
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("example.org", 80)
    assert socket.getaddrinfo("localhost", 80)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("::ffff:127.0.0.1", True), ("localhost", True),
        (b"localhost", True), (None, True), ("8.8.8.8", False), ("::ffff:8.8.8.8", False), ("localhost.example.org", False),
    ],
)  # fmt: skip
def test_what_counts_as_local(host, local):
    assert is_local(host) is local
