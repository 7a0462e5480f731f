"""What follows a committed decision: files in place, index, signals. Each can be repeated."""

from __future__ import annotations

from ..access import shared as access
from ..core import signals
from . import post, revisions, standing
from .model import Case


def after_decision(case: Case, was_public: bool) -> None:
    """After the commit of what closed or approved the case."""
    if case.revision_id and case.state == "published":
        revisions.place_files(case.revision_id)
    if case.kind == "source_release":
        if case.state == "published":
            from . import flowing  # it publishes by this module

            flowing.soon()
        return
    if case.scope and case.state == "published":
        standing.let_through(case.package_id)
    access.reindex([case.package_id])
    signals.dataset_decided.send(case.package_id, case=case.id, decision=case.state)
    if case.state == "published" and case.kind != "entry" and not was_public:
        signals.dataset_published.send(case.package_id, user=None)


def announce(case: Case) -> None:
    """After the commit: tell of each step that the case has just gone, once."""
    for way in getattr(case, "ways", []):
        signals.case_moved.send(case.package_id, case=case.id, step=way.name, tells=way.tells)
    if getattr(case, "ways", []):
        post.soon()
    case.ways = []


def after_withdrawal(package_id: str, user_id: str, reason: str) -> None:
    """After the commit of a withdrawal."""
    access.reindex([package_id])
    signals.dataset_withdrawn.send(package_id, user=user_id, reason=reason)
    post.soon()
