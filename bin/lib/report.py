"""One line per step with its time."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class StepFailed(Exception):
    """A step could not be done; the text says what a person can do about it."""


@contextmanager
def step(text: str) -> Iterator[None]:
    """Print `text` when the step starts and its seconds when it ends."""
    started = time.monotonic()
    print(f"  {text:<58}", end="", flush=True)
    try:
        yield
    except BaseException:
        print(" fehlgeschlagen", flush=True)
        raise
    print(f" {time.monotonic() - started:6.1f} s", flush=True)


def fail(text: str) -> None:
    """End the program with a message for a person."""
    print(text, file=sys.stderr)
    raise SystemExit(1)
