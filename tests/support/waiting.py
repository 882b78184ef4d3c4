"""Waiting for what another process does: looked for again and again, and never for ever."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 60.0
"""Seconds after which a test that waits has failed."""

_PAUSE = 0.02


def until(holds: Callable[[], object], what: str = "", seconds: float = PATIENCE) -> None:
    """Wait until something is so; `what` says what is wrong where that does not happen."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(_PAUSE)
