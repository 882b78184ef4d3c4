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


def pause(took: float, still: int = 0) -> float:
    """Seconds to wait when a push was lost that took so many; longer where the ledger stood `still` so many times.

    The push itself says how busy hub, link and machine are: on a quiet link it is a moment.
    """
    drawn: float = 1 + math.log(1 - random.random(), CROWD)
    longest: float = min(LONGEST, SPREAD * took * 2**still)
    return max(0.0, drawn) * longest
