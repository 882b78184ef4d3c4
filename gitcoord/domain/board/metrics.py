"""Figures of the work so far: sessions, claims, waits, messages, answers. Everything is counted from the chronicle."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain import fields, registry
from gitcoord.domain.board import look
from gitcoord.domain.board.figure import Choice, Figure
from gitcoord.domain.claim import hold_times
from gitcoord.domain.history import feed
from gitcoord.domain.message import request
from gitcoord.domain.session import beat
from gitcoord.domain.session import record as session
from gitcoord.errors import Malformed, Unreadable
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Chronicle, Entry
    from gitcoord.ledger.state import State


EVERYTHING = Choice()


@dataclass(frozen=True, slots=True)
class Attendance:
    """Sessions: how many live by status, and how those that are over ended. `completion` is the share that ended by
    themselves, None where none is over.
    """

    active: int
    idle: int
    gone: int
    ended: int
    retired: int
    completion: float | None


@dataclass(frozen=True, slots=True)
class Contention:
    """Claims granted and refused; how many were taken over on evidence, and how many overridden.

    Refused are only those that lost a race: one that is foreseen is never recorded. `held` is the median time for
    which those that are over were held, in seconds, None where none is over.
    """

    granted: int
    refused: int
    takeovers: int
    overrides: int
    held: float | None


@dataclass(frozen=True, slots=True)
class Delays:
    """Things that took time: how many there were, how many came to an end, and their median length in seconds."""

    count: int
    done: int
    median: float | None


@dataclass(frozen=True, slots=True)
class Metrics:
    """Everything since a time, or since the beginning. `operations` counts the accepted ones by kind.

    `waits` are done when the waiter claimed something, `requests` when they were acknowledged. `work` is what the
    nouns count: tasks, what is asked for, handoffs.
    """

    since: Moment | None
    sessions: Attendance
    operations: dict[str, int]
    claims: Contention
    waits: Delays
    messages: int
    requests: Delays
    work: list[Figure]


def measure(workspace: Workspace, choice: Choice = EVERYTHING) -> Metrics:
    """Count what was recorded, as far as it is asked for."""
    since = choice.since
    with feed.opened(workspace) as chronicle:
        state = workspace.ledger.state()
        tally = chronicle.tally(since, choice.sessions)
        kinds: Counter[str] = Counter()
        for (kind, verdict), count in tally.items():
            if verdict == "accepted":
                kinds[kind] += count
        responses = list(request.responses(chronicle, choice))
        answered = [item.acknowledged - item.sent for item in responses if item.acknowledged is not None]
        return Metrics(
            since=_begin(chronicle, since),
            sessions=_attendance(workspace, state, choice),
            operations=dict(sorted(kinds.items())),
            claims=_contention(workspace, chronicle, tally, choice),
            waits=_waits(chronicle, choice),
            messages=sum(count for (kind, _), count in tally.items() if kind == "message"),
            requests=_delays(len(responses), answered),
            work=list(registry.figures(state, choice)),
        )


def _begin(chronicle: Chronicle, since: int) -> Moment | None:
    first = chronicle.first()
    begin = max(since, first.time) if first is not None else since
    return Moment(begin) if begin else None


def _delays(count: int, seconds: Iterable[int]) -> Delays:
    lengths = [max(0, length) for length in seconds]  # the clocks of two clones may differ
    return Delays(count, len(lengths), _median(lengths))


def _median(lengths: list[int]) -> float | None:
    return float(statistics.median(lengths)) if lengths else None


def _attendance(workspace: Workspace, state: State, choice: Choice) -> Attendance:
    beats = beat.every(workspace)
    here = (item for item in session.every(state) if choice.of(item.id))
    living = Counter(look.status(workspace, item, beats.get(item.id)) for item in here)
    past = (known for name, known in session.past(state) if choice.of(name))
    over = Counter(known.get("how") for known in past if known.get("time", 0) >= choice.since)
    ended, retired = over["ended"], over["retired"]
    share = ended / (ended + retired) if ended + retired else None
    return Attendance(living["active"], living["idle"], living["gone"], ended, retired, share)


def _contention(
    workspace: Workspace, chronicle: Chronicle, tally: dict[tuple[str, str], int], choice: Choice
) -> Contention:
    takeovers = overrides = 0
    for entry in chronicle.about(since=choice.since, kinds=["take"]):
        given = chronicle.verdict(entry.id) if choice.of(entry.session) else None
        if given is not None and given[1].accepted:
            evidence = set(_evidence(workspace, entry))
            overrides += "override" in evidence
            takeovers += bool(evidence - {"override"})
    held = hold_times.lengths(workspace, chronicle)
    lengths = [length for who, began, length in held if choice.of(who) and began + length >= choice.since]
    return Contention(
        granted=tally.get(("claim", "accepted"), 0) + tally.get(("take", "accepted"), 0),
        refused=tally.get(("claim", "refused"), 0) + tally.get(("take", "refused"), 0),
        takeovers=takeovers,
        overrides=overrides,
        held=_median(lengths),
    )


def _evidence(workspace: Workspace, entry: Entry) -> Iterator[str]:
    try:
        data = feed.event(workspace, entry).data
        yield from (fields.text(item, "evidence") for item in fields.records(data, "takes"))
    except (Malformed, Unreadable):
        return


def _waits(chronicle: Chronicle, choice: Choice) -> Delays:
    """A wait ends with the next claim of its session; one that was given up has no length."""
    begun: dict[str, int] = {}
    count, lengths = 0, []
    for entry in chronicle.about(since=choice.since, kinds=["waiting", "claim", "take"]):
        if not choice.of(entry.session):
            continue
        if entry.kind == "waiting":
            count += 1
            begun[entry.session] = entry.time
        elif entry.session in begun:
            lengths.append(entry.time - begun.pop(entry.session))
    return _delays(count, lengths)
