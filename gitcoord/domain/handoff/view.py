"""A handoff as it is shown: the records of the answers, and the lines that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import checkout
from gitcoord.domain.agreement import same
from gitcoord.domain.claim.view import came_with
from gitcoord.domain.handoff import record
from gitcoord.domain.handoff.facts import Work  # noqa: TC001 - the fields of an answer are looked up
from gitcoord.domain.records import Holding  # noqa: TC001 - the fields of an answer are looked up
from gitcoord.domain.session import record as session
from gitcoord.domain.snapshot.view import told_left
from gitcoord.domain.task import record as tasks
from gitcoord.domain.wording import few, provisional
from gitcoord.policy import duration
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.handoff.record import Offer
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId
    from gitcoord.policy.scope import Scope

SHORT = 8
"""Characters of an id that people are shown."""

NAMED = 10
"""Files of commits that people are shown."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A task that changes hands."""

    id: str
    title: str
    status: str
    progress: int | None


@dataclass(frozen=True, slots=True)
class Handoff:
    """An offer. `giver` is whose work it is; `to` is '' where the next one that comes may take it.

    `status` is open, accepted, declined, withdrawn or expired; `taker` and `closed` say by whom and when, `why` what
    was said then. `scopes` are those of the claims that it names.
    """

    id: str
    giver: str
    giver_name: str
    to: str
    to_name: str
    status: str
    reason: str
    context: str
    made: Moment
    until: Moment
    tasks: list[Piece]
    scopes: list[str]
    snapshot: str
    branch: str
    worktree: str
    head: str
    taker: SessionId
    closed: Moment | None
    why: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """What this session took over: `tasks` and `scopes` are its own now, under `token`. `work` is what is known of it.

    `giver` is the session whose work it was, and whose words `context` are.

    `evidence` says why it could be adopted: lease, process or ahead where the other session was gone (it has ended
    now), own where it is another one of the same user; '' where it was offered. `offer` is the offer, '' for none.
    """

    session: str
    giver: str
    offer: str
    evidence: str
    context: str
    tasks: list[Piece]
    scopes: list[str]
    token: int | None
    confirmed: bool
    work: Work
    took_over: list[Holding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Handoffs:
    """Offers, the eldest first: `shown` of `total`; `next` is the offset of the next page, None where there is none."""

    handoffs: list[Handoff]
    shown: int
    total: int
    next: int | None


def shown(workspace: Workspace, state: State, offer: Offer) -> Handoff:
    """Return an offer as answers have it."""
    late = offer.status == "open" and offer.until < workspace.clock.now()
    agreed = workspace.agreement.confirmed()
    return Handoff(
        offer.id,
        offer.giver,
        session.called(state, offer.giver),
        offer.to,
        session.called(state, offer.to) if offer.to else "",
        "expired" if late else offer.status,
        offer.reason,
        offer.context,
        Moment(offer.made),
        Moment(offer.until),
        pieces(state, offer.tasks),
        scopes_of(workspace, (scope for one in offer.claims for scope in one.scopes)),
        offer.snapshot,
        offer.branch,
        offer.worktree,
        offer.head,
        offer.taker,
        Moment(offer.closed) if offer.closed else None,
        offer.why,
        confirmed=agreed is None or same(record.read(agreed, offer.id), offer),
    )


def pieces(state: State, names: Iterable[str]) -> list[Piece]:
    """Return these tasks as answers have them."""
    found = [task for name in names if (task := tasks.read(state, name)) is not None]
    return [Piece(task.id, task.title, task.status, task.progress) for task in found]


def scopes_of(workspace: Workspace, scopes: Iterable[Scope]) -> list[str]:
    """Return these scopes as answers name them, each once."""
    return [checkout.shown(workspace, scope) for scope in dict.fromkeys(scopes)]


def one_line(offer: Handoff, now: int) -> str:
    """Return an offer in one line."""
    to = printable(offer.to_name) if offer.to else "whoever comes next"
    what = ", ".join([*(printable(task.title) for task in offer.tasks), *map(printable, offer.scopes)]) or "no claims"
    state = f"for {duration.show(offer.until - now)} more" if offer.status == "open" else offer.status
    said = f"{offer.id[:SHORT]}  {printable(offer.giver_name)} to {to}: {what} ({state})"
    return said + provisional(confirmed=offer.confirmed)


def whole(call: Call, offer: Handoff) -> Iterator[str]:
    """Return an offer in full."""
    yield one_line(offer, call.now)
    if offer.context.strip():
        yield from (f"    {printable(line)}" for line in offer.context.strip().splitlines())
    for task in offer.tasks:
        yield f"task {task.id[:SHORT]}: {printable(task.title)}, {task.status}"
    if offer.worktree:
        yield f"on {printable(offer.branch)} in {printable(offer.worktree)}"
    if offer.snapshot:
        yield f"uncommitted work: snapshot {offer.snapshot[:12]}"
    if offer.status != "open" and offer.why.strip():
        yield f"{offer.status}: {printable(offer.why.strip())}"


def taken(call: Call, answer: Taken) -> Iterator[str]:
    """Return what somebody needs who goes on with the work."""
    work = answer.work
    did = "accepted from" if answer.offer else "adopted"
    held = ", ".join(map(printable, answer.scopes)) or "no claims"
    yield f"{did} {printable(work.name)}: {held}{provisional(confirmed=answer.confirmed)}"
    yield from came_with(answer.took_over, (), call.now)
    if answer.context.strip():
        yield from (f"    {printable(line)}" for line in answer.context.strip().splitlines())
    for task in answer.tasks:
        done = f", {task.progress} %" if task.progress is not None else ""
        yield f"task {task.id[:SHORT]}: {printable(task.title)}, {task.status}{done}"
    yield from _place(work)
    yield from _files(work)
    for decided in work.decisions:
        yield f"it decided: {printable(decided.text)} ({printable(decided.why)})"
    for letter in work.mail:
        yield f"unread, from {printable(letter.sender)}: {printable(letter.subject)}"


def _place(work: Work) -> Iterator[str]:
    if work.branch or work.worktree:
        yield f"it worked on {printable(work.branch or 'no branch')} in {printable(work.worktree or 'no worktree')}"
    said = [printable(text) for text in (work.action, work.phase) if text]
    said += [f"{work.progress} %"] if work.progress is not None else []
    said += [f"next: {printable(work.next)}"] if work.next else []
    if said:
        yield f"it said last: {', '.join(said)}"
    for made in work.commits:
        yield f"commit {made.commit[:12]}: {printable(made.subject)}"
    if work.changed:
        yield f"files of these commits: {few(list(map(printable, work.changed)), NAMED)}"
    if work.transcript:
        yield f"what was said in its window: {printable(work.transcript)}"


def _files(work: Work) -> Iterator[str]:
    if not work.files:
        return
    if not work.steps:
        yield f"not committed: {', '.join(map(printable, work.files))} (snapshot {work.snapshot[:12]})"
    for step in work.steps:
        what = "restored" if "write" in (step.file, step.index) else f"not restored, {step.file}"
        if step.file != "same" or step.index == "write":
            yield f"{what}: {printable(step.path)}"
    yield from told_left(work.left, here=False)
