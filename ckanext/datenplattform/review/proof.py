"""Does the record stand? The chain proves itself; votes, cases and everything released are held against it.

Looks only, changes nothing. The first break is named; what is behind it is not looked at.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model
from sqlalchemy import select

from ..access import shared as access
from ..core.i18n import N_, translate
from ..inventory import shared as inventory
from . import events, papers, standing
from .events import Head
from .model import RUNNING, Actor, Case, Vote
from .model_papers import VERSION

NUMBER = N_("Event %(number)s: events are missing before it, or it stands there twice.")
LINK = N_("Event %(number)s: it does not continue event %(before)s. One of the two was changed.")
CONTENT = N_("Event %(number)s (case %(case)s): its content was changed.")
CUT = N_("Event %(number)s is not in the chain as it stands in the minutes.")
VOTE = N_("Case %(case)s: the vote of %(actor)s is not what the chain says.")
STATE = N_("Case %(case)s: the state “%(state)s” is not what the chain says.")
COPY = N_("Case %(case)s: what was decided is not the copy that is kept.")
UNDECIDED = N_("Event %(number)s (case %(case)s): it was released, but not decided before.")
PAPER = N_("Version %(number)s of the paper %(paper)s is not what the chain says.")
NO_DECISION = N_("%(what)s of dataset %(package)s: there is no decision of this content in the chain.")

# events that close a case, or approve it, and the state they leave it in
CLOSING = {
    "published": "published", "entry_published": "published", "approved": "approved", "refused": "refused",
    "changes_requested": "changes_requested", "withdrawn": "withdrawn", "expired": "expired",
}  # fmt: skip
# events after which something is public, with the hash of its content
RELEASING = ("published", "entry_published", "corrected")


class Broken(Exception):
    """The record does not stand; the message says where."""


def verify(known: Head | None = None) -> Head:
    """Prove everything. Returns the head of the chain.

    :param known: a head from earlier minutes that must be part of the chain
    :raises Broken: the first break
    """
    found = _Found()
    for event in events.walk():
        found.take(event, known)
    if known and known.number > found.head.number:
        raise _broken(CUT, number=known.number)
    _votes(found)
    _cases(found)
    _papers(found)
    _released(found)
    return found.head


def _broken(text: str, **values: Any) -> Broken:
    return Broken(translate(text) % values)


class _Found:
    """What the chain says, gathered in one walk."""

    def __init__(self) -> None:
        self.head = Head()
        # (case, actor) → vote; case → state; case → hash at the submission; what was released
        self.votes: dict[tuple[str, str], str] = {}
        self.states: dict[str, str] = {}
        self.submitted: dict[str, str] = {}
        self.approved: set[tuple[str, str]] = set()
        self.released: set[tuple[str, str, str]] = set()
        # cases about sources that are not decided yet, and source → (case, last moment) of the release in force
        self.asked: set[str] = set()
        self.sources: dict[str, tuple[str, str]] = {}
        # (paper, version) → hash
        self.papers: dict[tuple[str, int], str] = {}

    def take(self, event: dict[str, Any], known: Head | None) -> None:
        number, facts, case = event["number"], event["facts"], event["case_id"]
        if number != self.head.number + 1:
            raise _broken(NUMBER, number=number)
        if event["previous"] != self.head.hash:
            raise _broken(LINK, number=number, before=self.head.number)
        if event["hash"] != events.digest(self.head.hash, event):
            raise _broken(CONTENT, number=number, case=case or "–")
        if known and known.number == number and known.hash != event["hash"]:
            raise _broken(CUT, number=number)
        self.head = Head(number, event["hash"])
        if event["kind"] == "voted":
            self.votes[case, event["actor"]] = facts.get("vote")
        elif event["kind"] == "paper_version":
            self.papers[facts.get("paper", ""), facts.get("version", 0)] = facts.get("hash", "")
        elif event["kind"] == "submitted":
            self.submitted[case] = facts.get("content_hash", "")
            if facts.get("kind") == "source_release":
                self.asked.add(case)
        elif event["kind"] == "standing_release_revoked":
            self.sources.pop(event["package_id"], None)
        elif event["kind"] in CLOSING and case:
            self.states[case] = CLOSING[event["kind"]]
        if event["kind"] == "approved":
            self._under(event)
            self.approved.add((case, facts.get("content_hash", "")))
        released = event["kind"] in ("published", "entry_published") and not facts.get("moved")
        if released and (case, facts.get("content_hash", "")) not in self.approved:
            raise _broken(UNDECIDED, number=number, case=case)
        if event["kind"] in RELEASING and case:
            for name in ("content_hash", "entry_hash", "scope_hash"):
                if facts.get(name):
                    self.released.add((case, name, facts[name]))
            if case in self.asked:
                self.sources[event["package_id"]] = (case, facts.get("until") or "")

    def _under(self, event: dict[str, Any]) -> None:
        """Without a vote only under a release of the source that the board had decided, and that was in force."""
        if event["facts"].get("by") != "release":
            return
        until = standing.end({"until": dict(self.sources.values()).get(event["facts"].get("under"))})
        if until is None or event["at"] >= until:
            raise _broken(UNDECIDED, number=event["number"], case=event["case_id"])


def _votes(found: _Found) -> None:
    keys = {row.user_id: row.key for row in model.Session.execute(select(Actor.key, Actor.user_id)) if row.user_id}
    rows = {(row.case_id, keys.get(row.user_id, row.user_id)): row.vote for row in model.Session.query(Vote)}
    for case, actor in sorted(rows.keys() | found.votes.keys()):
        if rows.get((case, actor)) != found.votes.get((case, actor)):
            raise _broken(VOTE, case=case, actor=actor)


def _cases(found: _Found) -> None:
    ids = set()
    for case in model.Session.query(Case).order_by(Case.submitted_at, Case.id).yield_per(200):
        ids.add(case.id)
        said = found.states.get(case.id)
        if said != case.state and (said or case.state not in RUNNING):
            raise _broken(STATE, case=case.id, state=case.state)
        if not found.submitted.get(case.id) == case.content_hash == access.digest(case.content):
            raise _broken(COPY, case=case.id)
    for missing in sorted(found.submitted.keys() - ids):
        raise _broken(STATE, case=missing, state="–")


def _papers(found: _Found) -> None:
    query = select(VERSION).order_by(VERSION.c.paper_id, VERSION.c.number)
    rows = {
        (row.paper_id, row.number): papers.digest(row.title, row.text, row.valid_from)
        for row in model.Session.execute(query.execution_options(yield_per=50))
    }
    for paper, number in sorted(rows.keys() | found.papers.keys()):
        if rows.get((paper, number)) != found.papers.get((paper, number)):
            raise _broken(PAPER, number=number, paper=paper)


def _released(found: _Found) -> None:
    names = {"publication": N_("The publication"), "standing_release": N_("The standing release")}
    for what, package, decision, content in access.decisions():
        wanted = ("content_hash", content) if what == "publication" else ("scope_hash", access.digest(content))
        if (decision, *wanted) not in found.released:
            raise _broken(NO_DECISION, what=translate(names[what]), package=package)
    for package, decision, entry in inventory.register.decisions():
        if (decision, "entry_hash", access.digest(entry)) not in found.released:
            raise _broken(NO_DECISION, what=translate(N_("The register's entry")), package=package)
