"""`git coord doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.errors import CoordError
from gitcoord.setup import doctor

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation


def run(
    context: typer.Context,
    full: Annotated[bool, typer.Option("--full", help="Fold the whole ledger anew; try the hub out.")] = False,
) -> None:
    """Check that everything works, and say how to fix what does not."""
    this: Invocation = context.obj
    try:
        workspace = this.call.workspace
    except CoordError:
        this.call.place  # noqa: B018 - outside a repository there is nothing to examine: that is the error
        workspace = None
    record = doctor.examine(this.call.place, workspace, full=full)
    reason = "" if record.ok else "unreadable"
    if workspace is not None and workspace.agreement.status != "none":
        from gitcoord.setup.hub import examine_hub

        findings = [*record.findings, *examine_hub(workspace, full=full)]
        record = doctor.Examination(all(finding.ok for finding in findings), findings)
        reason = reason or ("offline" if workspace.agreement.status == "offline" else "unreadable")
    lines = []
    for finding in record.findings:
        lines.append(f"{'ok  ' if finding.ok else 'BAD '} {finding.name}: {finding.message}")
        if finding.mend:
            lines.append(f"     mend: {finding.mend}")
    if record.ok:
        this.answer(record, [] if this.quiet else lines)
    else:
        this.answer(record, lines, status=3, reason=reason)
