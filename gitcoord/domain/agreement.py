"""How what a session recorded becomes agreed: at once where this clone is alone, at the hub where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from gitcoord.dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from _typeshed import DataclassInstance

    from gitcoord.ledger.ledger import Done
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId, StoreOid

HUB_EVERY = 10.0
"""Seconds between two looks at the hub of a command that waits or watches."""

MOMENT = 1.0
"""Seconds that count as just now."""


Record = TypeVar("Record", bound="DataclassInstance")


def same(known: Record | None, item: Record) -> bool:
    """Whether a record is as the hub confirmed it; `known` is the record there, None for none.

    Everything counts but the number of its operation, which is another one where operations are sequenced again.
    """
    return known is not None and replace(known, number=0) == replace(item, number=0)


class Agreement(Protocol):
    """What commands ask of whatever arbitrates."""

    @property
    def status(self) -> str:
        """`none` without a hub; `ok`, or `offline` where the hub did not answer when it was asked last."""

    @property
    def warnings(self) -> list[str]:
        """What whoever runs this command should know of the hub, as sentences."""

    @property
    def met(self) -> int:
        """When the hub answered last, in seconds; 0 for never."""

    @property
    def looked(self) -> int:
        """When everything at the hub was fetched last, in seconds; 0 for never."""

    def look(self, later: Callable[[], None]) -> bool:
        """Look at the hub where the last look is too old, for a moment only; says whether a look was made.

        `later` starts a process of its own that ends a look for which that was too short. Nothing is pushed.
        """

    def settle(self, done: Done, *, wait: bool = True) -> Done:
        """Carry what was recorded to agreement; returns it with the verdicts that are known now.

        Without `wait` it goes with the next contact.
        """

    def look_ahead(self) -> bool:
        """Learn what the hub knows before something is recorded, if others most likely wrote; says whether it did."""

    recent: float
    """For so many seconds an answer of the hub is good enough, since a push is checked anyway; 0: always ask."""

    def refresh(self, *, insist: bool = False, recent: bool = False) -> bool:
        """Learn what the hub knows; false where there is none, or it is out of reach.

        `insist`: ask also where it did not answer a moment ago. `recent`: do not where it answered within `recent`
        seconds.
        """

    def moved(self) -> bool:
        """Whether the hub may know more than this clone has heard: a glance, by which nothing is learned.

        The answer is yes, too, where the hub does not answer, and where there is no hub.
        """

    def confirmed(self) -> State | None:
        """The state that the hub has confirmed, None where everything is."""

    def grace_elapsed(self, session: SessionId, last_seen: int, expired_at: int) -> bool:
        """Return whether the grace period has passed.

        `last_seen` is the time of the holder's last operation, `expired_at` when its lease or deadline ended.
        """

    def grace_ends(self, session: SessionId, last_seen: int, expired_at: int) -> int:
        """Return the time in seconds from which `grace_elapsed` can be true, as far as is known now."""

    def heard(self) -> Mapping[str, StoreOid]:
        """What sessions of other clones said, as heard last: `<session>/log` or `<session>/beat` -> commit."""

    def heard_of(self, session: SessionId) -> Mapping[str, StoreOid]:
        """Return the part of `heard` that one session said."""

    def listen(self) -> None:
        """Hear what they say by now, where there is a hub in reach."""

    def bring_back(self) -> bool:
        """Fetch again what is missing here of what the hub has; returns whether something was, and is here now."""

    def hand_over(self) -> bool:
        """Bring the snapshots that are offered to the hub; returns whether all of them are there now."""

    def receive(self, snapshot: StoreOid) -> bool:
        """Fetch a snapshot that was handed over, by its commit; returns whether it is here now."""

    def left_out(self) -> list[str]:
        """Sessions of this clone whose operations the hub refuses."""


class Alone:
    """No hub: what the ledger of this clone says is so."""

    status = "none"
    met = 0
    looked = 0
    recent = 0.0
    warnings: list[str] = []  # noqa: RUF012 - never any

    def look(self, later: Callable[[], None]) -> bool:
        """There is nothing to look at."""
        return False

    def settle(self, done: Done, *, wait: bool = True) -> Done:
        """It is agreed already."""
        return done

    def look_ahead(self) -> bool:
        """There are no others."""
        return False

    def refresh(self, *, insist: bool = False, recent: bool = False) -> bool:
        """There is nobody to ask."""
        return False

    def moved(self) -> bool:
        """There is nobody to ask."""
        return True

    def confirmed(self) -> State | None:
        """All of it."""
        return None

    def grace_elapsed(self, session: SessionId, last_seen: int, expired_at: int) -> bool:
        """There is no outage to recover from."""
        return True

    def grace_ends(self, session: SessionId, last_seen: int, expired_at: int) -> int:
        """Return `expired_at`: there is no outage to recover from."""
        return expired_at

    def heard(self) -> Mapping[str, StoreOid]:
        """There are no others."""
        return {}

    def heard_of(self, session: SessionId) -> Mapping[str, StoreOid]:
        """There are no others."""
        return {}

    def listen(self) -> None:
        """There are no others."""

    def bring_back(self) -> bool:
        """There is nothing to fetch it from."""
        return False

    def hand_over(self) -> bool:
        """They are where they are needed."""
        return True

    def receive(self, snapshot: StoreOid) -> bool:
        """There is nothing to fetch it from."""
        return False

    def left_out(self) -> list[str]:
        """Nobody refuses anything."""
        return []
