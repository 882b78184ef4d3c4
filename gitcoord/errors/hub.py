"""What keeps a clone from meeting its hub, one class a case. Names and addresses are harmless to show already."""

from __future__ import annotations

from gitcoord.errors import Elsewhere, NotDelivered, NotFound, Refused, Usage
from gitcoord.errors.remedy import Remedy, quote, step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_NAMED = 3
"""Refs that are named for people; the rest is counted."""


def make_way(hub: str, refs: Sequence[str]) -> str:
    """Return the command that deletes refs at the hub which are in the way; the next try where there are none."""
    if not refs:
        return Remedy("{} tries again", "sync")
    return f"git push {quote(hub)} --delete {' '.join(map(quote, refs))}"


class NoHub(Usage):
    """There is no hub to meet."""

    def __init__(self) -> None:
        super().__init__("there is no hub to sync with", Remedy("name one with: {}", "init --hub REMOTE"))


class NoHubName(Usage):
    """The name of a hub that is empty."""

    def __init__(self) -> None:
        super().__init__("the hub has no name")


class AnotherHub(Usage):
    """Another hub was named than this clone has."""

    def __init__(self, hub: str, named: str) -> None:
        super().__init__(f"the hub here is {hub}, not {named}", Remedy("choose it with: {}", step("init --hub", named)))


class StoreStays(Usage):
    """The coordination of a repository was to move out of its store."""

    def __init__(self, store: object) -> None:
        hint = Remedy("to begin anew elsewhere: {}, then init again", "uninit --purge")
        super().__init__(f"the coordination of this repository is in {store}, and stays there", hint)


class NoRemote(NotFound):
    """A name that no remote has."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no remote {name}", f"git remote add {quote(name)} URL, or give the URL")


class NotAHub(Refused):
    """A remote that cannot arbitrate: what is missing there, and what it said."""

    def __init__(self, name: str, missing: Sequence[str], said: str) -> None:
        super().__init__(
            f"{name} cannot be the hub: {'; '.join(missing)}" + (f" ({said})" if said else ""),
            "coord.refPrefix=refs/heads/coord helps with hosts that accept only branches; --read-only obeys its claims",
        )


class Undelivered(NotDelivered):
    """What is not at the hub, a sentence for each ref, and the refs there that are in the way."""

    def __init__(self, hub: str, told: Sequence[str], in_the_way: Sequence[str], *, answer: Any) -> None:
        more = f"; and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        message = f"not everything was delivered to {hub}: {'; '.join(told[:_NAMED])}{more}"
        super().__init__(message, make_way(hub, in_the_way), answer=answer)


class OtherLedger(Elsewhere):
    """The ledger here is not the one that a name was recorded the hub of; `typed` is that name as it is."""

    def __init__(self, name: str, typed: str) -> None:
        super().__init__(
            f"the ledger here is not the one that {name} was named the hub of: nothing is pushed or confirmed",
            Remedy("to join that hub with this ledger: {}", step("init --hub", typed)),
        )


class OtherAddress(Elsewhere):
    """The hub's name leads to another address than was recorded: to None where the remote is gone.

    `stay` and `move` are what `init --hub` takes. Without `move` there is no one place to move to.
    """

    def __init__(self, recorded: object, name: str, now: object, *, stay: str, move: str) -> None:
        old = step("init --hub", stay)
        hint = Remedy("to stay with the old hub: {}", old)
        if move:
            hint = Remedy(f"to stay with the old hub: {{}}; to move to {now}: {{}}", old, step("init --hub", move))
        where = f"the remote {name} is gone" if now is None else f"{name} is now {now}"
        super().__init__(f"the hub was {recorded}, and {where}: nothing is pushed or confirmed", hint)
