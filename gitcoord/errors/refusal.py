"""What coordination refuses, one class a case (`Refused` and its kinds, status 1)."""

from __future__ import annotations

from gitcoord.errors import Ended, Exists, Held, NotFound, Quota, Refused
from gitcoord.errors.listing import see
from gitcoord.errors.remedy import Remedy


class NoSuch(NotFound):
    """There is no `what` (a noun) of this name, or not where it was looked for. Where such things are listed helps."""

    def __init__(self, what: str, name: object, where: str = "", hint: str = "") -> None:
        super().__init__(f"there is no {what} {name}{where and f' {where}'}", hint or see(what))


class Vanished(NotFound):
    """A `what` (a noun) of this name that was there a moment ago."""

    def __init__(self, what: str, name: object = "") -> None:
        super().__init__(f"the {what} {name}".rstrip() + " is no longer there", see(what))


class NoProcess(NotFound):
    """No process on this machine has this id."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"there is no process {pid} here")


class NoLedgerYet(NotFound):
    """A time before the ledger was begun."""

    def __init__(self) -> None:
        super().__init__("there was no ledger yet at that time", Remedy("see what happened since with: {}", "log"))


class Given(Exists):
    """There is a `what` (a noun) of this name already."""

    def __init__(self, what: str, name: object, hint: str = "") -> None:
        super().__init__(f"there is a {what} {name} already", hint or see(what))


class ScopesClaimed(Held):
    """Other sessions, by their names, claim scopes of `what`."""

    def __init__(self, what: str, by: str) -> None:
        super().__init__(f"scopes of {what} are claimed by {by}", Remedy("see them: {}", "claims"))


class NotRecorded(Refused):
    """The ledger refused an operation that was not foreseen to be refused: `what` did not happen, and why."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}", Remedy("see what became of it: {}", "log"))


class TooMany(Quota):
    """There are `count` already, which is as many as there may be; `what` says of what, and how they are."""

    def __init__(self, count: int, what: str, *, example: str = "") -> None:
        """`example` ends one of them."""
        super().__init__(f"{count} {what} already", Remedy("end one: {}", example) if example else "")


class Late(Ended):
    """`what` may be done no longer: its deadline has passed."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(f"the deadline of {what} has passed", hint)


class Over(Ended):
    """`what` has ended in this way (its status)."""

    def __init__(self, what: str, status: str, hint: str = "") -> None:
        super().__init__(f"{what} is over: it is {status}", hint)


class SeveralAddresses(Refused):
    """Pushes to what was to be the hub go to several addresses; `fetch` is the one to fetch from, as it is typed."""

    def __init__(self, name: str, push: list[str], fetch: str) -> None:
        super().__init__(
            f"{name} cannot be the hub: pushes go to {' and '.join(push)}, and one place has to decide",
            Remedy("to let one decide: {}", f"init --hub {fetch}"),
        )
