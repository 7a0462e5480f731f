"""Passwords of the accounts that a municipality's file names: read from a file, or made and written there, never
shown. No CKAN.

The file is JSON, readable by its owner alone: ``{"sysadmin": {"name", "password"}, "steward": …, "steward_stadtwerke":
…, "inventory_lead": …, "dpo": …, "partner": …, "board": [{"name", "password"}, …], "deputies": [the same]}``. Other keys in it are kept.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import ConfigurationError
from .i18n import N_
from .municipality import Account, Municipality

LISTS = ("board", "deputies")
PARTS = ("sysadmin", "steward", "steward_stadtwerke", "partner")


def parts(town: Municipality, demo: bool) -> Iterator[tuple[str, Account]]:
    """(part, account) for everybody; ``board`` once for each seat, ``deputies`` once for each. The demo's accounts only when ``demo``."""
    if demo:
        for part in PARTS:
            account = getattr(town.accounts, part)
            if account is not None:
                yield part, account
    yield "inventory_lead", town.inventory_lead
    yield "dpo", town.dpo
    for member in town.board.members:
        yield "board", member.user
    for member in town.board.members:
        yield from (("deputies", account) for account in member.deputies)


class PasswordFile:
    """Passwords by account name, in a file or (``path`` None) only in memory."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._data: dict[str, Any] = {}
        if path is not None and path.exists():
            try:
                self._data = json.loads(path.read_text(encoding="utf-8"))
                if not isinstance(self._data, dict):
                    raise ValueError
            except (OSError, ValueError) as error:
                raise ConfigurationError(
                    N_("The password file %(file)s is not readable JSON."), file=path.name
                ) from error

    def get(self, name: str) -> str | None:
        """The password of that account, if it is known."""
        return next((entry.get("password") for entry in self._entries() if entry.get("name") == name), None)

    def make(self, part: str, name: str) -> str:
        """A new password for the account, put in its place; `save` afterwards."""
        password = secrets.token_urlsafe(18)
        found = next((entry for entry in self._entries() if entry.get("name") == name), None)
        if found is not None:
            found["password"] = password
        elif part in LISTS:
            self._data.setdefault(part, []).append({"name": name, "password": password})
        else:
            self._data[part] = {"name": name, "password": password}
        return password

    def save(self) -> None:
        """Write the file, mode 0600, in one step: there is never half a file, nor one that others can read."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(self._data, file, ensure_ascii=False, indent=2)
            file.write("\n")
        beside.replace(self.path)

    def _entries(self) -> Iterator[dict[str, Any]]:
        for value in self._data.values():
            for entry in value if isinstance(value, list) else [value]:
                if isinstance(entry, dict):
                    yield entry
