"""Units of measurement: what sources write → UCUM code, and how to get from one to another. Pure.

Only what is certain is converted: a unit that stands in no table here stays as it was given. Codes follow The Unified
Code for Units of Measure, version 2.1 (ucum.org), case sensitive; "dB" is a bare decibel, as meters of noise write it.
"""

from __future__ import annotations

from typing import NamedTuple


class Conversion(NamedTuple):
    """``target = source × factor + offset``."""

    factor: float = 1.0
    offset: float = 0.0

    @property
    def changes(self) -> bool:
        """Whether it does anything."""
        return self != (1.0, 0.0)


# UCUM code → (what is measured, factor and offset to that dimension's base)
_UNITS: dict[str, tuple[str, float, float]] = {
    "Cel": ("temperature", 1, 273.15), "K": ("temperature", 1, 0), "[degF]": ("temperature", 5 / 9, 459.67 * 5 / 9),
    "m": ("length", 1, 0), "dm": ("length", 0.1, 0), "cm": ("length", 0.01, 0), "mm": ("length", 0.001, 0), "km": ("length", 1000, 0),
    "%": ("share", 1, 0), "[ppth]": ("share", 0.1, 0),
    "g/m3": ("concentration", 1, 0), "mg/m3": ("concentration", 1e-3, 0), "ug/m3": ("concentration", 1e-6, 0),
    "mg/L": ("concentration", 1, 0), "ug/L": ("concentration", 1e-3, 0), "[ppm]": ("mixture", 1, 0), "[ppb]": ("mixture", 1e-3, 0),
    "dB": ("level", 1, 0), "lx": ("illuminance", 1, 0), "klx": ("illuminance", 1000, 0),
    "V": ("voltage", 1, 0), "mV": ("voltage", 1e-3, 0), "A": ("current", 1, 0), "mA": ("current", 1e-3, 0),
    "1": ("number", 1, 0), "1/s": ("rate", 3600, 0), "1/min": ("rate", 60, 0), "1/h": ("rate", 1, 0), "1/d": ("rate", 1 / 24, 0),
    "m/s": ("speed", 1, 0), "km/h": ("speed", 1 / 3.6, 0), "[kn_i]": ("speed", 1852 / 3600, 0),
    "deg": ("angle", 1, 0), "rad": ("angle", 57.29577951308232, 0),
    "Pa": ("pressure", 1, 0), "hPa": ("pressure", 100, 0), "kPa": ("pressure", 1000, 0), "mbar": ("pressure", 100, 0),
    "bar": ("pressure", 100_000, 0),
    "m3": ("volume", 1, 0), "L": ("volume", 1e-3, 0), "m3/s": ("flow", 1, 0), "m3/h": ("flow", 1 / 3600, 0), "L/s": ("flow", 1e-3, 0),
    "L/min": ("flow", 1e-3 / 60, 0), "mm/h": ("rainfall rate", 1, 0),
    "W": ("power", 1, 0), "kW": ("power", 1000, 0), "MW": ("power", 1e6, 0), "W.h": ("energy", 1, 0), "kW.h": ("energy", 1000, 0),
    "MW.h": ("energy", 1e6, 0), "W/m2": ("irradiance", 1, 0), "uS/cm": ("conductivity", 1, 0), "mS/cm": ("conductivity", 1000, 0),
    "[pH]": ("acidity", 1, 0), "s": ("time", 1, 0), "min": ("time", 60, 0), "h": ("time", 3600, 0), "d": ("time", 86400, 0),
    "nSv/h": ("dose rate", 1e-3, 0), "uSv/h": ("dose rate", 1, 0),
}  # fmt: skip
# how else people and servers write them; compared without blanks and in small letters only when that is unambiguous
_WRITTEN: dict[str, tuple[str, ...]] = {
    "Cel": ("°C", "degC", "℃", "deg_C", "degree celsius", "grad celsius", "celsius"), "K": ("kelvin",), "[degF]": ("°F", "degF"),
    "m": ("meter", "metre", "m ü. NHN", "m ü NHN", "m NHN", "mNHN", "m ü. NN", "m NN"), "cm": ("zentimeter", "centimetre", "centimeter"),
    "mm": ("millimeter", "millimetre", "l/m²", "l/m2"), "%": ("percent", "prozent", "vol%", "vol.-%", "vol-%", "%rh", "% rh", "%rf"),
    "[ppth]": ("‰", "promille"), "ug/m3": ("µg/m³", "μg/m³", "µg/m3", "μg/m3", "ug/m³", "µg m-3", "ug.m-3"),
    "mg/m3": ("mg/m³",), "g/m3": ("g/m³",), "ug/L": ("µg/l", "μg/l", "ug/l"), "mg/L": ("mg/l",), "[ppm]": ("ppm",), "[ppb]": ("ppb",),
    "dB": ("db(a)", "dBA", "dB[SPL]", "dezibel", "decibel"), "lx": ("lux",), "V": ("volt",),
    "1": ("anzahl", "count", "stück", "stk", "{count}", "#", "number"), "1/h": ("/h", "h-1", "pro stunde", "per hour"), "1/min": ("/min",),
    "m/s": ("m s-1", "m.s-1"), "km/h": ("kmh", "km.h-1"), "[kn_i]": ("kn", "knots"),
    "deg": ("°", "grad", "degree", "degrees"), "hPa": ("hpa", "hektopascal"), "L": ("l", "liter", "litre"), "m3": ("m³", "kubikmeter"),
    "m3/s": ("m³/s",), "m3/h": ("m³/h",), "L/s": ("l/s",), "L/min": ("l/min",), "kW.h": ("kwh", "kW·h"), "MW.h": ("mwh",), "W.h": ("wh",),
    "W/m2": ("w/m²",), "uS/cm": ("µs/cm", "μs/cm", "us/cm"), "mS/cm": ("ms/cm",), "[pH]": ("ph", "ph-wert"), "uSv/h": ("µsv/h", "μsv/h"),
}  # fmt: skip
_KNOWN: dict[str, str] = {}
for _code, _ways in _WRITTEN.items():
    for _way in _ways:
        _KNOWN[_way] = _code
        _KNOWN.setdefault(_way.lower(), _code)


def ucum(text: str | None) -> str | None:
    """The UCUM code of a unit as a source writes it ("°C", "ucum:Cel", ".../UCUM/Cel"); None when it is not known."""
    said = " ".join(str(text or "").split())
    for prefix in ("ucum:", "http://unitsofmeasure.org/", "https://unitsofmeasure.org/"):
        said = said.removeprefix(prefix)
    if said in _UNITS:
        return said
    return _KNOWN.get(said) or _KNOWN.get(said.lower())


def dimension(code: str | None) -> str | None:
    """What a UCUM code measures; None for one that is not known."""
    return _UNITS[code][0] if code in _UNITS else None


def conversion(source: str | None, target: str | None) -> Conversion | None:
    """From one UCUM code to another; None where no factor is known. The same code is no change, known or not."""
    if source == target:
        return Conversion()
    if source not in _UNITS or target not in _UNITS or _UNITS[source][0] != _UNITS[target][0]:
        return None
    _, factor, offset = _UNITS[source]
    _, target_factor, target_offset = _UNITS[target]
    # twelve digits: the noise of the division is not part of the factor
    return Conversion(float(f"{factor / target_factor:.12g}"), float(f"{(offset - target_offset) / target_factor:.12g}"))
