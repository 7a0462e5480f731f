"""The MQTT broker as a source: its settings, and its datasets as the table of devices says. Nothing is asked over the network here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ckanext.datenplattform.core.i18n import N_
from ckanext.datenplattform.dcat_ap_de import shared as dcat

from ..base import DatenplattformHarvester
from ..records import MappedRecord, RemoteRecord, Source
from ..sensorthings_mapping import map_group
from ..settings import LIST, MAPPING, NUMBER, SECRET, SELECT, Field
from ..web import Web
from . import devices
from .formats import CHIRPSTACK, JSON, SENSORTHINGS, TTN
from .series import contents

KIND = "mqtt"


class MqttSource(DatenplattformHarvester):
    """Source type `mqtt`. Its runs write datasets only; the rows are the consumer's."""

    kind = KIND
    title = N_("MQTT broker")
    description = N_("Sensors that send by themselves: LoRaWAN (The Things Stack, ChirpStack), SensorThings, plain JSON.")
    source_class = "iot"
    fields = (
        Field(
            "format",
            N_("Format of the messages"),
            "",
            SELECT,
            TTN,
            choices=(
                (TTN, N_("The Things Stack v3 (LoRaWAN)")),
                (CHIRPSTACK, N_("ChirpStack v4 (LoRaWAN)")),
                (SENSORTHINGS, N_("SensorThings Observations")),
                (JSON, N_("plain JSON")),
            ),
        ),
        Field("topics", N_("Topics"), N_("One topic per line, + and # allowed. Empty: those that belong to the format."), LIST),
        Field("user", N_("User name at the broker"), N_("The password is the access key below (limits and access).")),
        Field("titles", N_("Titles of the datasets"), N_("One line for each dataset: parking = Parking for disabled people"), MAPPING),
        Field(
            "descriptions",
            N_("Descriptions of the datasets"),
            N_("One line for each dataset: parking = Free and occupied bays, as sensors report them."),
            MAPPING,
        ),
        Field("kind_themes", N_("Categories by dataset"), N_("One line for each dataset: parking = TRAN"), MAPPING),
        Field("kind_units", N_("Units by dataset"), N_("Where a dataset belongs to another unit: groundwater = name-of-the-unit"), MAPPING),
        Field(
            "json_device",
            N_("Plain JSON: where the device stands"),
            N_("A value of the message (sensor.id) or a part of the topic (topic.2 is the second one)."),
            default="device",
        ),
        Field(
            "json_time",
            N_("Plain JSON: where the time stands"),
            N_("A value of the message: ISO 8601 with its offset, or seconds or milliseconds since 1970."),
            default="time",
        ),
        Field(
            "ca",
            N_("Certificate authority"),
            N_("Name of the certificate that the operator has stored, if the broker's is not one of the public ones."),
            SECRET,
            folded=True,
        ),
        Field(
            "client_id",
            N_("Client id"),
            N_("Empty: made by the platform. The broker keeps messages under it while nobody receives."),
            folded=True,
        ),
        Field(
            "version",
            N_("Version of MQTT"),
            N_("The Things Stack speaks 3.1.1 only."),
            SELECT,
            "5",
            choices=(("5", "5"), ("3", "3.1.1")),
            folded=True,
        ),
        Field("max_kilobytes", N_("At most so many kilobytes in one message"), "", NUMBER, 256, low=1, high=10_000, folded=True),
    )

    def web(self, source: Source) -> Web:
        """A run asks nobody; the password is for the broker only."""
        return Web(0)

    def list_records(self, source: Source, web: Web) -> Iterator[RemoteRecord]:
        """One record for each dataset that the table of devices names."""
        for key, content in sorted(contents(devices.targets(source.id)).items()):
            yield RemoteRecord(remote_id=key, content=content, title=source.settings["titles"].get(key, key))

    def map_record(self, source: Source, record: RemoteRecord) -> MappedRecord:
        """As series of SensorThings are: one data model for all protocols."""
        mapped = map_group(replace(source, settings={**source.settings, "group_by": "", "public_source": False}), record.content)
        text = source.settings["descriptions"].get(record.remote_id)
        return replace(mapped, dataset={**mapped.dataset, "notes": dcat.clean_text(text)}) if text else mapped
