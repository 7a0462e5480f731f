"""Cleaning of single values that come from others: dates, addresses, keywords, HTML. Pure functions, no CKAN, no
graph.
"""

from __future__ import annotations

import html
import json
import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from urllib.parse import quote, urlsplit

# The xsd types that DCAT allows for a date: gYear, gYearMonth, date, dateTime (with or without a time zone).
_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?")
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
# Catalogues write a year so far away for "no end".
_FOREVER = 9000


class BadDate(ValueError):
    """A text that is not a date."""


def clean_date(text: str) -> str:
    """A date as one of YYYY, YYYY-MM, YYYY-MM-DD or an ISO 8601 date and time; the time zone stays as given.

    Empty text gives "". A German date (30.10.2013) is turned round. Raises BadDate for anything else, for days that
    do not exist and for years that stand for "never" (from 9000 on).
    """
    text = text.strip()
    if not text:
        return ""
    german = _GERMAN.fullmatch(text)
    if german:
        day, month, year = (int(part) for part in german.groups())
        return _checked(f"{year:04d}-{month:02d}-{day:02d}")
    if _YEAR.fullmatch(text) or _MONTH.fullmatch(text):
        _not_forever(int(text[:4]), text)
        return text
    only_day = _DAY.fullmatch(text)
    if only_day:
        return _checked(only_day.group(1))
    if "T" not in text and " " not in text:
        raise BadDate(text)
    try:
        moment = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text))
    except ValueError as error:
        raise BadDate(text) from error
    _not_forever(moment.year, text)
    return moment.isoformat()


def _checked(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadDate(text) from error
    _not_forever(day.year, text)
    return text


def _not_forever(year: int, text: str) -> None:
    if year == 0 or year >= _FOREVER:
        raise BadDate(text)


def utc(moment: object) -> str:
    """A time stamp of CKAN's own with its zone: they are UTC without saying so."""
    text = str(moment or "")
    return f"{text}+00:00" if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+", text) else text


def clean_iri(text: object) -> str:
    """An absolute http(s), mailto, tel or urn IRI with unsafe characters (spaces, quotes, braces) quoted; "" if it is
    none.

    Hosts below .invalid (RFC 6761) are no addresses: the reader resolves relative IRIs against one.
    """
    return _clean_iri(str(text or "").strip())


# the same publishers, licences and standards come with each dataset
@lru_cache(maxsize=8192)
def _clean_iri(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https", "mailto", "tel", "urn"):
        return ""
    if parts.scheme.lower() in ("http", "https") and (not parts.netloc or parts.netloc.endswith(".invalid")):
        return ""
    return re.sub(r"[\x00-\x20<>\"{}|\\^`]", lambda match: quote(match.group()), text)


def clean_url(text: object) -> str:
    """Like `clean_iri`, only http and https."""
    iri = clean_iri(text)
    return iri if iri.lower().startswith(("http://", "https://")) else ""


def clean_email(text: object) -> str:
    """A mail address without "mailto:"; "" if it has no "@" or has spaces.

    An address that was written as a relative IRI and so got the file's address in front of it is found again.
    """
    text = re.sub(r"^(mailto:|(https?|file)://[^@]*/)", "", str(text or "").strip(), flags=re.IGNORECASE)
    return text if re.fullmatch(r"[^@\s]+@[^@\s]+", text) else ""


# CKAN takes letters, digits, space and -_. in a keyword, 2 to 100 characters long.
_TAG_UNFIT = re.compile(r"[^\w \-.]", re.UNICODE)


def clean_tags(words: list[str]) -> list[str]:
    """Keywords as CKAN takes them: split at commas and semicolons, unfit characters gone, no doubles, sorted."""
    tags = set()
    for word in words:
        for part in re.split(r"[,;]", word):
            tag = re.sub(r"\s+", " ", _TAG_UNFIT.sub(" ", part)).strip()[:100].strip()
            if len(tag) >= 2:
                tags.add(tag)
    return sorted(tags)


_TAGS = re.compile(
    r"</?(p|br|div|span|ul|ol|li|b|strong|i|em|a|h[1-6]|table|tr|td|th|tbody|font|u|script|style)\b[^>]*>",
    re.IGNORECASE,
)


def clean_control(text: object) -> str:
    """Text without control characters."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", str(text or ""))


def clean_text(text: object) -> str:
    """Text without HTML: paragraphs and list items become lines; what is not HTML stays as it is (but control
    characters go).
    """
    text = clean_control(text)
    if not _TAGS.search(text):
        return text.strip()
    text = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", "", text)
    text = re.sub(r"(?i)<br\s*/?>", "\n", text)
    text = re.sub(r"(?i)<li\b[^>]*>", "\n- ", text)
    text = re.sub(r"(?i)</(p|div|ul|ol|h[1-6]|table|tr)\s*>", "\n\n", text)
    text = html.unescape(_TAGS.sub("", text)).replace("\xa0", " ")
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def clean_geometry(text: object) -> str:
    """A GeoJSON geometry as compact JSON; "" if it is none."""
    try:
        value = json.loads(str(text)) if not isinstance(text, dict) else text
    except ValueError:
        return ""
    if not isinstance(value, dict) or "type" not in value or not (value.get("coordinates") or value.get("geometries")):
        return ""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def clean_number(text: object) -> str:
    """A finite decimal number as plain text, German comma or point ("0,50" gives "0.5"); "" if it is none."""
    try:
        number = Decimal(str(text).strip().replace(",", "."))
    except InvalidOperation:
        return ""
    return f"{number.normalize():f}" if number.is_finite() and abs(number) < 10**15 else ""


DURATION = re.compile(r"P(?!$)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")


def clean_duration(text: object) -> str:
    """An ISO 8601 duration (P1D, PT15M); "" if it is none. Weeks become days, as xsd:duration has no weeks."""
    text = str(text or "").strip().upper()
    weeks = re.fullmatch(r"P(\d+)W", text)
    if weeks:
        return f"P{int(weeks.group(1)) * 7}D"
    return text if DURATION.fullmatch(text) else ""
