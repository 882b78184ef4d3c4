"""The halts that stand with their answers, as commands answer with them and as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.halt import concern, record
from gitcoord.domain.halt.keeping import Saved  # noqa: TC001 - the fields of an answer are looked up
from gitcoord.domain.session import record as session
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.halt.record import Halt
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId


SHOWN = 100
"""Characters of a reason that the board shows."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A session that has answered a halt: when, and what it did, a sentence each."""

    session: str
    name: str
    time: Moment
    did: list[str]


@dataclass(frozen=True, slots=True)
class Missing:
    """A session that a halt concerns and that has not answered; `status` is 'active' or 'gone'."""

    session: str
    name: str
    status: str
    last_seen: Moment


@dataclass(frozen=True, slots=True)
class Shown:
    """A halt that stands. `only` are the sessions and scopes that it is limited to; with none it stops everybody.

    `confirmed`: the hub has it. `until` is None for one that stands until somebody ends it.
    """

    id: str
    session: str
    name: str
    since: Moment
    type: str
    severity: str
    reason: str
    require: str
    until: Moment | None
    auto: bool
    only: list[str]
    confirmed: bool
    answers: list[Answered]
    missing: list[Missing]


@dataclass(frozen=True, slots=True)
class Halts:
    """The halts that stand; `called` is the id of the one that this command called, '' where it called none.

    `saved` is what it kept of the uncommitted work of those whom it stops, `did` what it did for its own session.
    """

    halts: list[Shown]
    called: str = ""
    saved: list[Saved] = field(default_factory=list)
    did: list[str] = field(default_factory=list)

    @property
    def unanswered(self) -> list[Missing]:
        """Living sessions that have not answered, each once."""
        living = [item for halt in self.halts for item in halt.missing if item.status != "gone"]
        return list({item.session: item for item in living}.values())


def all_of(workspace: Workspace, state: State) -> list[Shown]:
    """Return all halts that stand, the eldest first."""
    agreed = workspace.agreement.confirmed()
    now = workspace.clock.now()
    known = None if agreed is None else {halt.id for halt in record.standing(agreed, now)}
    return [
        _shown(workspace, state, halt, confirmed=known is None or halt.id in known)
        for halt in record.standing(state, now)
    ]


def _shown(workspace: Workspace, state: State, halt: Halt, *, confirmed: bool) -> Shown:
    answers = record.answers(state, halt.id)
    heard = {answer.session for answer in answers} | {halt.by}
    missing = [
        Missing(item.id, item.name, "gone" if workspace.gone(item) else "active", Moment(item.last))
        for item in session.every(state)
        if item.id not in heard and concern.concerns(state, halt, item)
    ]
    answered = [
        Answered(answer.session, _name(state, answer.session), Moment(answer.time), list(answer.did))
        for answer in answers
    ]
    return Shown(
        id=halt.id,
        session=halt.by,
        name=halt.name,
        since=Moment(halt.since),
        type=halt.type,
        severity=halt.severity,
        reason=halt.reason,
        require=halt.require,
        until=None if halt.until is None else Moment(halt.until),
        auto=halt.auto,
        only=[*halt.sessions, *(text_of([scope]) for scope in halt.scopes)],
        confirmed=confirmed,
        answers=answered,
        missing=missing,
    )


def _name(state: State, session_id: SessionId) -> str:
    living = session.read(state, session_id)
    return living.name if living is not None else session_id


def lines(halt: Shown, unsure: str = "") -> Iterator[str]:
    """Tell people of a halt and of its answers. `unsure` is added where the hub has not confirmed it."""
    what = f"halt of {', '.join(map(printable, halt.only))}" if halt.only else "halt of all work"
    yield f"{what} ({halt.severity}, {halt.type}) by {printable(halt.name)} since {halt.since.clock()}{unsure}"
    yield f"  {printable(halt.reason)}"
    if halt.require:
        yield f"  required: {printable(halt.require)}"
    if halt.until is not None:
        yield f"  until {halt.until.clock()}"
    for answer in halt.answers:
        did = f": {'; '.join(map(printable, answer.did))}" if answer.did else ""
        yield f"  {printable(answer.name)} ({answer.session}) answered at {answer.time.clock()}{did}"
    for item in halt.missing:
        state = "is gone" if item.status == "gone" else "has not answered"
        yield f"  {printable(item.name)} ({item.session}) {state}; last seen at {item.last_seen.clock()}"
