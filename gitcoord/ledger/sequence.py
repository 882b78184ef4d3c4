"""Sequencing commits: operations merged into the ledger, each with its verdict.

`resequence` is the one mechanism by which anything ever enters a ledger: a new operation, what a crash left behind,
what other clones announced. Checking a ledger is the same fold over what its commits say they merged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gitcoord import errors
from gitcoord.dataclass import dataclass, replace
from gitcoord.errors import Forked, OutOfOrder, TooLarge, Unreadable
from gitcoord.kernel.treeformat import EMPTY_TREE
from gitcoord.ledger import commit, event, position
from gitcoord.ledger.fold import META, SCHEMA, Kinds, Verdict, merge
from gitcoord.ledger.state import State
from gitcoord.policy import limits
from gitcoord.policy.ids import NO_OBJECT, StoreOid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from gitcoord.kernel.objects import Objects
    from gitcoord.ledger.event import Event
    from gitcoord.policy.ids import EventId, SessionId

LAST_IN_LINE = frozenset({"take", "retire", "task-again", "adopt"})
"""Robbery comes after everything else that was pending: a victim's renewal is sequenced first."""


VERDICT = "Coord-Verdict"
"""The trailer of a sequencing commit for each operation it merged: number, id, verdict."""

VOID = "Coord-Void"
"""The trailer that names a ledger commit whose word does not count."""


class Judged(NamedTuple):
    """What a sequencing commit says of one operation."""

    number: int
    id: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Sequenced:
    """One operation's place in the ledger: its event, number, verdict and the sequencing commit."""

    event: Event
    number: int
    verdict: Verdict
    commit: StoreOid


def begin(objects: Objects, repository: str, author: str, mail: str, now: int) -> StoreOid:
    """Write the first commit of a ledger: nothing happened yet."""
    objects.write("tree", b"")
    state = State(objects, EMPTY_TREE)
    state.write_json(META, {"schema": SCHEMA, "repository": repository, "operations": 0, "epoch": 0, "floor": 0})
    record = commit.Commit(
        state.save(), (), author, mail, now, "start the ledger", "", (("Coord-Ledger", str(SCHEMA)),)
    )
    return objects.write("commit", record.encode())


def load(objects: Objects, tip: StoreOid, *, sealed: bool = False) -> State:
    """Load the state at a ledger commit; with `sealed` it cannot be changed. Raises `Unreadable` for what is none."""
    return State(objects, read_commit(objects, tip).tree, sealed=sealed)


def is_ledger(state: State) -> bool:
    """Whether a tree is some ledger's state at all: any other one would read as if nobody claimed anything."""
    return state.has(META)


def check_schema(state: State) -> None:
    """Raise `Unreadable` for the state of a ledger that this program may read and must not extend."""
    schema = (state.json(META) or {}).get("schema")
    if schema != SCHEMA:
        raise errors.storage.OtherSchema(schema, SCHEMA)


def read_event(objects: Objects, oid: StoreOid) -> Event:
    """The event that a log commit records."""
    return event.decode(oid, objects.expect(oid, "commit"))


def read_commit(objects: Objects, oid: StoreOid) -> commit.Commit:
    """A commit of the ledger. One that is too large comes without its message, and is void."""
    try:
        return commit.decode(objects.expect(oid, "commit"))
    except TooLarge as error:
        return replace(commit.decode(objects.head_of(oid) + b"\n\n"), flaw=error.message)


def voided(record: commit.Commit) -> set[StoreOid]:
    """The ledger commits that a ledger commit declares void."""
    return {StoreOid(value) for key, value in record.trailers if key == VOID}


def pending(objects: Objects, state: State, session: SessionId, tip: StoreOid, most: int = 0) -> list[Event]:
    """Events of a log up to `tip` that the ledger does not have yet, in order.

    Raises `Forked` for a log that does not continue what was merged, `Unreadable` for more than `most` (0: any number)
    events.
    """
    merged = position.read(state, session)
    events: list[Event] = []
    oid = tip
    while oid != merged.tip:
        found = read_event(objects, oid)
        if found.session != session or found.number <= merged.number:
            if not events and found.session == session and found.number < merged.number:
                return []  # a ref that was set back: everything it has is merged
            raise Forked(session)
        events.append(found)
        if most and len(events) > most:
            raise errors.storage.TooManyEvents(session, most)
        oid = found.parent
        if not oid and merged.tip:
            raise Forked(session)
    events.reverse()
    return events


def strayed(objects: Objects, state: State, session: SessionId, tip: StoreOid) -> bool:
    """Return whether a log that is shorter than what the ledger merged of it has forked: it does not lie on that."""
    at = position.read(state, session).tip
    if not at or at == tip:
        return False
    number = read_event(objects, tip).number
    while at and (merged_one := read_event(objects, at)).number > number:
        at = merged_one.parent
    return at != tip


def beside(objects: Objects, state: State, session: SessionId, tip: StoreOid) -> list[Event]:
    """Events of a log that forked from what was merged of it, and are in it under no id, in order."""
    return lacking(objects, tip, position.read(state, session).tip)


def lacking(objects: Objects, tip: StoreOid, other: StoreOid) -> list[Event]:
    """Events of the log `tip` that another state of it ('' for none) has under no id, in order."""
    theirs, ours = other, tip
    merged_ids: set[str] = set()
    events: list[Event] = []
    while ours != theirs:
        here = read_event(objects, ours) if ours else None
        there = read_event(objects, theirs) if theirs else None
        if here is not None and (there is None or here.number >= there.number):
            events.append(here)
            ours = here.parent
        elif there is not None:
            merged_ids.add(there.id)
            theirs = there.parent
        if here is not None and there is not None and here.number == there.number:
            merged_ids.add(there.id)
            theirs = there.parent
    return [item for item in reversed(events) if item.id not in merged_ids]


class Signature(NamedTuple):
    """Who writes a commit of the ledger: a session or clone, its mail address, and the time in seconds."""

    by: str
    mail: str
    now: int


def resequence(
    objects: Objects, base: StoreOid, chains: Sequence[Sequence[Event]], signature: Signature, kinds: Kinds
) -> tuple[StoreOid, list[Sequenced]]:
    """Append to the ledger `base` what the chains have and it does not; returns the new tip and what was sequenced.

    Each chain keeps its own order. First every chain up to its first operation of a kind in `LAST_IN_LINE`, chain by
    chain, then what is left of each. An event that is not the next one of its session is left out. Raises
    `Unreadable` where there is something to append to a ledger of a schema that is not known.
    """
    tip, state = base, load(objects, base)
    if any(chains):
        check_schema(state)
    done: list[Sequenced] = []
    batch = _Batch()

    def close() -> None:
        nonlocal tip, batch
        if batch.events:
            tip = _commit(objects, tip, state, batch, signature)
            done.extend(Sequenced(item, number, verdict, tip) for item, number, verdict in batch.verdicts)
            batch = _Batch()

    for item in _in_line(chains):
        if not batch.takes(item):
            close()
        try:
            operation = merge(state, item, signature.now, kinds)
        except OutOfOrder:
            continue
        batch.add(item, operation)
    close()
    return tip, done


class _Batch:
    """What one sequencing commit is to merge, and its operations with number and verdict."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.verdicts: list[tuple[Event, int, Verdict]] = []
        self._ids: set[str] = set()
        self._sessions: set[str] = set()
        self._size = 0

    def takes(self, item: Event) -> bool:
        """Whether the commit has room for one more event, and can name it."""
        # An id is found again among the logs of one commit, so no two events of one commit share theirs.
        return (
            item.id not in self._ids
            and len(self._sessions | {item.session}) < limits.PARENTS
            and len(self.events) < limits.EVENTS
            and self._size < limits.WORDS_BYTES
        )

    def add(self, item: Event, operation: tuple[int, Verdict] | None) -> None:
        """Put an event behind the others; `operation` is its number and verdict, None for a statement."""
        self.events.append(item)
        self._ids.add(item.id)
        self._sessions.add(item.session)
        if operation is not None:
            number, verdict = operation
            self.verdicts.append((item, number, verdict))
            words = _told(number, item.id, verdict) + _line(item, verdict)
            self._size += len(words.encode("utf-8", "surrogateescape"))


def _in_line(chains: Sequence[Sequence[Event]]) -> Iterator[Event]:
    rest = []
    for chain in chains:
        cut = next((at for at, item in enumerate(chain) if item.kind in LAST_IN_LINE), len(chain))
        yield from chain[:cut]
        rest.append(chain[cut:])
    for chain in rest:
        yield from chain


def _commit(objects: Objects, base: StoreOid, state: State, batch: _Batch, signature: Signature) -> StoreOid:
    verdicts = batch.verdicts
    tips = {item.session: item.oid for item in batch.events}
    lines = [_line(item, verdict) for item, _, verdict in verdicts]
    if len(verdicts) == 1:
        subject, body = lines[0], verdicts[0][0].body
    elif verdicts:
        subject = f"sequence {len(verdicts)} operations: {'; '.join(lines)}"
        body = "\n".join(
            f"{number} {item.session}: {line}" for (item, number, _), line in zip(verdicts, lines, strict=True)
        )
    else:
        subject, body = "; ".join(item.subject[: commit.SUBJECT] for item in batch.events), ""
    author = batch.events[0].session if len(tips) == 1 else signature.by
    trailers = [("Coord-Ledger", str(SCHEMA))]
    trailers += [(VERDICT, _told(number, item.id, verdict)) for item, number, verdict in verdicts]
    parents, (_, mail, now) = (base, *tips.values()), signature
    record = commit.Commit(state.save(), parents, author, mail, now, subject, body, tuple(trailers))
    return objects.write("commit", record.encode())


def _line(item: Event, verdict: Verdict) -> str:
    """What became of an operation, as people read it."""
    words = item.subject[: commit.SUBJECT].replace("\n", " ")
    return words if verdict.accepted else f"refused: {words}"


def _told(number: int, event_id: EventId, verdict: Verdict) -> str:
    """The trailer that tells what became of an operation; `judged` reads it."""
    return f"{number} {event_id} {verdict.encode()}"


def judged(record: commit.Commit) -> Iterator[Judged]:
    """The operations that a sequencing commit says it merged, in its order. What is not a verdict is passed over.

    Only `verify` says whether that is true: anybody may write such a commit.
    """
    for key, value in record.trailers:
        if key != VERDICT:
            continue
        number, _, rest = value.partition(" ")
        event_id, _, said = rest.partition(" ")
        try:
            yield Judged(event.read_number(number, limits.NUMBER_CHARACTERS), event_id, Verdict.decode(said))
        except ValueError:
            continue


def mend(objects: Objects, tip: StoreOid, tree: StoreOid, void: Sequence[StoreOid], signature: Signature) -> StoreOid:
    """A ledger commit that puts the true state back after void ones, and names them."""
    subject = f"void {', '.join(oid[:12] for oid in void)}" if void else "put the state right"
    trailers = (("Coord-Ledger", str(SCHEMA)), *((VOID, oid) for oid in void))
    record = commit.Commit(tree, (tip,), *signature, subject, "", trailers)
    return objects.write("commit", record.encode())


def verdicts(
    objects: Objects, tip: StoreOid, wanted: Collection[str], limit: int = 10_000
) -> dict[str, tuple[int, Verdict]]:
    """Number and verdict of these operations (ids), looked for backwards from `tip`; void commits say nothing."""
    found: dict[str, tuple[int, Verdict]] = {}
    void: set[StoreOid] = set()
    oid = tip
    for _ in range(limit):
        if not oid or len(found) == len(wanted):
            break
        record = read_commit(objects, oid)
        void |= voided(record)
        for one in judged(record) if oid not in void else ():
            if one.id in wanted and one.id not in found:
                found[one.id] = one.number, one.verdict
        oid = record.before
    return found


def down(objects: Objects, tip: StoreOid) -> Iterator[StoreOid]:
    """The ledger's commits from `tip` down to the first, newest first. Raises `Unreadable` behind one that is lost."""
    oid = tip
    while oid:
        yield oid
        oid = read_commit(objects, oid).before


def first_parents(
    objects: Objects, tip: StoreOid, until: StoreOid = NO_OBJECT, most: int = 0
) -> list[tuple[StoreOid, commit.Commit]]:
    """The ledger's commits from `tip` back to `until` (not included), newest first; `most` of them, 0 for all."""
    chain: list[tuple[StoreOid, commit.Commit]] = []
    oid = tip
    while oid and oid != until and (not most or len(chain) < most):
        record = read_commit(objects, oid)
        chain.append((oid, record))
        oid = record.before
    return chain


def merged(objects: Objects, before: State, record: commit.Commit) -> list[Event]:
    """The events that a sequencing commit merges, in the order of its verdicts; statements where their log has them.

    Raises `Unreadable` where one cannot be read, or there are more logs or events than the schema allows.
    """
    if len(record.parents) > limits.PARENTS:
        raise errors.storage.BadSequence(f"has more than {limits.PARENTS} parents")
    logs: dict[str, list[Event]] = {}
    for oid in record.parents[1:]:
        session = read_event(objects, oid).session
        if session in logs:
            raise errors.storage.BadSequence("merges one log twice")
        logs[session] = pending(objects, before, session, oid, limits.EVENTS)
    if sum(map(len, logs.values())) > limits.EVENTS:
        raise errors.storage.BadSequence(f"merges more than {limits.EVENTS} events")
    owner: dict[str, str] = {item.id: session for session, events in logs.items() for item in events}
    events: list[Event] = []
    for one in judged(record):
        queue = logs.get(owner.get(one.id, ""), [])
        while queue:
            events.append(queue.pop(0))
            if events[-1].id == one.id:
                break
    for queue in logs.values():
        events.extend(queue)
    return events


def verify(objects: Objects, oid: StoreOid, record: commit.Commit, kinds: Kinds, before: State | None = None) -> str:
    """Fold a sequencing commit anew; returns what is wrong with it, or ''.

    `before` is the state to fold it on, which is changed; by default what its first parent says.
    """
    if record.flaw:
        return f"ledger commit {oid} is void: {record.flaw}"
    before = before or load(objects, record.parents[0])
    said = [value for key, value in record.trailers if key == VERDICT]
    try:
        found = []
        for item in merged(objects, before, record):
            operation = merge(before, item, record.time, kinds)
            if operation is not None:
                found.append(_told(operation[0], item.id, operation[1]))
    except (Unreadable, OutOfOrder) as error:
        return f"ledger commit {oid} is void: {error}"
    if said != found:
        return f"ledger commit {oid} is void: its verdicts are not those of its operations"
    if before.save() != record.tree:
        return f"ledger commit {oid} is void: its tree is not the fold of its operations"
    return ""
