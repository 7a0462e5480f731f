"""When a vote is decided. Pure: knows nothing of CKAN.

Majority of the votes cast (abstentions count for the quorum, not for the majority). A tie is no majority.
A case is decided as soon as the quorum is there and no outstanding vote can change the outcome: so its result
does not depend on who happens to vote last.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Choice = Literal["approve", "refuse", "abstain"]
CHOICES: tuple[Choice, ...] = ("approve", "refuse", "abstain")


def tally(votes: Iterable[str]) -> dict[str, int]:
    """How often each choice was made."""
    counts = dict.fromkeys(CHOICES, 0)
    for vote in votes:
        counts[vote] += 1  # type: ignore[index]
    return counts  # type: ignore[return-value]


def outcome(votes: Iterable[str], eligible: int, quorum: int) -> Literal["approve", "refuse"] | None:
    """The decision, or None while it is open.

    :param votes: the votes cast so far
    :param eligible: how many may vote in all, those who have voted included
    :param quorum: how many votes must be cast (abstentions included)
    """
    counts = tally(votes)
    cast = sum(counts.values())
    if cast < max(quorum, 1):
        return None
    outstanding = max(0, eligible - cast)
    yes, no = counts["approve"], counts["refuse"]
    if yes > no + outstanding:
        return "approve"
    if yes + outstanding <= no:
        return "refuse"
    return None
