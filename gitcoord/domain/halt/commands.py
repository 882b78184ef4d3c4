"""Stop everybody, see who has answered, and let the work go on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field, replace
from gitcoord.domain import reaction
from gitcoord.domain.agreement import HUB_EVERY
from gitcoord.domain.command import Command, option
from gitcoord.domain.halt import calling, concern, record, view
from gitcoord.domain.halt.apply import may_end
from gitcoord.domain.halt.facts import Over
from gitcoord.domain.halt.record import SEVERITIES, TYPES, Halt, Wanted
from gitcoord.domain.halt.view import Halts
from gitcoord.domain.session import identity
from gitcoord.domain.snapshot.view import told_left
from gitcoord.domain.wording import provisional
from gitcoord.errors.halt import HaltUnanswered, NotByTheStopped, NothingHalted, StatusStops
from gitcoord.errors.remedy import Remedy
from gitcoord.errors.usage import GoesWith, NotOneOf
from gitcoord.ledger.event import Draft
from gitcoord.policy import duration
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.errors import Halted
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop everybody until a person ends it; with --only the sessions and the scopes that are named.

    Commits, pushes and new claims are refused. Running processes go on until their next command. With --status: list
    the halts that stand, and who has answered.
    """

    reason: Annotated[str, option("-m", "--message", metavar="REASON", help="Why; everybody is told.")] = ""
    type: Annotated[str, option("--type", metavar="T", help=f"{', '.join(TYPES)}.")] = "other"
    severity: Annotated[str, option("--severity", metavar="S", help=f"{', '.join(SEVERITIES)}.")] = "critical"
    require: Annotated[str, option("--require", metavar="TEXT", help="What everybody is to do.")] = ""
    auto: Annotated[bool, option("--auto", help="Give back running tasks, and keep uncommitted work.")] = False
    timeout: Annotated[str, option("--timeout", metavar="D", help="End the halt by itself after this time.")] = ""
    only: Annotated[
        list[str],
        option("--only", metavar="SCOPE|ID|team:T", help="Stop this session, this team, or work on this scope."),
    ] = field(default_factory=list)
    status: Annotated[bool, option("--status", help="List the halts that stand, and who has answered.")] = False
    wait: Annotated[str, option("--wait", metavar="D", help="With --status: wait until everybody has answered.")] = ""


@dataclass(frozen=True, slots=True)
class Resume:
    """End the halts that stand: work goes on.

    A person ends any halt. A session ends one that does not stop it.
    """

    why: Annotated[str, option("-m", "--message", metavar="WHY", help="Why work may go on; everybody is told.")] = ""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The ids of the halts that were ended, and how many stand still, which this session may not end."""

    halts: list[str]
    left: int
    confirmed: bool


def halt(call: Call, request: Stop) -> Halts:
    """Call a halt, or list those that stand. Raises `Usage`, `Refused`, and `Unanswered` where --wait was in vain."""
    if request.status:
        return _status(call, request)
    if request.wait:
        raise GoesWith("--wait", "--status", example="halt --status --wait 2m")
    if request.type not in TYPES:
        raise NotOneOf(printable(request.type), "a type of halt", TYPES)
    if request.severity not in SEVERITIES:
        raise NotOneOf(printable(request.severity), "a severity", SEVERITIES)
    until = call.now + duration.parse(request.timeout) if request.timeout else None
    wanted = Wanted(request.type, request.severity, request.require.strip(), until, request.auto)
    return calling.stop(call, request.reason, request.only, wanted)


def _status(call: Call, request: Stop) -> Halts:
    if replace(request, status=False, wait="") != Stop():
        raise StatusStops()
    seconds = duration.parse(request.wait) if request.wait else 0
    call.look()
    call.reader()
    answer = Halts(view.all_of(call.workspace, call.state))
    if seconds and answer.unanswered:
        answer = _wait(call, seconds, answer)
        if answer.unanswered:
            names = ", ".join(printable(item.name) for item in answer.unanswered[:5])
            raise HaltUnanswered(request.wait, names, answer=answer)
    return answer


def _wait(call: Call, seconds: int, answer: Halts) -> Halts:
    """Wait until every living session has answered, at most so long."""
    workspace, until = call.workspace, time.monotonic() + seconds
    met = time.monotonic()
    with workspace.listening() as rung:
        while answer.unanswered and (left := until - time.monotonic()) > 0:
            rung(min(left, HUB_EVERY))
            if time.monotonic() >= min(met + HUB_EVERY, until):  # it is asked before the answer is no
                workspace.agreement.refresh()
                met = time.monotonic()
            answer = Halts(view.all_of(workspace, call.state))
    return answer


def resume(call: Call, request: Resume) -> Resumed:
    """End the halts that stand, as far as this session may. Raises `NotFound`, and `Halted` where it may end none."""
    origin = identity.asker(call.workspace).origin
    person = origin.kind == "person" and not origin.is_agent
    me = call.me()
    standing: list[Halt] = []
    ending: list[Halt] = []

    def decide(state: State) -> list[Draft]:
        standing[:] = record.standing(state, call.now)
        if not standing:
            raise NothingHalted()
        ending[:] = [one for one in standing if person or may_end(one, (me.id, *me.ancestors))]
        if not ending:
            raise _not_by_me(standing[0])
        data: dict[str, object] = {"halts": [one.id for one in ending]}
        return [Draft("resume", "resume work", data | ({"person": True} if person else {}), request.why)]

    made = call.workspace.transact(me.id, decide).outcomes[0]
    if made.verdict is None or not made.verdict.accepted:
        if made.verdict is not None and made.verdict.reason == "halted":
            raise _not_by_me(ending[0])
        raise NothingHalted(meanwhile=True)
    reaction.follow(call.workspace, "resume", Over(me.id, request.why))
    call.hurry()
    answer = Resumed([one.id for one in ending], len(standing) - len(ending), made.confirmed)
    if answer.left:
        call.warnings.append(f"{answer.left} more of the halts stand: only a person may end them from here")
    return answer


def _not_by_me(one: Halt) -> Halted:
    return NotByTheStopped(concern.sentence(one))


def _lines(call: Call, answer: Halts) -> Iterator[str]:
    if not answer.halts:
        yield "nothing is halted"
    for one in answer.halts:
        unsure = "" if answer.called else provisional(confirmed=one.confirmed)
        yield from view.lines(one, unsure)
    yield from map(printable, answer.did)
    for item in answer.saved:
        kept = f"snapshot {item.snapshot[:12]}" if item.snapshot else f"not kept: {item.why}"
        yield f"uncommitted work of {printable(item.name)}: {kept}"
        yield from (f"  {text}" for text in told_left(item.left, here=False))
    if answer.called:
        yield Remedy("running processes go on until their next command; a person ends the halt with: {}", "resume")
        yield Remedy("to see who has answered: {}", "halt --status --wait 2m")


def _names(_: Call, answer: Halts) -> Iterator[str]:
    if answer.called:
        yield answer.called
    else:
        yield from (item.session for item in answer.unanswered)


def _resumed(call: Call, answer: Resumed) -> Iterator[str]:
    count = f"{len(answer.halts)} halts" if len(answer.halts) > 1 else "the halt"
    yield f"ended {count}: work goes on{provisional(confirmed=answer.confirmed)}"


COMMANDS = (
    Command("halt", Stop, halt, _lines, quiet=_names),
    Command("resume", Resume, resume, _resumed),
)
