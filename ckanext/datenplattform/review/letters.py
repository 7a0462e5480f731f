"""What a mail of the review says: the title of the dataset, what happened, what to do, a link. Never more of the data.

Each mail is a template in `emails/review/`; its first line is the subject. A municipality may put its own beside it.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model

from ..core import mail
from ..core.days import last_day
from ..core.i18n import N_, translate
from . import present
from .model import Case
from .model_post import Letter
from .seats import Poll

KINDS = {
    "publication": N_("First publication"),
    "revision": N_("Change of a published dataset"),
    "standing_release": N_("Standing release"),
    "source_release": N_("Standing release of a source"),
    "entry": N_("Entry for the public register"),
}
CHOICE = N_("You would rather have one mail a day, or one at once? Please choose here: %(url)s")


def render(name: str, facts: dict[str, Any]) -> tuple[str, list[str]]:
    """Subject and paragraphs of a mail."""
    subject, parts = mail.written(f"emails/review/{name}.txt", facts)
    return subject, [*parts, mail.say(CHOICE, url=mail.address("dp_review_mails.choose"))]


def letter(row: Letter, user: model.User) -> tuple[str, list[str]]:
    """Subject and paragraphs of a letter to this person, as things stand now."""
    return render(row.name, _facts(row, user))


def subject(row: Letter, user: model.User) -> str:
    """What a letter tells in one line."""
    return letter(row, user)[0]


def _facts(row: Letter, user: model.User) -> dict[str, Any]:
    case = model.Session.get(Case, row.case_id) if row.case_id else None
    package = model.Package.get(row.package_id)
    unit = model.Group.get(package.owner_org) if package is not None and package.owner_org else None
    frozen = case.content["package"] if case else {}
    may_read = present.may_know(user, row.package_id)
    page = mail.address("dp_review.case", case_id=case.id) if case and may_read else None
    dataset = mail.address("dataset.read", id=package.name) if package is not None and may_read else None
    poll = Poll(case) if case else None
    return {
        "title": frozen.get("title") or frozen.get("name") or (package.title or package.name if package else ""),
        "unit": unit.title if unit else "",
        "kind": case.kind if case else "publication",
        "what": translate(KINDS[case.kind]) if case else "",
        "state": case.state if case else "",
        "day": mail.day(last_day(case.deadline)) if case else "",
        "mend_until": mail.day(case.mend_until) if case and case.mend_until else "",
        "missing": len(poll.electorate) - len(poll.counting) if poll else 0,
        "url": page or dataset or mail.address("dp_review.agenda"),
        "readable": bool(page or dataset),
    }


def digest(lines: list[str]) -> tuple[str, list[str]]:
    """One mail for what happened since the last one."""
    facts = {"number": len(lines), "lines": mail.bullets(lines), "url": mail.address("dp_review.agenda")}
    return render("digest", facts)
