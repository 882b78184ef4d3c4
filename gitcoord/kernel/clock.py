"""Time and randomness, passed in so that tests decide them."""

from __future__ import annotations

import os
import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> int:
        """Seconds since 1970, UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        """Seconds since 1970, UTC."""
        return int(time.time())


class Still:
    """A clock that stands at one time."""

    def __init__(self, then: int) -> None:
        self._then = then

    def now(self) -> int:
        """Seconds since 1970, UTC."""
        return self._then


class Ids(Protocol):
    """Makes ids that nobody made before."""

    def hexadecimal(self, digits: int) -> str:
        """So many random hexadecimal digits, lower case."""
        ...


class RandomIds:
    """Ids from the kernel's random numbers."""

    def hexadecimal(self, digits: int) -> str:
        """So many random hexadecimal digits, lower case."""
        return os.urandom((digits + 1) // 2).hex()[:digits]
