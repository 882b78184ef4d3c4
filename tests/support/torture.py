"""How much is tried: `GITCOORD_TORTURE=2` and more runs the long variants of tests, which are left out by default."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

TIMES = max(1, int(os.environ.get("GITCOORD_TORTURE", "1")))


def every(step: int, cases: Iterable[T]) -> list[T]:
    """Return every so many of these cases, the first among them, and all of them in the long variant."""
    return list(itertools.islice(cases, 0, None, 1 if TIMES > 1 else step))
