"""Whose turn it is after a lost push: a pause in which few go first, however many there are.

Nobody knows how large the crowd is, and one who sequences everybody is enough. So the pauses are distributed as the
timers with which the receivers of a multicast group avoid that all of them answer (RFC 4654, section 2.5.1;
Nonnenmacher and Biersack, Optimal Multicast Feedback, 1998): exponentially, few early and most late. Who comes late
finds that it has been done.
"""

from __future__ import annotations

import math
import random

CROWD = 64
"""How many clones at the same moment it is made for. With more of them more go first; nothing breaks."""

SPREAD = 2.5
"""How much longer than the lost push the longest pause is."""

LONGEST = 2.0
"""Seconds of the longest pause: however slow everything is, to sequence a crowd takes less."""


EARLY = 0.5
"""Part of the longest pause before which one comes who most likely has to sequence: one in eight."""


def draw() -> float:
    """The part of the longest pause that one waits: 0 to 1, mostly near 1."""
    drawn: float = 1 + math.log(1 - random.random(), CROWD)
    return max(0.0, drawn)


def longest(took: float, still: int = 0) -> float:
    """Seconds of the longest pause after a lost push that took so many; more where the ledger stood `still` so often.

    The push itself says how busy hub, link and machine are: on a quiet link it is a moment.
    """
    doubled: float = SPREAD * took * 2**still
    return min(LONGEST, doubled)
