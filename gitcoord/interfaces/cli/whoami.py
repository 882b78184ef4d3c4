"""`git coord whoami`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer  # noqa: TC002 - typer reads the annotations

from gitcoord.domain.board import look
from gitcoord.domain.records import to_json
from gitcoord.domain.session import beat
from gitcoord.domain.wording import until
from gitcoord.errors import NotFound
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation


def run(context: typer.Context) -> None:
    """Say which session this is."""
    this: Invocation = context.obj
    this.call.look()
    me = this.call.reader()
    if me is None:
        raise NotFound("this is not a session yet", "the first claim starts one, or: git coord start NAME")
    workspace = this.call.workspace
    last = beat.every(workspace).get(me.id)
    seen = look.seen(workspace, workspace.ledger.state(), me, last)
    held = until(Moment(me.held_until), this.clock.now())
    lines = [f"{seen.id} ({printable(seen.name)}), {seen.status}, {held}"]
    lines += [f"  holds {printable(scope)}" for scope in seen.claims]
    this.answer({"session": seen.id, **to_json(seen)}, lines)
