"""A week as a picture: SVG within the page, without style attributes (the page's policy forbids them). Pure.

A picture shows what a sentence above and a table below say too; it is named for screen readers and needs no colours to be
told apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup, escape

WIDTH, HEIGHT = 340, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 6, 10, 24
_GAP = timedelta(hours=2)


def ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers from at or below ``low`` to at or above ``high``."""
    # values that differ only by how computers count are one value
    if not high - low > max(1e-9 * max(abs(low), abs(high)), 1e-300):
        low, high = low - max(abs(low) * 0.05, 0.5), high + max(abs(high) * 0.05, 0.5)
    rough = (high - low) / 3
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{n * step:.12g}") for n in range(first, last + 1)]


def line(
    name: str, points: Sequence[tuple[datetime, float]], begin: datetime, end: datetime, days: Sequence[tuple[datetime, str]],
    said: Callable[[float], str], dots: bool = False,
) -> Markup:  # fmt: skip
    """Values over time; broken where hours are missing. ``days``: where each begins, and its short name; ``dots``: no line (angles)."""
    marks = ticks(min(value for _, value in points), max(value for _, value in points))
    span = (end - begin).total_seconds()

    def x(moment: datetime) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (moment - begin).total_seconds() / span

    y = _scale(marks)
    drawn: list[Markup] = []
    for piece in _pieces(points):
        if dots or len(piece) == 1:
            drawn += [Markup('<circle class="dot" cx="{}" cy="{}" r="1.8"/>').format(_n(x(at)), _n(y(value))) for at, value in piece]
        else:
            path = " ".join(f"{_n(x(at))},{_n(y(value))}" for at, value in piece)
            drawn.append(Markup('<polyline class="line" points="{}"/>').format(path))
    stops = [x(start) for start, _ in days] + [x(end)]
    labels = [((one + two) / 2, label, two - one) for one, two, (_, label) in zip(stops, stops[1:], days, strict=False)]
    return _picture(name, marks, y, drawn, labels, stops[1:-1], said)


def bars(name: str, values: Sequence[tuple[str, float | None]], said: Callable[[float], str], whole: float | None = None) -> Markup:
    """A bar for each day; a dash where there is none. ``whole``: where the axis ends (shares)."""
    there = [value for _, value in values if value is not None]
    marks = [0.0, whole / 2, whole] if whole else ticks(0.0, max([*there, 0.0]) or 1.0)
    y, wide = _scale(marks), (WIDTH - _LEFT - _RIGHT) / len(values)
    drawn, labels = [], []
    for n, (label, value) in enumerate(values):
        start = _LEFT + n * wide
        labels.append((start + wide / 2, label, wide))
        if value is None:
            drawn.append(Markup('<text class="none" x="{}" y="{}">–</text>').format(_n(start + wide / 2), _n(HEIGHT - _BOTTOM - 5)))
        else:
            top = min(y(value), HEIGHT - _BOTTOM - 1)
            drawn.append(Markup('<rect class="bar" x="{}" y="{}" width="{}" height="{}" rx="2"/>').format(
                _n(start + wide * 0.15), _n(top), _n(wide * 0.7), _n(HEIGHT - _BOTTOM - top)))  # fmt: skip
    return _picture(name, marks, y, drawn, labels, [], said)


def _picture(
    name: str, marks: Sequence[float], y: Callable[[float], float], drawn: Sequence[Markup], labels: Sequence[tuple[float, str, float]],
    stops: Sequence[float], said: Callable[[float], str],
) -> Markup:  # fmt: skip
    parts = [Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(WIDTH, HEIGHT, name)]
    for mark in marks:
        parts.append(Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(_LEFT, WIDTH - _RIGHT, _n(y(mark)), _n(y(mark))))
        parts.append(Markup('<text class="tick" x="{}" y="{}">{}</text>').format(_LEFT - 5, _n(y(mark) + 4), said(mark)))
    parts += [Markup('<line class="stop" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>').format(_n(at), _TOP, HEIGHT - _BOTTOM) for at in stops]
    parts += drawn
    # a day that has only begun has no room for its name
    named = Markup('<text class="day" x="{}" y="{}">{}</text>')
    parts += [named.format(_n(at), HEIGHT - 8, label) for at, label, wide in labels if wide > 15]
    return Markup("").join([*parts, Markup("</svg>")])


def _scale(marks: Sequence[float]) -> Callable[[float], float]:
    low, high = marks[0], marks[-1]
    return lambda value: HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * (value - low) / (high - low)


def _pieces(points: Sequence[tuple[datetime, float]]) -> list[list[tuple[datetime, float]]]:
    """Parts without a gap."""
    found: list[list[tuple[datetime, float]]] = []
    for point in points:
        if not found or point[0] - found[-1][-1][0] >= _GAP:
            found.append([])
        found[-1].append(point)
    return found


def _n(value: float) -> str:
    return str(escape(f"{value:.1f}".rstrip("0").rstrip(".")))
