"""Land a branch, or show who waits to land."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout
from gitcoord.domain.agreement import MOMENT
from gitcoord.domain.claim import check, release
from gitcoord.domain.claim import record as claims
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.commit import integration, judging
from gitcoord.domain.history import feed
from gitcoord.domain.land import handing, target, testing, turn
from gitcoord.domain.land import line as queue
from gitcoord.domain.land.building import Branch, Builder
from gitcoord.domain.land.landing import Landing, Plan
from gitcoord.domain.role import limits
from gitcoord.domain.rules import record as rules
from gitcoord.errors import CoordError
from gitcoord.errors.halt import HaltStands
from gitcoord.errors.landing import (
    ClaimedByAnother,
    ClosedToYou,
    IntoItself,
    NoBranch,
    OnlyAsItIs,
    UrgentWithoutReason,
)
from gitcoord.errors.usage import Exclusive
from gitcoord.guard import landing as guard
from gitcoord.kernel import revision
from gitcoord.kernel.refname import HEADS
from gitcoord.policy import duration
from gitcoord.policy.ids import NO_OBJECT
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import covers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.land.building import Method
    from gitcoord.domain.session.record import Session

TEST, WAIT = "1h", "1h"
"""How long a test may take, and the turn is waited for, where nothing is said."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Land a branch: built on the other one and tested before its turn, then pushed and looked for.

    In its turn it takes in what landed meanwhile, and is tested again where that touches its files. Nothing is pushed
    by force, and nothing of the worktree is touched.
    """

    branch: Annotated[str, Argument("BRANCH", "What to land; the branch here by default.")] = ""
    onto: Annotated[str, option("--onto", metavar="B", help="Where it lands; the default branch by default.")] = ""
    test: Annotated[str, option("--test", metavar="CMD", help="A shell command that must pass.")] = ""
    test_timeout: Annotated[str, option(metavar="D", help=f"How long the test may take; {TEST} by default.")] = ""
    wait: Annotated[str, option(metavar="D", help=f"How long to wait for the turn; {WAIT} by default.")] = ""
    squash: Annotated[bool, option("--squash", help="As one commit.")] = False
    rebase: Annotated[bool, option("--rebase", help="Commit by commit, on top of what is there.")] = False
    merge: Annotated[bool, option("--merge", help="As a merge, even where none is needed.")] = False
    urgent: Annotated[bool, option("--urgent", help="Go before landings that are not urgent; needs -m.")] = False
    why: Annotated[
        str, option("-m", "--message", metavar="WHY", help="What it is for; everybody in the line sees it.")
    ] = ""
    status: Annotated[bool, option("--status", help="Show the line.")] = False


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of a branch: `result` is 'landed', 'already' (it was there), 'handed over' to a command, or 'line'.

    `commit` is what was pushed, its tree the one in `tree`; `tests` are the tests that were run, the last one on that
    tree unless what landed meanwhile touched other files only. `pushes` counts tries. `released` are claims given up.
    """

    result: str
    branch: str
    onto: str
    commit: str
    tree: str
    method: str
    tests: list[testing.Tested]
    pushes: int
    released: list[str]
    line: list[queue.Entry]


def land(call: Call, request: Ask) -> Landed:
    """Land a branch, or show the line. Raises what is in the way."""
    remote = call.place.setting("coord.hub") or "origin"
    there = target.find(call.place, request.onto, remote)
    if request.status:
        testing.sweep(call)
        call.look()
        call.reader()
        return Landed("line", "", there.branch, "", "", "", [], 0, [], _line(call, there.branch))
    me = call.me()
    limits.check(call.state, me, "land")
    call.workspace.agreement.recent = MOMENT
    plan = _plan(call, request, there)
    with testing.alone(call, me, there.branch) as room:
        work = Landing(call, me, plan, Builder(call.place, room, there.tracked), room)
        found = _land(call, work)
    if found.result == "landed":
        _tell(call, me)
    return found


def _plan(call: Call, request: Ask, there: target.Target) -> Plan:
    if request.squash + request.rebase + request.merge > 1:
        raise Exclusive("--squash", "--rebase", "--merge")
    if request.urgent and not request.why:
        raise UrgentWithoutReason
    method: Method = "squash" if request.squash else "rebase" if request.rebase else "merge"
    name = request.branch or checkout.branch(call.workspace)
    branch = _branch(call, name)
    if branch.name == there.branch and there.remote == target.SELF:
        raise IntoItself(printable(name))
    return Plan(
        branch,
        there,
        method,
        request.test,
        duration.parse(request.test_timeout or TEST),
        duration.parse(request.wait or WAIT),
        always=rules.read(call.state).land.get("retest") == "always",
        merges=request.merge,
        why=request.why,
        urgent=request.urgent,
    )


def _branch(call: Call, name: str) -> Branch:
    git = call.place.git
    for ref in (HEADS + name, name):
        tip = revision.commit(git, ref)
        if tip:
            return Branch(name if ref != name or name == tip else tip, tip)
    if name == "detached":
        tip = checkout.head(call.workspace)
        return Branch(tip, tip)
    raise NoBranch(printable(name))


def _land(call: Call, work: Landing) -> Landed:
    plan = work.plan
    here = bool(call.place.top) and plan.branch.name == checkout.branch(call.workspace)
    if here and call.place.git.ask("diff-index", "--quiet", "HEAD")[0] == 1:
        call.warnings.append("what is not committed here does not land")
    if not work.prepare():
        return _answer(work, "already", [])
    work.settle(lambda: _check(call, work))
    via = str(rules.read(call.state).land.get("via", ""))
    if via:
        handing.over(call, work, via.removeprefix("command:"))
        return _answer(work, "handed over", [])
    with turn.in_line(work):
        done = work.turn(lambda: _check(call, work))
    released = _release(call, work) if done else []
    return _answer(work, "landed" if done else "already", released)


def _check(call: Call, work: Landing) -> None:
    """Refuse what others claim, or a rule does: before it queues, and in its turn by what the hub has then."""
    call.workspace.agreement.refresh(recent=True)
    reader = judging.StateReader(call.state)
    mine = (work.me.id, *work.me.ancestors)
    # A locked branch is claimed by whoever waits in line for it.
    closed = guard.closed(reader, judging.sessions(call.workspace, reader), mine, [work.plan.target.ref], waits=True)
    if closed is not None:
        raise ClosedToYou(closed.why, closed.help)
    found = check.commits(call.workspace, work.me, f"{work.old}..{work.commit}", onto=work.plan.target.ref)
    if found.halted:
        raise HaltStands(found.halted)
    if found.forbidden:
        _check_own(call, work)
        raise ClosedToYou(found.forbidden)
    if found.refused and found.conflicts:
        first = found.conflicts[0]
        raise ClaimedByAnother(printable(first.held.name), first.held.session, printable(first.scope))


def _check_own(call: Call, work: Landing) -> None:
    """Refuse by the branch's own commits, where what is to land was made here: nobody else could review that."""
    plan = work.plan
    if plan.method == "merge":
        return
    own = check.commits(call.workspace, work.me, f"{work.old}..{plan.branch.tip}", onto=plan.target.ref)
    if own.forbidden:
        raise ClosedToYou(own.forbidden)
    raise OnlyAsItIs(printable(plan.branch.name), plan.method)


def _release(call: Call, work: Landing) -> list[str]:
    """Give up the claims of this session on what has landed."""
    git = call.place.git
    base = git.ask("merge-base", work.old, work.plan.branch.tip)[1].decode().strip() or work.old
    out = git.ask("diff", "--name-only", "-z", "--no-renames", base, work.plan.branch.tip)[1]
    paths = [name.decode("utf-8", "surrogateescape") for name in out.split(b"\0") if name]
    mine = [scope for item in claims.of(call.state, work.me.id) for scope in item.scopes if scope.kind != "name"]
    done = tuple(scope for scope in mine if any(covers(scope, path) for path in paths))
    if not done:
        return []
    try:
        given = release.release(call.workspace, work.me, done, f"landed in {work.plan.target.branch}", everything=False)
    except CoordError as error:
        call.warnings.append(f"not released: {error.message}")
        return []
    return [one.scope for one in given.released]


def _tell(call: Call, me: Session) -> None:
    """Tell those whose branches touch the same files, at once."""
    try:
        with feed.told(call.workspace) as known:
            concerned = integration.landed(call.workspace, call.state, me, known)
    except CoordError as error:
        call.warnings.append(f"the others were not told: {error.message}")
        return
    if concerned:
        call.hurry()


def _answer(work: Landing, result: str, released: list[str]) -> Landed:
    plan = work.plan
    commit = work.commit if result == "landed" else NO_OBJECT
    tree = work.builder.tree(commit) if commit else NO_OBJECT
    names = (plan.branch.name, plan.target.branch, commit, tree, plan.method)
    return Landed(result, *names, work.tested, work.pushes, released, [])


def _line(call: Call, branch: str) -> list[queue.Entry]:
    return queue.entries(call.workspace, call.state, branch)


def _lines(call: Call, answer: Landed) -> Iterator[str]:
    if answer.result == "line":
        for entry in answer.line:
            how = "is landing" if entry.place == 1 else f"is number {entry.place}"
            how = "keeps it closed" if entry.closed else how
            urgent = ", urgent" if entry.urgent else ""
            yield f"{printable(entry.name)} {how} since {entry.since.clock()}: {printable(entry.what)}{urgent}"
        if not answer.line:
            yield f"nobody waits to land in {printable(answer.onto)}"
        return
    branch, onto = printable(answer.branch), printable(answer.onto)
    if answer.result == "handed over":
        yield f"{branch} passed, and was handed over to the command that lands in {onto}"
        return
    if answer.result == "already":
        yield f"{branch} is in {onto} already"
        return
    tested = (
        f", tested {len(answer.tests)} time{'s' if len(answer.tests) > 1 else ''}" if answer.tests else ", not tested"
    )
    yield f"{branch} landed in {onto} as {answer.commit[:12]}{tested}"
    if answer.released:
        yield f"released {', '.join(printable(scope) for scope in answer.released)}"


COMMANDS = (Command("land", Ask, land, _lines, quiet=lambda _, answer: [answer.commit] if answer.commit else []),)
