"""Who votes for a seat, and when a vote is decided. Pure: knows nothing of CKAN.

A seat (of a unit) has one vote. Its member casts it; a deputy casts it as long as the member has not voted: because the
member recused, may not vote, is away, or has not come to it. A vote of the member takes the deputy's place. Who has left
the seat keeps the vote that was valid when it was cast, until somebody on the seat votes.

Majority of the votes cast (abstentions count for the quorum, not for the majority). A tie is no majority.
A case is decided as soon as the quorum is there and no outstanding vote can change the outcome: so its result
does not depend on who happens to vote last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Choice = Literal["approve", "refuse", "abstain"]
CHOICES: tuple[Choice, ...] = ("approve", "refuse", "abstain")
Majority = Literal["simple", "two_thirds"]
MAJORITIES: tuple[Majority, ...] = ("simple", "two_thirds")


@dataclass(frozen=True)
class Cast:
    """A vote as it was cast: by whom, for which seat, and which; `order` counts up with time."""

    person: str
    seat: str
    choice: str
    order: int = 0


@dataclass(frozen=True)
class Seat:
    """Who sits on a seat at this moment."""

    members: frozenset[str] = frozenset()
    deputies: frozenset[str] = frozenset()


def counting(casts: Iterable[Cast], seats: Mapping[str, Seat], excluded: Iterable[str] = ()) -> dict[str, Cast]:
    """{seat: the one vote that counts}.

    :param seats: those that exist now
    :param excluded: people whose vote never counts in this case (they edited, or recused)
    """
    out = set(excluded)
    best: dict[str, tuple[tuple[int, int], Cast]] = {}
    for cast in casts:
        if cast.person in out:
            continue
        seat = seats.get(cast.seat, Seat())
        rank = 2 if cast.person in seat.members else 1 if cast.person in seat.deputies else 0
        if cast.seat not in best or (rank, cast.order) > best[cast.seat][0]:
            best[cast.seat] = ((rank, cast.order), cast)
    return {name: cast for name, (_, cast) in best.items()}


def seat_of(person: str, seats: Mapping[str, Seat], casts: Iterable[Cast] = (), excluded: Iterable[str] = ()) -> str | None:
    """The seat for which this person may vote now, or None. Members first; a deputy only while no member has voted."""
    out = set(excluded)
    if person in out:
        return None
    for name in sorted(seats):
        if person in seats[name].members:
            return name
    voted = {(cast.seat, cast.person) for cast in casts if cast.person not in out}
    for name in sorted(seats):
        if person in seats[name].deputies and not any((name, member) in voted for member in seats[name].members):
            return name
    return None


def electorate(casts: Iterable[Cast], seats: Mapping[str, Seat], excluded: Iterable[str] = ()) -> set[str]:
    """Names of the seats that have a vote: somebody who may is on it, or a valid vote was cast for it."""
    out = set(excluded)
    able = {name for name, seat in seats.items() if (seat.members | seat.deputies) - out}
    return able | set(counting(casts, seats, out))


def tally(votes: Iterable[str]) -> dict[str, int]:
    """How often each choice was made."""
    counts = dict.fromkeys(CHOICES, 0)
    for vote in votes:
        counts[vote] += 1  # type: ignore[index]
    return counts  # type: ignore[return-value]


def _wins(yes: int, no: int, majority: str) -> bool:
    return yes > 0 and (yes >= 2 * no if majority == "two_thirds" else yes > no)


def outcome(
    votes: Iterable[str], eligible: int, quorum: int, majority: str = "simple"
) -> Literal["approve", "refuse"] | None:
    """The decision, or None while it is open.

    :param votes: the votes cast so far
    :param eligible: how many may vote in all, those who have voted included
    :param quorum: how many votes must be cast (abstentions included)
    :param majority: of the votes cast: more yes than no, or at least two thirds yes
    """
    counts = tally(votes)
    cast = sum(counts.values())
    if cast < max(quorum, 1):
        return None
    outstanding = max(0, eligible - cast)
    yes, no = counts["approve"], counts["refuse"]
    if _wins(yes, no + outstanding, majority):
        return "approve"
    if not _wins(yes + outstanding, no, majority):
        return "refuse"
    return None
