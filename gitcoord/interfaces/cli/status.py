"""`git coord status`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain import identity
from gitcoord.domain.commands import board as boards
from gitcoord.interfaces.cli import board, colour

if TYPE_CHECKING:
    from gitcoord.domain.session import Session
    from gitcoord.interfaces.cli.invocation import Invocation

COLUMNS = 80
"""Columns of a terminal that does not say how many it has."""


def run(
    context: typer.Context,
    short: Annotated[bool, typer.Option("--short", help="One line, for a prompt or a status bar.")] = False,
) -> None:
    """Show the board."""
    this: Invocation = context.obj
    if short:
        found = boards.short(this.workspace, onlooker(this))
        this.answer(found, [board.short(found)])
        return
    me = this.reader(mail=False)
    record = boards.read(this.workspace, me)
    this.answer(record, board.lines(record, page(this)))


def onlooker(this: Invocation) -> Session | None:
    """The session that reads, for which nothing is done on the side: a prompt is no sign of life."""
    workspace = this.workspace
    return identity.find(workspace, workspace.ledger.state(), this.session, for_reading=True)


def page(this: Invocation) -> board.Page:
    """Where the board is shown: on a terminal it is cut to fit."""
    if not sys.stdout.isatty():
        return board.Page(this.clock.now())
    paint = colour.Paint(on=colour.wanted(sys.stdout, this.environ))
    return board.Page(this.clock.now(), columns(), paint)


def columns() -> int:
    """Columns of the terminal that standard output is."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or COLUMNS
    except OSError:
        return COLUMNS
