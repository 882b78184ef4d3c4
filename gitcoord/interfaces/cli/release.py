"""`git coord release`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain import checkout
from gitcoord.domain.claim import record as claim
from gitcoord.domain.claim import release
from gitcoord.domain.wording import plural
from gitcoord.errors import Usage
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import text_of

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation

NONE: list[str] = []


def run(
    context: typer.Context,
    scopes: Annotated[list[str], typer.Argument(metavar="SCOPE...", help="What to give up.")] = NONE,
    everything: Annotated[bool, typer.Option("--all", help="Everything that this session holds.")] = False,
    done: Annotated[str, typer.Option("-m", "--message", metavar="DONE", help="What was done.")] = "",
) -> None:
    """Give up claims."""
    this: Invocation = context.obj
    if everything and scopes:
        raise Usage("--all and scopes exclude each other")
    workspace = this.call.workspace
    wanted = checkout.parse(workspace, scopes)
    me = this.call.me()
    if not wanted and not everything:
        held = [scope for item in claim.of(workspace.ledger.state(), me.id) for scope in item.scopes]
        raise Usage(
            "nothing named to release",
            f"you hold {text_of(held)}; --all releases it" if held else "you hold nothing",
        )
    record = release.release(workspace, me, wanted, done, everything=everything)
    if record.unpushed:
        commits = f"{plural(record.unpushed, 'commit')} that touch" + ("es" if record.unpushed == 1 else "")
        this.call.warnings.append(
            f"{commits} what you released {'is' if record.unpushed == 1 else 'are'} not pushed: git push"
        )
    names = ", ".join(printable(item.scope) for item in record.released)
    unsure = this.call.unconfirmed(confirmed=record.confirmed)
    told = (f"released {names}" if names else "you held nothing") + unsure
    this.answer(record, [] if this.quiet else [told])
