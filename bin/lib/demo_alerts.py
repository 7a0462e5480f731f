"""The demo's rule for groundwater: low levels are told to the water authority. Actions only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TITLE = "Niedriger Grundwasserstand"
AUTHORITY = "wasserbehoerde@example.org"
ADVICE = (
    "Bitte prüfen Sie, ob die Entnahme von Grundwasser in der Nähe eingeschränkt werden muss, und sagen Sie dem Fachdienst Umwelt "
    "Bescheid. Die Werte der Demo sind erfunden."
)


def groundwater_rule(call: Callable[..., Any], steward: Callable[[str], dict[str, str]]) -> dict[str, Any] | None:
    """Watch the first public series of groundwater; its rule, or None when there is no such series. Can be repeated.

    ``call``: `demo_story.Story.call`; ``steward``: unit → account that cares for its data. The limit lies in the middle of what was
    measured in the last days, so that there is something to see.
    """
    for series in call("timeseries_latest", property="groundwater_level"):
        part = steward(call("package_show", id=series["dataset"])["organization"]["name"])
        rules = [rule for rule in call("alert_rule_list", part, dataset=series["dataset"]) if rule["title"] == TITLE]
        if rules:
            return rules[0]
        days = call("timeseries_query", part, resource_id=series["resource_id"], streams=[series["stream"]], interval="1d")["rows"][-14:]
        if not days:
            continue
        low, high = min(float(day["min"]) for day in days), max(float(day["max"]) for day in days)
        return call(
            "alert_rule_create", part, resource_id=series["resource_id"], stream=series["stream"], kind="below", title=TITLE,
            threshold=round((low + high) / 2, 2), margin=round((high - low) / 20, 3), duration=60, quiet_from="22:00", quiet_to="06:00",
            recipients=[AUTHORITY], advice=ADVICE, tell_end=True,
        )  # fmt: skip
    return None
