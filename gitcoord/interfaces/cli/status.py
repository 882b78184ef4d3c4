"""The pages that a terminal makes of the board: in full, in one line, live, and as Markdown."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.domain.session import identity
from gitcoord.domain.wording import plural
from gitcoord.errors import NoRepository, Unreadable
from gitcoord.errors.usage import Exclusive, GoesWith
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.board.board import Board
    from gitcoord.domain.board.brief import Short
    from gitcoord.domain.board.commands import Status
    from gitcoord.domain.command import Command
    from gitcoord.domain.session.record import Session
    from gitcoord.interfaces.cli.board import Page
    from gitcoord.interfaces.cli.invocation import Invocation

COLUMNS = 80
"""Columns of a terminal that does not say how many it has."""


def show(this: Invocation, command: Command, request: Status) -> None:
    """Show the board, as the request wants it."""
    if request.short + request.watching + request.markdown > 1:
        raise Exclusive("--short", "--watch", "--markdown")
    narrows = {"--of": request.of, "--role": request.role, "--type": request.type}
    named = next((name for name, value in narrows.items() if value), "")
    if request.short and named:
        raise Exclusive("--short", named)
    if request.output and not request.markdown:
        raise GoesWith("-o", "--markdown", example="status --markdown -o FILE")
    if request.watching:
        _watch(this, request)
    elif request.short:
        _short(this)
    else:
        with this.call.asked(command, request) as (record, _):
            if request.markdown:
                _write(this, record, request.output)
            else:
                from gitcoord.interfaces.cli import board

                this.answer(record, board.lines(record, page(this)))
            sys.stdout.flush()


def _short(this: Invocation) -> None:
    """One line. It stands in prompts, so where nothing is set up it says nothing, beyond its exit status."""
    try:
        workspace = this.call.workspace
    except (NoRepository, Unreadable) as error:
        if this.json:
            raise
        this.status = error.status
        return
    from gitcoord.domain.board import brief

    this.call.look()
    found = brief.short(workspace, _onlooker(this))
    age = this.age()
    this.answer(found, [_line(found) + (f" ({age})" if age else "")], aged=False)


def _line(found: Short) -> str:
    """One line for a prompt: `alice 3 claims 2 unread !1`."""
    if not found.session:
        return "no session"
    words = [printable(found.name), plural(found.claims, "claim")]
    words += [f"{found.unread}{'+' if found.more else ''} unread"] if found.unread else []
    words += [f"!{found.attention}"] if found.attention else []
    return " ".join(words)


def _write(this: Invocation, record: Board, output: str) -> None:
    """The board as Markdown, on standard output or as a file that is there whole or not at all."""
    from gitcoord.interfaces.cli import markdown
    from gitcoord.kernel import textfile

    lines = markdown.lines(record, this.clock.now())
    if not output:
        this.answer(record, lines)
        return
    textfile.write(Path(this.directory or ".", output), lines, output)
    this.answer(record, [] if this.quiet else [f"written to {printable(output)}"])


def _watch(this: Invocation, request: Status) -> None:
    """Draw the board anew whenever something happens."""
    from gitcoord.domain.board import board as boards
    from gitcoord.domain.board import reading
    from gitcoord.errors.cli import LiveForPeople, NoTerminal
    from gitcoord.interfaces.cli import live

    if this.json:
        raise LiveForPeople()
    if not sys.stdout.isatty() or this.environ.get("TERM", "dumb") == "dumb":
        raise NoTerminal()

    def read() -> Board:
        return reading.narrowed(this.call.workspace, boards.read(this.call.workspace, _onlooker(this)), request)

    live.show(this, read)


def _onlooker(this: Invocation) -> Session | None:
    """Return the session that reads. Nothing is renewed for it: a prompt is not a sign of life."""
    workspace = this.call.workspace
    return identity.find(workspace, workspace.ledger.state(), this.session, for_reading=True)


def page(this: Invocation) -> Page:
    """Where the board is shown: on a terminal it is cut to fit."""
    from gitcoord.interfaces.cli import board, colour

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
