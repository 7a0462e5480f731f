"""The board's block of a municipality's file: seats, deputies and rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .i18n import N_, translate
from .municipality import Account, Board, BoardMember, FullTrack

MAJORITIES = ("simple", "two_thirds")
SILENCE = ("wait", "consent")

QUORUM = N_("%(where)s: a quorum of %(value)s is impossible with %(members)s members")
LEADS = N_("%(where)s: at most one member leads the board")
AT_LEAST = N_("%(where)s: expected at least %(least)s")


def board(block: Any, account: Callable[[Any], Account]) -> Board:
    """The board from its block (a `municipality_file._Block`)."""
    return Board(
        title=block.text("title"),
        quorum=block.number("quorum"),
        members=tuple(block.blocks("members", lambda inner: _member(inner, account))),
        majority=block.choice("majority", MAJORITIES, default="simple"),
        days=block.number("days", default=Board.days),
        remind_days=block.number("remind_days", default=Board.remind_days),
        escalate_days=block.number("escalate_days", default=Board.escalate_days),
        expire_days=block.number("expire_days", default=Board.expire_days),
        silence=block.choice("silence", SILENCE, default="wait"),
        full=block.block("full", _full) if block.has("full") else FullTrack(),
    )


def _member(block: Any, account: Callable[[Any], Account]) -> BoardMember:
    user = block.block("user", account)
    return BoardMember(block.text("unit"), user, block.truth("lead"), tuple(block.blocks("deputies", account, default=())))


def _full(block: Any) -> FullTrack:
    return FullTrack(
        quorum=block.number("quorum") if block.has("quorum") else None,
        majority=block.choice("majority", MAJORITIES) if block.has("majority") else None,
        days=block.number("days") if block.has("days") else None,
    )


def contradictions(found: Board) -> Iterator[str]:
    """Faults that only the whole board shows, as translated sentences."""
    members = len(found.members)
    for where, value in (("board.quorum", found.quorum), ("board.full.quorum", found.full.quorum)):
        if value is not None and not 1 <= value <= members:
            yield translate(QUORUM) % {"where": where, "value": value, "members": members}
    if found.full.quorum is not None and found.full.quorum < found.quorum:
        yield translate(AT_LEAST) % {"where": "board.full.quorum", "least": found.quorum}
    if sum(member.lead for member in found.members) > 1:
        yield translate(LEADS) % {"where": "board.members"}
    least = {"days": 1, "remind_days": 0, "escalate_days": 0, "expire_days": 0}
    for name, smallest in least.items():
        if getattr(found, name) < smallest:
            yield translate(AT_LEAST) % {"where": f"board.{name}", "least": smallest}
    if found.full.days is not None and found.full.days < 1:
        yield translate(AT_LEAST) % {"where": "board.full.days", "least": 1}
