"""Record what a session does with a task; what would be refused, by what is known here, is not recorded."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from gitcoord.domain import trial
from gitcoord.domain.finding import by_id
from gitcoord.domain.halt import concern
from gitcoord.domain.halt import record as halts
from gitcoord.domain.role import limits as role_limits
from gitcoord.domain.session import ahead
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record
from gitcoord.errors.halt import HaltStands
from gitcoord.errors.refusal import Late, NoSuch, NotRecorded, Over, ScopesClaimed
from gitcoord.errors.task import (
    NoneReady,
    OwnReview,
    ParentWaits,
    TaskForAnother,
    TaskGroups,
    TaskHeld,
    TaskLost,
    TaskNeeds,
    TaskNotYet,
    TaskNotYours,
    TaskWaits,
    TooManyBehind,
)
from gitcoord.policy import lease
from gitcoord.policy.ids import SessionId
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.task.record import Task
    from gitcoord.domain.workspace import Workspace
    from gitcoord.errors import CoordError
    from gitcoord.ledger.event import Draft
    from gitcoord.ledger.fold import Verdict
    from gitcoord.ledger.ledger import Done
    from gitcoord.ledger.state import State

LOOKED_AT = 200
"""Tasks past their time that one command offers again, or ends."""


def record_all(
    workspace: Workspace,
    me: Session,
    make: Callable[[State], list[Draft]],
    refuse: Callable[[State, Verdict], CoordError] | None = None,
) -> Done:
    """Record the operations that `make` says in view of the state, unless one of them would be refused.

    Raises what `refuse` returns, `refusal` where none is given, also where one was refused after it was recorded.
    """
    return trial.record_all(workspace, me.id, make, refuse or refusal)


def refusal(state: State, verdict: Verdict) -> CoordError:
    """Return the error that says why an operation on a task was refused."""
    detail = verdict.detail
    name = str(detail.get("task", ""))
    task = record.read(state, name)
    what = called(task) if task is not None else name[:8]
    say = _SENTENCES.get(verdict.reason)
    if say is None:
        return NotRecorded("nothing was recorded", verdict.reason)
    return say(state, what, name[:8], detail)


def called(task: Task) -> str:
    """Return what a task is called: the first digits of its id, and its title."""
    return f"{task.id[:8]} ({printable(task.title)})"


def _who(state: State, name: object) -> str:
    return printable(session.called(state, SessionId(name)))


def _taken(state: State, what: str, short: str, detail: dict[str, Any]) -> CoordError:
    how, by = LOSS.get(detail["how"], detail["how"]), _who(state, detail["by"])
    at = Moment(detail["time"]).clock()
    return TaskLost(what, short, how, by, at)


def _held(state: State, what: str, short: str, detail: dict[str, Any]) -> CoordError:
    if "session" in detail:
        return TaskHeld(what, _who(state, detail["session"]))
    by = ", ".join(dict.fromkeys(_who(state, holder) for _, holder in detail.get("by", ())))
    return ScopesClaimed(f"task {what}", by)


def _halted(state: State, what: str, short: str, detail: dict[str, Any]) -> CoordError:
    found = [halt for halt in halts.standing(state, 0) if halt.id == detail.get("halt")]
    return concern.refused(found[0]) if found else HaltStands("the work is halted")


def _pending(state: State, what: str, short: str, detail: dict[str, Any]) -> CoordError:
    if "from" in detail:
        return TaskNotYet(what, Moment(detail["from"]).clock(seconds=True))
    return TaskWaits(what, short)


def _forbidden(state: State, what: str, short: str, detail: dict[str, Any]) -> CoordError:
    if "role" in detail:
        return role_limits.refusal(state, detail)
    if "needs" in detail:
        return TaskNeeds(what, map(printable, detail["needs"]))
    if "to" in detail:
        return TaskForAnother(what, shown_address(detail["to"]))
    return OwnReview(what)


def shown_address(to: dict[str, str]) -> str:
    """Return an address as people write it."""
    if "session" in to:
        return printable(to.get("name") or to["session"])
    return printable(to["name"] if "name" in to else next(f"{kind}:{value}" for kind, value in to.items()))


LOSS = {
    "timeout": "the time of its attempt had run out",
    "lease": "your lease had run out",
    "process": "your process had ended",
    "ahead": "your clock was ahead",
    "retired": "your session was retired",
    "failed": "its deadline had passed",
    "cancelled": "it was cancelled",
    "handed-over": "it was handed over",
    "elsewhere": "the hub gave it to another session",
}
"""Why a session lost a task, as it reads it."""

_SENTENCES: dict[str, Callable[[State, str, str, dict[str, Any]], CoordError]] = {
    "not_found": lambda _, what, __, ___: NoSuch("task", what),
    "ended": lambda _, what, __, detail: Over(f"task {what}", detail.get("status", "ended")),
    "late": lambda _, what, __, ___: Late(f"task {what}"),
    "empty": lambda *_: NoneReady(),
    "halted": _halted,
    "taken": _taken,
    "held": _held,
    "pending": _pending,
    "forbidden": _forbidden,
    "not_mine": lambda _, what, short, __: TaskNotYours(what, short),
    "open": lambda _, what, short, detail: TaskGroups(what, short, detail["children"]),
    "circle": lambda _, what, __, ___: ParentWaits(what),
    "quota": lambda _, what, __, ___: TooManyBehind(what),
}


def find(state: State, text: str) -> Task:
    """Return the task of this id, or whose id begins so. Raises `Usage`, `NotFound`."""
    return by_id(text, "task", partial(record.beginning, state), partial(record.read, state))


def overdue(workspace: Workspace, state: State, *, quiet: int = 0) -> list[dict[str, str]]:
    """Return the tasks that can be offered again, or ended, and why: as the payload of `task-again` names them.

    A session of which there was a sign in the last `quiet` seconds is not looked at: that costs a look at its process.
    """
    now = workspace.clock.now()
    found: dict[str, dict[str, str]] = {}
    known: dict[tuple[str, int | None], tuple[Session | None, str]] = {}
    for path in record.entries(state, "running"):
        held = state.json(path) or {}  # says enough: a record for each task would be read in vain
        key = held["holder"], held["due"]
        if key not in known:
            holder = session.read(state, key[0])
            known[key] = holder, _evidence(workspace, holder, key[1], now, quiet) if holder is not None else ""
        holder, evidence = known[key]
        if evidence and holder is not None:
            name = record.id_in(path)
            found[name] = {"id": name, "evidence": evidence, **({"tip": holder.tip} if evidence == "ahead" else {})}
        if len(found) == LOOKED_AT:
            break
    for name in islice(record.timed(state, "due", now), LOOKED_AT):
        task = record.read(state, name)
        if task is not None and _is_late(workspace, state, task, now):
            found[name] = {"id": name, "evidence": "deadline"}
    return list(found.values())


def _evidence(workspace: Workspace, holder: Session, due: int | None, now: int, quiet: int) -> str:
    """Return why a running task may be taken from its holder; '' while it may not."""
    if lease.passed(due, now, workspace.skew(holder)) and workspace.may_take(holder, due or 0):
        return "timeout"
    if 0 <= now - holder.last < quiet:
        return ""
    gone = workspace.gone(holder)
    over = ahead.ends(workspace, holder) if gone == "ahead" else holder.held_until
    return gone if gone and workspace.may_take(holder, over) else ""


def _is_late(workspace: Workspace, state: State, task: Task, now: int) -> bool:
    """Whether the deadline of a task has passed, and its holder, where it has one, had the time to say so."""
    concerned = session.read(state, task.holder or task.by)
    skew = workspace.skew(concerned) if concerned is not None else workspace.tolerance
    if not lease.passed(task.deadline, now, skew):
        return False
    return concerned is None or not task.holder or workspace.may_take(concerned, task.deadline or 0)
