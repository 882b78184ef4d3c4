"""Offer a session's work to another one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import checkout, reaction
from gitcoord.domain.claim import record as claim
from gitcoord.domain.claim.renew import renew_if_due
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.handoff import handed, record, recording, view
from gitcoord.domain.handoff.happened import Offered
from gitcoord.domain.handoff.view import Handoff  # noqa: TC001 - the answer of a command is looked up
from gitcoord.domain.outcome import DONE, Outcome
from gitcoord.domain.session import identity, moving
from gitcoord.domain.session import record as session
from gitcoord.domain.snapshot import keeping
from gitcoord.domain.task import record as tasks
from gitcoord.domain.task import recording as task_recording
from gitcoord.errors import Refused
from gitcoord.errors.handoff import NotClaimedBy, NotYourSession
from gitcoord.errors.refusal import Vanished
from gitcoord.errors.remedy import Remedy, step
from gitcoord.errors.usage import AtMost, NotOneOf
from gitcoord.ledger.event import Draft
from gitcoord.policy import duration, limits
from gitcoord.policy.ids import EventId
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import text_of, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.snapshot.content import Left
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.scope import Scope

NEXT = "next"
STANDS = 24 * 3600
"""Seconds for which an offer stands where nothing is said."""

ASKED = ("secret", "large")
"""What is left out of the uncommitted work unless somebody asks for it, in the words of a snapshot."""

LOOK_AGAIN = 5.0
"""Most seconds between two looks at what became of an offer."""


@dataclass(frozen=True, slots=True)
class Give:
    """Offer tasks, claims and uncommitted work to a session, or to the next one that comes.

    Without --task and --claim it is all that the session holds. Until the offer is accepted nothing changes hands.
    """

    to: Annotated[str, Argument("TO", "A session, or `next`.")]
    giver: Annotated[
        str,
        option("--from", metavar="ID", help="Offer for another session of yours, such as a stopped agent."),
    ] = ""
    why: Annotated[
        str, option("-m", "--message", metavar="CONTEXT", help="What the next session must know to go on.")
    ] = ""
    tasks: Annotated[list[str], option("--task", metavar="ID", help="Only this task.")] = field(default_factory=list)
    claims: Annotated[list[str], option("--claim", metavar="SCOPE", help="Only this claim.")] = field(
        default_factory=list
    )
    cause: Annotated[str, option("--reason", metavar="R", help="manual (the default), timeout or error_recovery.")] = (
        "manual"
    )
    stands: Annotated[str, option("--ttl", metavar="D", help="How long the offer stands (1d).")] = ""
    wait: Annotated[
        str, option("--wait", metavar="D", help="Wait at most so long for an answer; then the offer ends.")
    ] = ""
    include: Annotated[
        list[str],
        option("--include", metavar="P", help="Include this path, whatever its size and name."),
    ] = field(default_factory=list)


def offer(call: Call, request: Give) -> Handoff:
    """Offer work. Raises `Usage`, `NotFound`, `NotMine`, `Forbidden`."""
    _check(request)
    workspace, me = call.workspace, call.me()
    stands = duration.parse(request.wait or request.stands) if request.wait or request.stands else STANDS
    giver = workspace.surely(lambda state: _giver(workspace, state, me, request.giver))
    target = (
        None if request.to == NEXT else workspace.surely(lambda state: identity.named(workspace, state, request.to))
    )
    wanted = checkout.parse(workspace, request.claims)
    include = checkout.parse(workspace, request.include)
    there = workspace.place.top if giver.id == me.id else giver.worktree
    uncommitted = keeping.keep(call, giver, there, "handoff", include)
    kept = uncommitted.kept
    name, where = workspace.ids.hexadecimal(EventId.DIGITS), _where(workspace, me, giver)

    def make(state: State) -> Draft:
        data: dict[str, Any] = {
            "from": giver.id,
            "to": target.id if target is not None else "",
            "to_name": target.name if target is not None else "",
            "until": workspace.clock.now() + stands,
            "reason": request.cause,
            "tasks": _tasks(state, giver, request, wanted),
            "claims": claim.named(_claims(state, giver, request, wanted)),
            "snapshot": kept.id if kept is not None else "",
            **where,
        }
        _check_count(data)
        to = printable(target.name) if target is not None else "whoever comes next"
        return Draft("handoff-offer", f"offer work to {to}", data, request.why, name)

    done = recording.record_one(workspace, me, make)
    reaction.follow(workspace, "handoff-offer", Offered(me.id, target, request.why, name, stands))
    call.hurry()
    if kept is not None:
        handed.give(call, kept)
    answer = _now(call, done.state, name)
    call.warnings += _left_out(uncommitted.left)
    return _wait(call, me, name, stands) if request.wait else answer


def _left_out(left: list[Left]) -> Iterator[str]:
    for one in left:
        more = f"; with --include {printable(one.path)} it is" if one.why in ASKED else ""
        yield f"not taken along: {printable(one.path)} ({one.why}){more}"


def _check(request: Give) -> None:
    if request.cause not in record.REASONS:
        raise NotOneOf(request.cause, "a reason", record.REASONS)
    if len(request.why.encode("utf-8", "surrogatepass")) > limits.BODY_BYTES:
        raise AtMost("a context", limits.BODY_BYTES >> 10, "KiB", hint="commit it, and name the file")


def _check_count(data: dict[str, Any]) -> None:
    for what in ("tasks", "claims"):
        if len(data[what]) > record.MOST_ITEMS:
            raise AtMost("an offer", record.MOST_ITEMS, what, hint="make several offers, with --task or --claim")


def _giver(workspace: Workspace, state: State, me: Session, text: str) -> Session:
    """The session whose work is offered. Raises `Forbidden` where that is not for the caller to do."""
    giver = identity.named(workspace, state, text) if text else me
    if giver.id != me.id and not recording.is_users(workspace, giver):
        raise NotYourSession(printable(giver.name), giver.id)
    return moving.bring(workspace, giver)


def _where(workspace: Workspace, me: Session, giver: Session) -> dict[str, str]:
    """Where the giver stands: branch, head and worktree."""
    if giver.id == me.id and workspace.place.top:
        here = {"branch": checkout.branch(workspace), "head": checkout.head(workspace)}
        return {**here, "worktree": workspace.place.top}
    return {"branch": giver.branch, "head": "", "worktree": giver.worktree}


def _tasks(state: State, giver: Session, request: Give, wanted: tuple[Scope, ...]) -> list[str]:
    if not request.tasks:
        return [] if wanted else [task.id for task in tasks.held_by(state, giver.id)]
    return [task_recording.find(state, text).id for text in request.tasks]


def _claims(
    state: State, giver: Session, request: Give, wanted: tuple[Scope, ...]
) -> list[tuple[str, tuple[Scope, ...]]]:
    """The claims of the giver that are offered, or the parts of them. Raises `NotMine`."""
    held = claim.of(state, giver.id)
    if not request.claims:
        return [] if request.tasks else [(one.id, one.scopes) for one in held]
    for scope in wanted:
        if not any(within(other, scope) for one in held for other in one.scopes):
            raise NotClaimedBy(text_of([scope]), printable(giver.name))
    parts = [
        (one.id, tuple(other for other in one.scopes if any(within(other, scope) for scope in wanted))) for one in held
    ]
    return [(name, scopes) for name, scopes in parts if scopes]


def _now(call: Call, state: State, name: str) -> Handoff:
    known = record.read(state, name)
    if known is None:
        raise Vanished("offer")
    return view.shown(call.workspace, state, known)


def _wait(call: Call, me: Session, name: str, seconds: int) -> Handoff:
    """Wait until an offer is over, at most so long."""
    workspace, until = call.workspace, time.monotonic() + seconds
    with workspace.listening() as rung:
        while True:
            workspace.agreement.refresh()
            answer = _now(call, workspace.ledger.state(), name)
            left = until - time.monotonic()
            if answer.status != "open" or left <= 0:
                return answer
            rung(min(left, LOOK_AGAIN))
            renew_if_due(workspace, me.id)


def _lines(call: Call, answer: Handoff) -> Iterator[str]:
    if answer.status == "accepted":
        yield f"{session.called(call.state, answer.taker)} accepted offer {answer.id[: view.SHORT]}"
    else:
        yield from view.whole(call, answer)
        if answer.status == "open":
            yield Remedy("to take it back: {}", step("handoff decline", answer.id[: view.SHORT]))


def _id(_: Call, answer: Handoff) -> Iterator[str]:
    yield answer.id


def _outcome(_: Call, answer: Handoff) -> Outcome:
    if answer.status in ("open", "accepted"):
        return DONE
    return Outcome(Refused.status, "ended", f"offer {answer.id[: view.SHORT]} ended: {answer.status}")


COMMANDS = (Command("handoff offer", Give, offer, _lines, quiet=_id, outcome=_outcome),)
