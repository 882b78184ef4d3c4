"""What there is: events, the ledger, clones and the hub, at one moment. Nothing here changes; a step makes a new world.

Events and ledger entries are objects as in Git: made once for each content, equal only to themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

T = TypeVar("T")

OPERATIONS = frozenset(
    {"claim", "release", "renew", "take", "retire", "end", "handoff", "repair", "halt", "limit"}
    | {"offer", "accept", "decline", "adopt", "set"}
)


@dataclass(frozen=True, eq=False, slots=True)
class Event:
    """One commit of a session's log. `names` are the ids of the claims (or the session) that it is about; of an accept
    or a decline the offer, of a `set` the write that it saw.

    `under` is the parent of a session, or who gets a handoff; `command` is what a person asked for by it; `seen` are
    the last events of the sessions that it takes from because they are ahead.
    """

    id: str
    session: str
    clone: str
    number: int
    parent: Event | None
    kind: str
    time: int
    scope: str = ""
    names: tuple[str, ...] = ()
    evidence: str = ""
    until: int | None = None
    under: str = ""
    bad: bool = False
    command: str = ""
    seen: tuple[str, ...] = ()

    def line(self) -> list[Event]:
        """The log up to here, eldest first."""
        return [*(self.parent.line() if self.parent else ()), self]


class Session(NamedTuple):
    """A session as the ledger knows it. `position` is its last merged event, `last` when its lease was renewed."""

    clone: str
    position: Event | None
    last: int
    parent: str = ""
    live: bool = True

    @property
    def number(self) -> int:
        """Number of its last merged event."""
        return self.position.number if self.position else 0


class Claim(NamedTuple):
    """A live claim. `token` is the number of the operation that gave it to its present holder."""

    id: str
    session: str
    scope: str
    token: int
    until: int | None


class Offer(NamedTuple):
    """What a session offers: these claims, until a time. `open` until somebody accepts or declines."""

    giver: str
    names: tuple[str, ...]
    until: int | None
    open: bool = True


class Verdict(NamedTuple):
    """What became of an operation: its number, and why it was refused, or ''."""

    number: int
    reason: str


@dataclass(slots=True)
class State:
    """The fold of a ledger: pure, and a function of the ledger alone. `halted` is the number of a halt that stands.

    `limited` has the sessions whose role was changed so that they may claim nothing, with the number of that change,
    `written` is the write that stands of the one shared value.
    """

    counter: int = 0
    sessions: dict[str, Session] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    repaired: frozenset[str] = frozenset()
    twice: str = ""
    halted: int = 0
    limited: dict[str, int] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    written: str = ""

    def copy(self) -> State:
        """An own copy to change."""
        return State(
            self.counter,
            dict(self.sessions),
            dict(self.claims),
            dict(self.verdicts),
            self.repaired,
            self.twice,
            self.halted,
            dict(self.limited),
            dict(self.offers),
            self.written,
        )


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """A ledger, named by its newest sequencing commit. `below` is all before it; the root has no event."""

    parent: Entry | None
    event: Event | None
    time: int
    by: str
    forged: bool
    root: str
    state: State
    below: frozenset[Entry] = field(default_factory=frozenset)

    def descends(self, other: Entry) -> bool:
        """Whether it is that ledger or continues it."""
        return other is self or other in self.below

    def line(self) -> list[Entry]:
        """The sequencing commits, eldest first, the root not included."""
        found: list[Entry] = []
        at: Entry | None = self
        while at is not None and at.event is not None:
            found.append(at)
            at = at.parent
        return found[::-1]


Pairs = tuple[tuple[str, str], ...]
Logs = tuple[tuple[str, Event | None], ...]


class Asked(NamedTuple):
    """What a session waits for: the verdict on an operation, which answers a command."""

    id: str
    command: str


class Fetch(NamedTuple):
    """What one fetch brought, before it is worked in: the hub's ledger, announcements, and the own ledger then read.

    `shown` is what the hub has under the id of the clone itself.
    """

    ledger: Entry | None
    announced: tuple[tuple[str, Entry], ...]
    own: Entry
    shown: Entry | None = None


class Meeting(NamedTuple):
    """When a clone first met the hub after a claim's lease (and skew) had passed, and the renewal it saw there."""

    claim: str
    last: int
    time: int


class Watch(NamedTuple):
    """Since when a clone has seen nothing newer than `sign` of a session whose times are ahead.

    `first` is when it first met the hub after a whole lease of that, -1 before.
    """

    session: str
    sign: str
    since: int
    first: int = -1


class Clone(NamedTuple):
    """A clone: first what its disk holds, then what its processes know.

    `confirmed` is refs/coord-remote/<hub>/ledger, `ledger` refs/coord/ledger; `seen` what the hub had when last asked.
    `alias` is the id under which it announces itself, where that is not its name any more; `announced` is what stands
    there as far as it knows, `tried` all that it ever pushed there (where a disk may be restored).
    `astray`: the name of its hub leads to a fork. `unmet`: a hub was named here, and not met yet.
    """

    name: str
    logs: Logs
    ledger: Entry
    confirmed: Entry
    archive: frozenset[Entry] = frozenset()
    marker: bool = False
    quarantine: frozenset[str] = frozenset()
    alive: bool = True
    cut: bool = False
    seen: Entry | None = None
    hand: tuple[Fetch, ...] = ()
    done: tuple[tuple[str, int], ...] = ()
    waits: tuple[tuple[str, Asked], ...] = ()
    answers: Pairs = ()
    gone: frozenset[str] = frozenset()
    met: tuple[Meeting, ...] = ()
    watched: tuple[Watch, ...] = ()
    heard: int = -1
    alias: str = ""
    announced: Entry | None = None
    tried: frozenset[Entry] = frozenset()
    astray: bool = False
    unmet: bool = False

    def log(self, session: str) -> Event | None:
        """The tip of a session's log."""
        return dict(self.logs).get(session)

    def answer(self, operation: str) -> str:
        """What the session was told about an operation, or ''."""
        return dict(self.answers).get(operation, "")


class Push(NamedTuple):
    """A push on its way: who, the ledger it expects, the ledger and the announcement it carries.

    `leased`: the announcement is taken only in place of `announced`.
    """

    clone: str
    lease: Entry | None
    ledger: Entry
    leased: bool = False
    announced: Entry | None = None


class Hub(NamedTuple):
    """The hub: its ledger, the announcements and what it was saved as. `away` while nobody reaches it."""

    ledger: Entry | None
    announced: tuple[tuple[str, Entry], ...] = ()
    logs: Logs = ()
    saved: Entry | None = None
    flight: tuple[Push, ...] = ()
    away: bool = False
    deaf: bool = False
    spoilt: bool = False


class World(NamedTuple):
    """Everything at one moment. `faults` is how often each fault may still happen. `fork`: what is not the hub."""

    clones: tuple[Clone, ...]
    hub: Hub
    now: int = 0
    faults: tuple[tuple[str, int], ...] = ()
    told: tuple[tuple[str, str, int], ...] = ()
    fork: Hub = Hub(None)

    def fault(self, name: str) -> World | None:
        """The world with one fault of that name used up, or None where none is left."""
        left = dict(self.faults)
        if not left.get(name):
            return None
        left[name] -= 1
        return self._replace(faults=tuple(sorted(left.items())))

    def as_seen_astray(self, at: int) -> World:
        """The world as a clone sees it that takes the fork for the hub; the same again leads back."""
        clone = self.clones[at]
        return self._replace(hub=self.fork, fork=self.hub).with_clone(at, clone._replace(astray=not clone.astray))

    def with_clone(self, at: int, clone: Clone) -> World:
        """The world with one clone replaced."""
        return self._replace(clones=(*self.clones[:at], clone, *self.clones[at + 1 :]))


def put(pairs: tuple[tuple[str, T], ...], key: str, value: T) -> tuple[tuple[str, T], ...]:
    """The pairs with one of them set, in the order of the keys."""
    return tuple(sorted([*(pair for pair in pairs if pair[0] != key), (key, value)], key=lambda pair: pair[0]))


def drop(pairs: tuple[tuple[str, T], ...], key: str) -> tuple[tuple[str, T], ...]:
    """The pairs without one of them."""
    return tuple(pair for pair in pairs if pair[0] != key)
