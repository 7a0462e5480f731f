"""Findings and predicted quality of a dataset in one go: the graph is made once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ..defaults import Defaults
from .check import examine
from .findings import FOLDER, Finding
from .govdata import Answer, answers
from .mqa import Score, score

# The rules of DCAT-AP.de itself; conventions.ttl holds what data.europa.eu does not look at.
_OURS = (FOLDER / "conventions.ttl").read_text("utf-8")


@dataclass(frozen=True)
class Checked:
    """What is wrong with a dataset, the points it will get, and what GovData counts of it."""

    findings: tuple[Finding, ...]
    score: Score
    govdata: tuple[Answer, ...]


def check(dataset: dict[str, Any], given: Defaults | None = None) -> Checked:
    """All of it for one dataset as `package_show` gives it. Reads no database and asks nobody."""
    index, node, found = examine(dataset, given)
    complies = not any(finding.severity == "violation" and not is_own_rule(finding) for finding in found)
    return Checked(tuple(found), score(index, node, complies, _reachable), answers(index, node))


def is_own_rule(finding: Finding) -> bool:
    """Whether only we check this, not the official shapes."""
    return f":{finding.shape.rsplit(':', 1)[-1]} " in _OURS


def _reachable(address: str) -> bool | None:
    """What lies on the portal itself answers; of others nothing is known."""
    return True if address.startswith(tk.config["ckan.site_url"].rstrip("/") + "/") else None
