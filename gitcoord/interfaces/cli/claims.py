"""`git coord claims`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain import checkout
from gitcoord.domain.board import look
from gitcoord.domain.session import identity
from gitcoord.errors import Usage
from gitcoord.interfaces.cli import listings
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation

NONE: list[str] = []


def run(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Only what overlaps these.")] = NONE,
    mine: Annotated[bool, typer.Option("--mine", help="Only what this session holds.")] = False,
    of: Annotated[str, typer.Option(metavar="ID", help="Only what this session holds.")] = "",
) -> None:
    """List claims."""
    this: Invocation = context.obj
    if mine and of:
        raise Usage("--mine and --of exclude each other")
    workspace = this.call.workspace
    wanted = checkout.parse(workspace, paths)
    this.call.look()
    me = this.call.reader()
    holders: tuple[str, ...] = ()
    none = "nothing is claimed"
    if mine:
        holders = (me.id,) if me is not None else ("",)
        none = "you hold nothing"
    elif of:
        holder = identity.named(workspace, workspace.ledger.state(), of)
        holders = (holder.id,)
        none = f"{printable(holder.name)} holds nothing"
    none += " there" if paths else ""
    record = look.claims(workspace, wanted, holders)
    this.answer(record, listings.claims(record.claims, this.clock.now(), me.id if me else "", none))
