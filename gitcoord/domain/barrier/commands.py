"""Make a barrier, arrive at it, and wait until all have arrived."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import checkout, reaction, trial
from gitcoord.domain.agreement import HUB_EVERY
from gitcoord.domain.barrier import record, view
from gitcoord.domain.barrier.facts import Complete
from gitcoord.domain.barrier.view import Barriers, shown
from gitcoord.domain.claim.renew import renew_if_due
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.radar import ordering
from gitcoord.domain.session import identity
from gitcoord.domain.session import record as session
from gitcoord.domain.state.record import is_name
from gitcoord.errors.barrier import (
    BarrierClosed,
    BarrierLate,
    BarrierOpen,
    NeedMakes,
    NeverComplete,
    NoBarrier,
    NotArrived,
    NotAwaited,
    NotThere,
)
from gitcoord.errors.refusal import NoSuch, NotRecorded, TooMany, Vanished
from gitcoord.errors.usage import GoesWith, Missing, NotOneLine, NotOneOf, OutOfRange
from gitcoord.ledger.event import Draft
from gitcoord.policy import duration, limits
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitcoord.domain.barrier.record import Barrier
    from gitcoord.domain.call import Call
    from gitcoord.domain.workspace import Workspace
    from gitcoord.errors import Refused
    from gitcoord.ledger.fold import Verdict
    from gitcoord.ledger.ledger import Done
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

LONGEST = "1h"
"""How long `wait` waits where nothing is said."""

AGAIN = 10.0
"""Seconds after which a waiter looks unasked: who is gone rings no bell."""

ACTIONS = ("", "arrive", "wait", "cancel")


@dataclass(frozen=True, slots=True)
class Ask:
    """Make a barrier with --need; arrive at it, wait for the others, or cancel it; with a name alone show it.

    Who arrives has its part on its branch. When all have arrived, a task to put the parts together is ready.
    """

    name: Annotated[str, Argument("NAME", "The barrier; without it all open ones are listed.")] = ""
    action: Annotated[str, Argument("arrive|wait|cancel", "What to do; shown where it is missing.")] = ""
    length: Annotated[str, Argument("D", f"How long to wait; {LONGEST} by default.")] = ""
    need: Annotated[
        list[str],
        option("--need", metavar="ID|role:R|team:T|N", help="Who has to arrive; so many, where a number."),
    ] = field(default_factory=list)
    then: Annotated[str, option("--then", metavar="TITLE", help="The task that is ready when all have arrived.")] = ""
    timeout: Annotated[str, option("--timeout", metavar="D", help="How long it stands.")] = ""


def barrier(call: Call, request: Ask) -> Barriers:
    """Make, show, reach, await or cancel a barrier. Raises `Usage`, `Refused`."""
    if request.action not in ACTIONS:
        raise NotOneOf(printable(request.action), "an action of a barrier", ACTIONS[1:])
    if request.length and request.action != "wait":
        raise GoesWith(printable(request.length), "wait", example="barrier NAME wait 10m")
    if (request.need or request.then or request.timeout) and (request.action or not request.name):
        raise NeedMakes()
    if (request.then or request.timeout) and not request.need:
        raise Missing("a barrier", "somebody", example="barrier NAME --need ID|role:R|N")
    if request.need:
        return _make(call, request)
    if request.action == "arrive":
        return _arrive(call, request.name)
    if request.action == "wait":
        return _wait(call, request.name, duration.parse(request.length or LONGEST))
    if request.action == "cancel":
        return _cancel(call, request.name)
    call.look()
    call.reader()
    found = [_called(call.state, request.name)] if request.name else record.standing(call.state)
    return Barriers([shown(call.workspace, call.state, item) for item in found])


def _called(state: State, name: str) -> Barrier:
    found = record.called(state, name)
    if found is None:
        raise NoBarrier(printable(name))
    return found


def _make(call: Call, request: Ask) -> Barriers:
    if not is_name(request.name):
        raise NotOneLine("the name of a barrier", limits.NAME_BYTES, "bytes")
    if len(request.then) > limits.TITLE or any(char < " " for char in request.then):
        raise NotOneLine("the title of its task", limits.TITLE)
    me = call.me()
    until = call.now + duration.parse(request.timeout) if request.timeout else None

    def make(state: State) -> Draft:
        needs = [need for text in request.need for need in _needs(call, state, text)]
        data: dict[str, Any] = {"name": request.name, "needs": needs}
        data |= {"then": request.then} if request.then else {}
        data |= {"until": until} if until is not None else {}
        return Draft("barrier", f"barrier {printable(request.name)}", data)

    done = _record(call, me.id, request.name, make)
    return _answer(call, done, done.outcomes[0].event.id)


def _needs(call: Call, state: State, text: str) -> list[dict[str, Any]]:
    """Return the needs that a word of --need means: of a team one for each living member.

    Raises `Usage`, `NotFound`.
    """
    if not text.startswith("team:"):
        return [_need(call, state, text)]
    found = [item for item in session.every(state) if text.removeprefix("team:") in item.teams]
    if not found:
        raise NoSuch("member", printable(text))
    return [{"session": item.id, "name": item.name} for item in found]


def _need(call: Call, state: State, text: str) -> dict[str, Any]:
    """Return a need as the operation carries it. Raises `Usage`, `NotFound`."""
    if text.isascii() and text.isdigit():
        if not 0 < int(text[:9]) <= limits.BARRIER_NEEDS:
            raise OutOfRange("the number", text, f"1 to {limits.BARRIER_NEEDS}")
        return {"any": int(text)}
    if text.startswith("role:") and len(text) > len("role:"):
        return {"role": text.removeprefix("role:")}
    found = identity.named(call.workspace, state, text)
    return {"session": found.id, "name": found.name}


def _arrive(call: Call, name: str) -> Barriers:
    workspace, me = call.workspace, call.me()
    here = {"branch": checkout.branch(workspace), "head": checkout.head(workspace)}

    def make(state: State) -> Draft:
        found = _called(state, name)
        order = _order(workspace, found, me.id, here["head"])
        data = {"barrier": found.id, **here, **({"order": order} if order else {})}
        return Draft("barrier-arrive", f"arrive at {printable(name)}", data)

    done = _record(call, me.id, name, make)
    made = done.outcomes[0]
    if call.place.top and call.place.git.ask("diff-index", "--quiet", "HEAD")[0] == 1:
        call.warnings.append("what is not committed here is not on your branch: commit it, and arrive again")
    answer = _answer(call, done, made.event.data["barrier"])
    since = made.verdict.detail.get("since") if made.verdict is not None else None
    if since is not None:
        call.warnings.append(f"you had arrived already, at {Moment(since).clock()}: what counts is where you stand now")
    found = record.read(done.state, made.event.data["barrier"])
    if found is not None and found.status == "complete":
        reaction.follow(workspace, "barrier-arrive", Complete(me.id, found, done.state))
    call.hurry()
    return Barriers(answer.barriers, again=since is not None)


def _order(workspace: Workspace, item: Barrier, me: SessionId, head: str) -> list[SessionId]:
    """In which order the branches of all merge well (ids), where this session is the last to arrive; else []."""
    if not item.then or len(item.missing) > 1 or item.status != "open":
        return []
    heads = {one.session: one.head for one in item.arrivals} | {me: head}
    return ordering.order(workspace, heads)


def _cancel(call: Call, name: str) -> Barriers:
    me = call.me()

    def make(state: State) -> Draft:
        return Draft("barrier-cancel", f"cancel barrier {printable(name)}", {"barrier": _called(state, name).id})

    done = _record(call, me.id, name, make)
    return _answer(call, done, done.outcomes[0].event.data["barrier"])


def _wait(call: Call, name: str, seconds: int) -> Barriers:
    """Wait until all have arrived. Raises `Pending` where the time is over, `Ended` where the barrier is."""
    call.look()
    reader = call.reader()
    workspace, wanted, told = call.workspace, _called(call.state, name).id, set[str]()
    until, met = time.monotonic() + seconds, time.monotonic()
    with workspace.listening() as rung:
        while True:
            found = record.read(call.state, wanted)
            if found is None:
                raise Vanished("barrier", printable(name))
            item = shown(workspace, call.state, found)
            if item.status == "complete":
                return Barriers([item])
            if item.status != "open":
                raise NeverComplete(printable(name), item.status, view.waited_for(item))
            gone = {one.session for one in item.missing if one.status == "gone"} - told
            if gone:
                call.note(f"barrier {printable(name)}: {view.waited_for(item)}")
                told |= gone
            left = until - time.monotonic()
            if left <= 0:
                raise NotArrived(printable(name), view.waited_for(item))
            rung(min(left, AGAIN, HUB_EVERY))
            if time.monotonic() >= min(met + HUB_EVERY, until):  # it is asked before the answer is no
                workspace.agreement.refresh()
                met = time.monotonic()
            if reader is not None:
                renew_if_due(workspace, reader.id)


def _record(call: Call, me: SessionId, name: str, make: Callable[[State], Draft]) -> Done:
    """Record an operation unless it would be refused. Raises what it would be refused with."""
    return trial.record_one(call.workspace, me, make, lambda state, verdict: _refused(state, name, verdict))


def _answer(call: Call, done: Done, name: str) -> Barriers:
    found = record.read(done.state, name)
    return Barriers([shown(call.workspace, done.state, found)] if found is not None else [])


def _refused(state: State, name: str, verdict: Verdict) -> Refused:
    called, reason = printable(name), verdict.reason
    found = record.read(state, str(verdict.detail.get("barrier", "")))
    if reason == "exists" and found is not None:
        return BarrierOpen(called, printable(found.by_name))
    if reason == "ended" and found is not None:
        who, at = printable(session.called(state, found.closed_by)), Moment(found.closed).clock()
        return BarrierClosed(called, found.status, at, who)
    if reason == "late":
        return BarrierLate(called)
    if reason == "forbidden":
        return NotAwaited(called)
    if reason == "quota":
        return TooMany(limits.BARRIERS, "barriers are open", example="barrier NAME cancel")
    if reason == "not_found":
        return NotThere(called)
    return NotRecorded(f"barrier {called}", reason)


def _lines(_: Call, answer: Barriers) -> Iterator[str]:
    for item in answer.barriers:
        yield from view.lines(item)
    if not answer.barriers:
        yield "no barrier is open"


def _tasks(_: Call, answer: Barriers) -> Iterator[str]:
    yield from (item.task for item in answer.barriers if item.task)


COMMANDS = (Command("barrier", Ask, barrier, _lines, quiet=_tasks),)
