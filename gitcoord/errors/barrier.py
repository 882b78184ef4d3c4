"""What keeps a session from making a barrier, or from passing one, one class a case.

Names are harmless to show already; `missing` says in words for whom it waits.
"""

from __future__ import annotations

from gitcoord.errors import Ended, Exists, Forbidden, NotFound, Pending, Usage
from gitcoord.errors.refusal import NoSuch
from gitcoord.errors.remedy import Remedy, step


class NeedMakes(Usage):
    """What makes a barrier was said without its name, or beside another action."""

    def __init__(self) -> None:
        super().__init__("--need makes a barrier", Remedy("{}", "barrier NAME --need ID|role:R|N --then TITLE"))


class NoBarrier(NoSuch):
    """There is no barrier of this name yet."""

    def __init__(self, name: str) -> None:
        super().__init__("barrier", name, hint=Remedy("make it: {}", "barrier NAME --need ID|role:R|N"))


class BarrierOpen(Exists):
    """There is an open barrier of this name already: the session that made it."""

    def __init__(self, name: str, by: str) -> None:
        hint = Remedy("see who is missing: {}", step("barrier", name))
        super().__init__(f"barrier {name} is open already: {by} made it", hint)


class BarrierClosed(Ended):
    """A barrier that is over in this way since a time, by whom."""

    def __init__(self, name: str, status: str, at: str, by: str) -> None:
        hint = Remedy("see: {}", step("barrier", name))
        super().__init__(f"too late: barrier {name} is {status} since {at} ({by})", hint)


class BarrierLate(Ended):
    """A barrier whose time is over."""

    def __init__(self, name: str) -> None:
        hint = Remedy("make it anew: {}", step("barrier", name, "--need", "ID|role:R|N"))
        super().__init__(f"too late: the time of barrier {name} is over", hint)


class NeverComplete(Ended):
    """A barrier that ended in this way before all had arrived."""

    def __init__(self, name: str, status: str, missing: str) -> None:
        super().__init__(f"barrier {name} is {status}; missing: {missing}")


class NotArrived(Pending):
    """Not all have arrived in time."""

    def __init__(self, name: str, missing: str) -> None:
        super().__init__(f"not all have arrived at {name}: {missing}", Remedy("{}", step("barrier", name)))


class NotAwaited(Forbidden):
    """A barrier that does not wait for the session."""

    def __init__(self, name: str) -> None:
        hint = Remedy("see for whom: {}", step("barrier", name))
        super().__init__(f"barrier {name} does not wait for you", hint)


class NotThere(NotFound):
    """A barrier, or a session that it needs, that the ledger does not have."""

    def __init__(self, name: str) -> None:
        hint = Remedy("see: {}; {}", "barrier", "sessions")
        super().__init__(f"barrier {name}, or a session that it needs, is not there", hint)
