"""Whatever an action is given: never an error of the server, never its insides (hardening 27)."""

from __future__ import annotations

import re

import ckan.model as model
import pytest

from tests import factories as f
from tests.test_docs import _own_actions

pytestmark = pytest.mark.usefixtures("platform")

PARAMETER = re.compile(r":param (?:\w+ )?(\w+):")
# what people and programs send where a text, a number, a day or a list was meant
VALUES = (
    "", " ", "\x00", "a\x00b", "'; --", "%", "\ud83d", "x" * 5000, None, True, -1, 10**30, 1e308, "-1", "9" * 400, "1e9", "NaN",
    "99999999-01-01", "0001-01-01T00:00:00+14:00", "2026-13-45", [], [[]], ["a", None], {}, {"id": {"id": []}}, [{}],
)  # fmt: skip
INSIDES = ("Traceback", "psycopg2", "sqlalchemy", "File \"")


def _name(value: object) -> str:
    return repr(value)[:20]


@pytest.mark.parametrize("value", VALUES, ids=_name)
def test_no_action_breaks(app, value):
    """As a sysadmin, so that the value gets as far as it can."""
    token = f.act("api_token_create", user=f.sysadmin()["name"], name="t")["token"]
    broken = []
    for name, (action, _) in sorted(_own_actions().items()):
        parameters = PARAMETER.findall(getattr(action, "__doc__", "") or "")
        answer = app.post(f"/api/3/action/{name}", json=dict.fromkeys(parameters, value), headers={"Authorization": token})
        model.Session.rollback()
        if answer.status_code >= 500 or any(word in answer.get_data(as_text=True) for word in INSIDES):
            broken.append(f"{name}: {answer.status_code} {answer.get_data(as_text=True)[:200]}")
    assert not broken, "\n".join(broken)
