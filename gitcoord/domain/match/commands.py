"""Rank the sessions that fit a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain import noted
from gitcoord.domain.board import look
from gitcoord.domain.command import Argument, Command
from gitcoord.domain.match import rank
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record as task
from gitcoord.errors.context import NothingToGoBy
from gitcoord.errors.remedy import Remedy, step
from gitcoord.policy.ids import Oid
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.policy.ids import SessionId

RECENT = 50
"""Commits on a path that are looked at, the newest."""

SHOWN = 10
"""Sessions that are shown."""


@dataclass(frozen=True, slots=True)
class Match:
    """Rank the sessions that fit a task, by role, capabilities, team, claims, work, commits, availability and load."""

    text: Annotated[str, Argument("TEXT", "What is to be done; paths in it count.")]


@dataclass(frozen=True, slots=True)
class Fit:
    """A session that fits, and why. `points` say nothing by themselves: more is better."""

    session: SessionId
    name: str
    role: str
    status: str
    points: int
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Matches:
    """The sessions that fit, the best first; where none does, `role` is what a new session would be called."""

    matches: list[Fit]
    role: str


def match(call: Call, request: Match) -> Matches:
    """Rank the living sessions but the one that asks. Raises `Usage` where there is nothing to go by."""
    ask = rank.wanted(request.text, call.place.top, call.place.below)
    if not ask.words:
        raise NothingToGoBy()
    call.look()
    me = call.reader()
    commits = _commits(call, ask.paths)
    found = []
    for seen in look.sessions(call.workspace).sessions:
        if seen.status != "gone" and (me is None or seen.id != me.id):
            held = len(task.held_by(call.state, seen.id))
            living = session.read(call.state, seen.id)
            teams = living.teams if living is not None else ()
            found.append((seen, rank.rank(ask, seen, held, commits.get(seen.id, {}), teams)))
    best = [
        Fit(seen.id, seen.name, seen.role, seen.status, one.points, one.reasons)
        for seen, one in rank.in_order(found)[:SHOWN]
    ]
    return Matches(best, "" if best else rank.role_for(ask))


def _commits(call: Call, paths: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """Return how many of the last commits on each path were made by which session, by the notes on them."""
    git = call.place.git
    found: dict[str, dict[str, int]] = {}
    if not paths or not call.place.top:
        return found
    last: dict[str, list[Oid]] = {}
    for path in paths:
        status, out, _ = git.ask("log", "--format=%H", f"-{RECENT}", "--", f":(top,literal){path}")
        last[path] = [Oid(name) for name in out.decode().split()] if status == 0 else []
    made = noted.makers(call.place, {commit for commits in last.values() for commit in commits})
    for path, commits in last.items():
        for maker in (maker for commit in commits for maker in made.get(commit, ())):
            counts = found.setdefault(maker, {})
            counts[path] = counts.get(path, 0) + 1
    return found


def _lines(_: Call, answer: Matches) -> Iterator[str]:
    for fit in answer.matches:
        yield f"{printable(fit.name)} ({fit.session}): {'; '.join(map(printable, fit.reasons))}"
    if not answer.matches:
        yield Remedy("no session fits; start a new one: {}", step("start --role", answer.role))


def _names(_: Call, answer: Matches) -> Iterator[str]:
    yield from (fit.session for fit in answer.matches)


COMMANDS = (Command("match", Match, match, _lines, quiet=_names, does="reads"),)
