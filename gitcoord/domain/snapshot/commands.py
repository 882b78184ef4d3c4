"""Take, list and restore snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import checkout
from gitcoord.domain.command import Command, option
from gitcoord.domain.outcome import DONE, Outcome
from gitcoord.domain.session import record as session
from gitcoord.domain.snapshot import shelf, taking, view
from gitcoord.domain.snapshot.content import Left, Step  # noqa: TC001 - the fields of an answer are looked up
from gitcoord.domain.wording import SHOWN, plural
from gitcoord.errors import Refused
from gitcoord.errors.remedy import Remedy
from gitcoord.errors.usage import Exclusive, GoesWith
from gitcoord.policy import size
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import covers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.snapshot.shelf import Kept
    from gitcoord.ledger.state import State
    from gitcoord.policy.scope import Scope

SHORT = 12
"""Characters of an id that people are shown."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Keep the uncommitted work of this worktree as a commit, and touch neither index nor stash nor files.

    Staged, unstaged and new files are kept apart. Ignored files are not taken; names that look like secrets, new files
    above 1 MiB and bursts of new files are left out and named. The last ten are kept. With --restore, show what would
    be written; with --apply too, write it: never over a file that was changed here, and nothing is deleted.
    """

    why: Annotated[str, option("-m", "--message", metavar="WHY", help="What it is for.")] = ""
    include: Annotated[
        list[str], option("--include", metavar="P", help="Take these paths, whatever they are called and how large.")
    ] = field(default_factory=list)
    listing: Annotated[bool, option("--list", help="List the snapshots that are kept here.")] = False
    restore: Annotated[str, option("--restore", metavar="ID", help="Show what this one would write here.")] = ""
    apply: Annotated[bool, option("--apply", help="And write it.")] = False


@dataclass(frozen=True, slots=True)
class Snap:
    """A snapshot: `id` is its commit. `paths` are those that it holds, `left` those that it does not.

    `head` is the commit that was checked out, '' before the first; `under_way` what git was in the middle of: merge,
    cherry-pick, revert, rebase.
    """

    id: str
    session: str
    name: str
    time: Moment
    why: str
    worktree: str
    branch: str
    head: str
    under_way: str
    paths: list[str]
    left: list[Left]


@dataclass(frozen=True, slots=True)
class Snapped:
    """What a call made or found. `result` is 'taken', 'clean' (nothing to keep), 'nothing' (all of it was left out),
    'listed', 'preview', 'restored' or 'partly' (something was changed here and stays).

    `steps` are what a restore would do, or did, with each path.
    """

    result: str
    snapshot: Snap | None = None
    snapshots: list[Snap] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    size: int = 0


def run(call: Call, request: Snapshot) -> Snapped:
    """Take, list or restore. Raises `Usage`, `Forbidden`, `NotFound`, `Busy`, `GitFailed`."""
    if request.listing and request.restore:
        raise Exclusive("--list", "--restore")
    if request.apply and not request.restore:
        raise GoesWith("--apply", "--restore ID", example="snapshot --list")
    if (request.listing or request.restore) and (request.why or request.include):
        raise Exclusive("--list" if request.listing else "--restore", "-m" if request.why else "--include")
    workspace = call.workspace
    if request.listing:
        state = call.state
        return Snapped("listed", snapshots=[_snap(state, kept) for kept in shelf.every(workspace)])
    if request.restore:
        return _restore(call, request)
    taking.check_place(workspace.place)
    include = checkout.parse(workspace, request.include)
    taken = taking.take(workspace, call.me(), request.why, include)
    _warn_of_unmet(call, request.include, include, taken)
    result = "taken" if taken.kept is not None else "nothing" if taken.left else "clean"
    made = _snap(call.state, taken.kept) if taken.kept is not None else None
    return Snapped(result, made, left=taken.left, size=taken.size)


def _warn_of_unmet(call: Call, typed: list[str], include: tuple[Scope, ...], taken: taking.Taken) -> None:
    """Warn of what was to be included and is not there: what git ignores is not taken."""
    held = [version.path for version in taken.kept.content.versions] if taken.kept is not None else []
    for text, scope in zip(typed, include, strict=False):
        if not any(covers(scope, path, there=True) for path in held):
            call.warnings.append(f"nothing to include at {printable(text)}: what git ignores is not taken")


def _restore(call: Call, request: Snapshot) -> Snapped:
    from gitcoord.domain.snapshot import restoring  # only where it is asked for

    kept = shelf.find(call.workspace, request.restore)
    snap = _snap(call.state, kept)
    if not request.apply:
        return Snapped("preview", snap, steps=restoring.preview(call.workspace, kept))
    steps = restoring.restore(call.workspace, kept)
    stays = any("changed" in (step.file, step.index) for step in steps)
    return Snapped("partly" if stays else "restored", snap, steps=steps)


def _snap(state: State, kept: Kept) -> Snap:
    content = kept.content
    return Snap(
        kept.id,
        kept.session,
        session.called(state, kept.session),
        Moment(kept.time),
        kept.why,
        content.worktree,
        content.branch,
        content.head,
        content.under_way,
        [version.path for version in content.versions],
        content.left,
    )


def _lines(_: Call, answer: Snapped) -> Iterator[str]:
    if answer.result == "listed":
        yield from _listed(answer.snapshots)
    elif answer.result in ("taken", "clean", "nothing"):
        yield from _taken(answer)
    else:
        yield from _restored(answer)


def _taken(answer: Snapped) -> Iterator[str]:
    if answer.snapshot is not None:
        held = plural(len(answer.snapshot.paths), "path")
        yield f"snapshot {answer.snapshot.id[:SHORT]}: {held}, {size.show(answer.size)}"
    elif answer.result == "clean":
        yield "nothing to keep: everything here is committed"
    else:
        yield "nothing was kept: all of it is left out"
    yield from view.told_left(answer.left)


def _listed(snapshots: list[Snap]) -> Iterator[str]:
    for snap in snapshots:
        why = f": {printable(snap.why)}" if snap.why else ""
        paths = ", ".join(map(printable, snap.paths[:SHOWN])) + (", ..." if len(snap.paths) > SHOWN else "")
        left = f"; {plural(len(snap.left), 'path')} left out" if snap.left else ""
        where = f"on {printable(snap.branch)}" if snap.branch != "detached" else "on no branch"
        yield f"{snap.id[:SHORT]}  {snap.time.rfc3339()}  {printable(snap.name)} {where}{why}"
        yield f"    {paths}{left}"


_FILE = {
    "changed": "was changed here: it stays as it is",
    "deleted": "was deleted in the snapshot: it stays here",
    "submodule": "is a submodule: check it out there yourself",
}


def _restored(answer: Snapped) -> Iterator[str]:
    did = "would write" if answer.result == "preview" else "wrote"
    for step in answer.steps:
        what = " and ".join(name for name in ("file", "index") if getattr(step, name) == "write")
        if what:
            yield f"{did} {printable(step.path)} ({what})"
        if step.file in _FILE:
            yield f"{printable(step.path)} {_FILE[step.file]}"
        elif step.index == "changed":
            yield f"{printable(step.path)} is staged otherwise here: its index entry stays"
    snap = answer.snapshot
    if snap is not None and snap.under_way:
        yield f"a {snap.under_way} was under way in {printable(snap.worktree)}: it is not taken up again here"
    if not any("write" in (step.file, step.index) for step in answer.steps):
        yield "nothing to write"
    elif answer.result == "preview" and snap is not None:
        yield Remedy("nothing was written; to write it: {}", f"snapshot --apply --restore {snap.id[:SHORT]}")


def _quiet(_: Call, answer: Snapped) -> Iterator[str]:
    if answer.result == "listed":
        yield from (snap.id for snap in answer.snapshots)
    elif answer.result == "taken" and answer.snapshot is not None:
        yield answer.snapshot.id


def _outcome(_: Call, answer: Snapped) -> Outcome:
    if answer.result != "partly":
        return DONE
    return Outcome(Refused.status, "stale", "what was changed or deleted here since then was not restored")


COMMANDS = (Command("snapshot", Snapshot, run, _lines, quiet=_quiet, outcome=_outcome),)
