"""Business secrets and critical infrastructure (KRITIS): declared by the record, and looked for. Pure.

Sectors after § 2 No. 10 BSIG and the BSI-KritisV, as far as a town has them: water, power, gas, heat, telecommunication,
emergency services.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ...core.i18n import N_
from .scan import Column
from .subject import Subject
from .verdict import Verdict

KRITIS, SECRETS = "kritis", "secrets"
NETWORKS = re.compile(
    r"(?i)trinkwasser|wasserwerk|wasserleitung|wasserversorgung|wassernetz|hochbehälter|notbrunnen|pumpwerk|druckerhöhung|abwasserpump|"
    r"kanalnetz|kläranlage|klärwerk|umspannwerk|trafo(?:station|häuschen)?\b|ortsnetzstation|stromnetz|stromleitung|mittelspannung|"
    r"hochspannung|niederspannung|schaltanlage|netzleitstelle|kraftwerk|gasnetz|gasleitung|gasdruck|gasregel|fernwärme(?:netz|leitung|trasse)|"
    r"leitungs(?:netz|kataster|plan|auskunft|trasse)|versorgungsleitung|glasfaser|kabeltrasse|leerrohr|telekommunikation|mobilfunkmast|"
    r"richtfunk|rechenzentrum|leitstelle|bos-?funk|digitalfunk|sirenenstandort|katastrophenschutz|bunker|notstrom|"
    r"substation|power grid|water main|gas main|pipeline"
)
HARMLESS = re.compile(r"(?i)trinkwasserbrunnen|trinkbrunnen|refill|ausbaustand|versorgungsquote|öffentliches wlan|ladesäule")
CONFIDENTIAL = re.compile(
    r"(?i)vs-nfd|nur für den dienstgebrauch|streng vertraulich|betriebsgeheimnis|geschäftsgeheimnis|\bvertraulich\b|\bintern\b"
)
SECRET_COLUMNS = re.compile(
    r"(?i)umsatz|gewinn\b|marge|einkaufspreis|vertragspreis|angebotspreis|kalkulation|deckungsbeitrag|kunden_?(?:nr|nummer)|"
    r"vertrags_?(?:nr|nummer)|lieferanten?_?(?:nr|nummer|name)?$|selbstkosten|bieter"
)

DECLARED_KRITIS = N_("The inventory record says that critical infrastructure is concerned. The board looks at it on the full track.")
UNCLEAR_KRITIS = N_("The inventory record leaves open whether critical infrastructure is concerned. Please clear that up.")
WORDS_KRITIS = N_("“%(word)s” may concern critical infrastructure. Please say in the inventory record whether it does.")
TOO_EXACT = N_(
    "Positions near critical infrastructure are exact to about %(exact)s m (column “%(column)s”); %(metres)d m are allowed. "
    "Please round them to %(decimals)d decimal places."
)
TOO_EXACT_GRID = N_(
    "Positions near critical infrastructure are exact to about %(exact)s m (column “%(column)s”); %(metres)d m are allowed. "
    "Please round them to full %(grid)d m."
)
DECLARED_SECRET = N_("The inventory record says that there are business secrets in it. They are not published.")
UNCLEAR_SECRET = N_("The inventory record leaves open whether there are business secrets in it. Please clear that up.")
WORDS_SECRET = N_("“%(word)s”: this may be confidential. Please look whether it may be published.")
COLUMN_SECRET = N_("The column “%(column)s” may hold business secrets. Please look whether it may be published.")


def check_secrets(subject: Subject) -> Iterator[Verdict]:
    """Business secrets (§ 2 GeschGehG)."""
    said = subject.record.get("business_secrets")
    if said == "yes":
        yield Verdict(SECRETS, "declared", "stop", DECLARED_SECRET, field="business_secrets", sum=subject.sum)
    elif said == "unclear":
        yield Verdict(SECRETS, "unclear", "look", UNCLEAR_SECRET, field="business_secrets", sum=subject.sum)
    word = CONFIDENTIAL.search(subject.words)
    if word:
        yield Verdict(SECRETS, "words", "look", WORDS_SECRET, {"word": word.group()}, field="notes", sum=subject.sum)
    for file, table in subject.tables:
        for column in table.columns:
            if SECRET_COLUMNS.search(column.name) and column.filled:
                values = {"column": column.label}
                yield Verdict(SECRETS, "column", "look", COLUMN_SECRET, values, field=column.label, file=file.id, sum=file.sum)


def check_kritis(subject: Subject) -> Iterator[Verdict]:
    """Utilities and emergency services: declared or met in words, and how exact their positions are."""
    said = subject.record.get("kritis")
    headings = "\n".join(column.label for _, table in subject.tables for column in table.columns)
    word = NETWORKS.search(HARMLESS.sub("", subject.words + "\n" + headings)) if said != "no" else None
    if said == "yes":
        yield Verdict(KRITIS, "declared", "look", DECLARED_KRITIS, field="kritis", sum=subject.sum)
    elif said == "unclear":
        yield Verdict(KRITIS, "unclear", "look", UNCLEAR_KRITIS, field="kritis", sum=subject.sum)
    elif word:
        yield Verdict(KRITIS, "words", "look", WORDS_KRITIS, {"word": word.group()}, field="kritis", sum=subject.sum)
    if said == "yes" or word:
        yield from _positions(subject)


def _positions(subject: Subject) -> Iterator[Verdict]:
    limit = subject.limits.metres
    for file, table in subject.tables:
        for column in table.having("lat", "lon", "east", "north"):
            exact = metres(column)
            if exact is None or exact >= limit:
                continue
            degrees = column.largest <= 180
            values = {
                "column": column.label, "exact": f"{exact:.2f}".rstrip("0").rstrip(".") or "0", "metres": limit,
                "decimals": decimals(limit), "grid": limit,
            }  # fmt: skip
            text = TOO_EXACT if degrees else TOO_EXACT_GRID
            yield Verdict(KRITIS, "too_exact", "stop", text, values, field=column.label, file=file.id, sum=file.sum)
            break  # one for each table; the other direction is as exact


def metres(column: Column) -> float | None:
    """How exact positions are: one step of the last decimal place in metres. None where there are no positions.

    Up to 180 they are degrees (111,320 m each), else metres of a grid as UTM.
    """
    if not column.filled or column.type not in ("integer", "number") or not column.largest:
        return None
    return (111_320 if column.largest <= 180 else 1) * 10.0**-column.decimals


def decimals(limit: int) -> int:
    """Most decimal places of degrees that are no more exact than so many metres."""
    return max(0, math.floor(math.log10(111_320 / limit)))
