"""What a bench says: a claim with its numbers, and whether it holds."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Claim:
    """One measured claim. `ratio`: ours / theirs ≥ floor holds; `budget`: ours ≤ floor holds (`theirs` is None).

    `unit` is that of `ours` and `theirs`, for example "rows/s" or "ms".
    """

    name: str
    ours: float
    theirs: float | None
    floor: float
    kind: Literal["ratio", "budget"] = "ratio"
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether the claim is true on this machine."""
        if self.kind == "budget":
            return self.ours <= self.floor
        return bool(self.theirs) and self.ours / self.theirs >= self.floor  # type: ignore[operator]

    def line(self) -> str:
        """`name  ours  theirs  ratio  floor  ok|short`; a budget bears its mark and the machine."""
        word = "ok" if self.holds else "short"
        unit = f" {self.unit}" if self.unit else ""
        if self.kind == "budget":
            return f"{self.name}  {self.ours:,.1f}{unit}  -  -  {self.floor:,.1f}{unit}  {word}  budget ({machine()})"
        ratio = self.ours / self.theirs if self.theirs else float("nan")
        return f"{self.name}  {self.ours:,.1f}{unit}  {self.theirs or 0:,.1f}{unit}  {ratio:.2f}  {self.floor:g}  {word}"


def machine() -> str:
    """The machine that measured, in a few words."""
    model, cores = platform.machine(), 0
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                key, _, value = line.partition(":")
                cores += key.strip() == "processor"
                if key.strip() == "model name":
                    model = value.strip()
    except OSError:
        pass
    return f"{cores} × {model}"


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered) + 0.499999) - 1))]
