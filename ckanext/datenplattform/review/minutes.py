"""Minutes of the board as data, and what of them everybody may know. Pure: `minutes_source` reads the record.

Minutes are not written, they are read from the chain of events: the same period gives the same decisions, whenever it is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

#: events that decide a case, and those that end something without a decision of the board
DECIDING = ("approved", "refused", "changes_requested")
ENDING = ("withdrawn", "expired", "publication_withdrawn", "entry_withdrawn", "standing_release_revoked")
#: decisions from before the chain were moved into it as what followed them
MOVED = ("published", "entry_published")
CHOICES = ("approve", "refuse", "abstain")
# what everybody may know of a decision whose result is public; title and unit come from what is public now
PUBLIC = ("event", "at", "kind", "released", "track", "tally", "rules_hash", "content_hash")


def decision(event: Mapping[str, Any], case: Mapping[str, Any], seats: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One decision.

    :param event: number, at (ISO), kind, facts, actor (name or key, None: nobody alone), text
    :param case: id, package_id, title, unit, kind, state, recused (names), standing_until, cited (papers)
    :param seats: of the votes that count: {"seat", "vote", "person", "reason"}
    """
    facts = event["facts"]
    votes = sorted((dict(seat) for seat in seats), key=lambda seat: seat["seat"])
    counted = dict.fromkeys(CHOICES, 0) | dict(Counter(seat["vote"] for seat in votes))
    tally = facts.get("tally") or counted
    return {
        "event": event["number"],
        "at": event["at"],
        "result": "approved" if event["kind"] in MOVED else event["kind"],
        "by": facts.get("by") or "board",
        "decided_by": event["actor"],
        "case_id": case["id"],
        "package_id": case["package_id"],
        "title": case["title"],
        "unit": case["unit"],
        "kind": case["kind"],
        "carried_out": case["state"] == "published",
        "track": facts.get("track") or case["track"],
        "released": facts.get("released") or ("entry" if case["kind"] == "entry" else "data"),
        "standing_until": case["standing_until"],
        "publish_at": facts.get("publish_at"),
        "duty": list(facts.get("duty") or ()),
        "dashboard": bool(facts.get("dashboard")),
        "tally": tally,
        "seats": votes,
        # seats that changed hands since may make other votes count; what was counted then is what holds
        "seats_changed": bool(facts.get("tally")) and tally != counted,
        "recused": sorted(case["recused"]),
        "cited": list(case["cited"]),
        "reason": event["text"] or case["reason"] or "",
        "interests": list(facts.get("interests") or ()),
        "mend_until": facts.get("mend_until"),
        "rules_hash": facts.get("rules_hash") or case["rules_hash"],
        "content_hash": facts.get("content_hash") or case["content_hash"],
    }


def totals(decisions: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """How often what was decided, and refused for which interest."""
    known = list(decisions)
    results = Counter(item["result"] for item in known)
    refused = [item for item in known if item["result"] == "refused"]
    return {
        "decided": len(known),
        **{result: results[result] for result in DECIDING},
        "refused_by_interest": dict(Counter(code for item in refused for code in item["interests"] or ["none"])),
    }


def public_part(minutes: Mapping[str, Any], public: Mapping[tuple[str, str], Mapping[str, str]]) -> dict[str, Any]:
    """What everybody may know of minutes: numbers, and the decisions whose result is public now. No person, no reason,
    no comment; a title only as it is public.

    :param public: {(package id, "data" or "entry"): {"title", "unit"}} of all that is published or in the register
    """
    shown = []
    for item in minutes["decisions"]:
        known = public.get((item["package_id"], item["released"]))
        if known and item["carried_out"] and item["result"] == "approved":
            shown.append({**{name: item[name] for name in PUBLIC}, "title": known["title"], "unit": known["unit"]})
    return {
        "since": minutes["since"],
        "until": minutes["until"],
        "head": dict(minutes["head"]),
        "totals": totals(minutes["decisions"]),
        "open": len(minutes["open"]),
        "decisions": shown,
    }
