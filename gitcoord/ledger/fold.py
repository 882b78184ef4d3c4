"""The fold: what an operation does to the state. Pure: the same operations in the same order give the same tree.

It looks at nothing but the state, the event and the time of the sequencing commit. The kinds themselves are the
domain's and are passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gitcoord import errors
from gitcoord.dataclass import dataclass, field
from gitcoord.errors import Malformed, OutOfOrder
from gitcoord.kernel import lightjson
from gitcoord.ledger import position
from gitcoord.ledger.commit import canonical

if TYPE_CHECKING:
    from gitcoord.ledger.event import Event
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

SCHEMA = 1
META = "meta.json"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an operation. `reason` is a word, empty where it was accepted; `detail` is for programs."""

    reason: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether it took effect."""
        return not self.reason

    @classmethod
    def decode(cls, text: str) -> Verdict:
        """Read what `encode` wrote. Raises `ValueError` for anything else."""
        word, _, rest = text.partition(" ")
        reason = ""
        if word == "refused":
            reason, _, rest = rest.partition(" ")
        elif word != "accepted":
            raise ValueError(f"no verdict: {text!r}")
        detail = lightjson.parse(rest) if rest else {}
        if not isinstance(detail, dict):
            raise ValueError(f"no verdict: {text!r}")
        return cls(reason, detail)

    def encode(self) -> str:
        """The verdict as it stands in the trailer of a sequencing commit."""
        word = f"refused {self.reason}" if self.reason else "accepted"
        return f"{word} {canonical(self.detail)}" if self.detail else word


@dataclass(frozen=True, slots=True)
class Operation:
    """An event with what the ledger gave it: its number, and the time that counts (seconds).

    The time is the session's own, but never later than the sequencing commit's: nobody lengthens a lease by a clock
    that runs ahead.
    """

    number: int
    event: Event
    time: int

    @property
    def session(self) -> SessionId:
        """Whose operation it is."""
        return self.event.session

    @property
    def data(self) -> dict[str, Any]:
        """Its payload, as the session wrote it: not to be trusted."""
        return self.event.data


Apply = Callable[["State", Operation], Verdict]
Kinds = Mapping[str, Apply]


def merge(state: State, event: Event, now: int, kinds: Kinds) -> tuple[int, Verdict] | None:
    """Take the session one event further. Returns number and verdict of an operation, None for a statement.

    `now` is the time of the sequencing commit. Raises `OutOfOrder` for an event that does not follow the session's
    position.
    """
    before = position.read(state, event.session)
    if (event.number, event.parent) != (before.number + 1, before.tip):
        raise OutOfOrder(event.session, event.number, before.number)
    if not event.is_operation:
        position.advance(state, event.session, event.number, event.oid, None)
        return None
    meta = state.json(META)
    if meta is None or not isinstance(meta.get("operations"), int):
        raise errors.storage.StateDamaged(META, "has no counter of operations")
    number = meta["operations"] + 1
    operation = Operation(number, event, min(event.time, now))
    verdict = _judge(state, operation, before.standing, kinds)
    position.advance(state, event.session, event.number, event.oid, operation.time)
    meta = state.json(META) or meta  # a repair lifts the counter
    meta["operations"] = max(meta["operations"], number)
    state.write_json(META, meta)
    return number, verdict


def _judge(state: State, operation: Operation, standing: str, kinds: Kinds) -> Verdict:
    apply = kinds.get(operation.event.kind)
    if apply is None:
        return Verdict("unknown_kind")
    if standing == "ended":
        return Verdict("ended")
    if (standing == "unknown") != (operation.event.kind == "register"):
        return Verdict("unregistered" if standing == "unknown" else "registered")
    if operation.event.flaw:
        return Verdict("malformed", {"why": operation.event.flaw})
    try:
        return apply(state, operation)
    except Malformed as error:
        return Verdict("malformed", {"why": str(error)})
