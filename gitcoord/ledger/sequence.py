"""Sequencing commits: operations merged into the ledger, each with its verdict.

`resequence` is the one mechanism by which anything ever enters a ledger: a new operation, what a crash left behind,
what other clones announced. Checking a ledger is the same fold over what its commits say they merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gitcoord.errors import Unreadable
from gitcoord.kernel.objects import EMPTY_TREE
from gitcoord.ledger import commit, event, position
from gitcoord.ledger.fold import META, SCHEMA, Kinds, OutOfOrder, Verdict, merge
from gitcoord.ledger.state import State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from gitcoord.kernel.objects import Objects
    from gitcoord.ledger.event import Event

LOGS = 30
"""Session logs that one sequencing commit merges at most: with the ledger before it, 31 parents."""

LAST_IN_LINE = frozenset({"take", "retire"})
"""Robbery comes after everything else that was pending: a victim's renewal is sequenced first."""


class Forked(Unreadable):
    """A log does not continue what the ledger merged of it: a restored disk, or a copied machine."""

    def __init__(self, session: str) -> None:
        super().__init__(f"the log of {session} does not continue what the ledger merged of it")


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
    commit: str


def begin(objects: Objects, repository: str, author: str, mail: str, now: int) -> str:
    """Write the first commit of a ledger: nothing happened yet."""
    objects.write("tree", b"")
    state = State(objects, EMPTY_TREE)
    state.write_json(META, {"schema": SCHEMA, "repository": repository, "operations": 0, "epoch": 0, "floor": 0})
    record = commit.Commit(
        state.save(), (), author, mail, now, "start the ledger", "", (("Coord-Ledger", str(SCHEMA)),)
    )
    return objects.write("commit", record.encode())


def load(objects: Objects, tip: str) -> State:
    """The state at a ledger commit. Raises `Unreadable` for what is none."""
    return State(objects, commit.decode(objects.expect(tip, "commit")).tree)


def is_ledger(state: State) -> bool:
    """Whether a tree is some ledger's state at all: any other one would read as if nobody claimed anything."""
    return state.has(META)


def read_event(objects: Objects, oid: str) -> Event:
    """The event that a log commit records."""
    return event.decode(oid, objects.expect(oid, "commit"))


def read_commit(objects: Objects, oid: str) -> commit.Commit:
    """A commit of the ledger."""
    return commit.decode(objects.expect(oid, "commit"))


def voided(record: commit.Commit) -> set[str]:
    """The ledger commits that a ledger commit declares void."""
    return {value for key, value in record.trailers if key == "Coord-Void"}


def pending(objects: Objects, state: State, session: str, tip: str) -> list[Event]:
    """Events of a log up to `tip` that the ledger does not have yet, in order.

    Raises `Forked` for a log that does not continue what was merged.
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
        oid = found.parent
        if not oid and merged.tip:
            raise Forked(session)
    events.reverse()
    return events


def strayed(objects: Objects, state: State, session: str, tip: str) -> bool:
    """Whether a log that is shorter than what the ledger merged of it is no part of that, so that it has forked."""
    at = position.read(state, session).tip
    if not at or at == tip:
        return False
    number = read_event(objects, tip).number
    while at and (merged_one := read_event(objects, at)).number > number:
        at = merged_one.parent
    return at != tip


def beside(objects: Objects, state: State, session: str, tip: str) -> list[Event]:
    """Events of a log that forked from what was merged of it, and are in it under no id, in order."""
    theirs, ours = position.read(state, session).tip, tip
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


def resequence(
    objects: Objects,
    base: str,
    chains: Sequence[Sequence[Event]],
    *,
    by: str,
    mail: str,
    now: int,
    kinds: Kinds,
) -> tuple[str, list[Sequenced]]:
    """Append to the ledger `base` what the chains have and it does not; returns the new tip and what was sequenced.

    Each chain keeps its own order. First every chain up to its first `take` or `retire`, chain by chain, then what is
    left of each. An event that is not the next one of its session is left out. `by` is who sequences, `now` the time
    in seconds.
    """
    tip, state = base, load(objects, base)
    done: list[Sequenced] = []
    batch: list[Event] = []
    ids: set[str] = set()
    verdicts: list[tuple[Event, int, Verdict]] = []

    def close() -> None:
        nonlocal tip
        if batch:
            tip = _commit(objects, tip, state, batch, verdicts, by, mail, now)
            done.extend(Sequenced(item, number, verdict, tip) for item, number, verdict in verdicts)
            batch.clear()
            ids.clear()
            verdicts.clear()

    for item in _in_line(chains):
        # An id is found again among the logs of one commit, so no two events of one commit share theirs.
        if len({other.session for other in batch} | {item.session}) > LOGS or item.id in ids:
            close()
        try:
            operation = merge(state, item, now, kinds)
        except OutOfOrder:
            continue
        batch.append(item)
        ids.add(item.id)
        if operation is not None:
            verdicts.append((item, *operation))
    close()
    return tip, done


def _in_line(chains: Sequence[Sequence[Event]]) -> Iterator[Event]:
    rest = []
    for chain in chains:
        cut = next((at for at, item in enumerate(chain) if item.kind in LAST_IN_LINE), len(chain))
        yield from chain[:cut]
        rest.append(chain[cut:])
    for chain in rest:
        yield from chain


def _commit(
    objects: Objects,
    base: str,
    state: State,
    batch: list[Event],
    verdicts: list[tuple[Event, int, Verdict]],
    by: str,
    mail: str,
    now: int,
) -> str:
    tips = {item.session: item.oid for item in batch}
    lines = [f"{'refused: ' if not verdict.accepted else ''}{item.subject}" for item, _, verdict in verdicts]
    if len(verdicts) == 1:
        subject, body = lines[0], verdicts[0][0].body
    elif verdicts:
        subject = f"sequence {len(verdicts)} operations: {'; '.join(lines)}"
        body = "\n".join(
            f"{number} {item.session}: {line}" for (item, number, _), line in zip(verdicts, lines, strict=True)
        )
    else:
        subject, body = "; ".join(item.subject for item in batch), ""
    author = batch[0].session if len(tips) == 1 else by
    trailers = [("Coord-Ledger", str(SCHEMA))]
    trailers += [(VERDICT, _told(number, item.id, verdict)) for item, number, verdict in verdicts]
    record = commit.Commit(state.save(), (base, *tips.values()), author, mail, now, subject, body, tuple(trailers))
    return objects.write("commit", record.encode())


def _told(number: int, event_id: str, verdict: Verdict) -> str:
    """The trailer that tells what became of an operation; `judged` reads it."""
    return f"{number} {event_id} {verdict.encode()}"


def judged(record: commit.Commit) -> Iterator[Judged]:
    """The operations that a sequencing commit says it merged, in its order. What is no verdict is passed over.

    Only `verify` says whether that is true: anybody may write such a commit.
    """
    for key, value in record.trailers:
        if key != VERDICT:
            continue
        number, _, rest = value.partition(" ")
        event_id, _, said = rest.partition(" ")
        try:
            yield Judged(int(number), event_id, Verdict.decode(said))
        except (ValueError, RecursionError):
            continue


def mend(objects: Objects, tip: str, tree: str, void: Sequence[str], *, by: str, mail: str, now: int) -> str:
    """A ledger commit that puts the true state back after void ones, and names them."""
    subject = f"void {', '.join(oid[:12] for oid in void)}" if void else "put the state right"
    trailers = (("Coord-Ledger", str(SCHEMA)), *((VOID, oid) for oid in void))
    record = commit.Commit(tree, (tip,), by, mail, now, subject, "", trailers)
    return objects.write("commit", record.encode())


def verdicts(
    objects: Objects, tip: str, wanted: Collection[str], limit: int = 10_000
) -> dict[str, tuple[int, Verdict]]:
    """Number and verdict of these operations (ids), looked for backwards from `tip`; void commits say nothing."""
    found: dict[str, tuple[int, Verdict]] = {}
    void: set[str] = set()
    oid = tip
    for _ in range(limit):
        if not oid or len(found) == len(wanted):
            break
        record = commit.decode(objects.expect(oid, "commit"))
        void.update(value for key, value in record.trailers if key == VOID)
        for one in judged(record) if oid not in void else ():
            if one.id in wanted and one.id not in found:
                found[one.id] = one.number, one.verdict
        oid = record.parents[0] if record.parents else ""
    return found


def first_parents(objects: Objects, tip: str, until: str = "", most: int = 0) -> list[tuple[str, commit.Commit]]:
    """The ledger's commits from `tip` back to `until` (not included), newest first; `most` of them, 0 for all."""
    chain: list[tuple[str, commit.Commit]] = []
    oid = tip
    while oid and oid != until and (not most or len(chain) < most):
        record = commit.decode(objects.expect(oid, "commit"))
        chain.append((oid, record))
        oid = record.parents[0] if record.parents else ""
    return chain


def merged(objects: Objects, before: State, record: commit.Commit) -> list[Event]:
    """The events that a sequencing commit merges, in the order of its verdicts; statements where their log has them."""
    logs: dict[str, list[Event]] = {}
    for oid in record.parents[1:]:
        session = read_event(objects, oid).session
        if session in logs:
            raise Unreadable("a sequencing commit merges one log twice")
        logs[session] = pending(objects, before, session, oid)
    owner = {item.id: session for session, events in logs.items() for item in events}
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


def verify(objects: Objects, oid: str, record: commit.Commit, kinds: Kinds, before: State | None = None) -> str:
    """Fold a sequencing commit anew; returns what is wrong with it, or ''.

    `before` is the state to fold it on, which is changed; by default what its first parent says.
    """
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
