"""The declared options of ``core`` and one typed getter for each. No other module reads the raw keys.

``core`` is no plugin, so a plugin has to declare its options: ``declare`` can be called by as many as like, the first
one does it. The getters also work when nobody did, with the declared defaults.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import yaml

CONFIG_DECLARATION = Path(__file__).with_name("config_declaration.yaml")
PREFIX = "ckanext.datenplattform.core."


def declare(declaration: Any, key: Any = None) -> None:
    """Declare core's options. For ``IConfigDeclaration.declare_config_options``; does nothing the second time."""
    if PREFIX + "municipality" in [str(known) for known in declaration.iter_options()]:
        return
    declaration.load_dict(_declared())


def municipality() -> str:
    """Path of the municipality's file, as configured; empty when not configured."""
    return str(_value("municipality"))


def allowed_hosts() -> frozenset[str]:
    """Entries ``host`` or ``host:port`` in lower case that may be contacted although they are not public."""
    value = _value("http.allowed_hosts")
    entries = value.split() if isinstance(value, str) else value or []
    return frozenset(str(entry).strip().lower() for entry in entries)


def connect_timeout() -> int:
    """Seconds to connect."""
    return int(_value("http.connect_timeout"))


def read_timeout() -> int:
    """Seconds until the next byte."""
    return int(_value("http.read_timeout"))


def deadline() -> int:
    """Seconds for one request in all."""
    return int(_value("http.deadline"))


def max_bytes() -> int:
    """Largest unpacked body, in bytes."""
    return int(_value("http.max_bytes"))


def max_redirects() -> int:
    """Redirects followed at most."""
    return int(_value("http.max_redirects"))


def user_agent() -> str:
    """Value of the User-Agent header."""
    return str(_value("http.user_agent"))


def _value(name: str) -> Any:
    value = tk.config.get(PREFIX + name)
    return _defaults()[PREFIX + name] if value is None or value == "" else value


def _declared() -> dict[str, Any]:
    return yaml.safe_load(CONFIG_DECLARATION.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _defaults() -> dict[str, Any]:
    return {option["key"]: option["default"] for group in _declared()["groups"] for option in group["options"]}
