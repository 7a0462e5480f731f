"""The CKAN site of a stack: its ini file, its database and its commands."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .paths import ROOT, VENV
from .processes import run
from .services import Stack, psql


def municipality_file(key: str) -> Path:
    """The YAML file of a town: one of config/municipalities by its key, or a path."""
    path = Path(key)
    if path.suffix not in (".yaml", ".yml"):
        path = ROOT / "config" / "municipalities" / f"{key}.yaml"
    return path.resolve()


def write_ini(
    stack: Stack, municipality: Path, *, allowed_hosts: str = "", extra: Mapping[str, str] | None = None
) -> Path:
    """Fill in config/ckan.ini.template and write it to the stack's folder (mode 0600)."""
    settings = stack.settings()
    redis = urlsplit(settings["ckan.redis.url"])
    values = {
        **settings,
        "site_id": stack.folder.name,
        "site_url": f"http://127.0.0.1:{stack.port('site')}",
        "site_title": "Datenplattform",
        "storage": str(stack.folder / "storage"),
        "secret": stack.state["secret"],
        "municipality": str(municipality),
        "allowed_hosts": allowed_hosts,
        "redis_host": redis.hostname or "",
        "redis_port": str(redis.port or 6379),
        "redis_password": unquote(redis.password or ""),
        "extra": "",
    }
    overrides = dict(extra or {})
    lines = []
    for line in (ROOT / "config" / "ckan.ini.template").read_text().splitlines():
        key = line.partition("=")[0].strip()
        if key in overrides:
            continue
        for name, value in values.items():
            line = line.replace(f"@{name}@", "\n".join(f"{k} = {v}" for k, v in overrides.items()) if name == "extra" else value)
        lines.append(line)
    ini = stack.folder / "ckan.ini"
    ini.touch(mode=0o600)
    ini.write_text("\n".join(lines) + "\n")
    (stack.folder / "storage").mkdir(exist_ok=True)
    return ini


def ckan(ini: Path, *command: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run a `ckan` command of the site."""
    return run([VENV / "bin" / "ckan", "-c", ini, *command], env, cwd=ROOT)


def prepare_database(stack: Stack, ini: Path) -> None:
    """Bring the database to the code's version: CKAN's tables, ours, and the DataStore's permissions."""
    ckan(ini, "db", "upgrade")
    if "sqlalchemy.url" not in stack.given:
        sql = ckan(ini, "datastore", "set-permissions")
        psql(stack, sql)


def environment() -> dict[str, str]:
    """The environment without addresses that are already in the ini."""
    return {key: value for key, value in os.environ.items() if not key.startswith("CKAN_")}
