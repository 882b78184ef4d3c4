"""The ledger of a store: read it, and record what a session does.

A writer holds the writer lock for some milliseconds: it sequences what a crash left behind, looks at the state,
appends to its session's log, sequences, and moves log and ledger together. Two refs are not moved atomically by every
backend, so a marker names them first: with the marker there, the next writer looks for logs that are ahead of the
ledger. A log that is behind it costs nothing, the ledger has what it merged.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass, field
from gitcoord.errors import Forked, HalfMoved, Moved, Pruned, Unreadable
from gitcoord.kernel import coordfile, doorbell
from gitcoord.kernel.refname import LEDGER, SESSIONS, log_ref
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.ledger import event, marker, position, replaced, restore, sequence
from gitcoord.ledger.event import Draft
from gitcoord.ledger.views import Views
from gitcoord.policy.ids import NO_OBJECT, EventId, Oid, RefName, SessionId, StoreOid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from gitcoord.kernel.clock import Clock, Ids
    from gitcoord.kernel.store import Store
    from gitcoord.ledger.event import Event
    from gitcoord.ledger.fold import Kinds, Verdict
    from gitcoord.ledger.state import State

MOVES = 5
"""How often a transaction is computed again when another program moved a ref, which the writer lock does not stop."""
PRUNES = 5
"""How often a write is tried again when a prune took its objects away."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a draft. `number` is 0 and `verdict` None for a statement; `confirmed`: it is final."""

    event: Event
    number: int
    verdict: Verdict | None
    confirmed: bool = True

    @property
    def refused(self) -> bool:
        """Whether it took no effect, as far as is known."""
        return self.verdict is not None and not self.verdict.accepted


@dataclass(frozen=True, slots=True)
class Done:
    """What a transaction recorded, and the state after it; `again`: what stood on the log and was merged otherwise."""

    outcomes: list[Outcome]
    state: State
    again: list[Outcome] = field(default_factory=list)

    @property
    def confirmed(self) -> bool:
        """Whether every verdict is final."""
        return all(outcome.confirmed for outcome in self.outcomes if outcome.verdict is not None)


def _after(item: Event) -> position.Position:
    """The position of a session whose last event this is."""
    return position.Position(item.number, item.oid, "live")


def as_before(item: Event) -> Draft:
    """An event to be appended once more, under the same id."""
    return Draft(item.kind, item.subject, item.data, item.body, item.id)


class Ledger:
    """The ledger, as one process works with it."""

    def __init__(self, store: Store, kinds: Callable[[], Kinds], clock: Clock, ids: Ids, mail: str) -> None:
        self.store = store
        self.views = Views(store.objects)
        self.kinds = kinds
        self.clock = clock
        self.ids = ids
        self.mail = mail

    def begin(self, author: str) -> bool:
        """Make the first commit of the ledger; false where there is one already."""
        with self.store.write_lock():
            if self.store.refs.read(LEDGER) != ABSENT:
                return False
            objects = self.store.objects
            first = sequence.begin(objects, self.ids.hexadecimal(32), author, self.mail, self.clock.now())
            objects.publish()
            self.store.refs.update([Update(LEDGER, first, ABSENT)])
            objects.settle()
            return True

    @property
    def bells(self) -> Path:
        """Where those have a bell who wait for something to happen in this clone (`doorbell`)."""
        return self.store.directory / coordfile.BELLS

    def wake(self) -> None:
        """Wake all of them."""
        doorbell.ring(self.bells)

    def tip(self) -> StoreOid:
        """The ledger's newest commit. Raises `Unreadable` where there is no ledger."""
        return self._tip(self.store.refs.read(LEDGER))

    def _tip(self, tip: StoreOid) -> StoreOid:
        if tip == ABSENT:
            raise errors.storage.LedgerGone()
        return tip

    def state(self) -> State:
        """The state as it is now. Readers take no lock. Raises `Unreadable` where the ref names no ledger."""
        return self._load(self.tip())

    def _load(self, tip: StoreOid) -> State:
        state = self.views.of(tip)
        if not sequence.is_ledger(state):
            raise errors.storage.NotALedger(LEDGER)
        return state

    def transact(self, session: SessionId, decide: Callable[[State], list[Draft]]) -> Done:
        """Record what `decide` says in view of the present state, which nobody else changes meanwhile.

        `decide` may raise to record nothing, and may return nothing; what the session's log has that was merged
        otherwise is recorded again before it, under the same ids, and left out of the outcomes. On return everything
        is durable. It is called again where somebody moved a ref past the writer lock, and sees what is there by then;
        raises `Moved` where that does not end.
        """
        with self.store.write_lock():
            for last in (*[False] * MOVES, True):
                try:
                    done = self._transact(session, decide)
                    break
                except BaseException as error:
                    self.store.objects.abandon()
                    if last or not isinstance(error, Moved):
                        raise
        if done.outcomes or done.again:
            self.wake()
        return done

    def record(self, session: SessionId, *drafts: Draft) -> Done:
        """Record these drafts, whatever the state is."""
        return self.transact(session, lambda _: list(drafts))

    def _transact(self, session: SessionId, decide: Callable[[State], list[Draft]]) -> Done:
        self.settle_crash()
        tip, state = self._base()
        log = log_ref(session)
        seen = restore.own_log(self.store, state, session)
        again: list[Event] = []
        along: list[Event] = []
        try:
            along = self._pending(session, state, seen)
            if any(item.is_operation for item in along):
                self._sequence_pending()
                tip, state = self._base()
                along = []
        except Forked:
            again = sequence.beside(self.store.objects, state, session, seen)
        drafts = decide(state)
        if not drafts and not again:
            return Done([], state)
        now = self.clock.now()
        before = _after(along[-1]) if along else position.read(state, session)
        events = self.compose(session, before, [*map(as_before, again), *drafts], now)
        new, sequenced = self._resequence(tip, [[*along, *events]], session, now)
        self._publish([Update(log, events[-1].oid, seen), Update(LEDGER, new, tip)])
        verdicts = {item.event.id: item for item in sequenced}
        outcomes = []
        for item in events:
            found = verdicts.get(item.id)
            outcomes.append(Outcome(item, found.number if found else 0, found.verdict if found else None))
        return Done(outcomes[len(again) :], self.views.of(new), outcomes[: len(again)])

    def append(self, session: SessionId, decide: Callable[[State], list[Draft]]) -> list[Event]:
        """Put statements on a session's log, which costs the ledger nothing: they are merged with its next operation.

        `decide` is called with the present state, under the writer lock, and may raise to record nothing. On return
        everything is durable. What the log has that was merged otherwise is appended again before it, unmentioned.
        """
        log = log_ref(session)
        again: list[Draft] = []
        with self.writing():
            tip = self.tip()
            state = self._load(tip)
            seen = restore.own_log(self.store, state, session)
            drafts = decide(state)
            if not drafts:
                return []
            before = position.read(state, session)
            if seen not in (ABSENT, before.tip):
                newest = sequence.read_event(self.store.objects, seen)
                if newest.number <= before.number:
                    again = self._missing(session, state, seen)
                else:
                    before = _after(newest)
            events = self.compose(session, before, [*again, *drafts], self.clock.now())
            self._publish([Update(log, events[-1].oid, seen)])
        self.wake()
        return events[len(again) :]

    def _missing(self, session: SessionId, state: State, seen: StoreOid) -> list[Draft]:
        """What a log that is behind what the ledger merged of it, or beside it, has and the ledger lacks."""
        try:
            self._pending(session, state, seen)
        except Forked:
            return [as_before(item) for item in sequence.beside(self.store.objects, state, session, seen)]
        return []

    def _pending(self, session: SessionId, state: State, seen: StoreOid) -> list[Event]:
        """Events of a log that the ledger does not have. Raises `Forked` also where it has others in their stead."""
        if seen == ABSENT:
            return []
        found = sequence.pending(self.store.objects, state, session, seen)
        if not found and sequence.strayed(self.store.objects, state, session, seen):
            raise Forked(session)
        return found

    def compose(self, session: SessionId, before: position.Position, drafts: list[Draft], now: int) -> list[Event]:
        """Write drafts as the next events of a session's log; no ref names them yet."""
        objects = self.store.objects
        number, parent = before.number, before.tip
        events = []
        for draft in drafts:
            number += 1
            content = event.encode(
                draft,
                session=session,
                number=number,
                event_id=EventId(draft.id or self.ids.hexadecimal(EventId.DIGITS)),
                time=now,
                mail=self.mail,
                parent=parent,
            )
            parent = objects.write("commit", content)
            events.append(event.decode(parent, content))
        return events

    def _resequence(
        self, base: StoreOid, chains: list[list[Event]], by: str, now: int
    ) -> tuple[StoreOid, list[sequence.Sequenced]]:
        signature = sequence.Signature(by, self.mail, now)
        return sequence.resequence(self.store.objects, base, chains, signature, self.kinds())

    def _publish(self, moves: list[Update]) -> None:
        """Make the open transaction durable and move the refs."""
        self.store.objects.publish()
        self.move(moves)
        self.store.objects.settle()

    def move(self, *transactions: list[Update]) -> None:
        """Move refs, under the writer lock and one transaction after the other; a marker names them while that lasts.

        There is one marker: call `settle_crash` first.
        """
        directory = self.store.directory
        moves = [move for transaction in transactions for move in transaction]
        if not moves:
            return
        try:
            marker.put(directory, (move.ref for move in moves))
        except OSError as error:
            raise errors.storage.NothingRecorded(f"cannot write to {directory}: {error.strerror}") from error
        try:
            for transaction in transactions:
                self._move(transaction)
        except (Moved, Unreadable) as error:
            # Git took its locks away when it said no: where nothing moved, nothing of ours is left behind.
            nothing_moved = self._stand_still(moves)
            if nothing_moved:
                self._clear_marker()
            if nothing_moved or isinstance(error, Moved):
                raise
            raise HalfMoved(error) from error
        self._clear_marker(next((move.new for move in reversed(moves) if move.ref == LEDGER), NO_OBJECT))

    def _stand_still(self, moves: list[Update]) -> bool:
        try:
            return all(self.store.refs.read(move.ref) == move.old for move in moves)
        except Unreadable:
            return False

    def _clear_marker(self, ledger: Oid = NO_OBJECT) -> None:
        with suppress(OSError):  # the next writer looks for what is left to do, and finds nothing
            marker.clear(self.store.directory, ledger)

    def _move(self, moves: list[Update]) -> None:
        """Move the refs; what a prune takes away meanwhile is written again."""
        for _ in range(PRUNES):
            try:
                return self.store.refs.update(moves)
            except Pruned:
                self.store.objects.revive()
        return self.store.refs.update(moves)

    def recover(self) -> None:
        """Sequence what a writer left that died half way, for who records nothing itself."""
        if marker.read(self.store.directory)[0]:
            with self.writing():
                pass

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The writer lock for the block, what a crash left sequenced; objects of a block that raises are forgotten."""
        with self.store.write_lock():
            try:
                self.settle_crash()
                yield
            except BaseException:
                self.store.objects.abandon()
                raise

    def settle_crash(self) -> None:
        """Sequence what a writer left that died half way, and take away the lock files that it may have left."""
        refs, begun = marker.read(self.store.directory)
        if refs:
            self.store.refs.recover(refs, begun)
            self._sequence_pending()
            self._clear_marker(self.tip())

    def _sequence_pending(self, *, operations: bool = False) -> None:
        """Sequence every event of a log that the ledger does not have; with `operations` no log of words alone."""
        tip, state = self._base()
        chains = []
        for session, oid in self.logs().items():
            try:
                left = sequence.pending(self.store.objects, state, session, oid)
            except Unreadable:
                continue  # its session is told at its next command; nobody else is stopped
            if any(item.is_operation for item in left) if operations else left:
                chains.append(left)
        if chains:
            new, _ = self._resequence(tip, chains, chains[0][0].session, self.clock.now())
            self.store.objects.publish()
            self._move([Update(LEDGER, new, tip)])
            self.store.objects.settle()

    def logs(self, refs: Mapping[RefName, StoreOid] | None = None) -> dict[SessionId, StoreOid]:
        """The logs of this clone's sessions, session -> tip; `refs`: what is below `SESSIONS`, where that is known."""
        found = {}
        for ref, oid in (self.store.refs.list(SESSIONS + "/") if refs is None else refs).items():
            session, _, leaf = ref.removeprefix(SESSIONS + "/").partition("/")
            if leaf == "log":
                found[SessionId(session)] = oid
        return found

    def merge_logs(self) -> None:
        """Merge what stands on logs beyond the ledger: statements that no operation has followed."""
        with self.writing():
            self._sequence_pending()

    def pick_up(self) -> None:
        """Sequence operations that only a log has: the ledger's ref was set back, by hand or from an old disk."""
        with self.writing():
            self._sequence_pending(operations=True)

    def drop_logs(self, sessions: list[SessionId], confirmed: State | None = None) -> None:
        """Delete the refs of sessions that have ended and whose logs the ledger has whole.

        With a hub that is its ledger, `confirmed`: what is provisional may have to be sequenced from the log again.
        """
        with self.writing():
            state = confirmed or self.state()
            for session in sessions:
                standing = position.read(state, session)
                refs = self.store.refs.list(f"{SESSIONS}/{session}/")
                if refs and standing.standing == "ended" and refs.get(log_ref(session), standing.tip) == standing.tip:
                    self._publish([Update(ref, ABSENT, oid) for ref, oid in refs.items()])
                    replaced.put_aside(self.store, [oid for ref, oid in refs.items() if ref.endswith(replaced.LEAF)])

    def _base(self) -> tuple[StoreOid, State]:
        """Tip and state to build on. Raises `Unreadable` for a ledger of a schema that this program does not know."""
        tip = self.tip()
        state = self._load(tip)
        sequence.check_schema(state)
        return tip, state
