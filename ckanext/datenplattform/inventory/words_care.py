"""Words of confirmation, requests, rounds and the report. Functions, since each reader has a language."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


def numbers() -> dict[str, str]:
    """The report's numbers by name, in the order of its columns."""
    return {
        "records": tk._("Records"),
        "complete": tk._("Complete records"),
        "confirmed": tk._("Confirmed records"),
        "overdue": tk._("Overdue"),
        "in_review": tk._("Before the data board"),
        "reviewed": tk._("Decided"),
        "published": tk._("Published"),
        "refused": tk._("Refused"),
        "drafts": tk._("Drafts"),
    }


def codes() -> dict[str, dict[str, str]]:
    """Codes in words, by kind."""
    return {
        "unit_state": {
            "open": tk._("not reported yet"),
            "reported": tk._("reported"),
            "nothing_to_report": tk._("nothing to report"),
            "signed": tk._("signed"),
        },
        "round_state": {"running": tk._("running"), "closed": tk._("closed")},
        "event": {
            "report": tk._("We have looked through everything"),
            "nothing": tk._("We have nothing to report"),
            "sign": tk._("Sign for the unit"),
            "reopen": tk._("Open again"),
        },
        "request_state": {
            "open": tk._("not answered yet"),
            "granted": tk._("granted"),
            "refused": tk._("refused"),
        },
    }


def say(kind: str, code: str) -> str:
    """A code in words."""
    return codes()[kind].get(code, code)
