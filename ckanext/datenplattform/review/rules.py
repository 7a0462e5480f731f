"""The board's rules as they are at a submission: from the municipality's file, frozen with the case, with their hash.

A file that changes later changes no case that runs. Who sits on a seat is not part of it: seats count as they are when
somebody votes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ..access import shared as access
from ..core import municipality

TRACKS = ("fast", "normal", "full")


def in_force() -> dict[str, Any]:
    """The rules of this moment, as plain values."""
    board = municipality.current().board
    return {
        "quorum": board.quorum,
        "majority": board.majority,
        "days": board.days,
        "remind_days": board.remind_days,
        "escalate_days": board.escalate_days,
        "expire_days": board.expire_days,
        "silence": board.silence,
        "full": {"quorum": board.full.quorum, "majority": board.full.majority, "days": board.full.days},
        "seats": sorted(member.unit for member in board.members),
    }


def digest(rules: dict[str, Any]) -> str:
    """The hash of the rules (SHA-256, hex): part of every decision."""
    return access.digest(rules)


def _for(rules: dict[str, Any], track: str, name: str, default: Any) -> Any:
    if track == "full":
        return rules.get("full", {}).get(name) or rules.get(name, default)
    return rules.get(name, default)


def quorum(rules: dict[str, Any], track: str) -> int:
    """Votes that must be cast."""
    return int(_for(rules, track, "quorum", 1))


def majority(rules: dict[str, Any], track: str) -> str:
    """simple or two_thirds; cases from before there were rules: simple."""
    return str(_for(rules, track, "majority", "simple"))


def deadline(rules: dict[str, Any], track: str, submitted: datetime) -> datetime:
    """When it is to be decided. Passing it decides nothing, unless the rules take silence for consent."""
    return submitted + timedelta(days=int(_for(rules, track, "days", 14)))
