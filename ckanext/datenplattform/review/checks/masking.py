"""Samples that nobody can be recognised by. Pure."""

from __future__ import annotations

SHORT = 4
ENOUGH_DIGITS = 8


def mask(value: str) -> str:
    """The first letter and, of long numbers, the last two digits: "Erika Musterfrau" → "E…", an IBAN → "D…00".

    Short values show nothing; what is between is never hinted at, not even its length.
    """
    text = value.strip()
    if len(text) <= SHORT:
        return "…"
    digits = [sign for sign in text if sign.isdigit()]
    first = text[0] if text[0].isalpha() else ""
    last = "".join(digits[-2:]) if len(digits) >= ENOUGH_DIGITS else ""
    return f"{first}…{last}"
