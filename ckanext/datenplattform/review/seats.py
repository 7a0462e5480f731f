"""Who may vote on a case at this moment: seats and deputies, four eyes, recusals. Each seat has one vote (voting.py)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import ckan.model as model
from sqlalchemy import select

from ..access import shared as access
from .model import Case, Editor, Recusal, Revision, Vote
from .voting import Cast, Seat, counting, electorate, outcome, seat_of


def seats() -> dict[str, Seat]:
    """The board's seats by name: the unit's, or the user's id where a seat belongs to no unit."""
    members: dict[str, set[str]] = {}
    deputies: dict[str, set[str]] = {}
    for role, found in (("board", members), ("board_lead", members), ("board_deputy", deputies)):
        for user_id, unit in access.seats(role):
            found.setdefault(unit or user_id, set()).add(user_id)
    names = members.keys() | deputies.keys()
    return {name: Seat(frozenset(members.get(name, ())), frozenset(deputies.get(name, ()))) for name in names}


def leads() -> set[str]:
    """Ids of those who lead the board."""
    return {user_id for user_id, _ in access.seats("board_lead")}


def on_board(user_id: str) -> bool:
    """Whether somebody sits on a seat, as member or deputy."""
    return any(user_id in seat.members | seat.deputies for seat in seats().values())


class Known:
    """What decides about the vote on some cases, asked of the database by a constant number of statements."""

    def __init__(self, cases: Iterable[Case]) -> None:
        cases = list(cases)
        ids, packages = {case.id for case in cases}, {case.package_id for case in cases}
        self.seats = seats()
        self.leads = leads()
        self.votes: dict[str, list[Vote]] = defaultdict(list)
        for vote in model.Session.query(Vote).filter(Vote.case_id.in_(ids)).order_by(Vote.event, Vote.user_id):
            self.votes[vote.case_id].append(vote)
        self._recused: dict[str, set[str]] = defaultdict(set)
        for row in model.Session.execute(select(Recusal.case_id, Recusal.user_id).where(Recusal.case_id.in_(ids))):
            self._recused[row.case_id].add(row.user_id)
        self._editors: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
        editors = select(Editor.package_id, Editor.user_id, Editor.at).where(Editor.package_id.in_(packages))
        for row in model.Session.execute(editors):
            self._editors[row.package_id].append((row.user_id, row.at))
        revisions = {case.revision_id for case in cases} - {None}
        makers = select(Revision.id, Revision.created_by).where(Revision.id.in_(revisions))
        self._makers = {row.id: row.created_by for row in model.Session.execute(makers)} if revisions else {}

    def barred(self, case: Case) -> set[str]:
        """Ids of users who may not vote: who submitted it, made the revision, or edited the dataset before."""
        editors = {user_id for user_id, at in self._editors[case.package_id] if at <= case.submitted_at}
        maker = self._makers.get(case.revision_id)
        return editors | {case.submitted_by} | ({maker} if maker else set())

    def recused(self, case: Case) -> set[str]:
        """Ids of users who take no part in the case."""
        return set(self._recused[case.id])


def barred(case: Case) -> set[str]:
    """See `Known.barred`."""
    return Known([case]).barred(case)


def recused(case: Case) -> set[str]:
    """See `Known.recused`."""
    return Known([case]).recused(case)


class Poll:
    """The vote on a case as it stands: asked once, answered from memory."""

    def __init__(self, case: Case, known: Known | None = None) -> None:
        known = known or Known([case])
        self.seats, self.leads = known.seats, known.leads
        self.excluded = known.barred(case) | known.recused(case)
        self.votes = known.votes[case.id]
        self.casts = [Cast(vote.user_id, vote.unit or vote.user_id, vote.vote, vote.event or 0) for vote in self.votes]
        self.counting = counting(self.casts, self.seats, self.excluded)
        self.electorate = electorate(self.casts, self.seats, self.excluded)

    def seat(self, user_id: str) -> str | None:
        """The seat for which somebody may vote now."""
        return seat_of(user_id, self.seats, self.casts, self.excluded)

    def eligible(self) -> set[str]:
        """Ids of all who may vote now."""
        people = {person for seat in self.seats.values() for person in seat.members | seat.deputies}
        return {person for person in people if self.seat(person)}

    def outcome(self, quorum: int, majority: str) -> str | None:
        """approve, refuse or None."""
        return outcome([cast.choice for cast in self.counting.values()], len(self.electorate), quorum, majority)


def eligible(case: Case) -> set[str]:
    """Ids of those who may vote on a case now."""
    return Poll(case).eligible()
