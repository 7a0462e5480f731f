"""What a cell looks like: German examples, check digits, masks."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.de import idnr
from stdnum.iso7064 import mod_11_10

from ckanext.datenplattform.review.checks import detectors as d
from ckanext.datenplattform.review.checks.columns import meanings
from ckanext.datenplattform.review.checks.masking import mask


def kinds(value):
    return {detector.kind for detector in d.interesting(d.shape(value)) if detector.hits(value)}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("erika.musterfrau@gmx.de", "mail"),
        ("Kontakt: e.muster@stadt.de bitte", "mail"),
        ("info@osnabrueck.de", "office_mail"),
        ("fb61-geodaten@osnabrueck.de", "office_mail"),
        ("0171 2345678", "mobile"),
        ("+49 (0)171/2345678", "mobile"),
        ("+4915112345678", "mobile"),
        ("0541 323-4000", "phone"),
        ("0541/3230", "phone"),
        ("+49 541 323 0", "phone"),
        ("DE89 3704 0044 0532 0130 00", "iban"),
        ("DE89370400440532013000", "iban"),
        ("86 095 742 719", "tax_id"),
        ("47036892816", "tax_id"),
        ("OS-AB 123", "plate"),
        ("B-MW 1234E", "plate"),
        ("192.168.178.1", "ip"),
        ("2001:db8::8a2e:370:7334", "ip"),
        ("00:1A:2B:3C:4D:5E", "mac"),
        ("Erika Musterfrau", "person"),
        ("Musterfrau, Erika", "person"),
        ("Dr. Hans-Peter Müller", "person"),
        ("Antrag von Frau Meyer vom Montag", "salutation"),
        ("Herr Dr. Schulze war da", "salutation"),
    ],
)
def test_found(value, kind):
    assert kind in kinds(value)


@pytest.mark.parametrize(
    "value",
    [
        "49074", "03404000", "2025-01-01 00:15", "01.02.2025", "2025/01/02 10:00", "DIN 18040", "8.0472", "1.2.3.4", "DE89 3704",
        "DE88370400440532013000", "12345678901", "Konrad-Adenauer-Ring 12", "Maria-Montessori-Schule", "Albert Schweitzer Weg",
        "Frau und Beruf", "Große Straße", "Peter", "St. Johann", "12:30:00", "A 30", "K 27", "Erich Maria Remarque-Haus", "0,5 m",
        "Herrenteichswall", "100031297 (Promenade (nördl. Salzstraße))", "52.27-52.28", "Katharinenkirche", "", " ",
    ],
)  # fmt: skip
def test_not_found(value):
    assert kinds(value) == set()


@given(st.text(alphabet="0123456789", min_size=10, max_size=10).filter(lambda text: text[0] != "0"))
def test_a_tax_id_is_one_with_its_check_digit_only(digits):
    right = mod_11_10.calc_check_digit(digits)
    for last in string.digits:
        number = digits + last
        assert d.is_tax_id(number) == idnr.is_valid(number)
        if last != right:
            assert not d.is_tax_id(number)


@given(st.integers(min_value=0, max_value=10**18 - 1), st.integers(min_value=0, max_value=97))
def test_an_iban_is_one_with_its_check_digits_only(account, offset):
    body = f"{account:018d}"
    check = 98 - int(body + "131400") % 97
    assert d.is_iban(f"DE{check:02d}{body}")
    wrong = (check + offset) % 100
    if (wrong - check) % 97:
        assert not d.is_iban(f"DE{wrong:02d}{body}")


@given(st.text(max_size=80))
def test_a_mask_tells_the_first_letter_and_two_digits_at_most(value):
    shown = mask(value)
    assert len(shown) <= 4
    first, rest = shown.split("…", 1) if value.strip()[:1] != "…" else (shown[0] if len(shown) > 1 else "", "")
    assert len(first) <= 1
    assert len(rest) <= 2 or value.strip()[:1] == "…"


@given(st.text(alphabet=string.ascii_letters + string.digits + "äöüß@.-+ /:", max_size=60))
def test_no_value_breaks_a_detector_and_the_shape_keeps_the_length(value):
    assert len(d.shape(value)) == len(value)
    kinds(value)


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("Nachname", "last_name"), ("E-Mail", "mail"), ("Geburtsdatum", "birth_date"), ("geb_dat", "birth_date"),
        ("KFZ-Kennzeichen", "plate"),
        ("Straße", "street"), ("Hausnummer", "house_number"), ("PLZ", "postcode"), ("Anzahl Personen", "people_count"),
        ("Einwohner", "people_count"), ("Längengrad", "lon"), ("GeraeteID", "device"), ("Fahrzeug-ID", "traveller"), ("IBAN", "iban"),
        ("Steuer-ID", "tax_id"), ("Zeitpunkt", "time"),
    ],
)  # fmt: skip
def test_headings(heading, meaning):
    assert meaning in meanings(heading)


@pytest.mark.parametrize("heading", ["Baumart", "Höhe [m]", "Status", "Stadtteil", "Name", "Breite des Weges", "Kennzeichnung", "Ortsname"])
def test_headings_that_say_nothing_of_people(heading):
    about_people = {"last_name", "first_name", "person", "mail", "plate", "birth_date", "device", "traveller", "people_count"}
    assert not meanings(heading) & about_people
