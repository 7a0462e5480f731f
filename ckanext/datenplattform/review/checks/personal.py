"""Personal data (Art. 4 DSGVO): headings, contents, small numbers, movements, free text. Pure.

What names or numbers a person beyond doubt is a stop, what may do so is a look. A stop is not overridden; the
data-protection officer refutes it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...core.i18n import N_
from .columns import PEOPLE
from .detectors import is_iban, is_mobile, is_tax_id
from .scan import Column, Scan
from .subject import File, Subject
from .verdict import Level, Verdict

NAME = "personal_data"
# heading, level, text, kinds of content that prove it
HEADINGS: tuple[tuple[str, Level, str, tuple[str, ...]], ...] = (
    ("last_name", "stop", N_("The column “%(column)s” seems to hold surnames. Please remove it."), ("person",)),
    ("mobile", "stop", N_("The column “%(column)s” seems to hold mobile numbers. Please remove it."), ()),
    ("iban", "stop", N_("The column “%(column)s” seems to hold bank accounts. Please remove it."), ()),
    ("tax_id", "stop", N_("The column “%(column)s” seems to hold tax numbers of people. Please remove it."), ("tax_id", "tax_number")),
    ("social_id", "stop", N_("The column “%(column)s” seems to hold insurance numbers of people. Please remove it."), ()),
    ("birth_date", "stop", N_("The column “%(column)s” seems to hold dates of birth. Please give age groups instead."), ()),
    ("plate", "stop", N_("The column “%(column)s” seems to hold licence plates. Please remove it."), ("plate",)),
    ("ip", "stop", N_("The column “%(column)s” seems to hold IP addresses. Please remove it."), ("ip",)),
    ("device", "stop", N_("The column “%(column)s” seems to hold numbers of devices of people. Please remove it."), ("mac",)),
    ("person", "look", N_("The column “%(column)s” may name people. Please look whether it does."), ()),
    ("first_name", "look", N_("The column “%(column)s” holds first names. Please look whether people can be recognised."), ()),
    ("birth_year", "look", N_("The column “%(column)s” holds years of birth. Please look whether people can be recognised."), ()),
)
NEEDS_CONTENT = frozenset({"tax_id", "plate", "ip", "device"})
# content, level, share of the distinct values from which on it counts, how many of them at least
CONTENTS: tuple[tuple[str, Level, float, int, str], ...] = (
    ("iban", "stop", 0, 1, N_("The column “%(column)s” holds bank accounts (IBAN, check digits are right). Please remove them.")),
    ("mail", "stop", 0, 1, N_("The column “%(column)s” holds e-mail addresses of people. Please remove them.")),
    ("mobile", "stop", 0, 1, N_("The column “%(column)s” holds mobile numbers. Please remove them.")),
    (
        "tax_id",
        "stop",
        0.5,
        3,
        N_("The column “%(column)s” holds tax identification numbers (check digits fit). Please remove them."),
    ),
    ("tax_number", "stop", 0.5, 2, N_("The column “%(column)s” holds tax numbers. Please remove them.")),
    ("plate", "stop", 0.5, 5, N_("The column “%(column)s” holds what looks like licence plates. Please remove them.")),
    ("ip", "stop", 0.5, 3, N_("The column “%(column)s” holds IP addresses. Please remove them.")),
    ("mac", "stop", 0.5, 1, N_("The column “%(column)s” holds numbers of devices (MAC). Please remove them.")),
    ("person", "stop", 0.3, 3, N_("The column “%(column)s” holds names of people. Please remove them.")),
    ("person", "look", 0, 1, N_("The column “%(column)s” may hold names of people here and there. Please look at it.")),
    ("salutation", "stop", 0, 1, N_("The column “%(column)s” speaks of people by name. Please remove the names.")),
    ("phone", "look", 0.05, 1, N_("The column “%(column)s” holds phone numbers. Please look whether they are those of offices.")),
    ("office_mail", "look", 0, 1, N_("The column “%(column)s” holds e-mail addresses. Please look whether they are those of offices.")),
)
SMALL = N_(
    "The column “%(column)s” holds counts of people below %(limit)d. Somebody could be recognised: "
    "please join groups, or leave such counts out."
)
MAYBE_SMALL = N_("The column “%(column)s” holds counts below %(limit)d. If they count people, please join groups.")
TRACE = N_("Several positions at several times for each “%(column)s”: ways of people can be followed. Please remove the identification.")
MAYBE_TRACE = N_("Several positions at several times for each “%(column)s”. Please look whether people can be followed by it.")
FREE_TEXT = N_("The column “%(column)s” holds free text. Please read it for names and other facts about people.")
PEOPLE_AT_HOME = N_("Names and addresses of people stand side by side (“%(column)s”). Please remove them.")
HOMES = N_("Positions of homes: “%(column)s” is more exact than a block of houses. Please give areas instead.")
ADDRESSES = N_("The table holds street addresses (“%(column)s”). Please look whether people live there.")
IN_WORDS = N_("Title or description hold a number that belongs to a person. Please remove it.")
NOT_AS_SAID = N_("The inventory record says that there are personal data in it. They are not published.")


def check(subject: Subject) -> Iterator[Verdict]:
    """All findings about people in record, words and tables."""
    if subject.record.get("personal_data") in ("yes", "pseudonymised"):
        yield Verdict(NAME, "record", "stop", NOT_AS_SAID, field="personal_data", sum=subject.sum)
    for word in subject.words.split("\n"):
        if is_iban(word) or is_tax_id(word) or is_mobile(word):
            yield Verdict(NAME, "words", "stop", IN_WORDS, field="notes", sum=subject.sum)
            break
    for file, table in subject.tables:
        yield from _columns(file, table)
        yield from _small(subject, file, table)
        yield from _traces(file, table)
        yield from _homes(subject, file, table)


def _about(file: File, column: Column, code: str, level: Level, text: str, kind: str = "", **values: object) -> Verdict:
    hit = column.hits.get(kind)
    return Verdict(
        NAME, code, level, text, {"column": column.label, **values}, field=column.label, file=file.id, sum=file.sum,
        row=hit.row if hit else None, evidence=tuple(hit.samples) if hit else (),
    )  # fmt: skip


def _columns(file: File, table: Scan) -> Iterator[Verdict]:
    for column in table.columns:
        told: set[str] = set()
        for kind, level, text, proof in HEADINGS:
            if kind not in column.means or not column.filled or (column.type in ("integer", "number") and kind in ("last_name", "person")):
                continue
            if kind in NEEDS_CONTENT and not any(proven in column.hits for proven in proof):
                continue
            told |= {kind, *proof}
            yield _about(file, column, kind, level, text, next((found for found in proof if found in column.hits), ""))
        for kind, level, share, least, text in CONTENTS:
            if kind in told or kind not in column.hits:
                continue
            if column.share(kind) >= share and column.hits[kind].count >= least:
                told.add(kind)
                yield _about(file, column, kind, level, text, kind)
        if column.wordy >= 3 and column.wordy >= 0.2 * column.distinct:
            yield _about(file, column, "free_text", "look", FREE_TEXT)


def _small(subject: Subject, file: File, table: Scan) -> Iterator[Verdict]:
    about_people = bool(PEOPLE.search(subject.words))
    for column in table.columns:
        if not column.small or column.type not in ("integer", "number"):
            continue
        people = "people_count" in column.means
        if people or about_people:
            found = _about(
                file, column, "small_cells", "stop" if people else "look", SMALL if people else MAYBE_SMALL,
                limit=subject.limits.small_below,
            )  # fmt: skip
            yield Verdict(**{**found.__dict__, "row": column.small_row})


def _traces(file: File, table: Scan) -> Iterator[Verdict]:
    if table.moving:
        travellers = table.having("traveller")
        column = (travellers or table.having("id"))[0]
        level: Level = "stop" if travellers else "look"
        yield _about(file, column, "movement", level, TRACE if travellers else MAYBE_TRACE)


def _homes(subject: Subject, file: File, table: Scan) -> Iterator[Verdict]:
    streets = [column for column in table.having("street", "house_number") if column.filled]
    people = [
        column for column in table.columns
        if column.filled and (column.means & {"last_name", "birth_date"} or column.share("person") >= 0.3)
    ]  # fmt: skip
    exact = [column for column in table.having("lat", "lon") if column.decimals >= 4]
    if streets and people:
        yield _about(file, streets[0], "home_address", "stop", PEOPLE_AT_HOME)
    elif exact and (people or table.having("person")):
        yield _about(file, exact[0], "home_position", "stop", HOMES)
    elif streets and table.having("house_number") and (table.having("person") or PEOPLE.search(subject.words)):
        yield _about(file, streets[0], "address", "look", ADDRESSES)
