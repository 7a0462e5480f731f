"""The demo's LoRaWAN messages: what the two servers would send, always the same, in good time."""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timezone

import pytest

from ckanext.datenplattform.harvesters.mqtt import formats
from ckanext.datenplattform.harvesters.mqtt.logic import rows
from tests.servers import lorawan
from tests.servers.fixtures import TEST_PLACE

NOON = 1_774_778_400
DEVICES = lorawan.devices(TEST_PLACE)


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.id)
def test_each_message_is_read_as_the_device_measured(device: lorawan.Device):
    topic, content = lorawan.message(device, NOON)

    [reading] = formats.read(device.kind, topic, json.dumps(content).encode())

    assert reading.device == device.id
    assert 0 <= (reading.time - datetime.fromtimestamp(NOON, timezone.utc)).total_seconds() < 1
    assert device.values(NOON).items() <= reading.values.items()
    assert reading.place in (None, (device.lon, device.lat))
    assert lorawan.message(device, NOON) == (topic, content)
    assert topic.split("/")[-1] == "up"


def test_its_rows_fit_the_table_of_devices():
    assert len({device.id for device in DEVICES}) == len(DEVICES)
    for device in DEVICES:
        targets = rows.targets(device.id, device.rows())
        assert {target.field for target in targets} == set(device.values(NOON))


def test_devices_send_each_quarter_of_an_hour_not_all_at_once():
    firsts = []
    for device in DEVICES:
        times = list(device.times(NOON, NOON + 3600))
        assert len(times) == 4
        assert {later - earlier for earlier, later in itertools.pairwise(times)} == {900}
        assert list(device.times(times[0], times[1])) == [times[1]]
        firsts.append(times[0])
    assert len(set(firsts)) == len(DEVICES)
