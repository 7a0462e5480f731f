"""Template helpers of room `review`."""

from __future__ import annotations

from functools import cache
from typing import Any

import ckan.plugins.toolkit as tk
from flask_babel import get_locale

from ..access import shared as access
from ..core import dates
from ..inventory import shared as inventory
from . import helpers_board
from .cases import open_case
from .logic import auth as review_auth


def dp_review_state(dataset: dict[str, Any]) -> dict[str, Any] | None:
    """Where a dataset stands, for those who work with it; None for citizens and for entries of other units.

    {"state": internal | in_review | changes_requested | refused | withdrawn | published | draft, "case": case or None,
    "since": date or None, "may_submit", "may_withdraw": bool, "revision": a pending revision waits}
    """
    reader: Any = tk.current_user
    if not reader.is_authenticated or access.reader_level(reader, dataset["id"]) != "all":
        return None
    package_id = dataset["id"]
    published = access.publication(package_id)
    case = _latest_case(package_id)
    running = open_case(package_id) is not None
    state = access.review_state(package_id) or "internal"
    if running:
        state = "in_review"
    elif published:
        state = "published"
    elif str(dataset.get("state", "")).startswith("draft"):
        state = "draft"
    edits = _may(review_auth.review_submit, package_id)
    revision = _revision_waits(package_id)
    return {
        "state": state,
        "case": case,
        "since": published.since if published else None,
        "published": published is not None,
        "revision": revision,
        "may_change": published is not None and not running and _may(review_auth.review_revision_create, package_id),
        "may_submit": edits and not running and state != "draft" and (published is None or revision),
        "in_register": state == "entry_released",
        "may_withdraw": (running or published is not None or state == "entry_released") and _may(review_auth.review_withdraw, package_id),
    }


def _may(check: Any, package_id: str) -> bool:
    try:
        context: Any = {"user": tk.current_user.name, "auth_user_obj": tk.current_user}
        return bool(check(context, {"package_id": package_id})["success"])
    except tk.ObjectNotFound:
        return False


def _latest_case(package_id: str) -> dict[str, Any] | None:
    try:
        return tk.get_action("review_show")({}, {"package_id": package_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None


def _revision_waits(package_id: str) -> bool:
    from .revisions import pending

    return pending(package_id) is not None


def dp_review_words(kind: str, value: Any) -> str:
    """A code of the review in words: kind is "state", "kind", "vote", "event" or "field"."""
    return _spoken(str(get_locale())).get(kind, {}).get(str(value), str(value or ""))


@cache
def _spoken(_language: str) -> dict[str, dict[str, str]]:
    """`words` in the language of the request; the agenda asks for thousands of them."""
    return words()


def words() -> dict[str, dict[str, str]]:
    """All codes of the review in words."""
    return {
        "state": {
            "submitted": tk._("automatic checks are running"),
            "checks": tk._("automatic checks are running"),
            "in_review": tk._("open"),
            "published": tk._("approved"),
            "approved": tk._("approved"),
            "refused": tk._("refused"),
            "changes_requested": tk._("changes requested"),
            "withdrawn": tk._("withdrawn"),
            "expired": tk._("expired"),
        },
        "level": {"ok": tk._("Nothing found"), "look": tk._("Please look"), "stop": tk._("Blocks the publication")},
        "track": {"fast": tk._("short way"), "normal": tk._("normal way"), "full": tk._("full examination")},
        "kind": {
            "publication": tk._("First publication"),
            "revision": tk._("Change of a published dataset"),
            "standing_release": tk._("Standing release"),
            "source_release": tk._("Standing release of a source"),
            "entry": tk._("Entry for the public register"),
        },
        # why datasets wait outside the release of their source, see flowing.py
        "outside": {
            "licence": tk._("another licence than released"),
            "column": tk._("a column that is not released"),
            "resolution": tk._("finer in time than released"),
            "position": tk._("more exact in place than released"),
            "personal_data": tk._("perhaps personal data"),
            "check_failed": tk._("could not be checked"),
            "edited": tk._("a person has changed it"),
            "incomplete": tk._("something is missing"),
            "full": tk._("needs the full examination"),
            "stop": tk._("a check blocks the publication"),
            "file": tk._("a file whose columns cannot be read"),
            "no_table": tk._("there are no measurements yet"),
        },
        # why rows wait outside a standing release, see timeseries/scope.py
        "why": {
            "no_release": tk._("no release is in force"),
            "expired": tk._("the release has ended"),
            "licence": tk._("the licence is another one now"),
            "stream": tk._("this sensor is not part of the release"),
            "resolution": tk._("finer in time than released"),
            "position": tk._("more exact in place than released"),
            "column": tk._("a new column"),
            "personal_data": tk._("perhaps personal data"),
            "check_failed": tk._("could not be checked"),
        },
        "vote": {"approve": tk._("Yes"), "refuse": tk._("No"), "abstain": tk._("Abstention")},
        "event": {
            "submitted": tk._("submitted for review"),
            "checked": tk._("automatic checks done"),
            "voted": tk._("voted"),
            "vote": tk._("voted"),
            "published": tk._("decided: published"),
            "approved": tk._("decided: approved"),
            "refused": tk._("decided: refused"),
            "withdrawn": tk._("withdrawn"),
            "submission_withdrawn": tk._("submission withdrawn"),
            "entry_published": tk._("decided: entry into the public register"),
            "entry_withdrawn": tk._("entry withdrawn from the register"),
            "publication_withdrawn": tk._("publication withdrawn"),
            "revision_created": tk._("change prepared"),
            "revision_discarded": tk._("change discarded"),
            "standing_release_revoked": tk._("standing release ended"),
            "waiting_discarded": tk._("waiting rows discarded"),
            "standing_release_granted": tk._("standing release given"),
            "changes_requested": tk._("changes requested"),
            "expired": tk._("expired"),
            "commented": tk._("comment"),
            "recused": tk._("recused"),
            "track_raised": tk._("more careful examination asked for"),
            "reminded": tk._("reminded of the deadline"),
            "escalated": tk._("lead of the board informed"),
            "corrected": tk._("typing error corrected"),
            "check_refuted": tk._("finding of a check refuted"),
            "forgotten": tk._("a person was erased"),
            "paper_cited": tk._("paper cited"),
            "paper_uncited": tk._("paper no longer cited"),
            "release_failed": tk._("release failed, will be tried again"),
        },
    }


def dp_review_date(value: Any, with_time: bool = False) -> str:
    """A date or moment as people write it: "3. November 2026"."""
    return dates.say(value, with_time)


def dp_review_published(dataset: dict[str, Any]) -> bool:
    """Whether the dataset is public at this moment."""
    return access.is_published(dataset["id"])


def dp_review_interests() -> list[tuple[str, str]]:
    """The inventory's closed list of protected interests: [(code, words)]."""
    say = tk.h.dp_inventory_words
    return [(code, say("protected_interest", code)) for code in inventory.INTERESTS]


def get_helpers() -> dict[str, Any]:
    """Helpers by name."""
    return {
        **helpers_board.HELPERS, "dp_review_state": dp_review_state, "dp_review_words": dp_review_words,
        "dp_review_date": dp_review_date, "dp_review_published": dp_review_published, "dp_review_interests": dp_review_interests,
    }  # fmt: skip
