"""The outcome of a push for each ref: a small closed set, read from what git says."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

from gitcoord.policy.ids import RefName

if TYPE_CHECKING:
    from collections.abc import Iterable


_BEHIND = ("stale info", "fetch first", "non-fast-forward", "needs force")  # the last: the hub has no commit there
_REFUSED = re.compile(r"^!\t.*\[remote rejected\] \((.+)\)$")
_MOVED = ("failed to update", "cannot lock", "already exists", "atomic", "refname conflict")


class Outcome(enum.Enum):
    """What git and the server said of a push. Whether a race was lost a fetch shows, not these words."""

    PUSHED = "pushed"
    LOST = "lost the race"
    REFUSED = "refused by the server"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


def outcomes(porcelain: str, refs: Iterable[RefName]) -> dict[RefName, Outcome]:
    """Read what `git push --porcelain` says of these refs; {} where it says nothing of any."""
    found: dict[RefName, Outcome] = {}
    for line in porcelain.splitlines():
        flag, _, rest = line.partition("\t")
        names, _, summary = rest.partition("\t")
        ref = RefName(names.rpartition(":")[2])
        if not ref or len(flag) != 1:
            continue
        if flag != "!":
            found[ref] = Outcome.PUSHED
        elif any(words in summary for words in _BEHIND):
            found[ref] = Outcome.LOST
        elif "remote rejected" in summary:
            # "failed to update ref" may be a lock of a moment, a race that the server noticed, or a ref in the way:
            # to look is to know.
            lost = any(words in summary for words in _MOVED)
            found[ref] = Outcome.LOST if lost else Outcome.REFUSED
        else:
            found[ref] = Outcome.UNKNOWN
    return {ref: found.get(ref, Outcome.UNKNOWN) for ref in refs} if found else {}


def refusal(porcelain: str) -> str:
    """Return why the server refused the first ref that it refused, as git puts it; '' where it refused none."""
    return next((found[1] for line in porcelain.splitlines() if (found := _REFUSED.search(line))), "")
