"""What is tried: who there is, what they do, what may go wrong. A small scope each (scenarios.py)."""

from __future__ import annotations

from typing import NamedTuple

from .ledger import GRACE, Objects
from .world import Clone, Event, Hub, World


class Command(NamedTuple):
    """Something that a person asks for. `whom` is a session; `insists` is --confirmed; `time` is for what is given."""

    kind: str
    scope: str = ""
    whom: str = ""
    evidence: str = "lease"
    until: int | None = None
    insists: bool = False
    bad: bool = False
    time: int = 0


class Member(NamedTuple):
    """A clone with its sessions and what each does; `clock` is how far its clock is ahead."""

    clone: str
    sessions: dict[str, tuple[Command, ...]]
    clock: int = 0
    present: bool = True


class Scenario(NamedTuple):
    """A small scope to search.

    `given` is confirmed at the start. `faults` is how often each may happen. `start` and `until` bound the time.
    `offline`: sessions go on with provisional answers; otherwise they wait. `slow`: between a fetch and its writing
    others of the clone may act. `dead` sessions hold and do nothing; `quiet` ones live, but run no command;
    `elsewhere` is in another pid namespace. `parents` of sessions. `tidy`: refs at the hub are deleted, and logs go
    there. `open_end`: who wants to take over may wait for ever. `strict` asks also for what cannot be promised. The
    hub `forgot` what is given: it was restored. Clones that are `cut` begin without a connection, `unaware` ones
    without what is given, `unmet` ones have not met the hub yet that was named to them. `prompt`: no time passes before
    a clone with somebody who would take over has met the hub.
    `leased`: a push of an announcement names what stands there, which matters where a disk is restored.
    """

    members: tuple[Member, ...]
    given: tuple[tuple[str, Command], ...] = ()
    faults: dict[str, int] = {}  # noqa: RUF012  a NamedTuple's default, never changed
    start: int = 0
    until: int = 0
    grace: int = GRACE
    offline: bool = False
    slow: bool = False
    tidy: bool = False
    dead: frozenset[str] = frozenset()
    quiet: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    parents: dict[str, str] = {}  # noqa: RUF012  the same
    open_end: bool = False
    strict: bool = False
    forgot: bool = False
    leased: bool = False
    cut: frozenset[str] = frozenset()
    unaware: frozenset[str] = frozenset()
    unmet: frozenset[str] = frozenset()
    prompt: bool = False

    def takes(self) -> bool:
        """Whether anybody here would take something over."""
        scripts = [line for member in self.members for line in member.sessions.values()]
        return any(command.kind in ("take", "retire", "adopt") for line in scripts for command in line)

    def home(self, session: str) -> int:
        """The place of the clone in which a session runs; the copy of a clone stands next to it."""
        if session.endswith("*"):
            return self.home(session[:-1]) + 1
        return next(at for at, member in enumerate(self.members) if session in member.sessions)


class Model(NamedTuple):
    """Rules, a scenario, and the objects made in it."""

    objects: Objects
    scenario: Scenario

    def clock(self, world: World, at: int) -> int:
        """What the clock of a clone says."""
        return world.now + self.scenario.members[at].clock

    def scripts(self, world: World, at: int) -> dict[str, tuple[Command, ...]]:
        """What each session of a clone does; in a copied clone with an id of its own they are new sessions."""
        member = self.scenario.members[at]
        new = "*" if world.clones[at].name != member.clone else ""
        return {session + new: script for session, script in member.sessions.items()}

    def begin(self) -> World:
        """The world at the start: what is given is confirmed, and everybody knows it."""
        scenario, objects = self.scenario, self.objects
        tip = objects.root()
        logs: dict[str, Event] = {}
        for count, (session, command) in enumerate(scenario.given):
            before = logs.get(session)
            event = Event(
                id=f"{session}.g{count}",
                session=session,
                clone=scenario.members[scenario.home(session)].clone,
                number=before.number + 1 if before else 1,
                parent=before,
                kind=command.kind,
                time=command.time,
                scope=command.scope,
                names=(command.whom,) if command.whom else (),
                until=command.until,
                under=scenario.parents.get(session, ""),
                command=f"{session}.g{count}",
            )
            logs[session] = objects.event(event)
            tip = objects.entry(tip, logs[session], command.time, session)
        clones = []
        for member in scenario.members:
            unaware = member.clone in scenario.unaware
            mine = tuple((session, None if unaware else logs.get(session)) for session in sorted(member.sessions))
            known = objects.root() if unaware else tip
            cut = member.clone in scenario.cut
            unmet = member.clone in scenario.unmet
            clones.append(
                Clone(member.clone, mine, known, known, seen=known, alive=member.present, cut=cut, unmet=unmet)
            )
        shown = objects.root() if scenario.forgot else tip
        return World(tuple(clones), Hub(shown, saved=shown), scenario.start, tuple(sorted(scenario.faults.items())))
