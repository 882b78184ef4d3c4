"""When a session is gone, and until when a claim holds. Pure arithmetic on seconds.

Light: the guard uses it.
"""

from __future__ import annotations

LEASE = 30 * 60
"""Length of a session's lease where it asked for no other."""

SKEW = 2 * 60
"""How far the clocks of two clones may be apart."""

IDLE = 10 * 60
"""After so long without a sign of life a session is idle."""


def run_out(last: int, lease: int, now: int, skew: int) -> bool:
    """Whether a lease counted from `last` is over for somebody whose clock may differ by `skew`."""
    return now > last + lease + skew


def passed(until: int | None, now: int, skew: int) -> bool:
    """Whether a deadline is over; no deadline never is."""
    return until is not None and now > until + skew


def evidence(last: int, lease: int, now: int, skew: int, *, agent: bool, process: str) -> str:
    """Why a session counts as gone: 'process', 'lease', or '' while it does not.

    `process` is what is known of its recorded process: 'alive', 'dead' or 'unknown'. One whose agent lives is never
    gone, however quiet; a shell that lives on says nothing about who worked in it.
    """
    if process == "dead":
        return "process"
    if agent and process == "alive":
        return ""
    return "lease" if run_out(last, lease, now, skew) else ""


def ahead(last: int, now: int, skew: int) -> bool:
    """Whether a time lies in the future even for a clock that may differ by `skew`: some clock was wrong."""
    return last > now + skew


def due(last: int, lease: int, now: int) -> bool:
    """Whether a holder should renew: half of the lease is over, or its own clock was ahead and has been set back."""
    return now - last >= lease // 2 or last > now
