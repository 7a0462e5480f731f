"""Pages of the board's minutes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ..core import dates, pages
from . import download, period
from .helpers import words

blueprint = Blueprint("dp_review_minutes", __name__)
# typesetting takes a second for about fifteen decisions
MOST_PRINTED = 300


def _asked() -> dict[str, str]:
    source = tk.request.form if tk.request.method == "POST" else tk.request.args
    return {name: source.get(name, "").strip() for name in ("since", "until")}


def _address(found: dict[str, Any], endpoint: str = "index") -> str:
    return tk.url_for(f"dp_review_minutes.{endpoint}", since=found["since"], until=found["until"])


@blueprint.route("/gremium/protokoll", methods=["GET", "POST"])
def index() -> Any:
    """The minutes of a period; POST closes them."""
    asked, problems, found = _asked(), [], None
    try:
        if tk.request.method == "POST":
            done = pages.call("review_minutes_close", **period.moments(asked))
            tk.h.flash_success(tk._("The minutes are closed. The next ones begin where these end."))
            return tk.redirect_to(_address(done))
        found = pages.call("review_minutes", **period.moments(asked))
    except tk.ValidationError as error:
        problems = pages.problems(error)
    earlier = pages.call("review_minutes_list", limit=12)["results"]
    form = period.days(found["since"], found["until"]) if found else asked
    return tk.render("review/minutes/read.html", {
        "found": found, "form": form, "problems": problems, "earlier": [{**item, "url": _address(item)} for item in earlier],
        "closed": found is not None and any((item["since"], item["until"]) == (found["since"], found["until"]) for item in earlier),
        "files": {name: _address(found, name) for name in ("as_pdf", "as_csv")} if found else {},
        "may_close": _may_close(), "last_day": period.last_day(found["until"]) if found else None,
    })  # fmt: skip


def _may_close() -> bool:
    try:
        tk.check_access("review_minutes_close", {"user": tk.current_user.name}, {})
    except tk.NotAuthorized:
        return False
    return True


def _minutes() -> dict[str, Any]:
    try:
        return pages.call("review_minutes", **period.moments(_asked()))
    except tk.ValidationError as error:
        return tk.abort(400, " ".join(pages.problems(error)))


def _name(found: dict[str, Any]) -> str:
    return "niederschrift-" + period.days(None, found["until"])["until"]


@blueprint.route("/gremium/protokoll.pdf")
def as_pdf() -> Any:
    """The minutes to print and to sign."""
    found = _minutes()
    if max(len(found["decisions"]), len(found["open"])) > MOST_PRINTED:
        text = tk._("A PDF holds at most %(most)d decisions. Please choose a shorter period, or the CSV file.") % {"most": MOST_PRINTED}
        return tk.abort(400, text)
    return download.as_pdf(_name(found), "review/minutes/print.html", found=found, last_day=period.last_day(found["until"]))


@blueprint.route("/gremium/protokoll.csv")
def as_csv() -> Any:
    """The minutes as a table: a row for each decision, then the open cases."""
    found = _minutes()
    return download.as_csv(_name(found), _rows(found))


def _rows(found: dict[str, Any]) -> Iterator[list[Any]]:
    say = words()
    yield [
        tk._("Event"), tk._("Decided on"), tk._("Dataset"), tk._("Responsible unit"), tk._("What it is about"), tk._("Track"),
        tk._("Decision"), tk._("Released"), tk._("Yes"), tk._("No"), tk._("Abstention"), tk._("Votes"), tk._("Recused"),
        tk._("Reason"), tk._("Protected interest"), tk._("To be mended by"), tk._("Hash of the content"), tk._("Hash of the rules"),
    ]  # fmt: skip
    for item in found["decisions"]:
        votes = "; ".join(f"{seat['seat']}: {say['vote'].get(seat['vote'], seat['vote'])}" for seat in item["seats"])
        tally = item["tally"]
        yield [
            item["event"], dates.say(item["at"], with_time=True), item["title"], item["unit"], say["kind"].get(item["kind"], item["kind"]),
            say["track"].get(item["track"], item["track"]), say["state"].get(item["result"], item["result"]),
            tk.h.dp_review_minutes_words("released", item["released"]), tally["approve"], tally["refuse"], tally["abstain"], votes,
            "; ".join(item["recused"]), item["reason"],
            "; ".join(tk.h.dp_inventory_words("protected_interest", code) for code in item["interests"]),
            dates.say(item["mend_until"]), item["content_hash"], item["rules_hash"],
        ]  # fmt: skip
    for item in found["open"]:
        yield ["", "", item["title"], item["unit"], say["kind"].get(item["kind"], item["kind"]),
               say["track"].get(item["track"], item["track"]), say["state"]["in_review"]]  # fmt: skip
