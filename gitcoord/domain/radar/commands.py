"""Ask whose work would conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain.agreement import HUB_EVERY
from gitcoord.domain.claim.renew import renew_if_due
from gitcoord.domain.command import Command, option
from gitcoord.domain.history import feed
from gitcoord.domain.outcome import DONE, Outcome
from gitcoord.domain.radar import ignoring, looking, telling, view
from gitcoord.domain.radar.assessing import NOT_ASSESSED
from gitcoord.domain.radar.view import Conflicts
from gitcoord.domain.session import identity
from gitcoord.domain.wording import plural
from gitcoord.errors import CannotTell, CoordError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gitcoord.domain.call import Call
    from gitcoord.domain.radar.looking import Look
    from gitcoord.domain.radar.sides import Side
    from gitcoord.domain.radar.view import Collision
    from gitcoord.domain.session.record import Session


@dataclass(frozen=True, slots=True)
class Ask:
    """Show whose work would conflict when it is merged, with what is not committed in the worktrees of this clone.

    Of other clones what they pushed counts, as it was fetched last. Both sides of a new conflict are told once. Clean
    does not mean that the result works: run the tests on it.
    """

    other: Annotated[str, option("--with", metavar="ID", help="Only with this session.")] = ""
    everything: Annotated[
        bool, option("--all", help="All pairs, not only those of this session; also branches on which nobody works.")
    ] = False
    rebase: Annotated[bool, option("--rebase", help="Compare as a rebase would, commit by commit; nobody is told.")] = (
        False
    )
    watch: Annotated[bool, option("--watch", help="Keep looking, and show each new conflict.")] = False
    exit_code: Annotated[
        bool, option("--exit-code", help="Exit status 1 where something conflicts, 3 where git cannot say.")
    ] = False


def conflicts(call: Call, request: Ask) -> Conflicts:
    """Return the conflicts of the session that asks, of all, or of a pair. Raises `NotFound`."""
    call.look()
    me = call.reader()
    if not request.watch:
        return _look(call, request, me)
    return _watch(call, request, me)


def _look(call: Call, request: Ask, me: Session | None) -> Conflicts:
    workspace, state = call.workspace, call.state
    found = looking.look(
        workspace, state, _wanted(call, request, me), everything=request.everything, rebases=request.rebase
    )
    if found.sides.cut:
        call.warnings.append(f"{found.sides.cut} more branches on which nobody works were not looked at")
    ignored = ignoring.rule(state)
    tells = me is not None and not call.around.aside and not request.rebase
    told = _tell(call, me, found, ignored) if me is not None and tells else 0
    items = [view.collision(one, [path for path in one.verdict.paths if ignored(path)]) for one in found.pairs]
    return Conflicts(
        conflicts=[item for item in items if item.verdict == "conflict"],
        not_assessed=[item for item in items if item.verdict == NOT_ASSESSED],
        clean=sum(1 for item in items if item.verdict == "clean"),
        method="rebase" if request.rebase else "merge",
        merges=found.merges,
        told=told,
    )


def _wanted(call: Call, request: Ask, me: Session | None) -> Callable[[Side, Side], bool]:
    """Which pairs are asked for: those of `me`, where somebody asks, with another session or with everybody."""
    other = identity.named(call.workspace, call.state, request.other).id if request.other else ""
    mine = me.id if me is not None and not request.everything else ""

    def wanted(first: Side, second: Side) -> bool:
        if other and not (first.has(other) or second.has(other)):
            return False
        return not mine or first.has(mine) or second.has(mine) or (bool(other) and other == mine)

    return wanted


def _tell(call: Call, me: Session, found: Look, ignored: Callable[[str], bool]) -> int:
    try:
        with feed.told(call.workspace) as known:
            count = telling.tell(call.workspace, me, found, known, ignored)
    except CoordError as error:
        call.warnings.append(f"the others were not told: {error.message}")
        return 0
    if count:
        call.hurry()
    return count


def _watch(call: Call, request: Ask, me: Session | None) -> Conflicts:
    """Look again whenever something happens here, until somebody stops it."""
    shown: set[tuple[str, str, str]] = set()
    with call.workspace.listening() as rung:
        while True:
            answer = _look(call, request, me)
            facts = {(*_called(one), path): path for one in answer.conflicts for path in one.files}
            for fact, path in facts.items():
                if fact not in shown:
                    call.note(f"{fact[0]} conflicts with {fact[1]} in {view.few([path])}")
            unknown = {_called(one) for one in answer.not_assessed}
            shown = {fact for fact in shown if fact[:2] in unknown} | set(facts)  # what is resolved may come again
            rung(HUB_EVERY)
            if me is not None:
                renew_if_due(call.workspace, me.id)
            call.look()


def _called(one: Collision) -> tuple[str, str]:
    return view.called(one.first, ""), view.called(one.second, "")


def _lines(call: Call, answer: Conflicts) -> Iterable[str]:
    return view.lines(answer, call.asker.id if call.asker is not None else "")


def _outcome(call: Call, answer: Conflicts) -> Outcome:
    if not call.request.exit_code or not (answer.conflicts or answer.not_assessed):
        return DONE
    if not answer.conflicts:
        said = f"nothing conflicts that was assessed, and {plural(len(answer.not_assessed), 'pair')} could not be"
        return Outcome(CannotTell.status, "not_assessed", said)
    pairs = len(answer.conflicts)
    return Outcome(Refused.status, "conflict", f"{pairs} pair{'s conflict' if pairs > 1 else ' conflicts'}")


COMMANDS = (Command("conflicts", Ask, conflicts, _lines, does="reads", outcome=_outcome),)
