"""Waiting within a clone: who claims next, who is let go first, and circles (docs/protocol.md, "Waiting").

Apart from the hub: the ledger is one set of holdings here, tickets stand in the order of their arrival.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .ledger import overlap
from .play import LIMIT, Found, Step, explore
from .rules import EVERY, Rule, Rules

if TYPE_CHECKING:
    from collections.abc import Iterator


class Hold(NamedTuple):
    """A scope that a session holds, or wants."""

    session: str
    scope: str
    shared: bool = False


class Ticket(NamedTuple):
    """A wait. `alive` while its process lives."""

    hold: Hold
    alive: bool = True


class Room(NamedTuple):
    """Everything at one moment. `looked`: who has looked, may wait, and has not taken its ticket yet."""

    holds: frozenset[Hold]
    tickets: tuple[Ticket, ...] = ()
    looked: tuple[Hold, ...] = ()
    done: tuple[tuple[str, int], ...] = ()
    deaths: int = 0
    needless: str = ""


class Queue:
    """Sessions that each ask for some scopes in turn, then end. `deaths` is how many waiters may die."""

    def __init__(
        self, wants: dict[str, tuple[Hold, ...]], rules: Rules, held: tuple[Hold, ...] = (), deaths: int = 0
    ) -> None:
        self.wants, self.rules, self.held, self.deaths = wants, rules, held, deaths

    def begin(self) -> Room:
        """The room at the start."""
        return Room(frozenset(self.held), done=tuple((s, 0) for s in sorted(self.wants)), deaths=self.deaths)

    def steps(self, room: Room) -> Iterator[Step[Room]]:
        """Everything that may happen next."""
        for session, count in room.done:
            waits = any(ticket.hold.session == session for ticket in room.tickets)
            if count < len(self.wants[session]) and not waits:
                yield from self._ask(room, self.wants[session][count], count)
            elif count == len(self.wants[session]) and any(hold.session == session for hold in room.holds):
                left = frozenset(hold for hold in room.holds if hold.session != session)
                yield Step(f"{session} ends", room._replace(holds=left))
        for ticket in room.tickets:
            if ticket.alive and not self._before(room, ticket.hold):
                mine = {hold for hold in room.holds if (hold.session, hold.scope) != ticket.hold[:2]}
                rest = tuple(one for one in room.tickets if one is not ticket)
                yield Step(
                    f"{ticket.hold.session} has its turn and claims {ticket.hold.scope}",
                    self._next(room._replace(holds=frozenset(mine | {ticket.hold}), tickets=rest), ticket.hold),
                )
            if ticket.alive and room.deaths:
                yield self._die(room, ticket)

    def _ask(self, room: Room, wanted: Hold, count: int) -> Iterator[Step[Room]]:
        text = f"{wanted.session} asks for {'shared ' * wanted.shared}{wanted.scope}"
        if wanted in room.looked:
            rest = tuple(one for one in room.looked if one != wanted)
            yield Step(
                f"{wanted.session} takes its ticket",
                room._replace(looked=rest, tickets=(*room.tickets, Ticket(wanted))),
            )
            return
        if not self._before(room, wanted):
            mine = {hold for hold in room.holds if (hold.session, hold.scope) != wanted[:2]}
            yield Step(f"{text}: won", self._next(room._replace(holds=frozenset(mine | {wanted})), wanted))
            return
        if self._refused(room, wanted):
            free = not self._holders(room, wanted)
            gives_up = room._replace(
                holds=frozenset(hold for hold in room.holds if hold.session != wanted.session),
                done=tuple((s, len(self.wants[s]) if s == wanted.session else n) for s, n in room.done),
                needless=text if free else room.needless,
            )
            yield Step(f"{text}: refused, waiting would never end; it ends", gives_up)
            return
        if Rule.WRITER_LOCK in self.rules:
            yield Step(f"{text}: waits", room._replace(tickets=(*room.tickets, Ticket(wanted))))
        else:
            yield Step(f"{text}: may wait", room._replace(looked=tuple(sorted((*room.looked, wanted)))))

    def _next(self, room: Room, got: Hold) -> Room:
        return room._replace(done=tuple((s, n + (s == got.session)) for s, n in room.done))

    def _die(self, room: Room, ticket: Ticket) -> Step[Room]:
        session = ticket.hold.session
        dead = room._replace(
            holds=frozenset(hold for hold in room.holds if hold.session != session),
            tickets=tuple(one._replace(alive=False) if one is ticket else one for one in room.tickets),
            done=tuple((s, len(self.wants[s]) if s == session else n) for s, n in room.done),
            deaths=room.deaths - 1,
        )
        return Step(f"{session} dies while it waits", dead, "death")

    def _holders(self, room: Room, wanted: Hold) -> set[str]:
        return {
            hold.session
            for hold in room.holds
            if hold.session != wanted.session
            and overlap(hold.scope, wanted.scope)
            and not (hold.shared and wanted.shared)
        }

    def _before(self, room: Room, wanted: Hold) -> set[str]:
        """Whom a session has to let go first: holders in its way, and earlier waiters."""
        found = self._holders(room, wanted)
        mine = [hold for hold in room.holds if hold.session == wanted.session]
        for ticket in room.tickets:
            other = ticket.hold
            if other == wanted:
                break
            if other.session == wanted.session or (not ticket.alive and Rule.LIVING_WAITERS in self.rules):
                continue
            if not overlap(other.scope, wanted.scope) or (other.shared and wanted.shared):
                continue
            passes = any(overlap(hold.scope, other.scope) for hold in mine)
            if not (passes and Rule.PASS_THE_WAITER in self.rules):
                found.add(other.session)
        return found

    def _refused(self, room: Room, wanted: Hold) -> bool:
        upgrades = [ticket.hold for ticket in room.tickets if self._upgrade(room, ticket.hold)]
        if (
            Rule.ONE_UPGRADE in self.rules
            and self._upgrade(room, wanted)
            and any(overlap(one.scope, wanted.scope) for one in upgrades)
        ):
            return True
        return Rule.NO_CIRCLE in self.rules and self._circle(room, wanted)

    def _upgrade(self, room: Room, wanted: Hold) -> bool:
        return not wanted.shared and Hold(wanted.session, wanted.scope, True) in room.holds

    def _circle(self, room: Room, wanted: Hold) -> bool:
        """Whether whom it would wait for waits, in the end, for it."""
        queued = room._replace(tickets=(*room.tickets, Ticket(wanted)))
        reached: set[str] = set()
        ahead = set(self._before(queued, wanted))
        while ahead:
            session = ahead.pop()
            if session == wanted.session:
                return True
            if session not in reached:
                reached.add(session)
                for ticket in queued.tickets:
                    if ticket.hold.session == session and ticket.alive:
                        ahead |= self._before(queued, ticket.hold)
        return False

    def broken(self, room: Room) -> str:
        """Two that hold what excludes one another, or a refusal that was not needed."""
        for hold in room.holds:
            if self._holders(room, hold):
                return f"two holders: of {hold.scope}"
        if room.needless:
            return f"needless refusal: {room.needless} while nobody held it"
        return ""

    def broken_step(self, room: Room, step: Step[Room]) -> str:
        """Nothing more."""
        del room, step
        return ""

    def settled(self, room: Room) -> bool:
        """Whether everybody got what it asked for, or was refused."""
        waits = any(ticket.alive for ticket in room.tickets)
        return not waits and not room.looked and all(count == len(self.wants[s]) for s, count in room.done)

    def broken_at_rest(self, room: Room) -> str:
        """Nothing more."""
        del room
        return ""


class Line(NamedTuple):
    """A small scope of waiting: who holds what, what each asks for in turn, and how many waiters may die."""

    wants: dict[str, tuple[Hold, ...]]
    held: tuple[Hold, ...] = ()
    deaths: int = 0


CROSSED = Line(
    {
        "ann": (Hold("ann", "x"), Hold("ann", "y")),
        "bob": (Hold("bob", "y"), Hold("bob", "x")),
        "cat": (Hold("cat", "x"),),
    },
    deaths=1,
)
NESTED = Line({"ann": (Hold("ann", "x/a"), Hold("ann", "x/b")), "bob": (Hold("bob", "x"),)})
SHARED = Line(
    {
        "ann": (Hold("ann", "x", True), Hold("ann", "x")),
        "bob": (Hold("bob", "x", True), Hold("bob", "x")),
        "cat": (Hold("cat", "x", True),),
    }
)


def wait(line: Line, rules: Rules = EVERY, *, limit: int = LIMIT) -> Found:
    """Search everything that waiters can do."""
    return explore(Queue(line.wants, rules, line.held, line.deaths), limit)


LINES: dict[Rule, tuple[Line, str]] = {
    Rule.WRITER_LOCK: (CROSSED, "stall"),
    Rule.PASS_THE_WAITER: (NESTED, "needless refusal"),
    Rule.LIVING_WAITERS: (CROSSED, "stall"),
    Rule.NO_CIRCLE: (CROSSED, "stall"),
}
"""For each rule of waiting a scope in which it matters, and what is found without it."""
