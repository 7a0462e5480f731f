"""Units, observed properties and versions of a series: pure."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.core.municipality_file import parse
from ckanext.datenplattform.core.observed import ObservedProperty
from ckanext.datenplattform.timeseries.describe import Channel, Stream, channel, row
from ckanext.datenplattform.timeseries.properties import KINDS, code_list
from ckanext.datenplattform.timeseries.units import _UNITS, Conversion, conversion, dimension, ucum
from tests.tree import ROOT

CODES = code_list()


def test_each_entry_has_a_known_unit_and_kind_and_is_recognised_by_all_its_names():
    assert len(CODES.entries) >= 35
    for entry in CODES.entries.values():
        assert dimension(entry.unit), entry.code
        assert entry.kind in KINDS
        assert entry.de
        assert entry.en
        for name in (*entry.names, entry.de, entry.en):
            assert CODES.recognise(name, unit=entry.unit) is entry, name
        for uri in entry.uris:
            assert CODES.recognise("irgendwas", uri + "/") is entry


@pytest.mark.parametrize(
    ("name", "uri", "unit", "code"),
    [
        ("Bodenfeuchte in 30 cm", "", "%", "soil_moisture"),
        ("Soil temperature", "", "K", "soil_temperature"),  # not the temperature of the air
        ("Temperatur", "", "°C", "air_temperature"),
        ("Temperatur", "", "lx", None),
        ("Temperatur", "", "Grad Réaumur", None),
        ("PM2.5", "", "µg/m³", "pm2_5"),
        ("Wasserstand", "", "m", "water_level"),
        ("x", "https://dbpedia.org/resource/Parking_space", "1", "occupancy"),
        ("Belegung", "", "", "occupancy"),
        ("Temperatur am Rathaus", "", "", None),  # a part of a name without a unit is a guess
        ("Spannung", "", "V", None),
        ("", "", "", None),
    ],
)
def test_recognising(name, uri, unit, code):
    found = CODES.recognise(name, uri, unit)
    assert (found.code if found else None) == code


def test_a_municipality_adds_its_own():
    own = ObservedProperty("swan_count", "count", "1", "Schwäne", "Swans", ("schwäne", "swans"))
    assert code_list((own,)).recognise("Schwäne im Hasepark", unit="1") is own
    assert CODES.recognise("Schwäne im Hasepark", unit="1") is None


@pytest.mark.parametrize(
    ("written", "code"),
    [("°C", "Cel"), ("ucum:Cel", "Cel"), ("degC", "Cel"), ("µg/m³", "ug/m3"), ("m³/h", "m3/h"), ("dB(A)", "dB"), ("kWh", "kW.h"),
     ("m ü. NHN", "m"), ("Anzahl", "1"), ("Dingsda", None), ("", None), ("mm", "mm"), ("MM", None)],
)  # fmt: skip
def test_units_as_people_write_them(written, code):
    assert ucum(written) == code


@pytest.mark.parametrize(
    ("source", "target", "value", "expected"),
    [("K", "Cel", 293.15, 20), ("m", "cm", 1.23, 123), ("Cel", "Cel", 7.3, 7.3), ("1/min", "1/h", 2, 120), ("[degF]", "Cel", 212, 100),
     ("mV", "V", 3300, 3.3), ("mg/m3", "ug/m3", 0.04, 40)],
)  # fmt: skip
def test_conversions(source, target, value, expected):
    how = conversion(source, target)
    assert how is not None
    assert Channel("a", factor=how.factor, shift=how.offset).convert(value) == expected


def test_what_has_no_factor_is_not_converted():
    assert conversion("Cel", "lx") is None
    assert conversion("Schoppen", "L") is None
    assert conversion("Schoppen", "Schoppen") == Conversion()


@given(st.sampled_from(sorted(_UNITS)), st.sampled_from(sorted(_UNITS)), st.floats(-1e6, 1e6))
def test_there_and_back_is_the_same(one, other, value):
    there, back = conversion(one, other), conversion(other, one)
    assert (there is None) == (back is None)
    if there and back:
        assert back.factor * (there.factor * value + there.offset) + back.offset == pytest.approx(value, rel=1e-6, abs=1e-6)


def test_a_known_property_is_written_in_the_unit_of_the_list():
    said = Stream(stream="7", name="Pegel Hase", property="Wasserstand", unit="m", kind="number")
    kept = row(said, None, CODES)
    assert (kept["property"], kept["unit"], kept["source_unit"], kept["stream"]) == ("water_level", "cm", "m", "7")
    assert channel(kept).convert(1.5) == 150
    assert channel(kept).convert("offen") == "offen"
    assert channel(kept).convert(True) is True


def test_an_unknown_unit_stays_as_given():
    kept = row(Stream(stream="7", property="Wasserstand", unit="Ellen"), None, CODES)
    assert (kept["property"], kept["unit"], kept["factor"]) == (None, "Ellen", 1.0)


def test_a_direction_is_an_angle_though_the_source_calls_it_a_measurement():
    assert row(Stream(stream="7", property="Windrichtung", unit="°", kind="number"), None, CODES)["kind"] == "angle"


def test_a_convertible_change_of_unit_goes_on_in_the_same_series():
    first = row(Stream(stream="7", property="Wasserstand", unit="m", kind="number"), None, CODES)
    second = row(Stream(stream="7", property="Wasserstand", unit="mm", kind="number"), first, CODES)
    assert (second["stream"], second["unit"], second["factor"]) == ("7", "cm", 0.1)


@pytest.mark.parametrize("change", [{"unit": "lx"}, {"unit": "Ellen"}, {"kind": "text"}, {"kind": "category"}])
def test_other_values_are_a_new_version_and_stay_one(change):
    said: dict[str, Any] = {"stream": "7", "property": "Wasserstand", "unit": "m", "kind": "number"}
    first = row(Stream(**said), None, CODES)
    second = row(Stream(**{**said, **change}), first, CODES)
    assert (second["stream"], second["version"]) == ("7~2", 2)
    assert row(Stream(**{**said, **change}), second, CODES) == second
    assert row(Stream(**said), second, CODES)["stream"] == "7~3"


def test_a_list_that_grows_does_not_change_what_is_written():
    said = Stream(stream="7", property="Schneedecke", unit="m", kind="number")
    first = row(said, None, CODES)
    assert (first["property"], first["unit"]) == (None, "m")
    grown = code_list((ObservedProperty("snow_depth", "number", "cm", "Schneehöhe", "Snow depth", ("schneedecke",)),))
    second = row(said, first, grown)
    assert (second["property"], second["unit"], second["factor"], second["stream"]) == ("snow_depth", "m", 1.0, "7")


def test_the_file_of_a_municipality_names_its_own():
    data = yaml.safe_load((ROOT / "config" / "municipalities" / "musterstadt.yaml").read_text("utf-8"))
    data["observed_properties"] = [{"code": "swan_count", "kind": "count", "unit": "1", "de": "Schwäne", "names": ["Schwäne"]}]
    town, faults = parse(data)
    assert faults == []
    assert town
    assert code_list(town.observed_properties).recognise("Schwäne").code == "swan_count"

    data["observed_properties"] += [{"code": "swan_count", "kind": "gefühl", "unit": "1", "de": "Schwäne"}]
    assert len(parse(data)[1]) == 1
