"""What a halt keeps from being done, and what keeps a halt from being called or ended, one class a case.

`halt` is a sentence that says what is halted, by whom, since when and why, in harmless characters.
"""

from __future__ import annotations

from gitcoord.errors import Halted, NotFound, Quota, Unanswered, Usage
from gitcoord.errors.remedy import Remedy, join

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ENDING = Remedy("stop here, and wait until a person ends it with: {}", "resume")
REMEDY = join("; ", ENDING, Remedy("see: {}", "halt --status"))


class HaltStands(Halted):
    """A halt stops the work."""

    def __init__(self, halt: str) -> None:
        super().__init__(halt, REMEDY)


class NotByTheStopped(Halted):
    """A session that a halt stops was to end it."""

    def __init__(self, halt: str) -> None:
        hint = Remedy("a person ends it, in a terminal of their own, with: {}", "resume")
        super().__init__(f"a session that a halt stops cannot end it: {halt}", hint)


class NothingHalted(NotFound):
    """There is no halt to end; `meanwhile`: somebody else ended it."""

    def __init__(self, *, meanwhile: bool = False) -> None:
        gone = ": somebody else has ended it" if meanwhile else ""
        super().__init__(f"nothing is halted{gone}", Remedy("see: {}", "status"))


class TooManyHalts(Quota):
    """All halts together would be too large."""

    def __init__(self) -> None:
        hint = Remedy("see what is halted with: {}", "halt --status")
        super().__init__("nothing was halted: too many halts stand already", hint)


class NobodyToHalt(Usage):
    """A word that is neither a session nor a path."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is neither a live session nor a path that exists: nothing was halted",
            Remedy("see who is there with: {}; for paths that are still to come write a glob", "sessions"),
        )


class StatusStops(Usage):
    """The status of a halt was asked for beside what makes one."""

    def __init__(self) -> None:
        hint = Remedy("{}", "halt --status --wait 2m")
        super().__init__("--status stops nobody, and goes with --wait alone", hint)


class HaltUnanswered(Unanswered):
    """Some, by their names, have not answered a halt in time."""

    def __init__(self, waited: str, names: str, *, answer: Any) -> None:
        hint = Remedy("{} names all of them, and when each was seen last", "halt --status")
        super().__init__(f"not everybody has answered the halt in {waited}: {names}", hint, answer=answer)
