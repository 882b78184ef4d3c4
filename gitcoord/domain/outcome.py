"""How the answer of a command ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gitcoord.errors import CoordError


class Outcome(NamedTuple):
    """How an answer ends: the exit status and, where it is not 0, the reason, the message, and a hint at what helps.

    The hint is a `Remedy` where commands help.
    """

    status: int = 0
    reason: str = ""
    message: str = ""
    hint: str = ""

    @classmethod
    def of(cls, error: CoordError) -> Outcome:
        """Return the outcome of a command that ended in an error."""
        return cls(error.status, error.reason, error.message, error.hint)


DONE = Outcome()
