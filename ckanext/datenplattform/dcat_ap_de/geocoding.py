"""Official keys of German municipalities, districts and Länder: their form. Pure.

AGS (Amtlicher Gemeindeschlüssel, 8 digits) and ARS (Amtlicher Regionalschlüssel, 12 digits), Statistisches Bundesamt; the
lists of DCAT-AP.de 3.0, chapter 5 (politicalGeocodingURI).
"""

from __future__ import annotations

import re
from typing import Literal

from .vocabulary import vocabulary

BASE = "http://dcat-ap.de/def/politicalGeocoding/"
# What the list is called, and how many digits its keys have: Land 2, Regierungsbezirk 3, Kreis 5, Gemeinde 8 (AGS);
# Gemeindeverband 9, Gemeinde 12 (ARS).
DIGITS = {
    "stateKey": 2,
    "governmentDistrictKey": 3,
    "districtKey": 5,
    "municipalityKey": 8,
    "municipalAssociationKey": 9,
    "regionalKey": 12,
}
FEDERAL = BASE + "Level/federal"

Problem = Literal["", "form", "state"]


def key_problem(value: str) -> Problem:
    """What is wrong with an AGS, an ARS, or the address of a key: "form" (not so many digits), "state" (no Land has this
    number), "" if nothing. The address of the Federation is right as it is.
    """
    text = re.sub(r"^https?://(www\.)?", "http://", value.strip()).rstrip("/")
    if text == FEDERAL:
        return ""
    match = re.fullmatch(re.escape(BASE) + r"(\w+)/(.+)", text)
    if match:
        kind, key = match.groups()
        fits = re.fullmatch(r"[0-9]+", key) is not None and len(key) == DIGITS.get(kind)
    else:
        key = text
        fits = re.fullmatch(r"[0-9]{8}|[0-9]{12}", key) is not None
    if not fits:
        return "form"
    return "" if vocabulary("geocoding_state").find(key[:2]) else "state"


def key_address(value: str) -> str:
    """The address of an AGS (8 digits) or ARS (12 digits), an address as it is; "" for what is no such key."""
    text = value.strip()
    if key_problem(text):
        return ""
    if text.startswith("http"):
        return text
    kind = "municipalityKey" if len(text) == DIGITS["municipalityKey"] else "regionalKey"
    return f"{BASE}{kind}/{text}"
