"""From an MQTT message to readings. Pure: bytes in, readings or `Unreadable` out, nothing else.

SensorThings: OGC 18-088, clause 14.2 (MQTT extension): topic ``v1.1/Datastreams(1)/Observations``, payload an Observation. The Things
Stack v3: https://www.thethingsindustries.com/docs/integrations/data-formats/. ChirpStack v4:
https://www.chirpstack.io/docs/chirpstack/integrations/events.html (JSON mapping of ``UplinkEvent``).

A message without a time of its own is not taken: delivered twice, it would be two rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ckanext.datenplattform.core.i18n import N_

SENSORTHINGS, TTN, CHIRPSTACK, JSON = "sensorthings", "ttn", "chirpstack", "json"

NOT_JSON = N_("The message is not JSON.")
NOT_AN_OBJECT = N_("The message is JSON, but no object with named values.")
TOO_DEEP = N_("The message holds too many values, or values nested too deeply.")
NO_DEVICE = N_("The message does not say from which device it comes.")
NO_TIME = N_("The message has no time with its offset from UTC.")
NOT_DECODED = N_(
    "The message carries no decoded values. Please give the device a decoder (payload formatter, codec) in the LoRaWAN server."
)
SIMULATED = N_("The message is a simulated one: somebody is trying out the LoRaWAN server.")
NO_UPLINK = N_("The message is no uplink with measurements.")

#: Values of one message, and how deeply they may be nested.
MOST_VALUES, DEEPEST = 500, 10
#: Characters of a name.
LONGEST = 200

_TOPIC = re.compile(r"((?:Multi)?Datastreams)\(('[^']*'|[^()/]+)\)/Observations\Z")
_LINK = re.compile(r"((?:Multi)?Datastreams)\(('[^']*'|[^()/]+)\)\Z")
_SECOND = re.compile(r"(\.\d{6})\d+")


class Unreadable(ValueError):
    """``str`` is an English source string that says why."""


@dataclass(frozen=True)
class Reading:
    """What one device measured at one time (with its offset from UTC). ``values``: field → number, text, yes or no.

    ``end``: of the period, where it is one. ``place``: longitude and latitude in degrees (WGS 84), where the message says it.
    """

    device: str
    time: datetime
    values: Mapping[str, Any] = field(default_factory=dict)
    end: datetime | None = None
    result_time: datetime | None = None
    place: tuple[float, float] | None = None


def read(kind: str, topic: str, payload: bytes, paths: Mapping[str, str] | None = None) -> list[Reading]:
    """The readings of a message. ``paths``: for plain JSON, where ``device`` and ``time`` stand (``topic.2`` is the second part of the
    topic, ``a.b.0`` a value of the message). Raises `Unreadable`."""
    try:
        data = json.loads(payload)
    except (ValueError, RecursionError):
        raise Unreadable(NOT_JSON) from None
    if kind == JSON:
        items = data if isinstance(data, list) else [data]
        if len(items) > MOST_VALUES:
            raise Unreadable(TOO_DEEP)
        return [_plain(topic, _object(item), paths or {}) for item in items]
    return [_READERS[kind](topic, _object(data))]


def default_topics(kind: str, devices: list[str]) -> list[str]:
    """What to subscribe to where the source's settings name no topics."""
    if kind == TTN:
        return ["v3/+/devices/+/up"]
    if kind == CHIRPSTACK:
        return ["application/+/device/+/event/up"]
    if kind == SENSORTHINGS:
        # Servers answer to the very topic; few of them to one with wildcards.
        return [f"v1.1/{name if '(' in name else f'Datastreams({name})'}/Observations" for name in devices]
    return []


def _observation(topic: str, data: dict[str, Any]) -> Reading:
    found = _TOPIC.search(topic)
    inner = data.get("Datastream")
    if found is None and isinstance(inner, dict) and isinstance(inner.get("@iot.id"), (str, int)):
        device = _name(inner["@iot.id"])
    else:
        link = found or _LINK.search(str(data.get("Datastream@iot.navigationLink") or inner or ""))
        if link is None:
            raise Unreadable(NO_DEVICE)
        device = _name(link[2].strip("'"))
        device = f"{link[1]}({device})" if link[1] == "MultiDatastreams" else device
    start, _, end = str(data.get("phenomenonTime") or "").partition("/")
    result_time = moment(data.get("resultTime"))
    time = moment(start) or result_time
    return Reading(device, _needed(time), flat(data.get("result"), "result"), moment(end), result_time)


def _ttn(topic: str, data: dict[str, Any]) -> Reading:
    ids, uplink = data.get("end_device_ids"), data.get("uplink_message")
    if not isinstance(uplink, dict):
        raise Unreadable(NO_UPLINK)
    if data.get("simulated") is True:
        raise Unreadable(SIMULATED)
    device = _name(ids.get("device_id") if isinstance(ids, dict) else None)
    time = moment(uplink.get("received_at")) or moment(data.get("received_at"))
    places = uplink.get("locations")
    known = [places.get("user"), *places.values()] if isinstance(places, dict) else []
    place = next((found for item in known if (found := _place(item))), None)
    return Reading(device, _needed(time), _decoded(uplink.get("decoded_payload")), place=place)


def _chirpstack(topic: str, data: dict[str, Any]) -> Reading:
    info = data.get("deviceInfo")
    if not isinstance(info, dict) or ("object" not in data and "data" not in data):
        raise Unreadable(NO_UPLINK)
    return Reading(_name(info.get("devEui")), _needed(moment(data.get("time"))), _decoded(data.get("object")))


def _plain(topic: str, data: dict[str, Any], paths: Mapping[str, str]) -> Reading:
    values = flat(data)
    where = paths.get("device") or "device"
    parts = topic.split("/")
    if re.fullmatch(r"topic\.\d{1,2}", where):
        number = int(where.partition(".")[2])
        device = parts[number - 1] if 0 < number <= len(parts) else None
    else:
        device = values.get(where)
    given = values.get(paths.get("time") or "time")
    return Reading(_name(device), _needed(moment(given) or _epoch(given)), values)


_READERS = {SENSORTHINGS: _observation, TTN: _ttn, CHIRPSTACK: _chirpstack}


def flat(value: Any, name: str = "") -> dict[str, Any]:
    """All single values with their paths: ``{"a": {"b": [1]}}`` is ``{"a.b.0": 1}``. Nothing for null. Raises `Unreadable`."""
    found: dict[str, Any] = {}
    for path, leaf in _leaves(value, name, 0):
        if len(found) >= MOST_VALUES:
            raise Unreadable(TOO_DEEP)
        if leaf is not None:
            found[path] = clean(leaf) if isinstance(leaf, str) else leaf
    return found


def _leaves(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > DEEPEST:
        raise Unreadable(TOO_DEEP)
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, f"{path}.{clean(str(key))}" if path else clean(str(key)), depth + 1)
    else:
        yield path[:LONGEST], value


def clean(text: str) -> str:
    """Text that a database takes: no NUL, no half characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def moment(value: Any) -> datetime | None:
    """A time of ISO 8601 with its offset, in UTC; nanoseconds are cut to microseconds. None for what is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(_SECOND.sub(r"\1", value.strip()).replace("Z", "+00:00").replace("z", "+00:00"))
        return found.astimezone(timezone.utc) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _epoch(value: Any) -> datetime | None:
    """Seconds or milliseconds since 1970, between 1973 and 5138, which is how they are told apart."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1e8 <= value < 1e14:
        return None
    return datetime.fromtimestamp(value if value < 1e11 else value / 1000, timezone.utc)


def _needed(time: datetime | None) -> datetime:
    if time is None:
        raise Unreadable(NO_TIME)
    return time


def _decoded(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise Unreadable(NOT_DECODED)
    return flat(value)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(NOT_AN_OBJECT)
    return value


def _name(value: Any) -> str:
    text = clean(str(value)).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not text or len(text) > LONGEST:
        raise Unreadable(NO_DEVICE)
    return text


def _place(value: Any) -> tuple[float, float] | None:
    if not isinstance(value, dict):
        return None
    lon, lat = _degrees(value.get("longitude"), 180), _degrees(value.get("latitude"), 90)
    return None if lon is None or lat is None else (lon, lat)


def _degrees(value: Any, edge: int) -> float | None:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and -edge <= value <= edge
    return float(value) if fits else None
