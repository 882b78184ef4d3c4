"""Ask whether paths are free, as somebody asks for it who stands in a working tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import checkout
from gitcoord.domain.claim import check, view
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.outcome import DONE, Outcome
from gitcoord.domain.role import limits
from gitcoord.errors import Refused
from gitcoord.errors.halt import REMEDY
from gitcoord.errors.usage import TakesOneOf
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.call import Call


@dataclass(frozen=True, slots=True)
class Check:
    """Ask whether paths are free or claimed by this session (exit status 0), or by another (1)."""

    paths: Annotated[list[str], Argument("PATH...", "Files, directories, globs, names.")] = field(default_factory=list)
    staged: Annotated[bool, option("--staged", help="What is staged, as the guard would judge it.")] = False
    commits: Annotated[str | None, option("--range", metavar="A..B", help="Each commit that B has and A has not.")] = (
        None
    )


def run(call: Call, request: Check) -> check.Checked:
    """Return what is in the way of changing the paths, of committing what is staged, or of pushing the commits."""
    if bool(request.paths) + request.staged + (request.commits is not None) != 1:
        raise TakesOneOf("check", "paths", "--staged", "--range A..B")
    typed = checkout.look(call.workspace, request.paths)
    call.look()
    me = call.reader()
    if request.staged:
        return check.staged(call.workspace, me)
    if request.commits is not None:
        return check.commits(call.workspace, me, request.commits)
    call.warnings += [f"{printable(scope.text)} does not exist" for scope in typed.absent]
    return check.scopes(call.workspace, me, typed.scopes)


def _lines(call: Call, answer: check.Checked) -> Iterable[str]:
    return view.checked(answer, call.now)


def _outcome(call: Call, answer: check.Checked) -> Outcome:
    if not answer.refused:
        return DONE
    from gitcoord.domain.claim import ask  # what only reads waits for it no longer than it must

    told = ask.together(list(view.checked(answer, call.now)))
    if answer.halted:
        return Outcome(Refused.status, "halted", told, REMEDY)
    if answer.forbidden:
        return Outcome(Refused.status, "forbidden", told, limits.SEE)
    paths = list(dict.fromkeys(conflict.scope for conflict in answer.conflicts)) or answer.unclaimed
    typed = call.request.paths or [checkout.to_type(call.workspace, Scope("file", path)) for path in paths]
    if answer.conflicts:
        return Outcome(Refused.status, "held", told, ask.remedy(call, call.asker, answer.conflicts, typed))
    return Outcome(Refused.status, "held", told, ask.to_claim(typed))


COMMANDS = (Command("check", Check, run, _lines, does="reads", outcome=_outcome),)
