"""Messages of The Things Stack, ChirpStack, SensorThings and plain JSON: readings or a reason, nothing else."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.datenplattform.harvesters.mqtt import formats, report, series
from ckanext.datenplattform.timeseries.shared import Channel

NOON = datetime(2026, 3, 29, 10, 0, tzinfo=timezone.utc)


def ttn(device: str = "baum-1", received_at: str = "2026-03-29T10:00:00.935284891Z", **decoded: Any) -> dict[str, Any]:
    """As https://www.thethingsindustries.com/docs/integrations/data-formats/ describes an uplink."""
    return {
        "end_device_ids": {"device_id": device, "application_ids": {"application_id": "gruen"}, "dev_eui": "0004A30B001C0530"},
        "correlation_ids": ["as:up:01E0WZGT6Y7657CPFPE5WEYDSQ"],
        "received_at": "2026-03-29T10:00:01.2Z",
        "uplink_message": {
            "session_key_id": "AXA50tHUSPGBHFlAnPtZ9Q==",
            "f_port": 1,
            "f_cnt": 77,
            "frm_payload": "Vg==",
            "decoded_payload": decoded,
            "rx_metadata": [{"gateway_ids": {"gateway_id": "dach"}, "rssi": -35, "location": {"latitude": 1.0, "longitude": 2.0}}],
            "received_at": received_at,
            "locations": {"user": {"latitude": 52.27, "longitude": 8.04, "source": "SOURCE_REGISTRY"}},
        },
    }


def chirpstack(device: str = "0101010101010101", time: str = "2026-03-29T10:00:00.775023242+00:00", **decoded: Any) -> dict[str, Any]:
    """As https://www.chirpstack.io/docs/chirpstack/integrations/events.html describes ``up``."""
    return {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": time,
        "deviceInfo": {"tenantId": "52f14cd4", "applicationName": "Test", "deviceName": "Pegel", "devEui": device, "tags": {"a": "b"}},
        "devAddr": "00189440",
        "fPort": 1,
        "data": "qg==",
        "object": decoded,
        "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -36, "snr": 10.5}],
    }


def one(kind: str, topic: str, data: Any, **paths: str) -> formats.Reading:
    [reading] = formats.read(kind, topic, json.dumps(data).encode(), paths)
    return reading


def test_an_uplink_of_the_things_stack():
    found = one("ttn", "v3/gruen@ttn/devices/baum-1/up", ttn(temperature=0, soil={"moisture": [21.5, None]}, dry=False))

    assert found.device == "baum-1"
    assert found.time == NOON.replace(microsecond=935284)
    assert found.values == {"temperature": 0, "soil.moisture.0": 21.5, "dry": False}
    assert found.place == (8.04, 52.27)


def test_an_uplink_of_chirpstack():
    found = one("chirpstack", "application/17c8/device/0101010101010101/event/up", chirpstack(level=4.2))

    assert (found.device, found.time, found.values) == ("0101010101010101", NOON.replace(microsecond=775023), {"level": 4.2})


@pytest.mark.parametrize(
    ("topic", "payload", "device", "values"),
    [
        ("v1.1/Datastreams(1)/Observations", {"result": 3}, "1", {"result": 3}),
        ("frost/v1.1/Datastreams('a b')/Observations", {"result": "frei"}, "a b", {"result": "frei"}),
        ("v1.1/MultiDatastreams(7)/Observations", {"result": [1, 2]}, "MultiDatastreams(7)", {"result.0": 1, "result.1": 2}),
        ("v1.1/Observations", {"result": 3, "Datastream": {"@iot.id": 5}}, "5", {"result": 3}),
        ("v1.1/Observations", {"result": 3, "Datastream@iot.navigationLink": "https://x/v1.1/Datastreams(9)"}, "9", {"result": 3}),
    ],
)
def test_observations_of_sensorthings(topic: str, payload: dict[str, Any], device: str, values: dict[str, Any]):
    found = one("sensorthings", topic, {"phenomenonTime": "2026-03-29T12:00:00+02:00", "resultTime": None, **payload})

    assert (found.device, found.time, found.values) == (device, NOON, values)


def test_an_observation_of_a_period():
    found = one(
        "sensorthings", "v1.1/Datastreams(1)/Observations", {"phenomenonTime": "2026-03-29T10:00:00Z/2026-03-29T10:15:00Z", "result": 12}
    )
    assert (found.time, found.end) == (NOON, NOON.replace(minute=15))


@pytest.mark.parametrize(
    ("time", "microsecond"), [(NOON.timestamp(), 0), (int(NOON.timestamp() * 1000) + 5, 5000), ("2026-03-29T10:00:00Z", 0)]
)
def test_plain_json_by_paths(time: Any, microsecond: int):
    found = one("json", "sensoren/halle-3/messwerte", {"t": {"at": time}, "v": [1]}, device="topic.2", time="t.at")
    assert (found.device, found.time, found.values["v.0"]) == ("halle-3", NOON.replace(microsecond=microsecond), 1)


def test_several_readings_in_one_message():
    data = [{"id": "a", "at": "2026-03-29T10:00:00Z", "v": n} for n in (1, 2)]
    found = formats.read("json", "x", json.dumps(data).encode(), {"device": "id", "time": "at"})
    assert [reading.values["v"] for reading in found] == [1, 2]


@pytest.mark.parametrize(
    ("kind", "data", "reason"),
    [
        ("ttn", ttn(), formats.NOT_DECODED),
        ("ttn", {**ttn(a=1), "simulated": True}, formats.SIMULATED),
        ("ttn", {"end_device_ids": {"device_id": "x"}, "join_accept": {}}, formats.NO_UPLINK),
        ("ttn", ttn(received_at="gestern", a=1) | {"received_at": None}, formats.NO_TIME),
        ("ttn", ttn(device="", a=1), formats.NO_DEVICE),
        ("ttn", ttn(device="x" * 201, a=1), formats.NO_DEVICE),
        ("chirpstack", {"time": "2026-03-29T10:00:00Z", "deviceInfo": {"devEui": "1"}, "margin": 10}, formats.NO_UPLINK),
        ("chirpstack", chirpstack(time="2026-03-29T10:00:00", level=1), formats.NO_TIME),
        ("ttn", ttn(many=list(range(501))), formats.TOO_DEEP),
        ("ttn", [1], formats.NOT_AN_OBJECT),
        ("json", {"device": "a", "v": 1}, formats.NO_TIME),
        ("json", {"device": True, "time": "2026-03-29T10:00:00Z"}, formats.NO_DEVICE),
    ],
)
def test_what_cannot_be_read_says_why(kind: str, data: Any, reason: str):
    with pytest.raises(formats.Unreadable) as refused:
        formats.read(kind, "v3/a/devices/b/up", json.dumps(data).encode())
    assert str(refused.value) == reason


@pytest.mark.parametrize("payload", [b"", b"\xff\xfe", b"[" * 100_000, b"{" + b'"a":{' * 5_000, b"1" * 10_000, b'{"a": "\\ud800"}'])
def test_hostile_bytes_are_refused_in_a_moment(payload: bytes):
    for kind in ("ttn", "chirpstack", "sensorthings", "json"):
        with pytest.raises(formats.Unreadable):
            formats.read(kind, "x", payload)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
_kinds = st.sampled_from(["ttn", "chirpstack", "sensorthings", "json"])


def _check(kind: str, topic: str, payload: bytes) -> None:
    try:
        found = formats.read(kind, topic, payload, {"device": "topic.1", "time": "time"})
    except formats.Unreadable:
        return
    for reading in found:
        assert reading.device
        assert reading.time.tzinfo is not None
        for value in reading.values.values():
            value, text, _ = series.valued(value, 0.1, Channel("s"))
            assert value is None or value == value  # no NaN gets through
            assert text is None or "\x00" not in text


@settings(max_examples=300, deadline=None)
@given(_kinds, st.text(max_size=40), st.binary(max_size=200))
def test_any_bytes_are_readings_or_a_reason(kind: str, topic: str, payload: bytes):
    _check(kind, topic, payload)


@settings(max_examples=300, deadline=None)
@given(_kinds, st.text(min_size=1, max_size=20), _json, _json)
def test_any_values_in_the_right_form_are_readings_or_a_reason(kind: str, device: str, inner: Any, other: Any):
    at = "2026-03-29T10:00:00Z"
    uplink = {"decoded_payload": inner, "locations": other}
    data = {
        "ttn": {"end_device_ids": {"device_id": device}, "received_at": at, "uplink_message": uplink},
        "chirpstack": {"deviceInfo": {"devEui": device}, "time": at, "object": inner},
        "sensorthings": {"phenomenonTime": at, "result": inner, "Datastream": other},
        "json": {"time": at, "values": inner, "more": other},
    }[kind]
    _check(kind, f"{device}/Datastreams(1)/Observations", json.dumps(data).encode())


@pytest.mark.parametrize(
    ("given", "factor", "wanted"),
    [
        (12, 0.1, (1.2, None, None)),
        ("7.5", 1.0, (7.5, None, None)),
        ("frei", 1.0, (None, "frei", None)),
        (True, 1.0, (1, "true", None)),
        (float("nan"), 1.0, (None, None, "nan")),
        (float("-inf"), 1.0, (None, None, "nan")),
        (10**400, 1.0, (None, None, "invalid")),
        ("1_000", 1.0, (None, "1_000", None)),
    ],
)
def test_values_keep_their_type(given: Any, factor: float, wanted: tuple[Any, ...]):
    assert series.valued(given, factor, Channel("s")) == wanted


def test_what_is_kept_of_a_message_holds_no_secret():
    payload = (
        b'{"api_key": "NNSXS.VEEBURF3", "password":"geheim", "mail": "a.b@example.org", '
        b'"frm": "QWxsZSBtZWluZSBFbnRjaGVuIHNjaHdpbW1lbg==", "t": 21\x07}'
    )
    text = report.excerpt(payload)
    for secret in ("NNSXS", "geheim", "example.org", "QWxsZSBt", "\x07"):
        assert secret not in text
    assert '"t": 21' in text
    assert len(report.excerpt(b"x" * 10_000_000)) <= report.EXCERPT + 1
