"""All checks, in the order in which they are shown. Pure.

A check is a function of a `Subject` that yields verdicts; to add one, add a line to `CHECKS`. Other rooms and plugins add
theirs by the signal `core.signals.review_checks`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...core.i18n import N_
from . import files, personal, rights, utilities
from .subject import Subject
from .verdict import Verdict

log = logging.getLogger(__name__)

FINE = N_("Nothing found.")
FAILED = N_("This check could not be carried out. Please ask the operators of the portal.")


@dataclass(frozen=True)
class Check:
    """A check: its name, its title for people, the function."""

    name: str
    title: str
    run: Callable[[Subject], Iterable[Verdict]]


CHECKS: tuple[Check, ...] = (
    Check(personal.NAME, N_("Personal data"), personal.check),
    Check(utilities.SECRETS, N_("Business secrets"), utilities.check_secrets),
    Check(utilities.KRITIS, N_("Critical infrastructure"), utilities.check_kritis),
    Check(rights.LICENCE, N_("Licence and attribution"), rights.check_licence),
    Check(rights.AGREEMENT, N_("Rights and agreement"), rights.check_agreement),
    Check(rights.RECORD, N_("Inventory record"), rights.check_record),
    Check(rights.DCAT, N_("Metadata by DCAT-AP.de"), rights.check_dcat),
    Check(files.NAME, N_("Files"), files.check),
    Check(files.LINKS, N_("Links"), files.check_links),
)


def run(subject: Subject, checks: Iterable[Check] = CHECKS) -> list[Verdict]:
    """What all checks say, at least one verdict of each. One that breaks is a stop: nothing passes unlooked at."""
    found: list[Verdict] = []
    for check in checks:
        try:
            said = list(check.run(subject))
        except Exception as problem:
            # only the kind of the error: its message may quote a cell
            log.error("check %s failed: %s", check.name, type(problem).__name__)
            said = [Verdict(check.name, "failed", "stop", FAILED, sum=subject.sum)]
        found += said or [Verdict(check.name, "fine", "ok", FINE)]
    return found
