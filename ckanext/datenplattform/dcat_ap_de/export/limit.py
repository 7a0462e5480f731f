"""How many long answers one process gives at once: downloads must not take all threads from the portal's visitors."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Limit:
    """Counts what is under way in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = 0

    def take(self, most: int) -> Callable[[], None] | None:
        """A function that gives the place back (calling it again does nothing), None where all `most` are taken."""
        with self._lock:
            if self._taken >= most:
                return None
            self._taken += 1
        given_back = threading.Event()

        def give_back() -> None:
            with self._lock:
                if not given_back.is_set():
                    given_back.set()
                    self._taken -= 1

        return give_back
