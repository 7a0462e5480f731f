"""What most tests of the inventory start with."""

from __future__ import annotations

from typing import Any

import pytest

from tests import factories as f


@pytest.fixture
def unit() -> dict[str, Any]:
    """A unit of the administration."""
    return f.unit()


@pytest.fixture
def editor(unit: dict[str, Any]) -> str:
    """The name of somebody who enters data for it."""
    return f.editor_of(unit)["name"]
