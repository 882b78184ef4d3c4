"""What every command works with: the place, its ledger, and which clone this is."""

from __future__ import annotations

import os
import select
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from gitcoord.dataclass import dataclass, field, replace
from gitcoord.domain.agreement import Alone
from gitcoord.domain.claim import record as claim
from gitcoord.domain.session import ahead
from gitcoord.domain.session import record as session
from gitcoord.errors import Refused, Stopped
from gitcoord.guard.liveness import Liveness
from gitcoord.kernel import clone, coordfile, doorbell, process, roster
from gitcoord.kernel.clock import Still
from gitcoord.kernel.store import open_store
from gitcoord.ledger.ledger import Ledger
from gitcoord.ledger.past import Past
from gitcoord.policy import duration, lease
from gitcoord.policy.ids import SessionId, StoreOid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gitcoord.domain.agreement import Agreement
    from gitcoord.domain.claim.record import Claim
    from gitcoord.domain.session.record import Session
    from gitcoord.errors import CoordError
    from gitcoord.kernel.clock import Clock, Ids
    from gitcoord.kernel.place import Place
    from gitcoord.ledger.event import Draft
    from gitcoord.ledger.fold import Kinds
    from gitcoord.ledger.ledger import Done
    from gitcoord.ledger.state import State


Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who runs the command: its process, its terminal ('' for none), the account and the machine.

    `host` is what the machine is called today, `machine` what it is called for ever ('' where nothing says so); `uid`
    is the number of the account.
    """

    pid: int
    terminal: str
    user: str
    host: str
    machine: str = ""
    uid: int = -1


def _kinds() -> Kinds:
    """Return what each kind of operation does: loaded by whoever folds one, and who only reads folds none."""
    from gitcoord.domain.kinds import KINDS

    return KINDS


class _Roster:
    """The roster as it was read last: asked for each session in turn, and read again when it is another file."""

    def __init__(self) -> None:
        self.where = process.here()
        self._stamp: tuple[int, ...] = ()
        self._entries: dict[str, roster.Entry] = {}

    def entries(self, path: str) -> dict[str, roster.Entry]:
        """The sessions of this clone, by id."""
        try:
            found = os.stat(path)  # noqa: PTH116 - for each session
            stamp: tuple[int, ...] = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        except OSError:
            stamp = ()
        if not stamp or stamp != self._stamp:
            self._entries = {entry.session: entry for entry in reversed(roster.read(path))}
            self._stamp = stamp
        return self._entries


class _Nobody(_Roster):
    """The roster of another time: of no process is anything known."""

    def entries(self, _: str) -> dict[str, roster.Entry]:
        """Nobody."""
        return {}


@dataclass(frozen=True, slots=True)
class Workspace:
    """A repository that is set up for gitcoord, as one command sees it.

    `copied` says that it was found to be a copy of another clone just now, and has a new id. `former` are ids that it
    had before it was found that another clone bears them, too. `stop` is a file descriptor that can be read once
    whoever asked has gone, -1 for none: whoever listens stops then. `patient`: a long history is read, where it has not
    been yet, while the caller waits.
    """

    place: Place
    ledger: Ledger
    clone: str
    clock: Clock
    ids: Ids
    caller: Caller
    agreement: Agreement = field(default_factory=Alone)
    copied: bool = False
    stop: int = -1
    patient: bool = True
    former: tuple[str, ...] = ()
    _roster: _Roster = field(default_factory=_Roster)

    def at(self, commit: StoreOid, then: int) -> Workspace:
        """Return this workspace with the ledger as it was at a commit and a time, in seconds: to read only."""
        ledger = Past(self.ledger, commit)
        return replace(self, ledger=ledger, clock=Still(then), agreement=Alone(), _roster=_Nobody())

    def transact(
        self, session: SessionId, decide: Callable[[State], list[Draft]], *, here: bool = False, looked: bool = False
    ) -> Done:
        """Record what `decide` says, and carry it to agreement; with `here` the hub is not waited for.

        Where what is known here refuses it, what the hub knows by now is looked at before that is the answer; so
        `decide` may be called twice. Where others are at work the hub is looked at first. `looked`: it just was.
        """
        looked = looked or (not here and self.agreement.look_ahead())
        try:
            done = self.ledger.transact(session, decide)
        except Refused:
            if here or looked or not self.agreement.refresh():
                raise
            done = self.ledger.transact(session, decide)
        return self.agreement.settle(done, wait=not here)

    def record(self, session: SessionId, *drafts: Draft, here: bool = False) -> Done:
        """Record these drafts whatever the state is, and carry them to agreement; with `here` at the next contact."""
        return self.transact(session, lambda _: list(drafts), here=here)

    def surely(self, look: Callable[[State], Found], *, unless: tuple[type[CoordError], ...] = (Refused,)) -> Found:
        """Return what `look` finds in the state; where it refuses, the hub is asked before that is the answer.

        `unless` are the errors that count as a refusal.
        """
        try:
            return look(self.ledger.state())
        except unless:
            if not self.agreement.refresh():
                raise
        return look(self.ledger.state())

    @contextmanager
    def listening(self, *, besides: Iterable[int] = ()) -> Iterator[Callable[[float], bool]]:
        """Be woken by whatever happens in this clone (`doorbell.listening`), for the block.

        Raises `Stopped` when whoever asked has gone.
        """
        name = f"{self.caller.pid}-{self.ids.hexadecimal(8)}"
        watched = [*besides, *([self.stop] if self.stop >= 0 else [])]
        stopped = select.poll()
        if self.stop >= 0:
            stopped.register(self.stop, select.POLLIN)
        with doorbell.listening(self.ledger.bells, name, besides=watched) as rung:

            def wait(seconds: float) -> bool:
                heard = rung(seconds)
                if stopped.poll(0):
                    raise Stopped
                return heard

            yield wait

    def is_confirmed(self, item: Claim) -> bool:
        """Whether a claim is the hub's word, too."""
        return self.token(item) is not None

    def token(self, item: Claim) -> int | None:
        """Return the token of a claim as the hub confirmed it; None where it has not.

        It is read where the claim is confirmed: the hub may have numbered it otherwise since `item` was read here.
        Where the lease of a session of this clone has run out since the hub heard of it last, it is unknown.
        """
        agreed = self.agreement.confirmed()
        token = claim.agreed_token(agreed, item)
        if agreed is None or token is None:
            return token
        holder = session.read(agreed, item.session)
        here = holder is not None and self.is_ours(holder)
        over = holder is None or (here and lease.run_out(holder.last, holder.lease, self.clock.now(), 0))
        return None if over else token

    def is_ours(self, other: Session) -> bool:
        """Whether a session is of this clone, under its present id or a former one.

        Under a former one it may live in a copy as well: evidence that it is gone counts as for another clone's.
        """
        return other.clone == self.clone or other.clone in self.former

    @property
    def here(self) -> str:
        """The file that lists the live sessions of this clone."""
        return str(self.place.coord_dir / coordfile.ROSTER)

    def skew(self, other: Session) -> int:
        """How far the clock behind another session's times may be off, in seconds."""
        return 0 if other.clone == self.clone else self.tolerance

    @property
    def tolerance(self) -> int:
        """How far the clocks of two clones may be apart, in seconds."""
        return max(lease.SKEW, duration.parse(self.place.setting("coord.clockskew", f"{lease.SKEW}s")))

    def gone(self, other: Session) -> str:
        """Why a session counts as gone: 'process', 'lease' or 'ahead'; '' while it may live.

        'ahead': its times are ahead of the clock here, and this clone has watched it for a whole lease without a sign.
        """
        evidence = self.liveness.evidence(other, None)
        return evidence or ("ahead" if self.is_watched(other) and ahead.is_over(self, other) else "")

    def is_watched(self, other: Session) -> bool:
        """Whether the watch of `domain.ahead` decides on a session: it is ahead, and its agent is not known to live."""
        return ahead.is_ahead(self, other) and not self.liveness.agent_lives(other)

    @property
    def liveness(self) -> Liveness:
        """What is known here of the life of sessions, as the guard judges it."""

        def recorded(name: str) -> roster.Entry | None:
            return self.recorded(SessionId(name))

        return Liveness(lambda: self.clone, recorded, self.clock.now, lambda: self.tolerance, self._roster.where)

    def _process_of(self, entry: roster.Entry) -> process.State:
        """Return whether the process that stands for a session lives."""
        stands = entry.kind in ("agent", "shell", "pid")
        return process.state_of(entry.mark, self._roster.where) if stands else "unknown"

    def dead(self) -> list[SessionId]:
        """Return the ids of the sessions that were started in this clone and whose process is dead."""
        entries = self._roster.entries(self.here).values()
        return [entry.session for entry in entries if self._process_of(entry) == "dead"]

    def may_take(self, other: Session, expired_at: int) -> bool:
        """Whether what a gone session of another clone held until `expired_at` (seconds) may be taken already."""
        if other.clone == self.clone:
            return True
        return self.agreement.grace_elapsed(other.id, other.last, expired_at + self.skew(other))

    def recorded(self, session: SessionId) -> roster.Entry | None:
        """What this clone knows of the process of one of its sessions."""
        return self._roster.entries(self.here).get(session)


def open_workspace(place: Place, clock: Clock, ids: Ids, caller: Caller) -> Workspace:
    """Open a repository that `git coord init` has set up. Raises `Unreadable` where it is not.

    A copy of another clone gets an id of its own.
    """
    store = open_store(place)
    mail = place.environ.get("GIT_AUTHOR_EMAIL") or place.setting("user.email") or f"{caller.user}@{caller.host}"
    ledger = Ledger(store, _kinds, clock, ids, mail)
    copied = clone.is_set_up(place.coord_dir) and clone.copied(place.coord_dir)
    known = clone.renew(place.coord_dir, ids) if copied else clone.read(place.coord_dir)
    former = clone.former(place.coord_dir)
    return Workspace(place, ledger, known, clock, ids, caller, copied=copied, former=former)
