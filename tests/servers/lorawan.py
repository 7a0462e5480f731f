"""LoRaWAN sensors of a town, and the messages that two LoRaWAN servers make of their uplinks: The Things Stack v3 and ChirpStack v4.

Trees of the city send through The Things Stack, groundwater gauges of the utility through ChirpStack. As in ``synthetic`` nothing was
measured: a message depends on the device and its time alone, so that the same uplink can be sent twice and is the same. Each device sends
every quarter of an hour at a minute of its own. Pure; standard library only; ``lorawan_live`` sends.

The Things Stack: https://www.thethingsindustries.com/docs/integrations/data-formats/ (``as.up.data.forward``). ChirpStack:
https://www.chirpstack.io/docs/chirpstack/integrations/events.html (``up``). The raw payload is two bytes for each value; the platform reads
the decoded ones.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from tests.servers import synthetic
from tests.servers.synthetic import STEP, Place, Stream, Thing

TTN, CHIRPSTACK = "ttn", "chirpstack"
#: Seed of another world than that of ``synthetic``: these sensors stand elsewhere.
SEED = 7
APPLICATION = {TTN: "stadtgruen", CHIRPSTACK: "52d04f1c-1c0c-4d0e-9f0b-6b1f0d3a7e11"}


@dataclass(frozen=True)
class Channel:
    """One value in the messages of a device. ``stream`` shapes its curve."""

    field: str
    name: str
    property: str
    unit: str
    stream: Stream


@dataclass(frozen=True)
class Device:
    """A sensor that sends through the server ``kind``. ``dataset``: where its values belong; ``offset``: its seconds within ``STEP``."""

    id: str
    kind: str
    dataset: str
    thing: str
    lon: float
    lat: float
    offset: int
    channels: tuple[Channel, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Its rows in the table of devices, as the action ``mqtt_device_update`` takes them."""
        return [
            {"field": item.field, "dataset": self.dataset, "stream": f"{self.id}/{item.field}", "name": item.name, "thing": self.thing,
             "property": item.property, "unit": item.unit, "lon": self.lon, "lat": self.lat}
            for item in self.channels
        ]  # fmt: skip

    def times(self, after: int, until: int) -> Iterator[int]:
        """When it sends, later than ``after``, up to ``until`` (seconds since 1970)."""
        first = (after - self.offset) // STEP * STEP + STEP + self.offset
        return iter(range(first, until + 1, STEP))

    def values(self, when: int) -> dict[str, float]:
        """What it measures at a time."""
        return {item.field: measured(item.stream, when) for item in self.channels}


def devices(place: Place) -> list[Device]:
    """All devices of a town, always in the same order."""
    made = []
    for thing in synthetic.things(place, seed=SEED):
        if thing.kind == "tree":
            made.append(_tree(thing, len(made)))
        elif thing.kind == "groundwater" and thing.key <= "groundwater-04":
            made.append(_gauge(thing, len(made)))
    return made


def _tree(thing: Thing, number: int) -> Device:
    street, species = thing.properties["street"], thing.properties["species"]
    shallow, *_, deep = thing.streams
    # the water stands in the pipe by which the tree is watered
    pipe = replace(deep, key=f"{thing.key}/water_level", kind="pipe", unit=synthetic.Unit("Zentimeter", "cm"))
    name = f"{species}, {street}"
    return Device(
        f"baum-{number + 1:02d}", TTN, "trees", f"Stadtbaum {number + 1} ({name})", thing.lon, thing.lat, _offset(number),
        (
            Channel("water_level", f"Wasserstand unter dem Baum, {name}", "Wasserstand", "cm", pipe),
            Channel("soil_moisture", f"Bodenfeuchte am Baum, {name}", "Bodenfeuchte", "%", shallow),
        ),
    )  # fmt: skip


def _gauge(thing: Thing, number: int) -> Device:
    [stream] = thing.streams
    eui = f"24e124{zlib.crc32(thing.key.encode()):010x}"
    name = f"Messstelle Stadtwerke {number - 3}"
    channels = (Channel("level_m", f"Grundwasserstand {name}", "Grundwasserstand", "m", stream),)
    return Device(eui, CHIRPSTACK, "groundwater", name, thing.lon, thing.lat, _offset(number), channels)


def _offset(number: int) -> int:
    return (number * 97) % STEP


def measured(stream: Stream, when: int) -> float:
    """What a stream shows at a time, in its unit."""
    if stream.kind == "pipe":
        moisture = synthetic.value(replace(stream, kind="tree"), when, seed=SEED)
        return round(max(0.0, (moisture - stream.level) * 6), 1)
    return synthetic.value(stream, when, seed=SEED)


def message(device: Device, when: int) -> tuple[str, dict[str, Any]]:
    """Topic and content of the message that the device's server publishes for the uplink of ``when`` (seconds since 1970)."""
    return (_ttn if device.kind == TTN else _chirpstack)(device, when)


def _ttn(device: Device, when: int) -> tuple[str, dict[str, Any]]:
    values = {**device.values(when), "battery": 3.6}
    arrived = _nanoseconds(device, when)
    ids = {
        "device_id": device.id, "application_ids": {"application_id": APPLICATION[TTN]}, "dev_eui": _eui(device),
        "join_eui": "70B3D57ED0000000", "dev_addr": f"260B{zlib.crc32(device.id.encode()) & 0xFFFF:04X}",
    }  # fmt: skip
    gateway = {"gateway_ids": {"gateway_id": "rathaus-dach"}, "time": f"{arrived}Z", "rssi": -97, "channel_rssi": -97, "snr": 7.2}
    content = {
        "end_device_ids": ids,
        "correlation_ids": [f"as:up:{zlib.crc32(f'{device.id}{when}'.encode()):08X}"],
        "received_at": f"{_nanoseconds(device, when + 1)}Z",
        "uplink_message": {
            "session_key_id": "AZO1f3Yk0yq7bqJ0m3Y0fA==", "f_port": 2, "f_cnt": when // STEP & 0xFFFF, "frm_payload": _raw(values),
            "decoded_payload": values, "rx_metadata": [gateway],
            "settings": {"data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 9, "coding_rate": "4/5"}}},
            "received_at": f"{arrived}Z", "consumed_airtime": "0.205824s",
            "locations": {"user": {"latitude": device.lat, "longitude": device.lon, "source": "SOURCE_REGISTRY"}},
        },
    }  # fmt: skip
    return f"v3/{APPLICATION[TTN]}@ttn/devices/{device.id}/up", content


def _chirpstack(device: Device, when: int) -> tuple[str, dict[str, Any]]:
    values = {**device.values(when), "battery_percent": 87}
    application = APPLICATION[CHIRPSTACK]
    content = {
        "deduplicationId": f"{zlib.crc32(f'{device.id}{when}'.encode()):08x}-4401-4b8d-9386-a5c902f9202d",
        "time": f"{_nanoseconds(device, when)}+00:00",
        "deviceInfo": {
            "tenantId": "7d1c5b9e-3f0f-4a30-8a8a-0f6b8a1b2c3d", "tenantName": "Stadtwerke", "applicationId": application,
            "applicationName": "Grundwasser", "deviceProfileId": "a1f0c0de-0000-4000-8000-000000000001", "deviceProfileName": "Drucksonde",
            "deviceName": device.thing, "devEui": device.id, "tags": {},
        },
        "devAddr": f"00{zlib.crc32(device.id.encode()) & 0xFFFFFF:06x}", "adr": True, "dr": 3, "fCnt": when // STEP & 0xFFFF, "fPort": 10,
        "confirmed": False, "data": _raw(values), "object": values,
        "rxInfo": [{"gatewayId": "0016c001f153a14c", "uplinkId": 4217106255, "rssi": -101, "snr": 6.5, "channel": 5}],
        "txInfo": {"frequency": 868100000, "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 9, "codeRate": "CR_4_5"}}},
    }  # fmt: skip
    return f"application/{application}/device/{device.id}/event/up", content


def _nanoseconds(device: Device, when: int) -> str:
    """ISO 8601 in UTC without its zone, with the nanoseconds that these servers write: the same ones for the same uplink."""
    fraction = zlib.crc32(f"{device.id}/{when}".encode()) % 1_000_000_000
    return f"{datetime.fromtimestamp(when, timezone.utc):%Y-%m-%dT%H:%M:%S}.{fraction:09d}"


def _eui(device: Device) -> str:
    return f"70B3D57E{zlib.crc32(device.id.encode()):08X}"


def _raw(values: dict[str, float]) -> str:
    return base64.b64encode(b"".join(int(value * 10 % 65536).to_bytes(2, "big") for value in values.values())).decode()
