"""The agenda: what waits for one's vote, what is open, what was decided; and one vote for several simple cases."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.helpers import Page

from ...core import pages
from .. import agenda, seats
from .frame import blueprint, reader, tried

PER_PAGE = 25
SHOWS: dict[str, dict[str, Any]] = {"mine": {"needs_vote": True}, "open": {"state": "in_review"}, "decided": {"decided": True}}


@blueprint.route("/gremium", endpoint="agenda")
def index() -> str:
    """The cases that wait for the reader's vote, all open ones, or those decided; in portions."""
    who = reader()
    votes = who is not None and seats.on_board(who.id)
    show = tk.request.args.get("show", "")
    if show not in SHOWS or (show == "mine" and not votes):
        show = "mine" if votes else "open"
    number = min(tk.h.get_page_number(tk.request.args), 10**6)
    found = pages.call("review_list", limit=PER_PAGE, offset=(number - 1) * PER_PAGE, **SHOWS[show])
    pager = Page(
        collection=[], page=number, items_per_page=PER_PAGE, item_count=found["count"], presliced_list=True,
        url=lambda page, **_: tk.url_for("dp_review.agenda", show=show, page=page),
    )  # fmt: skip
    items = agenda.items(found["results"])
    return tk.render("review/agenda.html", {
        "items": items, "count": found["count"], "show": show, "votes": votes, "pager": pager,
        "several": sum(item["simple"] for item in items) > 1, "stopped": agenda.stopped(who) if who else [],
    })  # fmt: skip


@blueprint.route("/gremium/abstimmen", methods=["GET", "POST"])
def several() -> Any:
    """Several simple cases: shown one below the other, then one vote for all. Each is counted on its own."""
    wanted = list(dict.fromkeys(tk.request.values.getlist("case")))[:PER_PAGE]
    shown = [found for found in map(_seen, wanted) if found]
    if wanted and not shown:
        return tk.abort(404)
    # withdrawn meanwhile, so that the reader may not see it any more
    gone = len(wanted) - len(shown)
    items = agenda.items(shown)
    vote = tk.request.form.get("vote", "")
    if tk.request.method == "POST" and vote in agenda.TOGETHER:
        done, failed = [], []
        for item in items:
            if item["simple"]:
                _, problems = tried(lambda item=item: tk.get_action("review_vote")({}, {"case_id": item["id"], "vote": vote}))
            else:
                problems = [tk._("This case needs a closer look. Please open it and vote there.")]
            (failed if problems else done).append({**item, "problems": problems})
        return tk.render("review/several_done.html", {"done": done, "failed": failed, "vote": vote, "gone": gone})
    return tk.render("review/several.html", {
        "items": [agenda.with_details(item) for item in items if item["simple"]],
        "left": [item for item in items if not item["simple"]], "gone": gone,
    })  # fmt: skip


def _seen(case_id: str) -> dict[str, Any] | None:
    try:
        return tk.get_action("review_show")({}, {"id": case_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None
