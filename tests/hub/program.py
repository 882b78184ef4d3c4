"""The program's side of a walk: real clones and a real hub, run in this process, whose wire and refs may fail.

Every push and fetch of a clone goes through `Wire`, which reports it and lets happen to it what was planned. Nothing
else is replaced: repositories, refs and git are real. Times are the walk's, and so are ids.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from unittest.mock import patch

from gitcoord.dataclass import replace
from gitcoord.domain import housekeeping
from gitcoord.domain.claim import acquire as claiming
from gitcoord.domain.claim import record as claim
from gitcoord.domain.claim import release
from gitcoord.domain.kinds import KINDS
from gitcoord.domain.session import end, retire, start
from gitcoord.domain.session import record as session
from gitcoord.domain.workspace import Caller, Workspace
from gitcoord.errors import CoordError
from gitcoord.kernel import clone as identity
from gitcoord.kernel import process
from gitcoord.kernel.clock import RandomIds, SystemClock
from gitcoord.kernel.journal import Journal
from gitcoord.kernel.objects import Objects
from gitcoord.kernel.place import discover
from gitcoord.kernel.refname import LEDGER, log_ref
from gitcoord.kernel.refs import ABSENT, Refs, Update
from gitcoord.kernel.store import Store
from gitcoord.ledger import commit, marker, position, restore, sequence
from gitcoord.ledger.fold import Verdict
from gitcoord.ledger.ledger import Ledger
from gitcoord.policy.ids import RefName, SessionId, StoreOid
from gitcoord.policy.scope import Scope
from gitcoord.sync import agree, contact
from gitcoord.sync.agree import Agreement
from gitcoord.sync.open import open_hub
from gitcoord.sync.outcome import Outcome
from gitcoord.sync.transport import FetchResult, Hub, Pushed, RefUpdate

from .conftest import Clone as Directory
from .conftest import Hub as Bare
from .conftest import joined, make_hub

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gitcoord.kernel.place import Place

UNIT = 120
"""Seconds of the program for one unit of the model's time: its skew is one unit."""

START = 1_700_000_000
CLONES = ("A", "B", "C")
TRACKING = "refs/coord-remote/origin/ledger"
_LIVING = 1 if process.read(1) is not None else os.getpid()
"""A process that lives as long as any walk, the same in every run."""
SESSIONS = {"ann": "A", "amy": "A", "bob": "B", "cat": "C"}


PATIENT = 300.0
"""Seconds that one push or fetch may take on a busy machine."""


class Unhurried:
    """The time by which commands lose patience: they never do, however busy the machine is."""

    time = staticmethod(time.time)

    @staticmethod
    def monotonic() -> float:
        """No time passes."""
        return 0.0

    @staticmethod
    def sleep(_: float) -> None:
        """Nobody is there to wait for."""


class Killed(BaseException):
    """The command was killed here."""


class Watch(Protocol):
    """Who is told what goes over the wire, as it happens."""

    def pushes(self, clone: str, oid: str, lease: str, fate: str) -> None:
        """Before a push of the ledger sets out."""

    def pushed(self, clone: str, oid: str, lease: str, fate: str, said: str) -> None:
        """A push, or what arrives of it, has arrived; `said` is what its clone learns."""

    def fetches(self, clone: str) -> None:
        """Before a fetch sets out."""

    def fetched(self, clone: str, heard: FetchResult) -> None:
        """A fetch has brought something."""


@dataclass
class Plan:
    """What happens to one command: the fates of its pushes and fetches in turn, and after which write it is killed.

    Fates of a push: '', 'lost', 'answer lost', 'only the ledger', 'only the announcement', 'late', 'killed before',
    'killed after', 'overtaken' (another clone's command comes first). 'dead' is for both: the line is dead from here.
    """

    push: list[str] = field(default_factory=list)
    fetch: list[str] = field(default_factory=list)
    writes: int = 0
    half: bool = False
    dead: bool = False
    cut: bool = False

    def next(self, line: list[str]) -> str:
        """The fate of the next push or fetch."""
        fate = line.pop(0) if line else ""
        self.dead = self.dead or fate == "dead"
        return "dead" if self.dead else fate


class Brittle(Refs):
    """Refs whose process dies after a planned number of writes; `half`: of that write only the first ref moved."""

    plan = Plan()

    def update(self, updates: Sequence[Update]) -> None:
        """Move refs, and perhaps die."""
        self.plan.writes -= 1
        last = self.plan.writes == 0
        super().update(updates[:1] if last and self.plan.half else updates)
        if last:
            raise Killed


class Wire(Hub):
    """The way to the hub."""

    def __init__(self, hub: Hub, clone: str, plan: Plan, watch: Watch) -> None:
        super().__init__(hub.git, hub.name, hub.url, hub.prefix, PATIENT, store=hub.store)
        self._clone, self._plan, self._watch = clone, plan, watch
        self.late: list[list[RefUpdate]] = []

    def push(
        self,
        updates: Iterable[RefUpdate],
        *,
        atomic: bool = False,
        timeout: float | None = None,
        silence: float | None = None,
        stall: float | None = None,
    ) -> Pushed:
        """Push the ledger and the announcement, as it is planned."""
        both = list(updates)
        update = next(one for one in both if one.ref == self.ledger)
        oid, lease = update.oid, update.expected or ABSENT
        fate = self._plan.next(self._plan.push)
        self._watch.pushes(self._clone, oid, lease, fate)
        outcome = Outcome.UNREACHABLE if fate == "dead" else Outcome.UNKNOWN
        arrives = {
            "": both,
            "overtaken": both,
            "answer lost": both,
            "killed after": both,
            "only the ledger": both[:1],
            "only the announcement": both[1:],
        }.get(fate, [])
        if fate == "late" and not self._plan.cut:
            self.late.append(both)
        pushed = Pushed({one.ref: outcome for one in both}, fate)
        if arrives:
            pushed = super().push(arrives, atomic=atomic, timeout=PATIENT, silence=PATIENT)
        said = pushed.of(self.ledger) if fate in ("", "overtaken") else outcome
        self._watch.pushed(self._clone, oid, lease, fate, said.value)
        if fate.startswith("killed"):
            raise Killed
        return pushed if fate in ("", "overtaken") else Pushed({one.ref: outcome for one in both}, fate)

    def fetch(
        self,
        known: Iterable[str] = (),
        *,
        announcements: bool = False,
        everything: bool = False,
        timeout: float | None = None,
        silence: float | None = None,
        all_again: bool = False,
        own: str = "",
    ) -> FetchResult:
        """Fetch, as it is planned."""
        self._watch.fetches(self._clone)
        heard = FetchResult(False, said="the line is dead")
        if self._plan.next(self._plan.fetch) != "dead":
            heard = super().fetch(
                known,
                announcements=announcements,
                everything=everything,
                timeout=PATIENT,
                silence=PATIENT,
                all_again=all_again,
                own=own,
            )
        self._watch.fetched(self._clone, heard)
        return heard


class Clock:
    """The walk's clock."""

    def __init__(self) -> None:
        self.units = 0

    def now(self) -> int:
        """Seconds since 1970."""
        return START + self.units * UNIT


class Ids:
    """Ids that the seed decides."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def hexadecimal(self, digits: int) -> str:
        """So many digits."""
        return "".join(self._dice.choices("0123456789abcdef", k=digits))


class Line:
    """What one ledger says, read once for each commit: (id, session, kind, reason) in order, leaving out what the
    model has not (registrations, repairs)."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.of = cache(self._of)

    def below(self, oid: str) -> Iterator[str]:
        """The ledgers that a ledger continues, the newest first."""
        return (at for at, _ in sequence.first_parents(self._objects, StoreOid(oid)))

    def _of(self, oid: str) -> tuple[tuple[str, str, str, str], ...]:
        ahead: list[tuple[str, commit.Commit]] = []
        for at, record in sequence.first_parents(self._objects, StoreOid(oid)):
            ahead.append((at, record))
        said: list[tuple[str, str, str, str]] = []
        for _, record in reversed(ahead):
            known = self._kinds(record) if len(record.parents) > 1 else {}
            for key, value in record.trailers:
                if key == "Coord-Verdict":
                    _, event_id, verdict = value.split(" ", 2)
                    who, kind = known[event_id]
                    name = who.rpartition("-")[0]
                    if kind != "register" and name != "repair":
                        said.append((event_id, name, kind, Verdict.decode(verdict).reason))
        return tuple(said)

    def _kinds(self, record: commit.Commit) -> dict[str, tuple[str, str]]:
        before = sequence.load(self._objects, record.parents[0])
        return {item.id: (item.session, item.kind) for item in sequence.merged(self._objects, before, record)}


class Client:
    """One clone, and the commands of its sessions."""

    def __init__(self, name: str, directory: Directory, clock: Clock, ids: Ids) -> None:
        self.name, self.directory = name, directory
        self.clock, self.ids = clock, ids
        self.place: Place = discover(str(directory.top), directory.env)
        self.sessions: dict[str, str] = {}
        self.late: list[list[RefUpdate]] = []
        self.cut = False
        self.store: Store | None = None
        self._open()

    def _open(self) -> None:
        store_dir, directory = self.place.store_dir, self.place.coord_dir
        if self.store is not None:
            self.store.close()
        self.refs = Brittle(self.place.store_git, store_dir, fsync=False)
        self.store = Store(Objects(store_dir, Journal(directory, fsync=False)), self.refs, directory)
        self.ledger = Ledger(self.store, lambda: KINDS, self.clock, self.ids, "person@example.com")
        self.line = Line(self.store.objects)

    def close(self) -> None:
        """End its git programs."""
        if self.store is not None:
            self.store.close()

    def start(self, name: str) -> None:
        """Start a session, whose process is this one."""
        # The place that a session names is the same in every run, and so are the ids of all commits.
        workspace = self._workspace()
        workspace = replace(workspace, place=replace(self.place, top=f"/{self.name}"))
        who = start.start(workspace, start.Request(name=name, lease=4 * UNIT, pid=_LIVING))
        self.sessions[name] = who.session

    def _workspace(self) -> Workspace:
        caller = Caller(os.getpid(), "", "tester", "here")
        clone = identity.read(self.place.coord_dir)
        return Workspace(self.place, self.ledger, clone, self.clock, self.ids, caller)

    def run(self, name: str, verb: str, what: str, plan: Plan, watch: Watch) -> tuple[str, bool]:
        """Run a command; returns the answer ('won', 'refused', 'over', 'killed', …), and whether it is confirmed."""
        self.directory.forget_away()
        self.refs.plan = plan
        plan.dead = plan.cut = self.cut
        workspace = self._workspace()
        found = open_hub(self.place)
        assert found is not None
        wire = Wire(found, self.name, plan, watch)
        agreement = Agreement(self.ledger, wire, workspace.clone, grace=2 * UNIT)
        workspace = replace(workspace, agreement=agreement)
        try:
            with patch.object(contact, "time", Unhurried), patch.object(agree, "time", Unhurried):
                return self._run(workspace, agreement, name, verb, what)
        except Killed:
            self._open()
            return "killed", False
        finally:
            self.refs.plan = Plan()
            self.late += wire.late

    def _run(self, workspace: Workspace, agreement: Agreement, name: str, verb: str, what: str) -> tuple[str, bool]:
        me = session.read(self.ledger.state(), SessionId(self.sessions[name]))
        if verb == "sync":
            housekeeping.keep(workspace, me, mail=False)
            agreement.meet(set(), insist=True)
            return "synced", True
        if me is None:
            return "over", True
        housekeeping.keep(workspace, me, mail=False)
        scope = (Scope("directory", what),)
        try:
            if verb == "release":
                release.release(workspace, me, scope, "", everything=False)
            elif verb == "end":
                end.end(workspace, me, "")
            elif verb == "retire":
                retire.retire(workspace, me, (self.sessions_everywhere[what],), every_gone=False)
            else:
                override, insists = verb == "override", verb == "insist"
                request = claiming.Request(scope, why="work", override=override, confirmed=insists)
                answer = claiming.acquire(workspace, me, request)
                return answer.result, answer.confirmed
        except CoordError as error:
            return {1: "refused", 3: "unknown"}.get(error.status, str(error)), True
        return "done", True

    sessions_everywhere: dict[str, str] = {}  # noqa: RUF012  one for all: ids of everybody, by name

    def arrive(self) -> None:
        """Let its eldest late push arrive."""
        found = open_hub(self.place)
        assert found is not None
        found.push(self.late.pop(0))

    @property
    def own(self) -> str:
        """Its ledger."""
        return self.refs.read(LEDGER)

    @property
    def confirmed(self) -> str:
        """The hub's ledger as it knows it."""
        return self.refs.read(RefName(TRACKING))

    def is_restorable(self, ref: str) -> bool:
        """Whether all that a ref names is in the journal as the newest of its kind, or confirmed.

        What a killed command wrote and nobody sequenced may come back as well, which no model says.
        """
        oid, objects = self.refs.read(RefName(ref)), self.ledger.store.objects
        if oid == ABSENT or self.marked:
            return False
        if ref == LEDGER:
            return oid in (next(reversed(objects.commits_with(restore.LEDGER_MARK)), ""), self.confirmed)
        session_id = ref.split("/")[3]
        merged = position.read(self.ledger.state(), SessionId(session_id))
        return merged.tip == oid == restore.log(self.ledger.store, self.ledger.state(), SessionId(session_id))

    def damage(self, ref: str, how: str) -> None:
        """Spoil a ref, whose process dies with it."""
        if how == "deleted":
            self.directory.git("update-ref", "-d", ref)
        else:
            path = Path(self.place.store_dir, ref)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes({"emptied": b"", "zeros": b"\0" * 41, "garbage": b"{garbage]\n"}[how])

    def mend(self) -> None:
        """Do what `init` does with refs, in a process of its own."""
        assert self.store is not None
        self._open()
        restore.mend(self.store, TRACKING, KINDS)

    def set_back(self, ref: str, oid: str) -> None:
        """Let a ref name something older."""
        self.directory.git("update-ref", ref, oid)

    @property
    def marked(self) -> bool:
        """Whether a write was begun and not finished."""
        return bool(marker.read(self.place.coord_dir)[0])

    def log(self, name: str) -> str:
        """The id of the last operation on a session's log, '' where there is none."""
        return self.last(name)[0]

    def last(self, name: str) -> tuple[str, str]:
        """Id and kind of the last operation on a session's log; of statements the model knows nothing."""
        oid: str = self.refs.read(log_ref(SessionId(self.sessions[name])))
        while oid not in (ABSENT, ""):
            found = sequence.read_event(self.ledger.store.objects, StoreOid(oid))
            if found.is_operation:
                return found.id, found.kind
            oid = found.parent
        return "", ""

    def held(self, oid: str) -> set[tuple[str, str, str, int]]:
        """Who holds what by a ledger: (scope, session, claim, its number)."""
        state = sequence.load(self.ledger.store.objects, StoreOid(oid))
        return {
            (item.scopes[0].text, one.name, item.id, item.token)
            for one in session.every(state)
            for item in claim.of(state, one.id)
        }

    def renewed(self, oid: str) -> dict[str, int]:
        """When each live session was last heard of by a ledger, in units of time."""
        state = sequence.load(self.ledger.store.objects, StoreOid(oid))
        return {one.name: (one.last - START) // UNIT for one in session.every(state)}


class Arena:
    """Three clones, four sessions and a hub, made once and put back for each walk."""

    def __init__(self, base: Path, env: dict[str, str]) -> None:
        self._base, self._env = base, env
        self._place, self._template = base / "arena", base / "template"
        self._place.mkdir()
        clock, ids = Clock(), Ids(0)
        with patch.object(SystemClock, "now", clock.now), patch.object(RandomIds, "hexadecimal", ids.hexadecimal):
            self._names = self._make(clock, ids)
        self._place.rename(self._template)

    def _make(self, clock: Clock, ids: Ids) -> dict[str, str]:
        env = self._env
        hub = make_hub(self._place, env)
        shutil.rmtree(hub.top / "hooks")
        names: dict[str, str] = {}
        clients = [Client(name, joined(self._place, name, env, str(hub.top)), clock, ids) for name in CLONES]
        for client in clients:
            shutil.rmtree(client.directory.top / ".git" / "hooks")
            for name, home in SESSIONS.items():
                if home == client.name:
                    client.start(name)
            names |= client.sessions
            client.directory.sync()
        for client in clients:
            client.directory.sync()
            client.close()
            client.directory.git("repack", "-adq")  # few files: they are copied for each walk
        hub.git("repack", "-adq")
        return names

    def begin(self, seed: int) -> tuple[Bare, dict[str, Client], Clock]:
        """Everything as it was in the beginning."""
        shutil.rmtree(self._place, ignore_errors=True)
        shutil.copytree(self._template, self._place)
        clock, ids = Clock(), Ids(seed)
        clients = {}
        for name in CLONES:
            client = Client(name, Directory(self._place / name, self._env), clock, ids)
            client.sessions = {one: self._names[one] for one, home in SESSIONS.items() if home == name}
            client.sessions_everywhere = self._names
            clients[name] = client
        return Bare(self._place / "hub.git", self._env), clients, clock
