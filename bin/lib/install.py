"""What is installed below `.run/`: the Python environment and Solr's libraries, each from pinned versions."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .paths import ROOT, RUN, SOLR_LIB, VENV
from .processes import run


@contextmanager
def install_lock() -> Iterator[None]:
    """bin/demo and bin/test may start at the same time; one of them installs."""
    RUN.mkdir(exist_ok=True)
    with (RUN / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _done(marker: Path, digest: str) -> bool:
    return marker.exists() and marker.read_text() == digest


def debian_python() -> str:
    """Debian's own Python where it is there: headers and venv come as packages."""
    for python in ("/usr/bin/python3", shutil.which("python3") or ""):
        check = "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))"
        if python and subprocess.run([python, "-c", check], check=False, capture_output=True).returncode == 0:
            return python
    raise SystemExit("Python 3.10 oder neuer mit dem Modul venv wird gebraucht")


def venv(development: bool) -> None:
    """The Python environment; with the test tools where `development` is asked."""
    files = [ROOT / "requirements.txt", ROOT / "pyproject.toml", ROOT / "setup.py"]
    if development:
        files.append(ROOT / "requirements-dev.txt")
    marker = VENV / ("installed-dev" if development else "installed")
    if _done(marker, _digest(*files)):
        return
    if not (VENV / "bin" / "pip").exists():
        run([debian_python(), "-m", "venv", VENV])
    pip = [VENV / "bin" / "pip", "install", "-q", "--no-input"]
    wanted: list[str | Path] = ["-r", ROOT / "requirements.txt"]
    if development:
        wanted += ["-r", ROOT / "requirements-dev.txt"]
    run([*pip, *wanted])
    run([*pip, "--no-deps", "--no-build-isolation", "-e", ROOT])
    marker.write_text(_digest(*files))


def solr() -> None:
    """Solr's libraries from Maven Central, by config/solr/pom.xml."""
    pom = ROOT / "config" / "solr" / "pom.xml"
    marker = SOLR_LIB / "installed"
    if _done(marker, _digest(pom)):
        return
    shutil.rmtree(SOLR_LIB, ignore_errors=True)
    run(["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={SOLR_LIB}"], cwd=RUN)
    marker.write_text(_digest(pom))


def translations() -> None:
    """Compile the German texts when a part is newer than the compiled file, which is not committed."""
    language = ROOT / "i18n" / "de"
    compiled = language / "LC_MESSAGES" / "ckanext-datenplattform.mo"
    newest = max(part.stat().st_mtime for part in (language / "parts").glob("*.po"))
    if not compiled.exists() or compiled.stat().st_mtime < newest:
        run([VENV / "bin" / "python", ROOT / "bin" / "i18n", "--compile"])
