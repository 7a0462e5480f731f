"""What a cell looks like: e-mail, phone, IBAN, tax number, licence plate, IP address, person's name. Pure.

A detector first looks at the *shape* of a value (digits as 9, letters as a and A): a column of a million values has few
shapes. Only values of an interesting shape are looked at themselves, with check digits where the number has some.
"""

from __future__ import annotations

import ipaddress
import re
import string
from collections.abc import Callable
from dataclasses import dataclass

import stdnum.exceptions
from stdnum import iban
from stdnum.de import idnr, stnr

from .names import FIRST_NAMES, NOT_A_PERSON

_LOWER = string.ascii_lowercase + "äöüßáàâåãæçéèêëíìîïñóòôõøœúùûýšžłśćńąęčřőű"
_UPPER = string.ascii_uppercase + "ÄÖÜẞÁÀÂÅÃÆÇÉÈÊËÍÌÎÏÑÓÒÔÕØŒÚÙÛÝŠŽŁŚĆŃĄĘČŘŐŰ"
SHAPE = str.maketrans({**dict.fromkeys(_LOWER, "a"), **dict.fromkeys(_UPPER, "A"), **dict.fromkeys(string.digits, "9")})


def shape(text: str) -> str:
    """Digits become 9, letters a or A; all else stays."""
    return text.translate(SHAPE)


@dataclass(frozen=True)
class Detector:
    """`shape` is searched in the shape; `hits` judges the value itself."""

    kind: str
    shape: re.Pattern[str]
    hits: Callable[[str], bool]


_MAIL = re.compile(r"(?<![\w.+-])([\w.+-]{1,64})@([\w-]+(?:\.[\w-]+)+)")
# addresses of an office, not of a person (RFC 2142 and German habit)
_OFFICE = re.compile(
    r"^(?:info|kontakt|contact|mail|post(?:stelle|fach)?|office|service|support|presse|verwaltung|sekretariat|webmaster|"
    r"hostmaster|postmaster|noreply|no-reply|anfrage|zentrale|team|redaktion|datenschutz|opendata|open-data|geodaten|gis|"
    r"stadt|gemeinde|rathaus|amt|fachbereich|fb\d*|kita|schule|leitung|buero|büro|buergerservice|bürgerservice|buergerbuero|"
    r"anmeldung|bestellung|vertrieb|statistik|umwelt|verkehr|kultur|sport|jugend|bibliothek|museum|gruen|grün|friedhof|hilfe)"
    r"(?:[._+-].*)?$",
    re.IGNORECASE,
)
_FREEMAIL = re.compile(r"^(?:gmx|web|gmail|googlemail|t-online|freenet|yahoo|outlook|hotmail|icloud|aol|live|posteo|mailbox|arcor)\.")


def is_personal_mail(value: str) -> bool:
    """An e-mail address of a person: at a free-mail host, or one that is not an office's."""
    return any(not _OFFICE.match(local) or bool(_FREEMAIL.match(host.lower()) and "." in local) for local, host in _MAIL.findall(value))


def is_office_mail(value: str) -> bool:
    """An e-mail address of an office only."""
    return bool(_MAIL.search(value)) and not is_personal_mail(value)


# DIN 5008, E.123; a bare number without any separator may be anything
_PHONE = re.compile(r"(?<![\w.,/-])(?:\+49|0049|\(?0)[ ]*(?:\(0\))?[ ()/.-]*[1-9](?:[ ()/.-]{0,2}\d){6,12}(?![\w.,])")
_MOBILE = re.compile(r"^(?:\+49|0049|0)1[567]\d{7,10}$")


def _phones(value: str) -> list[str]:
    found = []
    for match in _PHONE.finditer(value):
        text = match.group().strip()
        apart = text.startswith(("+", "00")) or any(sign in text for sign in " /()-")
        # dates and times have separators too
        if apart and not re.match(r"0?\d{1,2}[./-]\d{1,2}[./-]\d{2,4}", text):
            found.append(re.sub(r"\(0\)|[^\d+]", "", text))
    return found


def is_mobile(value: str) -> bool:
    """A German mobile number: it belongs to a person."""
    return any(_MOBILE.match(number) for number in _phones(value))


def is_phone(value: str) -> bool:
    """Another German phone number."""
    return any(not _MOBILE.match(number) for number in _phones(value))


_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Z0-9])")


def is_iban(value: str) -> bool:
    """An IBAN with right check digits (ISO 13616)."""
    return any(iban.is_valid(match.group(), check_country=False) for match in _IBAN.finditer(value))


_IDNR = re.compile(r"(?<!\d)[1-9]\d ?\d{3} ?\d{3} ?\d{3}(?!\d)")


def is_tax_id(value: str) -> bool:
    """A German tax identification number with its check digit (§ 139b AO)."""
    return any(idnr.is_valid(match.group()) for match in _IDNR.finditer(value))


def is_tax_number(value: str) -> bool:
    """A tax number as the tax offices write it: 12/345/67890."""
    text = value.strip()
    try:
        return bool(re.fullmatch(r"\d{2,3}/\d{3,4}/\d{4,5}", text)) and bool(stnr.validate(text))
    except stdnum.exceptions.ValidationError:
        return False


_PLATE = re.compile(r"[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[- ]?[1-9]\d{0,3}[EH]?")


def is_plate(value: str) -> bool:
    """A licence plate, alone in its cell (§ 8 FZV): "OS-AB 123"."""
    return bool(_PLATE.fullmatch(value.strip()))


def is_ip(value: str) -> bool:
    """An address of the Internet Protocol, alone in its cell; not what may be a version or an outline number."""
    try:
        address = ipaddress.ip_address(value.strip())
    except ValueError:
        return False
    return address.version == 6 or (max(address.packed) > 99 and address.packed[0] > 0)


def is_mac(value: str) -> bool:
    """A hardware address of a device."""
    return bool(re.fullmatch(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2})(?:[:-][0-9A-Fa-f]{2}){4}", value.strip()))


_SALUTATION = re.compile(r"\b(?:Herrn?|Frau|Hr\.|Fr\.)\s+(?:(?:Dr|Prof)\.\s*)*[A-ZÄÖÜ][a-zäöüß]{2,}")
_PERSON = re.compile(r"(?:(?:Dr|Prof)\.\s*)*([A-ZÄÖÜ][\w]+)(?:[- ][A-ZÄÖÜ][\w.]*){0,2},? +(?:von |van |de |zu )*([A-ZÄÖÜ][\w'-]+)")


def is_person(value: str) -> bool:
    """A first name of the list and a surname, in either order, alone in the cell; no street, school or park."""
    text = value.strip()
    match = _PERSON.fullmatch(text) if len(text) <= 60 else None
    if not match:
        return False
    first, last = match.groups()
    named = first in FIRST_NAMES or ("," in text and last in FIRST_NAMES)
    return named and not NOT_A_PERSON.search(text)


def names_somebody(value: str) -> bool:
    """A text that speaks of Herr or Frau So-and-so."""
    return any(not NOT_A_PERSON.search(match.group()) for match in _SALUTATION.finditer(value))


# a plus sign, or a group before a space, slash, hyphen or bracket; no date ("9999-99-99", "99/99/9999"), no decimal number
_PHONE_SHAPE = re.compile(r"\+99[ ()/-]*9|(?<![9.,:/-])(?!9{4}-99-99(?!9))\(?9{3,6}(?: ?[)/-] ?| )[9 /-]{4}")
DETECTORS = (
    Detector("mail", re.compile(r"@"), is_personal_mail),
    Detector("office_mail", re.compile(r"@"), is_office_mail),
    Detector("mobile", _PHONE_SHAPE, is_mobile),
    Detector("phone", _PHONE_SHAPE, is_phone),
    Detector("iban", re.compile(r"AA99(?: ?[A9]{4}){2}"), is_iban),
    Detector("tax_id", re.compile(r"(?<!9)99 ?999 ?999 ?999(?!9)"), is_tax_id),
    Detector("tax_number", re.compile(r"^\s*9{2,3}/9{3,4}/9{4,5}\s*$"), is_tax_number),
    Detector("plate", re.compile(r"^\s*A{1,3}[- ]A{1,2}[- ]?9{1,4}A?\s*$"), is_plate),
    Detector("ip", re.compile(r"^\s*(?:9{1,3}(?:\.9{1,3}){3}|[9aA]{0,4}(?::[9aA]{0,4}){2,7})\s*$"), is_ip),
    Detector("mac", re.compile(r"^\s*[9aA]{2}(?:[:-][9aA]{2}){5}\s*$"), is_mac),
    Detector("person", re.compile(r"^\s*(?:Aa+\. *)*Aa+.*[ ,]A[aA]"), is_person),
    Detector("salutation", re.compile(r"\bA(?:aaa|aaaa|a\.)\s+A"), names_somebody),
)
# without check digits or context a number alone says little: such kinds need a telling heading or most of the column
WEAK = frozenset({"tax_id", "tax_number", "plate", "ip", "person", "phone"})


def interesting(of_shape: str) -> tuple[Detector, ...]:
    """The detectors that a value of this shape may interest."""
    return tuple(detector for detector in DETECTORS if detector.shape.search(of_shape))
