"""A broker of FIWARE-NGSI v2 for tests, written from release 2.1 of its specification: as `ngsi_ld.Broker`, with the older API.

Sections: "List Entities" (``limit``, ``offset``, ``options=count`` and ``Fiware-Total-Count``), "List Entity Types" (``options=values``),
"Builtin Metadata" (only when asked for), "Subscription payload datamodel", "Notification Messages".
"""

from __future__ import annotations

from typing import Any

from .ngsi_ld import Broker, Problem


def attribute(value: Any, kind: str = "Number", **metadata: str) -> dict[str, Any]:
    """An attribute with metadata: their names and texts."""
    return {"type": kind, "value": value, "metadata": {name: {"type": "Text", "value": text} for name, text in metadata.items()}}


class BrokerV2(Broker):
    """Entities are put with attributes as `attribute` makes them. ``temporal`` and ``context`` mean nothing here."""

    root = "/v2/"

    def answer(self, path: str, asked: dict[str, str], fault: Any) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of a GET."""
        rest = path.removeprefix(self.root)
        if rest == "types" and asked.get("options") == "values":
            return 200, sorted({entity["type"] for entity in self.entities.values()}), {}
        if rest == "entities":
            limit, offset = int(asked.get("limit", min(20, self.largest))), int(asked.get("offset", 0))
            if limit > self.largest:
                raise Problem(400, "BadRequest")
            found = [entity for entity in self.entities.values() if entity["type"] in asked.get("type", entity["type"]).split(",")]
            headers = {"Fiware-Total-Count": str(len(found))} if "count" in asked.get("options", "") and self.counts else {}
            page = [] if fault == "skip" else found[offset : offset + limit]
            return 200, [_shown(entity, asked.get("metadata", "")) for entity in page], headers
        return 200, self.subscription(rest), {}

    def created(self, body: Any) -> str:
        """The id of a subscription as the specification wants it."""
        subjects = body.get("subject", {}).get("entities") or [{}]
        told = body.get("notification", {})
        if not all(("id" in s) != ("idPattern" in s) for s in subjects) or ("http" in told) == ("httpCustom" in told) or "id" in body:
            raise Problem(400, "BadRequest")
        return f"{len(self.sent):024x}"

    def notice(self, *ids: str, subscription: str = "") -> tuple[str, dict[str, str], dict[str, Any]]:
        """What the broker sends of these entities: address, headers, body."""
        name = subscription or next(iter(self.subscriptions))
        told = self.subscriptions[name]["notification"]
        headers = {**told["httpCustom"]["headers"], "Ngsiv2-AttrsFormat": "normalized"}
        asked = ",".join(told.get("metadata", []))
        return told["httpCustom"]["url"], headers, {"subscriptionId": name, "data": [_shown(self.entities[id], asked) for id in ids]}


def _shown(entity: dict[str, Any], asked: str) -> dict[str, Any]:
    """Builtin metadata are not rendered unless they are asked for."""
    found = {}
    for name, value in entity.items():
        if isinstance(value, dict) and "metadata" in value and "dateModified" not in asked.split(","):
            value = {**value, "metadata": {key: item for key, item in value["metadata"].items() if key != "dateModified"}}
        found[name] = value
    return found
