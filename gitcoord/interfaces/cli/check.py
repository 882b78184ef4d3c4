"""`git coord check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain import checkout
from gitcoord.domain.claim import check, view
from gitcoord.domain.wording import plural
from gitcoord.errors import Usage
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.claim.check import Checked
    from gitcoord.interfaces.cli.invocation import Invocation

NONE: list[str] = []


def run(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, directories, globs, names.")] = NONE,
    staged: Annotated[bool, typer.Option("--staged", help="What is staged, as the guard would judge it.")] = False,
    commits: Annotated[
        str | None, typer.Option("--range", metavar="A..B", help="Each commit that B has and A has not.")
    ] = None,
) -> None:
    """Ask whether paths are free or claimed by this session (exit status 0), or by another (1)."""
    this: Invocation = context.obj
    if bool(paths) + staged + (commits is not None) != 1:
        raise Usage("check takes paths, or --staged, or --range A..B", "git coord check --staged")
    workspace = this.call.workspace
    typed = checkout.look(workspace, paths)
    this.call.look()
    me = this.call.reader()
    if staged:
        record = check.staged(workspace, me)
    elif commits is not None:
        record = check.commits(workspace, me, commits)
    else:
        record = check.scopes(workspace, me, typed.scopes)
        this.call.warnings += [f"{printable(scope.text)} does not exist" for scope in typed.absent]
    lines = [] if this.quiet else list(_lines(record, this.clock.now()))
    reason = "halted" if record.halted else "held"
    this.answer(record, lines, status=1 if record.refused else 0, reason=reason if record.refused else "")


def _lines(record: Checked, now: int) -> Iterator[str]:
    if record.halted:
        yield record.halted
        return
    for item in record.conflicts:
        before = f"commit {item.commit[:10]}: " if isinstance(item, check.InCommit) else ""
        yield before + view.conflict(item, now)
    for path in record.unclaimed:
        yield f"{printable(path)} is not claimed, and the rules of this repository require a claim first"
    if record.lenient:
        yield "the rules let a person commit it all the same, with a warning"
    if not record.conflicts and not record.unclaimed:
        yield f"{plural(record.paths, 'path')}: free or yours" if record.paths else "nothing to check"
