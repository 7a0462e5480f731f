"""Licence, agreement, the inventory record and DCAT-AP.de. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.i18n import N_
from ...dcat_ap_de import shared as dcat_ap_de
from .subject import Subject
from .verdict import Verdict

LICENCE, AGREEMENT, RECORD, DCAT = "licence", "agreement", "record", "dcat_ap_de"

MISSING = N_("Please choose a licence.")
UNKNOWN = N_("This licence is not in the list of DCAT-AP.de. Please choose one of the list.")
CLOSED = N_("This licence does not allow open publication. Please choose an open one.")
NO_FIT = N_("The data were made of “%(title)s”, whose licence does not allow this one. Please choose another.")
NOBODY_NAMED = N_("This licence demands that the source is named, but the dataset does not say how. Please fill in the attribution.")
BY_PUBLISHER = N_("The dataset does not say how the source is to be named: the export names the publisher.")
NO_AGREEMENT = N_("The data come from outside. Please name the agreement in the inventory record.")
ENDED = N_("The agreement named in the inventory record has ended. Please renew it, or do not publish.")
THIRD_PARTY = N_("Others hold rights in these data, but no agreement is named in the inventory record. Please look at it.")
INCOMPLETE = N_("The inventory record is not complete: %(count)d facts are missing.")
BROKEN_RULES = N_("DCAT-AP.de is not met: %(count)d points, the first in the field “%(field)s”.")


def check_licence(subject: Subject) -> Iterator[Verdict]:
    """Present, in the list, open, fitting, with attribution."""
    dataset = subject.dataset
    own = dataset.get("license_id")
    if not own:
        yield Verdict(LICENCE, "missing", "stop", MISSING, field="license_id", sum=subject.sum)
        return
    for file, value in [("", own), *((item.get("id", ""), item.get("license")) for item in dataset.get("resources") or [])]:
        if not value:
            continue
        if dcat_ap_de.licence(value) is None:
            yield Verdict(LICENCE, "unknown", "stop", UNKNOWN, field="license_id", file=file, sum=subject.sum)
        elif not dcat_ap_de.can_be_published(value):
            yield Verdict(LICENCE, "closed", "stop", CLOSED, field="license_id", file=file, sum=subject.sum)
        for origin in subject.origins:
            theirs = origin.get("license_id")
            if theirs and dcat_ap_de.licence(theirs) and dcat_ap_de.licence(value) and not dcat_ap_de.compatible(theirs, value):
                values = {"title": origin.get("title") or origin.get("name") or ""}
                yield Verdict(LICENCE, "origin", "stop", NO_FIT, values, field="license_id", file=file, sum=subject.sum)
    found = dcat_ap_de.licence(own)
    named = dataset.get("license_attribution_by_text") or any(
        item.get("license_attribution_by_text") for item in dataset.get("resources") or []
    )
    if found and dcat_ap_de.needs_attribution(found) and not named:
        # DCAT-AP.de, convention 35: the export then names the publisher, who is not the source of what comes from outside
        foreign = subject.record.get("source_class") == "outside" or subject.record.get("third_party_rights")
        level, text = ("look", NOBODY_NAMED) if foreign else ("ok", BY_PUBLISHER)
        yield Verdict(LICENCE, "attribution", level, text, field="license_attribution_by_text", sum=subject.sum)


def check_agreement(subject: Subject) -> Iterator[Verdict]:
    """Data from outside name their agreement, and it is in force."""
    record = subject.record
    agreement = record.get("agreement")
    if record.get("source_class") == "outside" and not agreement:
        yield Verdict(AGREEMENT, "missing", "stop", NO_AGREEMENT, field="agreement", sum=subject.sum)
    elif record.get("third_party_rights") and not agreement:
        yield Verdict(AGREEMENT, "third_party", "look", THIRD_PARTY, field="third_party_rights", sum=subject.sum)
    until = str(record.get("agreement_until") or "")
    if agreement and until and until[:10] < subject.today:
        yield Verdict(AGREEMENT, "ended", "stop", ENDED, field="agreement_until", sum=subject.sum)


def check_record(subject: Subject) -> Iterator[Verdict]:
    """What the inventory record still lacks, as the inventory counts it (`missing_fields`)."""
    missing = subject.record.get("missing_fields") or ()
    if missing:
        yield Verdict(RECORD, "incomplete", "look", INCOMPLETE, {"count": len(missing)}, field=str(missing[0]), sum=subject.sum)


def check_dcat(subject: Subject) -> Iterator[Verdict]:
    """The rules of DCAT-AP.de; the findings themselves stand on the dataset's page."""
    findings = dcat_ap_de.told(dcat_ap_de.validate(dict(subject.dataset)))
    broken = [finding for finding in findings if finding.severity == "violation"]
    if broken:
        values = {"count": len(broken), "field": broken[0].field or "resources"}
        yield Verdict(DCAT, "violation", "stop", BROKEN_RULES, values, field=values["field"], sum=subject.sum)
