"""What the platform knows of NGSI-LD without asking anybody: names, units, and the attributes of four Smart Data Models. Pure.

An ``@context`` is not needed for them: these are the few terms, from the core @context of ETSI GS CIM 009 V1.6.1 (annex B) and from
the files ``context.jsonld`` of smartdatamodels.org (dataModel.Parking, .Transportation, .Environment). A Tree has no model of its own
there; the terms for its soil are those of AgriParcelRecord (dataModel.Agrifood). A name that stands in no table keeps its whole
address, so that two vocabularies are never mixed up.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Where the names of the core @context and the ones that nobody has defined live.
CORE, DEFAULT = "https://uri.etsi.org/ngsi-ld/", "https://uri.etsi.org/ngsi-ld/default-context/"
SMART = "https://smartdatamodels.org/"
NUMBER, COUNT, TEXT, TRUTH = "number", "count", "text", "boolean"


@dataclass(frozen=True)
class Attribute:
    """An attribute that is a series. ``unit``: UCUM, where the source names none; ``uri``: by which the code list of observed
    properties knows it; ``share``: given from 0 to 1 and kept in per cent."""

    kind: str = NUMBER
    unit: str = ""
    uri: str = ""
    share: bool = False


_SOIL = {
    "soilMoistureVwc": Attribute(unit="%", uri=SMART + "dataModel.Agrifood/soilMoistureVwc", share=True),
    "soilTemperature": Attribute(unit="Cel", uri=SMART + "dataModel.Agrifood/soilTemperature"),
}
#: Type of entity → its attributes that are series, whether or not the source says ``observedAt``.
MODELS: dict[str, dict[str, Attribute]] = {
    "OffStreetParking": {
        "availableSpotNumber": Attribute(COUNT, "1", SMART + "dataModel.Parking/availableSpotNumber"),
        "occupiedSpotNumber": Attribute(COUNT, "1"),
        "occupancy": Attribute(unit="%", share=True),
        "vehicleEntranceCount": Attribute(COUNT, "1"),
        "vehicleExitCount": Attribute(COUNT, "1"),
        "status": Attribute(TEXT),
    },
    "TrafficFlowObserved": {
        "intensity": Attribute(COUNT, "1", SMART + "dataModel.Transportation/intensity"),
        "averageVehicleSpeed": Attribute(unit="km/h", uri=SMART + "dataModel.Transportation/averageVehicleSpeed"),
        "averageVehicleLength": Attribute(unit="m"),
        "averageHeadwayTime": Attribute(unit="s"),
        "averageGapDistance": Attribute(unit="m"),
        "occupancy": Attribute(unit="%", share=True),
        "congested": Attribute(TRUTH),
    },
    "WaterObserved": {
        "waterLevel": Attribute(unit="m", uri=SMART + "dataModel.Environment/waterLevel"),
        "height": Attribute(unit="m", uri=SMART + "dataModel.Environment/waterLevel"),
        "waterDischarge": Attribute(unit="m3"),
        "flow": Attribute(unit="m3/s", uri="http://vocab.nerc.ac.uk/standard_name/water_volume_transport_in_river_channel"),
        "swellHeight": Attribute(unit="m"),
        "swellDirection": Attribute(unit="deg"),
        "swellPeriod": Attribute(unit="s"),
        "waveLength": Attribute(unit="m"),
    },
    "Tree": dict(_SOIL),
}
# What all models share (name, dateObserved) stands at the root; descriptions have the term of Dublin Core.
_SUBJECTS = ("Parking", "Transportation", "Environment", "Agrifood", "ParksAndGardens", "Forestry")
_BASES = (*(SMART + f"dataModel.{subject}/" for subject in _SUBJECTS), SMART, "http://purl.org/dc/terms/")
#: Attributes of an entity that say when it was observed, or what it is; never series.
DESCRIPTIVE = frozenset(
    {"name", "description", "alternateName", "location", "address", "dateObserved", "dateObservedFrom", "dateObservedTo",
     "observationDateTime", "dateCreated", "dateModified", "TimeInstant"}
)  # fmt: skip

#: UN/CEFACT Recommendation 20 (what ``unitCode`` holds), compared with its list of common codes → UCUM.
UNITS = {
    "CEL": "Cel", "FAH": "[degF]", "KEL": "K", "P1": "%", "NX": "[ppth]", "59": "[ppm]", "61": "[ppb]", "C62": "1", "EA": "1",
    "MTR": "m", "DMT": "dm", "CMT": "cm", "MMT": "mm", "KMT": "km", "KMH": "km/h", "MTS": "m/s", "KNT": "[kn_i]", "DD": "deg", "C81": "rad",
    "PAL": "Pa", "A97": "hPa", "KPA": "kPa", "MBR": "mbar", "BAR": "bar", "GQ": "ug/m3", "GP": "mg/m3", "A93": "g/m3", "M1": "mg/L",
    "H29": "ug/L", "2N": "dB", "LUX": "lx", "VLT": "V", "2Z": "mV", "AMP": "A", "4K": "mA", "MTQ": "m3", "LTR": "L", "MQS": "m3/s",
    "MQH": "m3/h", "G51": "L/s", "L2": "L/min", "H67": "mm/h", "WTT": "W", "KWT": "kW", "MAW": "MW", "WHR": "W.h", "KWH": "kW.h",
    "MWH": "MW.h", "D54": "W/m2", "G42": "uS/cm", "H61": "mS/cm", "Q30": "[pH]", "SEC": "s", "MIN": "min", "HUR": "h", "DAY": "d",
}  # fmt: skip


def short(name: str) -> str:
    """The name that people use for a type or an attribute, where its whole address is known; else as it was given."""
    for base in (DEFAULT, CORE, *_BASES):
        rest = name.removeprefix(base)
        if rest != name and rest and "/" not in rest:
            return rest
    return name


def last_part(name: str) -> str:
    """The end of an address, for people to read."""
    return name.rstrip("/#").rpartition("#")[2].rpartition("/")[2] if "://" in name else name
