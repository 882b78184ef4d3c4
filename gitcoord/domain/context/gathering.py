"""Everything that a digest may hold of a project: halts, sessions, tasks, interfaces, decisions."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from gitcoord.domain import checkout
from gitcoord.domain.board import look
from gitcoord.domain.claim import record as claims
from gitcoord.domain.context.digest import Item
from gitcoord.domain.context.relevance import Interest, named, near, of_task, of_work, quoted
from gitcoord.domain.decision import record as decisions
from gitcoord.domain.export import record as exports
from gitcoord.domain.halt import concern
from gitcoord.domain.halt import record as halts
from gitcoord.domain.task import record as tasks
from gitcoord.domain.window import automatic
from gitcoord.policy import duration
from gitcoord.policy.moment import Moment
from gitcoord.policy.scope import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitcoord.domain.board.look import Seen
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.task.record import Task
    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.place import Place
    from gitcoord.ledger.state import State

MOST = 200
"""Of the tasks and the decisions so many are looked at."""

NEWEST = 3
"""So many of the newest interfaces and decisions are told, whatever they are about."""

FIRST = 1000
"""Points of what comes before all else: a halt."""

MOST_REASONS = 3
"""So many of the reasons for which a session claims are told."""

BESIDE = 4
"""Points for a session that works in the same worktree."""


def interest(place: Place, seen: Sequence[Seen], state: State, me: Session | None, text: str) -> Interest:
    """Return what the digest is for: the task that was named, or else what the session works on."""
    if text.strip():
        return of_task(text, place.top, place.below)
    mine = next((item for item in seen if me is not None and item.id == me.id), None)
    if mine is None or me is None:
        return Interest()
    held = tasks.held_by(state, me.id)
    said = (mine.work, mine.target, mine.next, *(task.title for task in held))
    scopes = [text_of([scope]) for task in held for scope in task.scopes]
    return of_work(said, (*mine.claims, *mine.touched, *scopes))


def standing(workspace: Workspace, state: State, me: Session | None) -> Iterator[Item]:
    """The halts that stand."""
    for halt in halts.standing(state, workspace.clock.now()):
        concerned = me is None or concern.concerns(state, halt, me)
        what = f"work on {named(text_of(halt.scopes))}" if halt.scopes else "all work"
        what = "the work of some sessions" if halt.sessions and not halt.scopes else what
        require = f"; required: {quoted(halt.require)}" if halt.require else ""
        since = Moment(halt.since).utc()
        text = f"{named(halt.name)} halted {what} at {since} UTC: {quoted(halt.reason, 300)}{require}"
        why = "stop until a person ends it" if concerned else "it does not stop you"
        yield _item("halts", text, [why], FIRST, halt.id, halt.by, me)


def sessions(state: State, seen: Sequence[Seen], me: Session | None, wanted: Interest, now: int) -> Iterator[Item]:
    """The living sessions that work near; all of them where nothing is known of what one is to do."""
    for item in seen:
        if item.status == "gone" or (me is not None and item.id == me.id):
            continue
        said = dict.fromkeys(claim.why for claim in claims.of(state, item.id))
        reasons = [why for why in said if why not in ("", automatic.WHY)]
        about = " ".join((item.work, item.target, item.phase, item.next, item.role, item.branch, *reasons))
        found = near(wanted, about, (*item.claims, *item.touched, item.target))
        beside = me is not None and bool(item.worktree) and item.worktree == me.worktree
        points = found.points + BESIDE * beside
        why = [*found.why, *(["in your worktree"] if beside else [])]
        if not points and wanted.is_known:
            continue
        yield _item("sessions", _session(item, reasons, now), why or ["it is here"], points, item.id, item.id, me)


def _session(item: Seen, reasons: Sequence[str], now: int) -> str:
    """Return what a session does, as far as it said so: by itself, or with its claims, the first of which are named."""
    said = [f"works on {quoted(item.work)}"] if item.work else []
    said += [] if said or reasons else ["said nothing of its work"]
    why = f" for {', '.join(quoted(reason, 100) for reason in reasons[:MOST_REASONS])}" if reasons else ""
    said += [f"claims {', '.join(named(scope) for scope in item.claims[:5])}{why}"] if item.claims else []
    said += [f"on {named(item.branch)}"] if item.branch else []
    said += [f"{item.status}, seen {duration.show(max(0, now - item.last_seen))} ago"]
    return f"{named(item.name)} ({item.id}) {', '.join(said)}"


def work(state: State, me: Session | None, wanted: Interest, known: set[str]) -> Iterator[Item]:
    """The open tasks that are near, whoever holds them, but those that are `known` (ids)."""
    for name in islice(tasks.open_ids(state), MOST):
        task = tasks.read(state, name)
        if task is None or name in known or (me is not None and task.holder == me.id):
            continue
        found = near(wanted, task.title, [text_of([scope]) for scope in task.scopes])
        if found.points:
            who = f", held by {task.holder}" if task.holder else ""
            text = f"{task.id[:8]} {quoted(task.title)} ({task.status}{who})"
            yield _item("tasks", text, list(found.why), found.points, task.id, task.by, me)


def offered(workspace: Workspace, state: State, me: Session | None, wanted: Interest) -> Iterator[Item]:
    """The interfaces that are near, and the newest of those of others."""
    known = sorted(exports.standing(state), key=lambda item: -item.number)
    newest = {item.id for item in [item for item in known if me is None or item.by != me.id][:NEWEST]}
    for item in known:
        file = checkout.shown(workspace, item.scope)
        found = near(wanted, f"{item.name} {item.what}", [file])
        if found.points or item.id in newest:
            where = f" on {named(item.branch)}" if item.branch else ""
            text = f"{named(item.name)} in {named(file)}{where}: {quoted(item.what)} ({named(item.by_name)})"
            yield _item("exports", text, _why(found.why, new=item.id in newest), found.points, item.id, item.by, me)


def decided(state: State, me: Session | None, wanted: Interest) -> Iterator[Item]:
    """The decisions that are near, and the newest."""
    for at, item in enumerate(islice(decisions.newest(state), MOST)):
        found = near(wanted, f"{item.text} {item.why}")
        if found.points or at < NEWEST:
            when = Moment(item.time).utc()
            text = f"{item.id[:8]} {quoted(item.text)} because {quoted(item.why)} ({named(item.by_name)}, {when} UTC)"
            yield _item("decisions", text, _why(found.why, new=at < NEWEST), found.points, item.id, item.by, me)


def _why(found: Sequence[str], *, new: bool) -> list[str]:
    return [*found, *([f"one of the {NEWEST} newest"] if new else [])]


def _item(section: str, text: str, why: list[str], points: int, name: str, by: str, me: Session | None) -> Item:
    return Item(section, text, why, points, name, by, from_another_session=me is None or by != me.id)


def people(workspace: Workspace) -> list[Seen]:
    """Return the living sessions as listings show them, in a fixed order."""
    return sorted(look.sessions(workspace).sessions, key=lambda item: item.id)


def title(task: Task) -> str:
    """Return what a task is called."""
    return f"task {task.id[:8]} {quoted(task.title)}"
